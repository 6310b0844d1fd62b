"""Repetitions in words: "every other tuesday", "weekdays", "the 1st and 15th of each month", "twice a day"."""

from __future__ import annotations

from nlp.days import day
from nlp.lexicon import (
    COUNTED,
    DAY_GROUPS,
    FREQUENCIES,
    HOLIDAY_HEADS,
    MONTHS,
    NAMED_TIMES_OF_YEAR,
    NUMBERS,
    PARTS,
    PLURAL_WEEKDAYS,
    TENS,
    UNITS,
    WEEKDAY_HOLIDAYS,
    WEEKDAYS,
)  # fmt: skip
from nlp.rule import SUBDAILY, WEEKEND, WORKDAY, Nth, Unit
from nlp.scan import Tokens
from nlp.slots import Clock, Day, Impossible, Slots
from nlp.words import cardinal, duration, ordinal

EACH = frozenset({"every", "each", "all", "any", "ev"})
_JOIN = frozenset({",", "and", "&", "or", "-", "through", "thru", "to", "till", "until"})
_SPAN = frozenset({"-", "through", "thru", "to", "–"})
_LETTERS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "y": "year"}


def _kind(t: Tokens, i: int) -> tuple[int, int] | None:
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


def weekday_list(t: Tokens, i: int, s: Slots) -> int:
    """ "monday, wednesday and friday", "mon-fri", "saturday thru tuesday", "weekdays", "weekends"."""
    start, w = i, t.words
    if s.weekdays and s.clocks and (w[i] in WEEKDAYS or w[i] in DAY_GROUPS):
        raise Impossible("different days at different times are two tasks; schedule them one by one")
    if letters := _letters(t, i):
        s.weekdays += letters[0]
        return letters[1]
    while True:
        if w[i] in DAY_GROUPS:
            s.weekdays += DAY_GROUPS[w[i]]
            i += 1
        elif w[i] in WEEKDAYS:
            first = WEEKDAYS[w[i]]
            i += 2 if w[i + 1] == "." else 1
            if w[i] in _SPAN and w[i + 1] in WEEKDAYS:
                last = WEEKDAYS[w[i + 1]]
                s.weekdays += [(first + k) % 7 for k in range((last - first) % 7 + 1)]
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


def _letters(t: Tokens, i: int) -> tuple[list[int], int] | None:
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
        return [(first + k) % 7 for k in range((last - first) % 7 + 1)], i + 3
    days, i = [first, last], i + 3
    while w[i] == "/" and w[i + 1] in _LETTER_DAYS:
        days.append(_LETTER_DAYS[w[i + 1]])
        i += 2
    return days, i


def nth_list(t: Tokens, i: int, s: Slots) -> int:
    """ "1st and 15th", "2nd and last fri", "last working day", "first and third friday" of a period named after."""
    w, filled = t.words, False
    numbers: list[int] = []
    while len(numbers) <= 62:  # all days of a month, from both ends
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
        named = _kind(t, i)
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
    if w[i] not in _SPAN and w[i] != "until":
        return i
    last = ordinal(t, i + 2 if w[i + 1] == "the" else i + 1)
    if last is None or not numbers[-1] < last[0] <= 31 or w[last[1]] != "of":
        return i
    numbers += range(numbers[-1] + 1, last[0] + 1)
    return last[1]


def _period(t: Tokens, i: int, s: Slots) -> int:
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
        s.unit, s.every = s.unit or name, max(s.every, n)  # type: ignore[assignment]
        if sure:
            s.strong = True
        return j + 1
    if w[j] in MONTHS:
        return month_list(t, j, s)
    return 0


def month_list(t: Tokens, i: int, s: Slots) -> int:
    """ "january, april and july", "june through august"."""
    w, start = t.words, i
    while w[i] in MONTHS:
        first = MONTHS[w[i]]
        i += 1
        if w[i] in _SPAN and w[i + 1] in MONTHS:
            last = MONTHS[w[i + 1]]
            s.months += [(first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1)]
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


def _set(s: Slots, unit: str, n: int) -> None:
    if n == 0:
        raise Impossible(f"'every 0 {unit}s' never advances; say how often, for example 'every 2 {unit}s'")
    s.unit, s.every, s.strong = unit, n, True  # type: ignore[assignment]


def _dates_of_year(t: Tokens, i: int, s: Slots) -> int:
    """ "14 jan", "december 24" behind "every"."""
    w = t.words
    found = ordinal(t, i) or cardinal(t, i)
    if found and 1 <= found[0] <= 31:
        j = found[1] + 1 if w[found[1]] == "of" else found[1]
        if w[j] in MONTHS:
            s.days.append(found[0])
            end = month_list(t, j, s)
            _set(s, "year", max(s.every, 1))
            return end
    if w[i] in MONTHS:
        found = ordinal(t, i + 1) or cardinal(t, i + 1)
        if found and 1 <= found[0] <= 31 and t.kinds[i + 1] != "clock" and w[found[1]] not in ("am", "pm"):
            s.days.append(found[0])
            s.months.append(MONTHS[w[i]])
            _set(s, "year", max(s.every, 1))
            return found[1]
    return 0


def _holiday(t: Tokens, i: int, s: Slots) -> int:
    """ "every new year's eve", "every thanksgiving": a named day of each year."""
    found = Slots()
    end = day(t, i, found, True, True)
    if not end or found.day is None or found.day.kind != "holiday":
        return 0
    name = found.day.name
    if name in NAMED_TIMES_OF_YEAR:
        month, number = NAMED_TIMES_OF_YEAR[name]
        s.months, s.days = [month], [number]
    elif name in WEEKDAY_HOLIDAYS:
        month, weekday, n = WEEKDAY_HOLIDAYS[name]
        s.months, s.nths = [month], [Nth(n, weekday)]
    else:
        raise Impossible(
            f"{name} moves from year to year with Easter; say the date for each year, for example 'easter 2027'"
        )
    _set(s, "year", 1)
    return end


def _every(t: Tokens, i: int, s: Slots) -> int:
    """What stands behind "every", from `i`."""
    w = t.words
    i += 2 if w[i : i + 2] == ["and", "every"] else 0
    if w[i] == "second" and w[i + 1] in ("count", "counts", "matters"):
        return 0  # an idiom
    if w[i] == "!":
        s.from_completion = True
        i += 1
    if t.kinds[i] == "clock" or t.kinds[i] == "num" and w[i + 1] in ("am", "pm"):
        _set(s, "day", 1)  # "every 9am on sunday"
        return i
    if w[i] == "single" or w[i] == "one":
        i += 1 if UNITS.get(w[i + 1]) or w[i] == "single" else 0
    if ordinal(t, i) and w[i : i + 2] != ["second", "in"] and (end := _ranked(t, i, s)):
        return end
    if w[i] in ("hour", "minute") and w[i + 1 : i + 4] == ["and", "a", "half"]:
        _set(s, "minute" if w[i] == "hour" else "second", 90)
        return i + 4
    n, j = 1, i
    if w[i] in ("other", "alternate", "second") and (w[i] != "second" or w[i + 1] in UNITS or w[i + 1] in WEEKDAYS):
        n, j = 2, i + 1
    elif w[i] == "half" and w[i + 1] in ("an", "hour", "-"):
        _set(s, "minute", 30)
        return w.index("hour", i) + 1 if "hour" in w[i : i + 4] else 0
    elif w[i] in ("quarter",) and w[i + 1 : i + 4] in (["of", "an", "hour"],):
        _set(s, "minute", 15)
        return i + 4
    elif (found := ordinal(t, i)) and found[0] > 0:
        k = found[1]
        if w[k + 1 : k + 4] == ["of", "the", "month"] and found[0] > 31:
            raise Impossible(f"no month has a day {found[0]}")
        if w[k] in UNITS or _kind(t, k):
            n, j = found
    elif found := cardinal(t, i):
        k = found[1]
        if (
            w[k] in UNITS
            or _kind(t, k)
            or (w[k] in ("workdays", "weekdays", "weekends") or w[k] in PLURAL_WEEKDAYS)
            or (w[k] in ("working", "business"))
            or (w[k] == "m" and t.glued(k))
        ):
            n, j = found
        elif w[k] in ("and",) and (length := duration(t, i)):
            return _elapsed(s, length)
    if j > i and n == 0:
        _set(s, "day", 0)
    if w[j] == "week" and w[j + 1] in ("day", "days"):
        s.weekdays += [0, 1, 2, 3, 4]
        _set(s, "week", 1)
        return j + 2
    glued = w[j] == "m" and t.glued(j)
    if (
        w[j] in UNITS and not (w[j] in ("second",) and w[j + 1] in WEEKDAYS) and w[j] not in ("night", "nights", "mo")
    ) or glued:
        if len(w[j]) == 1 and w[j] not in ("h", "m", "s", "d", "w", "y"):
            return 0
        unit = "minute" if glued else UNITS[w[j]]
        if len(w[j]) == 1 and not t.glued(j):
            return 0
        if (length := duration(t, i)) and length[1] > j + 1 and length[0].seconds and not length[0].days:
            return _elapsed(s, length)
        if unit == "fortnight":
            unit, n = "week", n * 2
        _set(s, unit, n)
        whole = unit == "day" and w[j + 1 : j + 3] == ["of", "the"] and w[j + 3] in ("week", "year", "month")
        return j + 4 if whole else j + 1
    if w[j] in ("workday", "workdays", "working", "business") and n > 1:
        _set(s, "workday", n)
        return j + 2 if w[j] in ("working", "business") else j + 1
    if w[j] in ("working", "business") and w[j + 1] == "day":
        s.weekdays += [0, 1, 2, 3, 4]
        _set(s, "week", 1)
        return j + 2
    if w[j] in WEEKDAYS or w[j] in DAY_GROUPS:
        if j > i and (n > 1 or ordinal(t, i)):
            return _every_nth_day(t, i, j, n, s)
        if w[j : j + 1] and w[j] == "friday" and w[j + 1 : j + 3] == ["the", "13th"]:
            s.weekdays, s.days = [4], [13]
            _set(s, "month", 1)
            return j + 3
        end = weekday_list(t, j, s)
        _set(s, "week", n)
        return end
    if w[j] in PARTS and w[j] not in ("eve",):
        name = PARTS[w[j]]
        s.parts.append("night" if name == "tonight" else name)
        _set(s, "day", n)
        return j + 1
    if end := _dates_of_year(t, i, s):
        return end
    if w[i] in MONTHS:
        end = month_list(t, i, s)
        _set(s, "year", 1)
        return end
    if w[i] in HOLIDAY_HEADS and (end := _holiday(t, i, s)):
        return end
    if end := nth_list(t, i, s):
        k = _period(t, end, s)
        if s.unit is None:
            if s.nths and s.months:
                pass
            elif any(n.weekday < 7 for n in s.nths) and not k:
                s.notes.append("counted within each month")
        _set(s, s.unit or ("year" if s.months else "month"), s.every or 1)
        return k or end
    return 0


def _elapsed(s: Slots, length: tuple[object, int]) -> int:
    seconds = int(getattr(length[0], "seconds", 0))
    if not seconds:
        return 0
    if seconds % 60:
        _set(s, "second", seconds)
    elif seconds % 3600:
        _set(s, "minute", seconds // 60)
    else:
        _set(s, "hour", seconds // 3600)
    return length[1]


def _ranked(t: Tokens, i: int, s: Slots) -> int:
    """ "first friday of the month", "3rd working day of each quarter" behind "every"."""
    probe = Slots()
    end = nth_list(t, i, probe)
    k = _period(t, end, probe) if end else 0
    if not k:
        return 0
    s.nths, s.days, s.months = probe.nths, probe.days, probe.months
    _set(s, probe.unit or "year", probe.every or 1)
    return k


def _every_nth_day(t: Tokens, i: int, j: int, n: int, s: Slots) -> int:
    """ "every other tuesday", "every 3 fridays", "every second weekend"; "every first friday" is monthly."""
    ranked = ordinal(t, i)
    if n == 1:
        end = nth_list(t, i, s)
        _set(s, "month", 1)
        s.notes.append("counted within each month")
        return end
    if t.words[j] in ("weekday", "workday") and not ranked:
        _set(s, "workday", n)
        return j + 1
    end = weekday_list(t, j, s)
    if ranked and n <= 5:
        s.notes.append(f"counted every {n} weeks; say 'of the month' for the {t.words[i]} of each month")
    _set(s, "week", n)
    return end


def _past_each_hour(t: Tokens, i: int, s: Slots) -> int:
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
        _set(s, "hour", 1)
        return j + 3
    if s.unit != "hour" or w[j] == "after":
        return 0
    hour = w[j + 1 : j + 3] == ["the", "hour"]
    if not hour and (cardinal(t, j + 1) or w[j + 1] in ("noon", "midnight")):
        return 0
    s.minutes.append(minute)
    return j + 3 if hour else j + 1


def _at_intervals(t: Tokens, i: int, s: Slots) -> int:
    """ "10 minute intervals", "intervals of 2 hours"."""
    w = t.words
    if s.repeats or _INTERVALS.isdisjoint(w[i : i + 6]):
        return 0
    if w[i] in _INTERVALS and w[i + 1] == "of" and (length := duration(t, i + 2)):
        return _elapsed(s, length)
    if (t.kinds[i] == "num" or w[i] in NUMBERS or w[i] in TENS) and (length := duration(t, i)):
        j = length[1] + 1 if w[length[1]] == "-" else length[1]
        return j + 1 if w[j] in _INTERVALS and _elapsed(s, length) else 0
    return 0


_INTERVALS = frozenset({"intervals", "increments", "interval"})


def _times_a(t: Tokens, i: int, s: Slots) -> int:
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
        _set(s, *FREQUENCIES[w[j]])
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
    if name is None or len(w[j]) < 3:
        return 0
    if n == 0:
        raise Impossible("0 times never rings; say how often, for example 'twice a day'")
    if name == "fortnight":
        name, m = "week", 2
    _set(s, name, m)
    s.once_a = n
    return j + 1


def repeat(t: Tokens, i: int, s: Slots) -> int:
    """Read what makes a repetition into `s`; 0 when nothing at `i` does."""
    w = t.words
    if w[i] in EACH:
        if (
            w[i + 1] == "time"
            or (w[i] == "all" and w[i + 1] in ("day", "the"))
            or (w[i] in ("all", "any") and w[i + 1] not in ("weekends", "weekend", "weekdays", "weekday", "days"))
        ):
            return 0
        if s.unit is not None and s.every:
            return _within(t, i + 1, s)
        return _every(t, i + 1, s)
    if w[i] in FREQUENCIES:
        unit, n = FREQUENCIES[w[i]]
        if (
            w[i - 1] in ("my", "our", "his", "her", "the")
            and t.kinds[i + 1] == "word"
            and w[i + 1] not in ("at", "alarm", "reminder", "on", "in")
        ):
            return 0  # "my daily routes": an adjective
        if s.unit is not None or s.plural:
            same = s.unit == unit or unit == "week" and n == 1 and (s.plural or s.weekdays)
            return i + 1 if same or narrowed(s, Slots(unit=unit, every=n)) else 0
        if w[i - 1] in ("called", "named", "titled", "labelled", "labeled"):
            return 0
        _set(s, unit, n)
        if w[i] in ("nightly", "everynight"):
            s.parts.append("night")
        if w[i] == "everymorning":
            s.parts.append("morning")
        return i + 1
    if w[i] == "half" and "hourly" in w[i + 1 : i + 3]:
        _set(s, "minute", 30)
        return w.index("hourly", i) + 1
    if end := _times_a(t, i, s) or _past_each_hour(t, i, s) or _at_intervals(t, i, s):
        return end
    if (found := cardinal(t, i)) and w[found[1]] in PLURAL_WEEKDAYS and w[found[1] + 1] == "from":
        end = found[1] + 3 if w[found[1] + 2] in ("now", "today") else 0
        if end:
            s.day = Day("weekday", weekday=WEEKDAYS[w[found[1]]], which="coming", n=found[0] - 1)
            s.strong = True
        return end
    if w[i] == "alternate" and (w[i + 1] in UNITS or w[i + 1] in WEEKDAYS) and not s.repeats:
        return _every(t, i, s)
    if w[i] in ("working", "business") and w[i + 1] == "days" and w[i - 1] in ("on", "", "all") and not s.repeats:
        s.weekdays += DAY_GROUPS["weekdays"]
        s.plural, s.strong = True, True
        return i + 2
    if (letters := _letters(t, i)) and not s.repeats and w[i - 1] != "'":
        s.weekdays += letters[0]
        s.plural, s.strong = True, True
        return letters[1]
    spans = (
        w[i] in WEEKDAYS
        and w[i + 1] in ("-", "through", "thru", "–", "to", "/")
        and w[i + 2] in WEEKDAYS
        and not (w[i - 1] == "from" and w[i + 3] in ("this", "next"))
    )
    row = w[i] in WEEKDAYS and w[i + 1] in WEEKDAYS and w[i + 2] in WEEKDAYS  # "mon wed fri"
    if not s.repeats and (
        spans
        or row
        or (w[i] in WEEKDAYS and "only" in (w[i - 1], w[i - 2]))
        or w[i] in DAY_GROUPS
        and "only" in (w[i - 1], w[i - 2], w[i + 1])
    ):
        end = weekday_list(t, i, s)
        s.plural, s.strong = True, True
        return end
    if w[i] in MONTHS and w[i - 1] == "in" and not s.repeats and "year" in w and w[i + 1] in (",", "and"):
        end = month_list(t, i, s)
        if len(s.months) > 1:
            _set(s, "year", 1)
            return end
        s.months = []
    if w[i] in MONTHS and w[i + 1] in ("through", "thru") and w[i + 2] in MONTHS and not s.repeats:
        end = month_list(t, i, s)
        _set(s, "day", 1)
        return end
    behind = (
        "alarm",
        "alarms",
        "reminder",
        "reminders",
        "mornings",
        "evenings",
        "afternoons",
        "nights",
        "morning",
        "evening",
    )
    if w[i] in ("weekday", "weekend") and w[i + 1] in behind and not s.repeats:
        s.weekdays += DAY_GROUPS[w[i]]
        s.plural, s.strong = True, True
        return i + 1
    if w[i] in PLURAL_WEEKDAYS or w[i] in ("weekdays", "weekends", "workdays", "weeknights", "weekdaily"):
        if w[i] == "weeknights":
            s.parts.append("night")
        end = weekday_list(t, i, s)
        s.plural, s.strong = True, True
        return end
    if w[i] in ("mornings", "evenings", "afternoons") and w[i - 1] in ("on", ""):
        s.parts.append(PARTS[w[i]])
        _set(s, "day", 1)
        return i + 1
    if w[i] == "hour" and w[i - 1] == "the" and w[i - 2] == "on":
        s.minutes.append(0)
        return i + 1
    if not s.repeats:
        return _leading(t, i, s)
    if s.unit in SUBDAILY and (end := _leading(t, i, probe := Slots())) and narrowed(s, probe):
        return end  # "every hour on the 1st of every month"
    return _beside(t, i, s)


def _within(t: Tokens, i: int, s: Slots) -> int:
    """A second "every": "at 12 every day in march", "every 5 minutes every day" narrows the first."""
    probe = Slots()
    end = _every(t, i, probe)
    if end and narrowed(s, probe):
        return end
    if probe.unit == "year" and _plain(probe) and s.start and s.until and s.start.months and not s.start.day:
        first, last = (
            s.start.months[0],
            s.until.months[-1] if s.until.months else s.until.day.month if s.until.day else 0,
        )
        if last:
            s.months += [(first - 1 + k) % 12 + 1 for k in range((last - first) % 12 + 1)]
            s.start = s.until = None
            return end
    order: list[Unit] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
    if not end or probe.unit not in order or s.unit not in order:
        return 0
    if (s.days or s.nths or s.unit == probe.unit == "day") and probe.every == 1:
        s.months += probe.months
        return end
    return 0


def narrowed(s: Slots, other: Slots) -> bool:
    """Join two repetitions: "every 5 minutes every monday", "every night, every 30 minutes", "every morning and every night"."""
    if s.unit == other.unit == "day" and s.every == other.every == 1 and other.parts:
        s.parts += other.parts
        return True
    if _plain(other) and (
        s.unit == other.unit or other.unit == "week" and (s.plural or s.weekdays and s.unit == "week")
    ):
        s.unit, s.every = other.unit, max(other.every, s.every)
        return True
    if _plain(s) and (s.unit == other.unit or s.unit == "week" and other.plural):
        for name in Slots.__dataclass_fields__:
            if name not in ("unit", "every") and (value := getattr(other, name)):
                setattr(s, name, value)
        s.every = max(s.every, other.every)
        return True
    fine, coarse = (s, other) if s.unit in SUBDAILY else (other, s)
    if fine.unit not in SUBDAILY or coarse.unit in SUBDAILY or coarse.every > 1 or coarse.clocks or coarse.once_a:
        return False
    if coarse.parts and not (s.windows or other.windows) or coarse.day or not (coarse.unit or coarse.plural):
        return False
    s.unit, s.every, s.minutes = fine.unit, fine.every, fine.minutes
    s.from_completion = s.from_completion or other.from_completion
    for name in ("weekdays", "days", "nths", "months", "weeks", "excepts", "notes"):
        setattr(s, name, getattr(s, name) + getattr(other, name))
    s.windows, s.clocks = s.windows or other.windows, fine.clocks
    s.parts, s.plural = [], False
    s.start, s.until, s.count = s.start or other.start, s.until or other.until, s.count or other.count
    s.length, s.zone = s.length or other.length, s.zone or other.zone
    return True


def _plain(s: Slots) -> bool:
    """ "weekly", "every two weeks": a period and nothing of it."""
    details = s.weekdays or s.days or s.nths or s.months or s.day or s.timed or s.minutes or s.excepts or s.once_a
    return s.unit is not None and s.unit not in SUBDAILY and not details and not (s.start or s.until or s.count)


def _beside(t: Tokens, i: int, s: Slots) -> int:
    """What may stand beside a repetition: weekdays, "the 1st and 15th", "in march", "on the last friday"."""
    w = t.words
    if w[i] in WEEKDAYS or w[i] in DAY_GROUPS:
        return weekday_list(t, i, s)
    if w[i] == "month" and w[i + 1] == "of" and w[i + 2] in MONTHS:
        return month_list(t, i + 2, s)
    if w[i] == "week" and (found := cardinal(t, i + 1)) and w[i - 1] == "in":
        s.weeks.append(found[0])
        return found[1]
    if s.unit == "hour" and w[i] == "half" and w[i + 1] == "hour" and w[i - 1] == "the":
        s.minutes.append(30)
        return i + 2
    if s.unit == "hour" and w[i] == ":" and (found := cardinal(t, i + 1)) and found[0] < 60:
        s.minutes.append(found[0])
        return found[1]
    if w[i] in ("minute", "minutes") and s.unit == "hour" and w[i - 1] in ("at", "on"):
        return _minute_marks(t, i + 1, s)
    if w[i] in ("business", "working", "office") and w[i + 1] == "hours":
        s.windows.append((Clock(9, fixed=True), Clock(17, fixed=True), False))
        s.notes.append("read 'business hours' as 09:00 to 17:00")
        return i + 2
    months = w[i] in MONTHS and not s.day and (s.unit != "year" or w[i - 1] in ("in", "of", "only", "during"))
    if months and not ((ordinal(t, i + 1) or cardinal(t, i + 1)) and t.kinds[i + 1] != "clock"):
        return month_list(t, i, s)
    if s.unit in ("month", "quarter", "year", "week"):
        if s.unit == "year" and (end := _dates_of_year(t, i, s)):
            return end
        if w[i] in ("beginning", "begin", "start", "end"):
            s.days.append(1 if w[i] != "end" else -1)
            if w[i] == "end":
                s.parts.append("end of day")
            return _period(t, i + 1, s) or i + 1
        if s.unit != "week" and (w[i - 1] in ("the", "on", "and", "day") or ordinal(t, i)):
            end = nth_list(t, i, s)
            return (_period(t, end, s) or end) if end else 0
    return 0


def _minute_marks(t: Tokens, i: int, s: Slots) -> int:
    """ "0 and 30" behind "at minutes" of a repetition by the hour."""
    end = 0
    while (found := cardinal(t, i)) and found[0] < 60:
        s.minutes.append(found[0])
        end = i = found[1]
        while t.words[i] in (",", "and"):
            i += 1
    return end


def _leading(t: Tokens, i: int, s: Slots) -> int:
    """A repetition that says its days first: "the 1st and 15th of each month", "last friday of every month"."""
    w = t.words
    if w[i] == "day" and t.kinds[i + 1] == "num" or w[i] in ("begin", "beginning", "end", "start"):
        probe = Slots()
        if w[i] == "day":
            end = nth_list(t, i, probe)
        else:
            probe.days.append(-1 if w[i] == "end" else 1)
            if w[i] == "end":
                probe.parts.append("end of day")
            end = i + 1
        k = _period(t, end, probe) if end else 0
        sure = k and (w[i] == "day" or "each" in w[i:k] or "every" in w[i:k])
    elif w[i] in ("odd", "even") and w[i + 1] in ("days", "dates"):
        s.days += range(1 if w[i] == "odd" else 2, 32, 2)
        _set(s, "month", 1)
        return _period(t, i + 2, s) or i + 2
    elif t.kinds[i] == "ord" or w[i] == "last" or ordinal(t, i):
        probe = Slots()
        end = nth_list(t, i, probe)
        k = _period(t, end, probe) if end else 0
        if end and not k and w[end] in ("monthly", "quarterly", "yearly", "annually"):
            probe.unit, probe.every = FREQUENCIES[w[end]]
            probe.strong, k = True, end + 1
        several = len(probe.days) + len(probe.nths) > 1
        yearly = len(probe.months) > 1 and k and "year" in w[k : k + 3]
        sure = k and (probe.strong or yearly or several and probe.unit == "month")
    else:
        return 0
    if not k or not sure or probe.unit is None and not probe.months:
        return 0
    s.days, s.nths, s.months, s.parts = probe.days, probe.nths, probe.months, s.parts + probe.parts
    _set(s, probe.unit or "year", probe.every or 1)
    return k
