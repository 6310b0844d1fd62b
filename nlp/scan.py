"""Text to tokens in one pass: whole words, numbers, marks. Linear in the length."""

from __future__ import annotations

import re

from nlp import lexicon

# Every alternative starts with a different class of character or is anchored by digits, none repeats a repetition.
_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d{2}-\d{2}(?:[tT]| (?=\d{2}:\d{2}))\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?(?:[zZ]| ?[+-]\d{2}:?\d{2}(?!\d))?)"
    r"|(?P<link>https?://\S{1,500}|\d{1,3}(?:,\d{3}){1,5}(?!\d)|24/7(?!\d|/)|\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
    r"|[\w-]{1,64}\.(?:pdf|txt|py|csv|docx?|xlsx?|png|jpe?g|gif|mp[34]|zip|json|ya?ml|md|html?|js|ts|log|sql|exe|com|org|net|io)\b)"
    r"|(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?![\d:]))"
    r"|(?P<ord>\d{1,3}(?:st|nd|rd|th)(?![^\W\d_]))"
    r"|(?P<num>\d{1,15}(?:\.\d{1,6}|,\d{1,2}(?!\d))?)"
    r"|(?P<path>[A-Za-z]{2,14}/[A-Za-z_]{2,30}(?:/[A-Za-z_]{2,30})?)"
    r"|(?P<preset>@[a-z]{5,8})"
    r"|(?P<word>(?:[sS]emi|[bB]i)-[a-z]{4,10}|[^\W\d_]+(?:['\u2019][^\W\d_]+)?)"
    r"|(?P<mark>[^\s_])"
)

_POSSESSED = frozenset(lexicon.WEEKDAYS) | frozenset(lexicon.RELATIVE_DAYS) | frozenset(lexicon.PARTS)
END = ""  # the word past the last one


class Tokens:
    """The words of a text with their places. `words` is padded, so looking ahead is always safe."""

    __slots__ = ("count", "ends", "kinds", "starts", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        lower = text.lower()
        if len(lower) != len(text):  # a few letters change length with case, e.g. U+0130
            lower = text
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "mark"
            start, end = match.span()
            word = lower[start:end]
            if kind == "num" and word[-1].isdigit() is False:
                word = word[:-1]
            word = word.replace("\u2019", "'")
            if kind == "word":
                word = word.replace("-", "")  # "bi-weekly"
            if word.endswith("'s") and word[:-2] in _POSSESSED:
                word = word[:-2]  # "tomorrow's meeting"
            self.words.append(word)
            self.kinds.append(kind)
            self.starts.append(start)
            self.ends.append(end)
        self.count = len(self.words)
        self.words += [END] * 8
        self.kinds += [END] * 8
        self.starts += [len(text)] * 8
        self.ends += [len(text)] * 8

    def glued(self, i: int) -> bool:
        """True when token `i` follows the one before it without a space."""
        return 0 < i < self.count and self.starts[i] == self.ends[i - 1]

    def original(self, i: int, j: int) -> str:
        """The text from token `i` up to but not including token `j`, as written."""
        return self.text[self.starts[i] : self.ends[j - 1]] if j > i else ""
