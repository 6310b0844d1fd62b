"""Numbered days: "the 1st and 15th", "last friday of the month", "14 january", months in lists and ranges."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import COUNTED, MONTHS, UNITS, WEEKDAYS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.weekdays import SPAN, round_span
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.resolve.slots import Impossible, Slots
from alarum_nlp.rule.model import WEEKEND, WORKDAY, Nth, Unit


def kind_of_day(t: Tokens, i: int) -> tuple[int, int] | None:
    """A weekday or a group of days behind an ordinal, as `Nth` counts it; 9 is any day."""
    w = t.words
    if w[i] in WEEKDAYS:
        return WEEKDAYS[w[i]], i + (2 if w[i + 1] == "." else 1)
    if w[i] in ("weekday", "workday"):
        return WORKDAY, i + 1
    if w[i] in ("working", "business") and w[i + 1] in ("day", "days"):
        return WORKDAY, i + 2
    if w[i] == "weekend":
        return WEEKEND, i + 1
    if w[i] == "day":
        return 9, i + 1
    return None


def nth_list(t: Tokens, i: int, s: Slots) -> int:
    """ "1st and 15th", "2nd and last fri", "last working day", "first and third friday" of a period named after."""
    w, filled = t.words, False
    numbers: list[int] = []
    while len(numbers) <= 62:  # all days of a month, from both ends
        t.count_step()
        while w[i] in ("the", "day"):
            i += 1
        found = ordinal(t, i) or (cardinal(t, i) if t.kinds[i] == "num" and (numbers or w[i - 1] == "day") else None)
        if found is None or not (-31 <= found[0] <= 366) or found[0] == 0:
            break
        if numbers and w[found[1]] in COUNTED:
            break  # "on the 1st, 6 times"
        numbers.append(found[0])
        i = found[1]
        i = _span_of_days(t, i, numbers)
        if w[i] in ("instance", "instances"):
            raise Impossible("say each of them, for example 'first wednesday and first friday of every month'")
        named = kind_of_day(t, i)
        if named:
            if named[0] == 9:
                s.days += numbers
            else:
                s.nths += [Nth(n, named[0]) for n in numbers]
                j = named[1]
                while w[j] in ("and", ",") and w[j + 1] in WEEKDAYS:
                    s.nths += [Nth(n, WEEKDAYS[w[j + 1]]) for n in numbers]
                    j += 2
                named = (named[0], j)
            i, numbers, filled = named[1], [], True
        j = i
        while w[j] in (",", "and", "&", "or"):
            j += 1
        if j == i or not (ordinal(t, j) or w[j] == "the" or t.kinds[j] == "num"):
            break
        i = j
    if numbers:
        s.days += numbers
        filled = True
    return i if filled else 0


def _span_of_days(t: Tokens, i: int, numbers: list[int]) -> int:
    """ "to the 5th" behind "from the 1st"."""
    w = t.words
    if w[i] not in SPAN and w[i] != "until":
        return i
    last = ordinal(t, i + 2 if w[i + 1] == "the" else i + 1)
    if last is None or not numbers[-1] < last[0] <= 31 or w[last[1]] != "of":
        return i
    numbers += range(numbers[-1] + 1, last[0] + 1)
    return last[1]


def of_period(t: Tokens, i: int, s: Slots) -> int:
    """ "of the month", "of each month", "of every other month", "in november", "of the quarter"."""
    w = t.words
    if w[i] not in ("of", "in", "each", "every"):
        return 0
    j = i + 1 if w[i] in ("of", "in") else i
    sure = False
    if w[j] == "the" and w[j + 1 : j + 4] == ["month", "after", "next"]:
        return 0
    if w[j] in ("each", "every", "the", "a", "any"):
        j += 2 if w[j : j + 3] == ["each", "and", "every"] else 0
        sure = w[j] in ("each", "every") or (w[j] == "the" and w[j + 1] == "month")
        j += 1
    n = 1
    if w[j] in ("other", "second", "2nd") and w[j + 1] in UNITS:
        n, j = 2, j + 1
    elif (found := cardinal(t, j)) and w[found[1]] in ("months", "quarters", "years"):
        n, j = found
    name = UNITS.get(w[j])
    if name in ("month", "quarter", "year"):
        s.unit, s.every = s.unit or name, max(s.every, n)
        if sure:
            s.strong = True
        return j + 1
    if w[j] in MONTHS:
        return month_list(t, j, s)
    return 0


def month_span(first: int, last: int) -> list[int]:
    """The months from one to another, over the turn of the year where the last is earlier."""
    return [m + 1 for m in round_span(first - 1, last - 1, 12)]


def month_list(t: Tokens, i: int, s: Slots) -> int:
    """ "january, april and july", "june through august"."""
    w, start = t.words, i
    while w[i] in MONTHS:
        first = MONTHS[w[i]]
        i += 1
        if w[i] in SPAN and w[i + 1] in MONTHS:
            s.months += month_span(first, MONTHS[w[i + 1]])
            i += 2
        else:
            s.months.append(first)
        j = i
        while w[j] in (",", "and", "&", "or"):
            j += 1
        if w[j] not in MONTHS or j == i:
            break
        i = j
    return i if i > start else 0


def repeat_every(s: Slots, unit: Unit, n: int) -> None:
    """Make it a repetition of every `n` units. Raises Impossible for 0."""
    if n == 0:
        raise Impossible(f"'every 0 {unit}s' never advances; say how often, for example 'every 2 {unit}s'")
    s.unit, s.every, s.strong = unit, n, True


def dates_of_year(t: Tokens, i: int, s: Slots) -> int:
    """ "14 jan", "december 24" behind "every"."""
    w = t.words
    found = ordinal(t, i) or cardinal(t, i)
    if found and 1 <= found[0] <= 31:
        j = found[1] + 1 if w[found[1]] == "of" else found[1]
        if w[j] in MONTHS:
            s.days.append(found[0])
            end = month_list(t, j, s)
            repeat_every(s, "year", max(s.every, 1))
            return end
    if w[i] in MONTHS:
        found = ordinal(t, i + 1) or cardinal(t, i + 1)
        if found and 1 <= found[0] <= 31 and t.kinds[i + 1] != "clock" and w[found[1]] not in ("am", "pm"):
            s.days.append(found[0])
            s.months.append(MONTHS[w[i]])
            repeat_every(s, "year", max(s.every, 1))
            return found[1]
    return 0
