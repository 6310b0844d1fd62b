"""Text to tokens in one pass: whole words, numbers, marks. Linear in the length."""

from __future__ import annotations

import re

from alarum_nlp.reading import lexicon

# Every alternative starts with a different class of character or is anchored by digits, none repeats a repetition.
_TOKEN = re.compile(
    r"(?P<iso>\d{4}-\d{2}-\d{2}(?:[tT]| (?=\d{2}:\d{2}))\d{2}:\d{2}(?::\d{2})?(?:\.\d{1,9})?(?:[zZ]| ?[+-]\d{2}:?\d{2}(?!\d))?)"
    r"|(?P<link>https?://\S{1,500}|\d{1,3}(?:,\d{3}){1,5}(?!\d)|24/7(?!\d|/)|\d{1,3}(?:\.\d{1,3}){3}(?![\d.])"
    r"|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{1,64}"
    r"|[\w-]{1,64}\.(?:pdf|txt|py|csv|docx?|xlsx?|png|jpe?g|gif|mp[34]|zip|json|ya?ml|md|html?|js|ts|log|sql|exe|com|org|net|io)\b)"
    r"|(?P<period>P(?=\d|T\d)[\dYMWDTHS]{2,20}(?![^\W_]))"
    r"|(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6}|,\d{3}(?!\d))?)?(?!\d|:\d))"
    r"|(?P<ord>\d{1,3}(?:st|nd|rd|th)(?![^\W\d_]))"
    r"|(?P<num>\d{1,15}(?:\.\d{1,6}(?!:)|,\d{1,2}(?!\d))?)"
    r"|(?P<path>[A-Za-z]{2,14}/[A-Za-z_]{2,30}(?:/[A-Za-z_]{2,30})?)"
    r"|(?P<preset>@[a-z]{5,8})"
    r"|(?P<word>(?:[sS]emi|[bB]i)-[a-z]{4,10}|[^\W\d_]+(?:['\u2019][^\W\d_]+)?)"
    r"|(?P<mark>[^\s_])"
)

_POSSESSED = frozenset(lexicon.WEEKDAYS) | frozenset(lexicon.RELATIVE_DAYS) | frozenset(lexicon.PARTS)
_NAMED = frozenset(lexicon.WEEKDAYS) | frozenset(lexicon.RELATIVE_DAYS)
END = ""  # the word past the last one


STEPS = 2_000  # six times what the longest phrase of the own set takes with a long message behind it


class TooLong(Exception):
    """The words can be joined in too many ways to look at them all."""

    def __init__(self) -> None:
        super().__init__("so many times are named that this is not a phrase; say one time in a few words")


class Tokens:
    """The words of a text with their places. `words` is padded, so looking ahead is always safe."""

    __slots__ = ("count", "ends", "kinds", "starts", "steps", "text", "words")

    def __init__(self, text: str) -> None:
        self.text = text
        self.steps = 0  # of parsers over these words
        self.words: list[str] = []
        self.kinds: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        words, kinds, starts, ends = self.words, self.kinds, self.starts, self.ends
        lower = text.lower()
        if len(lower) != len(text):  # a few letters change length with case, e.g. U+0130
            lower = text
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "mark"
            start, end = match.span()
            word = lower[start:end]
            if kind == "word":
                word = word.replace("\u2019", "'").replace("-", "")  # "bi-weekly"
                if word[-2:] == "'s" and word[:-2] in _POSSESSED:
                    word = word[:-2]  # "tomorrow's meeting"
            elif kind == "num":
                word = word if word[-1].isdigit() else word[:-1]
            elif kind == "mark":
                word = "'" if word == "\u2019" else word
            elif kind == "path" and all(part in lexicon.WEEKDAYS for part in word.split("/")):
                self._split(word, start)  # "mon/wed/fri"
                continue
            words.append(word)
            kinds.append(kind)
            starts.append(start)
            ends.append(end)
        self.count = len(self.words)
        self.words += [END] * 8
        self.kinds += [END] * 8
        self.starts += [len(text)] * 8
        self.ends += [len(text)] * 8
        if lower != text:
            self._hide_names()
        if "clock" in kinds:
            self._hide_figures()

    def count_step(self) -> None:
        """One parser more has looked at one place. Raises TooLong where so many have that the text is not a phrase."""
        self.steps += 1
        if self.steps > STEPS:
            raise TooLong

    def capital(self, i: int) -> bool:
        """Whether token `i` starts with a capital letter."""
        return i < self.count and self.text[self.starts[i]].isupper()

    def _hide_names(self) -> None:
        """Time words inside a name are not times: "the Sunday Times", "Mr. Friday", "The Day After Tomorrow", "Black Friday"."""
        w = self.words
        for i in range(1, self.count):
            if w[i] not in _NAMED and self.kinds[i] != "ord" or self.kinds[i] == "word" and not self.capital(i):
                continue
            shouted = self.text[self.starts[i + 1] : self.ends[i + 1]].isupper()  # "the 25th UTC"
            capitals = (
                self.capital(i + 1) and not shouted and w[i + 1] not in _POSSESSED and self.kinds[i + 1] == "word"
            )
            titled = w[i - 1] == "." and w[i - 2] in lexicon.TITLES or w[i - 1] in lexicon.TITLES
            article = w[i - 1] == "the" and capitals and not (self.kinds[i] == "ord" and w[i + 1] in lexicon.MONTHS)
            named = (w[i - 1], w[i]) in lexicon.NAMES
            film = w[i] == "tomorrow" and self.capital(i - 1) and w[i - 1] == "after"
            if titled or article and i > 1 or named or film:
                first = i - 3 if film else i
                for k in range(max(first, 0), i + 1):
                    w[k], self.kinds[k] = f"\0{w[k]}", "word"

    def _hide_figures(self) -> None:
        """Figures with a colon that are not times: "John 3:16", "rows[9:17]", "in 9:16"."""
        w = self.words
        for i in range(self.count):
            if self.kinds[i] != "clock" or w[i + 1] in ("am", "pm"):
                continue
            before = w[i - 1] if i else ""
            if (
                before in lexicon.BOOKS
                and self.capital(i - 1)
                or before == "["
                or before == "in"
                and w[i + 1] in ("", ".", ",")
            ):
                w[i], self.kinds[i] = f"\0{w[i]}", "word"

    def _append(self, word: str, kind: str, start: int, end: int) -> None:
        self.words.append(word)
        self.kinds.append(kind)
        self.starts.append(start)
        self.ends.append(end)

    def _split(self, word: str, start: int) -> None:
        for k, part in enumerate(word.split("/")):
            if k:
                self._append("/", "mark", start, start + 1)
                start += 1
            self._append(part, "word", start, start + len(part))
            start += len(part)

    def glued(self, i: int) -> bool:
        """True when token `i` follows the one before it without a space."""
        return 0 < i < self.count and self.starts[i] == self.ends[i - 1]

    def original(self, i: int, j: int) -> str:
        """The text from token `i` up to but not including token `j`, as written."""
        return self.text[self.starts[i] : self.ends[j - 1]] if j > i else ""
