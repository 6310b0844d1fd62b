"""Times of day in words: "at 5", "17:00", "half past 8", "quarter to seven", "noon", "late tomorrow morning"."""

from __future__ import annotations

from dataclasses import replace

from alarum_nlp.reading.figures import digits
from alarum_nlp.reading.halves import MARKS, meridiem, with_meridiem
from alarum_nlp.reading.lexicon import UNITS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.spoken import in_words, past_or_to
from alarum_nlp.resolve.slots import ClockTime, Slots


def clock(t: Tokens, i: int, s: Slots, *, led: bool) -> int:
    """Read one time of day into `s`; `led` is true when a word before it promises one ("at")."""
    w = t.words
    if w[i] in ("noon", "midday", "noontime") or (
        w[i] == "mid" and "day" in (w[i + 1], w[i + 2] if w[i + 1] == "-" else "")
    ):
        j = i + 1 if w[i] != "mid" else i + (2 if w[i + 1] == "day" else 3)
        s.clocks.append(ClockTime(12, fixed=True, words="noon"))
        s.strong = True
        return j
    if w[i] == "12" and w[i + 1] in ("noon", "midday"):
        s.clocks.append(ClockTime(12, fixed=True, words="noon"))
        s.strong = True
        return i + 2
    if w[i] == "midnight" or (w[i] == "12" and w[i + 1] == "midnight"):
        s.clocks.append(ClockTime(0, fixed=True, words="midnight"))
        s.strong = True
        return i + (1 if w[i] == "midnight" else 2)
    found = past_or_to(t, i, s)
    sure = found is not None
    if found is None:
        found = digits(t, i, s, led) or in_words(t, i, led)
    if found is None:
        return 0
    value, j = found
    sure = sure or t.kinds[i] == "clock" or w[i + 1] == "h" or w[j - 1] in ("h", "hrs")
    if t.kinds[j - 1] == "clock" and w[j] in ("hours", "hrs", "hour", "h") or w[j] == "hours" and len(w[j - 1]) == 4:
        return _taken(s, value, j + 1)  # "06:00 hours", "1800 hours"
    if w[j] in ("o'clock", "oclock"):
        j, sure = j + 1, True
    elif w[j] == "o" and w[j + 1] in ("clock", "'"):
        j, sure = (j + 2 if w[j + 1] == "clock" else j + 3), True
    letter = meridiem(t, j)
    if letter:
        value, j, sure = with_meridiem(value, letter[0]), letter[1], True
    if w[j] in MARKS:
        j += 1
    if not sure and not _fits_after(t, j):
        return 0
    s.clocks.append(value)
    s.strong = s.strong or sure or led
    return j


def _taken(s: Slots, value: ClockTime, j: int) -> int:
    s.clocks.append(replace(value, fixed=True))
    s.strong = True
    return j


# After a bare number these make it an amount of something: "at 5 points", "at 3 main street".
_AMOUNTS = frozenset(
    {"m", "%", "percent", "points", "degrees", "dollars", "euros", "people", "occurrences", "times", "x", "/", "km", "miles",
     "kg", "st", "street", "avenue"}
)  # fmt: skip


def _fits_after(t: Tokens, j: int) -> bool:
    after = t.words[j]
    if t.words[j - 1] == "one" and after in ("for", "of", "in", "at", "on", "day", "more", "alarm", "reminder"):
        return False
    return after not in _AMOUNTS and not (after in UNITS and len(after) > 1)
