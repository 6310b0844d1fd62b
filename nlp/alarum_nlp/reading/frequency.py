"""How often without "every": "twice a day", "20 minutes past each hour", "at 10 minute intervals"."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import FREQUENCIES, NUMBERS, PARTS, TENS, UNITS
from alarum_nlp.reading.ranks import repeat_every
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal, duration_at
from alarum_nlp.resolve.slots import Impossible, Slots


def elapsed_unit(s: Slots, length: tuple[object, int]) -> int:
    seconds = int(getattr(length[0], "seconds", 0))
    if not seconds:
        return 0
    if seconds % 60:
        repeat_every(s, "second", seconds)
    elif seconds % 3600:
        repeat_every(s, "minute", seconds // 60)
    else:
        repeat_every(s, "hour", seconds // 3600)
    return length[1]


def past_each_hour(t: Tokens, i: int, s: Slots) -> int:
    """ "20 minutes past every hour", "quarter past each hour", "half past" beside "hourly"."""
    w = t.words
    if w[i] in ("half", "quarter"):
        minute, j = {"half": 30, "quarter": 15}[w[i]], i + 1
    elif (found := cardinal(t, i)) and 0 <= found[0] < 60:
        minute, j = found[0], found[1] + (w[found[1]] in ("minutes", "minute", "mins", "min"))
    else:
        return 0
    more: list[int] = []
    while s.unit == "hour" and w[j] in ("and", ",") and (found := cardinal(t, j + 1)) and found[0] < 60:
        more.append(found[0])
        j = found[1] + (w[found[1]] in ("minutes", "minute", "mins", "min"))
    if w[j] not in ("past", "after", "to") and not (w[j] == "before" and w[j - 1] in ("minutes", "minute")):
        return 0
    if more and w[j] == "past":
        s.minutes += [minute, *more]
        return j + 3 if w[j + 1 : j + 3] == ["the", "hour"] else j + 1
    minute = 60 - minute if w[j] in ("to", "before") else minute
    if w[j + 1] in ("every", "each") and w[j + 2] == "hour":
        s.minutes.append(minute)
        repeat_every(s, "hour", 1)
        return j + 3
    if s.unit != "hour" or w[j] == "after":
        return 0
    hour = w[j + 1 : j + 3] == ["the", "hour"]
    if not hour and (cardinal(t, j + 1) or w[j + 1] in ("noon", "midnight")):
        return 0
    s.minutes.append(minute)
    return j + 3 if hour else j + 1


def at_intervals(t: Tokens, i: int, s: Slots) -> int:
    """ "10 minute intervals", "intervals of 2 hours"."""
    w = t.words
    if s.repeats or _INTERVALS.isdisjoint(w[i : i + 6]):
        return 0
    if w[i] in _INTERVALS and w[i + 1] == "of" and (length := duration_at(t, i + 2)):
        return elapsed_unit(s, length)
    if (t.kinds[i] == "num" or w[i] in NUMBERS or w[i] in TENS) and (length := duration_at(t, i)):
        j = length[1] + 1 if w[length[1]] == "-" else length[1]
        return j + 1 if w[j] in _INTERVALS and elapsed_unit(s, length) else 0
    return 0


_INTERVALS = frozenset({"intervals", "increments", "interval"})


def times_a(t: Tokens, i: int, s: Slots) -> int:
    """ "twice a day", "three times a week", "once a month", "4 times per year"."""
    w = t.words
    if w[i] in ("once", "twice", "thrice"):
        n, j = {"once": 1, "twice": 2, "thrice": 3}[w[i]], i + 1
    elif (found := cardinal(t, i)) and w[found[1]] in ("times", "x"):
        n, j = found[0], found[1] + 1
    elif found and w[found[1]] in ("days", "nights", "mornings", "evenings") and w[found[1] + 2] == "week":
        if w[found[1]] != "days":
            s.parts.append(PARTS[w[found[1]]])
        n, j = found[0], found[1] + 1
    else:
        return 0
    if w[j] in FREQUENCIES and FREQUENCIES[w[j]][1] == 1 and w[i] not in ("once", "twice"):
        repeat_every(s, *FREQUENCIES[w[j]])
        s.once_a = n
        return j + 1
    if w[j] not in ("a", "an", "per", "every", "each", "in"):
        return 0
    j += 2 if w[j] == "in" and w[j + 1] in ("a", "each", "every") else 1
    m = 1
    if found := cardinal(t, j):
        m, j = found
    elif w[j] == "other":
        m, j = 2, j + 1
    name = UNITS.get(w[j])
    if name is None or len(w[j]) < 3 or s.unit is not None and s.unit != name:
        return 0
    if n == 0:
        raise Impossible("0 times never rings; say how often, for example 'twice a day'")
    if name == "fortnight":
        name, m = "week", 2
    repeat_every(s, name, m)
    s.once_a = n
    return j + 1


def minute_marks(t: Tokens, i: int, s: Slots) -> int:
    """ "0 and 30" behind "at minutes" of a repetition by the hour."""
    end = 0
    while (found := cardinal(t, i)) and found[0] < 60:
        s.minutes.append(found[0])
        end = i = found[1]
        while t.words[i] in (",", "and"):
            i += 1
    return end
