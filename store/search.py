"""Words as they are searched for: without case, accents and endings, so that "calling Jose" finds "call José"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
# ASCII in lower case, and a space for what parts words: most texts are read so, and a task is written as often as it rings.
_ASCII = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or chr(code) == "'" else 32 for code in range(128)
) + bytes(128)
_english = snowballstemmer.stemmer("english")

# What people put around the thing that they look for: "what did I ask you to remind me of about Anna?"
_ASIDE = frozenset(
    [
        "a",
        "about",
        "again",
        "alarm",
        "alarms",
        "all",
        "am",
        "an",
        "and",
        "any",
        "are",
        "as",
        "ask",
        "asked",
        "at",
        "be",
        "been",
        "call",
        "called",
        "can",
        "could",
        "did",
        "do",
        "does",
        "due",
        "every",
        "everything",
        "find",
        "for",
        "from",
        "get",
        "have",
        "i",
        "i'd",
        "i'm",
        "in",
        "is",
        "it",
        "list",
        "look",
        "me",
        "mention",
        "mentioned",
        "my",
        "of",
        "off",
        "on",
        "one",
        "ones",
        "or",
        "please",
        "regarding",
        "remind",
        "reminded",
        "reminder",
        "reminders",
        "said",
        "say",
        "scheduled",
        "set",
        "show",
        "tell",
        "that",
        "the",
        "them",
        "there",
        "these",
        "thing",
        "things",
        "this",
        "those",
        "to",
        "told",
        "up",
        "was",
        "were",
        "what",
        "what's",
        "when",
        "where",
        "which",
        "who",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)
_WEAK = frozenset({"call", "called"})  # aside only in "the reminder called standup"


def term(word: str) -> str:
    """One word as it is searched for: "Calls" and "calling" are "call", "Müller's" is "muller"; a number is itself."""
    return word if word.isdecimal() else _term(word)


@lru_cache(maxsize=20_000)
def _term(word: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    plain = plain.replace("’", "'").strip("'").split("'")[0]
    return str(_english.stemWord(plain)) if plain.isalpha() else plain


def terms(*texts: str) -> str:
    """The terms of texts, each once and each with a space in front, as the store keeps them."""
    joined = " ".join(texts)
    words = joined.encode().translate(_ASCII).decode().split() if joined.isascii() else _WORD.findall(joined)
    found = dict.fromkeys([word if word.isdecimal() else _term(word) for word in words])
    found.pop("", None)
    return f" {' '.join(found)} "


def wanted(text: str) -> tuple[str, ...]:
    """The terms that a search is for; words of the question itself count only where there are no others."""
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    telling = [w for w in words if w not in _ASIDE or w in _WEAK and not {"reminder", "alarm", "task"} & set(words)]
    return tuple(dict.fromkeys(term(word) for word in telling or words))
