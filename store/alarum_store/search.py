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
_STEMMED = 200  # words of a text whose endings do not count
_LONGEST = 40  # letters of a word that has an ending
_english = snowballstemmer.stemmer("english")

# Words that name nothing, and, in a question alone, those with which it is asked: "what did I ask you to remind me of
# about Anna?" Where a task is to be changed, "ask Anna" is not "call Anna".
_SMALL = frozenset({
    "a", "about", "again", "alarm", "alarms", "all", "an", "and", "any", "at", "called", "every", "for", "from", "in",
    "is", "it", "me", "my", "of", "on", "one", "ones", "or", "please", "reminder", "reminders", "task", "tasks",
    "that", "the", "these", "this", "those", "to", "with", "your"
})  # fmt: skip
_ASKING = _SMALL | frozenset({
    "am", "are", "as", "ask", "asked", "be", "been", "can", "could", "did", "do", "does", "due", "everything", "find",
    "get", "have", "i", "i'd", "i'm", "list", "look", "mention", "mentioned", "off", "regarding", "remind",
    "reminded", "said", "say", "scheduled", "set", "show", "tell", "them", "there", "thing", "things", "told", "up",
    "was", "were", "what", "what's", "when", "where", "which", "who", "will", "would", "you"
})  # fmt: skip


def term(word: str) -> str:
    """One word as it is searched for: "Calls" and "calling" are "call", "Müller's" is "muller"; a number is itself."""
    return word if word.isdecimal() else _term(word)


@lru_cache(maxsize=20_000)
def _term(word: str) -> str:
    bare = plain(word)
    return str(_english.stemWord(bare)) if bare.isalpha() and len(bare) <= _LONGEST else bare


def plain(word: str) -> str:
    """A word without case, accents, and what stands behind an apostrophe."""
    if not word.isascii():
        word = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    return word.lower().replace("’", "'").strip("'").split("'")[0]


def terms(*texts: str) -> str:
    """The terms of texts, each once and each with a space in front, as the store keeps them."""
    joined = " ".join(texts)
    words = joined.encode().translate(_ASCII).decode().split() if joined.isascii() else _WORD.findall(joined)
    if len(words) > _STEMMED:  # the endings of a document are not taken off: that takes 0.1 ms for each new word
        words = list(dict.fromkeys(words))
    found = dict.fromkeys(map(term, words[:_STEMMED]))
    found |= dict.fromkeys(map(plain, words[_STEMMED:]))
    found.pop("", None)
    return f" {' '.join(found)} "


def wanted(text: str, *, named: bool = False) -> tuple[str, ...]:
    """The terms that a search is for, without words that say nothing where there are others.

    With `named` the text names what is to be changed: then only the smallest words say nothing.
    """
    words = [word.casefold().replace("’", "'") for word in _WORD.findall(text)]
    aside = _SMALL if named else _ASKING
    telling = [word for word in words if word not in aside]
    return tuple(dict.fromkeys(term(word) for word in telling or words))


def forms(text: str, *, named: bool = False) -> tuple[tuple[str, str], ...]:
    """The same, each term beside the word as it is kept behind the first words of a long text."""
    sought = {term(word): plain(word) for word in reversed(_WORD.findall(text))}
    return tuple((one, sought.get(one, one)) for one in wanted(text, named=named))
