"""The typed rule, its next times, and its forms: text for a store, words, RFC 5545, cron."""
