"""What stands behind "every": units, weekdays, parts of the day, dates, named days, in all their numbers."""

from __future__ import annotations

from alarum_nlp.reading.days import day
from alarum_nlp.reading.frequency import elapsed_unit
from alarum_nlp.reading.lexicon import DAY_GROUPS, HOLIDAY_HEADS, MONTHS, PARTS, PLURAL_WEEKDAYS, UNITS, WEEKDAYS
from alarum_nlp.reading.ranks import dates_of_year, kind_of_day, month_list, nth_list, of_period, repeat_every
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.weekdays import weekday_list
from alarum_nlp.reading.words import cardinal, duration_at, ordinal
from alarum_nlp.resolve.slots import Impossible, Slots
from alarum_nlp.rule.holidays import NAMED_TIMES_OF_YEAR, WEEKDAY_HOLIDAYS
from alarum_nlp.rule.model import ALL_WEEKDAYS, Nth


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
    repeat_every(s, "year", 1)
    return end


def every(t: Tokens, i: int, s: Slots) -> int:
    """What stands behind "every", from `i`."""
    w = t.words
    i += 2 if w[i : i + 2] == ["and", "every"] else 0
    if w[i] == "second" and w[i + 1] in ("count", "counts", "matters"):
        return 0  # an idiom
    if w[i] == "!":
        s.from_completion = True
        i += 1
    if t.kinds[i] == "clock" or t.kinds[i] == "num" and w[i + 1] in ("am", "pm"):
        repeat_every(s, "day", 1)  # "every 9am on sunday"
        return i
    if w[i] == "single" or w[i] == "one":
        i += 1 if UNITS.get(w[i + 1]) or w[i] == "single" else 0
    if ordinal(t, i) and w[i : i + 2] != ["second", "in"] and (end := _ranked(t, i, s)):
        return end
    if w[i] in ("hour", "minute") and w[i + 1 : i + 4] == ["and", "a", "half"]:
        repeat_every(s, "minute" if w[i] == "hour" else "second", 90)
        return i + 4
    n, j = 1, i
    if w[i] in ("other", "alternate", "second") and (w[i] != "second" or w[i + 1] in UNITS or w[i + 1] in WEEKDAYS):
        n, j = 2, i + 1
    elif w[i] == "half" and w[i + 1] in ("an", "hour", "-"):
        repeat_every(s, "minute", 30)
        return w.index("hour", i) + 1 if "hour" in w[i : i + 4] else 0
    elif w[i : i + 4] == ["quarter", "of", "an", "hour"]:
        repeat_every(s, "minute", 15)
        return i + 4
    elif (found := ordinal(t, i)) and found[0] > 0:
        k = found[1]
        if w[k + 1 : k + 4] == ["of", "the", "month"] and found[0] > 31:
            raise Impossible(f"no month has a day {found[0]}")
        if w[k] in UNITS or kind_of_day(t, k):
            n, j = found
    elif found := cardinal(t, i):
        k = found[1]
        if (
            w[k] in UNITS
            or kind_of_day(t, k)
            or (w[k] in ("workdays", "weekdays", "weekends") or w[k] in PLURAL_WEEKDAYS)
            or (w[k] in ("working", "business"))
            or (w[k] == "m" and t.glued(k))
        ):
            n, j = found
        elif w[k] == "and" and (length := duration_at(t, i)):
            return elapsed_unit(s, length)
    if j > i and n == 0:
        repeat_every(s, "day", 0)
    if w[j] == "week" and w[j + 1] in ("day", "days"):
        s.weekdays += ALL_WEEKDAYS
        repeat_every(s, "week", 1)
        return j + 2
    glued = w[j] == "m" and t.glued(j)
    if (
        w[j] in UNITS and not (w[j] == "second" and w[j + 1] in WEEKDAYS) and w[j] not in ("night", "nights", "mo")
    ) or glued:
        if len(w[j]) == 1 and w[j] not in ("h", "m", "s", "d", "w", "y"):
            return 0
        unit = "minute" if glued else UNITS[w[j]]
        if len(w[j]) == 1 and not t.glued(j):
            return 0
        if (length := duration_at(t, i)) and length[1] > j + 1 and length[0].seconds and not length[0].days:
            return elapsed_unit(s, length)
        if unit == "fortnight":
            unit, n = "week", n * 2
        repeat_every(s, unit, n)
        whole = unit == "day" and w[j + 1 : j + 3] == ["of", "the"] and w[j + 3] in ("week", "year", "month")
        return j + 4 if whole else j + 1
    if w[j] in ("workday", "workdays", "working", "business") and n > 1:
        repeat_every(s, "workday", n)
        return j + 2 if w[j] in ("working", "business") else j + 1
    if w[j] in ("working", "business") and w[j + 1] == "day":
        s.weekdays += ALL_WEEKDAYS
        repeat_every(s, "week", 1)
        return j + 2
    if w[j] in WEEKDAYS or w[j] in DAY_GROUPS:
        if j > i and (n > 1 or ordinal(t, i)):
            return _every_nth_day(t, i, j, n, s)
        if w[j] == "friday" and w[j + 1 : j + 3] == ["the", "13th"]:
            s.weekdays, s.days = [4], [13]
            repeat_every(s, "month", 1)
            return j + 3
        end = weekday_list(t, j, s)
        repeat_every(s, "week", n)
        return end
    if w[j] in PARTS and w[j] != "eve":
        name = PARTS[w[j]]
        s.parts.append("night" if name == "tonight" else name)
        repeat_every(s, "day", n)
        return j + 1
    if end := dates_of_year(t, i, s):
        return end
    if w[i] in MONTHS:
        end = month_list(t, i, s)
        repeat_every(s, "year", 1)
        return end
    if w[i] in HOLIDAY_HEADS and (end := _holiday(t, i, s)):
        return end
    if end := nth_list(t, i, s):
        k = of_period(t, end, s)
        if s.unit is None:
            if s.nths and s.months:
                pass
            elif any(n.weekday < 7 for n in s.nths) and not k:
                s.notes.append("counted within each month")
        repeat_every(s, s.unit or ("year" if s.months else "month"), s.every or 1)
        return k or end
    return 0


def _ranked(t: Tokens, i: int, s: Slots) -> int:
    """ "first friday of the month", "3rd working day of each quarter" behind "every"."""
    probe = Slots()
    end = nth_list(t, i, probe)
    k = of_period(t, end, probe) if end else 0
    if not k:
        return 0
    s.nths, s.days, s.months = probe.nths, probe.days, probe.months
    repeat_every(s, probe.unit or "year", probe.every or 1)
    return k


def _every_nth_day(t: Tokens, i: int, j: int, n: int, s: Slots) -> int:
    """ "every other tuesday", "every 3 fridays", "every second weekend"; "every first friday" is monthly."""
    ranked = ordinal(t, i)
    if n == 1:
        end = nth_list(t, i, s)
        repeat_every(s, "month", 1)
        s.notes.append("counted within each month")
        return end
    if t.words[j] in ("weekday", "workday") and not ranked:
        repeat_every(s, "workday", n)
        return j + 1
    end = weekday_list(t, j, s)
    if ranked and n <= 5:
        s.notes.append(f"counted every {n} weeks; say 'of the month' for the {t.words[i]} of each month")
    repeat_every(s, "week", n)
    return end
