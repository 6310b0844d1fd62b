"""Repetitions in words: "every other tuesday", "weekdays", "the 1st and 15th of each month", "twice a day"."""

from __future__ import annotations

from alarum_nlp.reading.every import every
from alarum_nlp.reading.frequency import at_intervals, minute_marks, past_each_hour, times_a
from alarum_nlp.reading.lexicon import DAY_GROUPS, FREQUENCIES, MONTHS, PARTS, PLURAL_WEEKDAYS, UNITS, WEEKDAYS
from alarum_nlp.reading.narrowing import narrowed, narrowed_within
from alarum_nlp.reading.ranks import dates_of_year, month_list, nth_list, of_period, repeat_every
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.weekdays import lettered, weekday_list
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.resolve.slots import ClockTime, Day, Slots
from alarum_nlp.rule.model import SUBDAILY

EACH = frozenset({"every", "each", "all", "any", "ev"})


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
            return narrowed_within(t, i + 1, s)
        return every(t, i + 1, s)
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
        repeat_every(s, unit, n)
        if w[i] in ("nightly", "everynight"):
            s.parts.append("night")
        if w[i] == "everymorning":
            s.parts.append("morning")
        return i + 4 if unit == "day" and w[i + 1 : i + 4] == ["of", "the", "week"] else i + 1
    if (
        w[i] in ("start", "beginning", "top")
        and w[i + 1] == "of"
        and w[i + 2] in ("every", "each")
        and w[i + 3] == "hour"
    ):
        s.minutes.append(0)
        every(t, i + 3, s)
        return i + 4
    if w[i] == "half" and "hourly" in w[i + 1 : i + 3]:
        repeat_every(s, "minute", 30)
        return w.index("hourly", i) + 1
    if end := times_a(t, i, s) or past_each_hour(t, i, s) or at_intervals(t, i, s):
        return end
    if (found := cardinal(t, i)) and w[found[1]] in PLURAL_WEEKDAYS and w[found[1] + 1] == "from":
        end = found[1] + 3 if w[found[1] + 2] in ("now", "today") else 0
        if end:
            s.day = Day("weekday", weekday=WEEKDAYS[w[found[1]]], which="coming", n=found[0] - 1)
            s.strong = True
        return end
    if w[i] == "alternate" and (w[i + 1] in UNITS or w[i + 1] in WEEKDAYS) and not s.repeats:
        return every(t, i, s)
    if w[i] in ("working", "business") and w[i + 1] == "days" and w[i - 1] in ("on", "", "all") and not s.repeats:
        s.weekdays += DAY_GROUPS["weekdays"]
        s.plural, s.strong = True, True
        return i + 2
    if (named := lettered(t, i)) and not s.repeats and w[i - 1] != "'":
        s.weekdays += named[0]
        s.plural, s.strong = True, True
        return named[1]
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
            repeat_every(s, "year", 1)
            return end
        s.months = []
    if w[i] in MONTHS and w[i + 1] in ("through", "thru") and w[i + 2] in MONTHS and not s.repeats:
        end = month_list(t, i, s)
        repeat_every(s, "day", 1)
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
        repeat_every(s, "day", 1)
        return i + 1
    if w[i] == "hour" and w[i - 1] == "the" and w[i - 2] == "on":
        s.minutes.append(0)
        return i + 1
    if not s.repeats:
        return _leading(t, i, s)
    if s.unit in SUBDAILY and (end := _leading(t, i, probe := Slots())) and narrowed(s, probe):
        return end  # "every hour on the 1st of every month"
    return _beside(t, i, s)


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
        return minute_marks(t, i + 1, s)
    if w[i] in ("business", "working", "office") and w[i + 1] == "hours":
        s.windows.append((ClockTime(9, fixed=True), ClockTime(17, fixed=True), False))
        s.notes.append("read 'business hours' as 09:00 to 17:00")
        return i + 2
    months = w[i] in MONTHS and not s.day and (s.unit != "year" or w[i - 1] in ("in", "of", "only", "during"))
    if months and not ((ordinal(t, i + 1) or cardinal(t, i + 1)) and t.kinds[i + 1] != "clock"):
        return month_list(t, i, s)
    if s.unit in ("month", "quarter", "year", "week"):
        if s.unit == "year" and (end := dates_of_year(t, i, s)):
            return end
        if w[i] in ("beginning", "begin", "start", "end") and s.unit != "week":
            s.days.append(1 if w[i] != "end" else -1)
            if w[i] == "end":
                s.parts.append("end of day")
            return of_period(t, i + 1, s) or i + 1
        if s.unit != "week" and (w[i - 1] in ("the", "on", "and", "day") or ordinal(t, i)):
            end = nth_list(t, i, s)
            return (of_period(t, end, s) or end) if end else 0
    return 0


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
        k = of_period(t, end, probe) if end else 0
        sure = k and (w[i] == "day" or "each" in w[i:k] or "every" in w[i:k])
    elif w[i] in ("odd", "even") and w[i + 1] in ("days", "dates"):
        s.days += range(1 if w[i] == "odd" else 2, 32, 2)
        repeat_every(s, "month", 1)
        return of_period(t, i + 2, s) or i + 2
    elif t.kinds[i] == "ord" or w[i] == "last" or ordinal(t, i):
        probe = Slots()
        end = nth_list(t, i, probe)
        k = of_period(t, end, probe) if end else 0
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
    repeat_every(s, probe.unit or "year", probe.every or 1)
    return k
