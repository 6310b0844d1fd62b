"""From text to slots: tokens, the parsers of English, and what was left unread."""
