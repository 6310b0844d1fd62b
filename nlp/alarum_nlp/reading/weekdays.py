"""Lists and ranges of weekdays: "monday, wednesday and friday", "mon-fri", "M-F", "weekends"."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import DAY_GROUPS, WEEKDAYS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import Impossible, Slots

_JOIN = frozenset({",", "and", "&", "or", "-", "through", "thru", "to", "till", "until"})


SPAN = frozenset({"-", "through", "thru", "to", "–"})


def round_span(first: int, last: int, size: int) -> list[int]:
    """From `first` to `last`, both included, counted round `size`: saturday to tuesday, november to february."""
    return [(first + k) % size for k in range((last - first) % size + 1)]


def weekday_list(t: Tokens, i: int, s: Slots) -> int:
    """ "monday, wednesday and friday", "mon-fri", "saturday thru tuesday", "weekdays", "weekends"."""
    start, w = i, t.words
    if s.weekdays and s.clocks and (w[i] in WEEKDAYS or w[i] in DAY_GROUPS):
        raise Impossible("different days at different times are two tasks; schedule them one by one")
    if named := lettered(t, i):
        s.weekdays += named[0]
        return named[1]
    while True:
        if w[i] in DAY_GROUPS:
            s.weekdays += DAY_GROUPS[w[i]]
            i += 1
        elif w[i] in WEEKDAYS:
            first = WEEKDAYS[w[i]]
            i += 2 if w[i + 1] == "." else 1
            if w[i] in SPAN and w[i + 1] in WEEKDAYS:
                s.weekdays += round_span(first, WEEKDAYS[w[i + 1]], 7)
                i += 3 if w[i + 2] == "." else 2
            else:
                s.weekdays.append(first)
        else:
            return i if i > start and w[i - 1] not in _JOIN else (i - 1 if i > start else 0)
        j = i
        while w[j] in (",", "and", "&", "or", "on", "/", "plus"):
            j += 1
        if w[j] in WEEKDAYS or w[j] in DAY_GROUPS:
            i = j
        else:
            return i


_LETTER_DAYS = {"m": 0, "tu": 1, "t": 1, "w": 2, "th": 3, "f": 4, "sa": 5, "su": 6, "r": 3}


_LETTER_RUNS = {
    "mwf": [0, 2, 4],
    "tth": [1, 3],
    "tuth": [1, 3],
    "mtwthf": [0, 1, 2, 3, 4],
    "mtwrf": [0, 1, 2, 3, 4],
    "mw": [0, 2],
}


def lettered(t: Tokens, i: int) -> tuple[list[int], int] | None:
    """ "M-F", "MWF", "Tu/Th": weekdays in capital letters."""
    w = t.words
    if not t.capital(i):
        return None
    if w[i] in _LETTER_RUNS and t.text[t.starts[i] + 1 : t.ends[i]] != w[i][1:]:
        return _LETTER_RUNS[w[i]], i + 1
    if w[i] not in _LETTER_DAYS or w[i + 1] not in ("-", "/", "–") or not (t.glued(i + 1) and t.glued(i + 2)):
        return None
    if w[i + 2] not in _LETTER_DAYS or not t.capital(i + 2):
        return None
    first, last = _LETTER_DAYS[w[i]], _LETTER_DAYS[w[i + 2]]
    if w[i + 1] != "/":
        return round_span(first, last, 7), i + 3
    days, i = [first, last], i + 3
    while w[i] == "/" and w[i + 1] in _LETTER_DAYS:
        days.append(_LETTER_DAYS[w[i + 1]])
        i += 2
    return days, i
