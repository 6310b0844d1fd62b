"""Slots to a repetition: anchors, spreads and bounds filled in, and every assumption named."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from alarum_nlp.resolve.bounds import after_length, until
from alarum_nlp.resolve.day import period
from alarum_nlp.resolve.exclusions import left_out, window_of
from alarum_nlp.resolve.moment import Moment, clock_time
from alarum_nlp.resolve.slots import Day, Impossible, Slots
from alarum_nlp.resolve.spread import spread
from alarum_nlp.rule.model import COUNT, SECONDS, SUBDAILY, Nth, Repeat, TimeWindow
from alarum_nlp.rule.next_times import next_times
from alarum_nlp.rule.wall_clock import exact, local, wall


def repetition(s: Slots, m: Moment) -> Repeat:
    """The rule that repeating slots mean. Raises Impossible for what cannot ring."""
    if s.unit is None:
        s.unit, s.every = ("week", 1) if s.weekdays or s.days == [] and s.plural and not s.parts else ("day", 1)
    _period_of_days(s, m)
    _clocks_of_bounds(s)
    if (
        s.until
        and s.until.clocks
        and s.start
        and s.start.clocks
        and not (s.until.day or s.start.day)
        and s.unit not in SUBDAILY
    ):
        raise Impossible("a part of the day needs how often within it; say 'every 30 minutes between 9:00 and 17:00'")
    if s.unit == "week" and s.day and s.day.kind in ("nth", "monthday"):
        raise Impossible("the first day of a week is not the same for all; say the weekday, for example 'every monday'")
    if s.day and s.day.kind == "weekday" and not s.weekdays and s.unit in ("week", "day") and not s.start:
        s.weekdays.append(s.day.weekday)
    spread(s, m)
    if s.unit == "day" and s.weekdays and s.every == 1:
        s.unit = "week"
    start = _start(s, m)
    fields: dict[str, Any] = {
        "weekdays": tuple(sorted(set(s.weekdays))),
        "days": tuple(sorted(set(s.days))),
        "nths": tuple(sorted(set(s.nths))),
        "months": tuple(sorted(set(s.months))),
        "weeks": tuple(sorted(set(s.weeks))),
        "from_completion": s.from_completion,
    }
    rule = _subdaily(s, m, start, fields) if s.unit in SUBDAILY else _calendar(s, m, start, fields)
    return _bounded(rule, s, m, start)


def _clocks_of_bounds(s: Slots) -> None:
    """A time at the end of the words is the repetition's when it has none: "every day but sunday at 8"."""
    if s.clocks or s.parts or s.unit in SUBDAILY:
        return
    last = s.excepts[-1] if s.excepts else s.until
    if last is not None and last.clocks:
        s.clocks = last.clocks
        if s.excepts:
            last.clocks, last.parts = [], []


def _period_of_days(s: Slots, m: Moment) -> None:
    """A day that narrows a repetition: "every weekday this month", "last friday of november every year"."""
    d = s.day
    if d is None or s.start or s.until:
        return
    if d.kind == "period" and d.which in ("this", "next") and d.unit in ("week", "month", "quarter", "year"):
        end = (
            Day("weekday", weekday=6, which=f"{d.which} week")
            if d.unit == "week"
            else Day("edge", unit=d.unit, n=-1, which=d.which)
        )
        s.until = Slots(day=end)
        s.start, s.day = (Slots(day=d) if d.which == "next" else None), None
    elif d.kind == "month":
        s.start = s.until = Slots(day=d)
        s.until_included, s.day = True, None
    elif d.kind in ("relative", "date", "holiday") and s.unit in SUBDAILY:
        only = m.day(d, None)
        s.start = s.until = Slots(day=Day("date", year=only.year, month=only.month, day=only.day))
        s.day = s.narrow = None
    elif d.kind in ("relative", "date", "holiday") and s.unit in ("day", "week") and s.every == 1:
        raise Impossible("a repetition and one day are named; say 'starting' before the day, or omit one of them")
    elif d.kind == "nth" and s.unit in ("month", "quarter", "year") and not (s.nths or s.days) and not d.year:
        if d.weekday == 9:
            s.days.append(d.n)
        else:
            s.nths.append(Nth(d.n, d.weekday))
        s.months += [d.month] if d.month else []
        s.day = None


def _start(s: Slots, m: Moment) -> datetime | None:
    """Where the phrase says that the repetition begins, local; None when it does not."""
    source = s.start
    if source is None and s.day and s.day.kind != "weekday":
        source = Slots(day=s.day, narrow=s.narrow)
    if source is None and s.day and s.unit not in ("week", "day"):
        source = Slots(day=s.day)
    if source is None:
        return None
    if source.exact:
        return wall(source.exact, m.zone)
    if source.months and not source.day:
        source = Slots(day=Day("month", month=source.months[0]))
    if source.day and source.day.kind == "month":
        return datetime.combine(m.month(source.day), time())
    quiet = Moment(m.now, m.zone, m.conventions)
    at = wall(quiet.at(source), m.zone)
    if source.clocks or source.parts:
        m.assumed += [a for a in quiet.assumed if not a.startswith("no time")]
        if s.unit not in SUBDAILY and not s.clocks and not s.parts:
            s.clocks, s.parts = source.clocks, source.parts
        return at
    if s.unit in SUBDAILY and source.delay is None:
        return datetime.combine(at.date(), time())
    return at if source.delay and source.delay.seconds else datetime.combine(at.date(), time())


def _times(s: Slots, m: Moment) -> tuple[tuple[time, ...], int]:
    found = m.times(s, False)
    if not found:
        at = clock_time(m.conventions.default_time)
        m.assumed.append(f"no time was said: {at:%H:%M}")
        return (at,), 0
    shifts = {shift for _, shift in found} if s.unit != "day" or s.weekdays or s.start or s.until else {0}
    if shifts == {0, 1}:
        raise Impossible("midnight ends the day and the other time is in it; schedule them one by one")
    return tuple(sorted({t for t, _ in found})), shifts.pop()


def _subdaily(s: Slots, m: Moment, start: datetime | None, fields: dict[str, Any]) -> Repeat:
    windows = [window_of(*w, m) for w in s.windows]
    if s.start and s.until and s.start.clocks and s.until.clocks and not s.start.day and not s.until.day:
        a, b = m.pick(s.start.clocks[0])[0], m.pick(s.until.clocks[0])[0]
        windows.append(TimeWindow(a, b))
        s.start = s.until = None
        start = None
    minutes = tuple(sorted(set(s.minutes)))
    assert s.unit
    if s.clocks and not windows and not start:
        at = m.at(Slots(clocks=s.clocks[:1], parts=s.parts, day=s.day))
        start = wall(at, m.zone)
    elif s.parts and not windows:
        raise Impossible("a part of the day is not a window; say 'between 9:00 and 12:00'")
    if start is None and not windows and not minutes:
        start = m.now.replace(microsecond=0)
        if s.until and s.until.clocks and s.unit == "second":
            start = m.now
        if not s.from_completion:
            m.assumed.append(f"counted from now, {start:%H:%M:%S}")
    if minutes and start is None and s.every > 1:
        whole = m.now.replace(minute=0, second=0, microsecond=0)
        start = whole.replace(hour=0) if 24 % s.every == 0 else whole + timedelta(hours=1)
    return Repeat(
        unit=s.unit, zone=m.zone, every=s.every, start=start, windows=tuple(windows), minutes=minutes, **fields
    )


def _calendar(s: Slots, m: Moment, start: datetime | None, fields: dict[str, Any]) -> Repeat:
    assert s.unit
    times, shift = _times(s, m)
    base = start or m.now
    first = base.date()
    if s.unit == "week" and (s.days or s.nths):
        raise Impossible("the first day of a week is not the same for all; say the weekday, for example 'every monday'")
    if s.unit == "week" and not fields["weekdays"]:
        fields["weekdays"] = (first.weekday(),)
        m.assumed.append(f"on the weekday it starts, {calendar.day_name[first.weekday()].lower()}")
    if s.unit in ("month", "quarter", "year") and not (fields["days"] or fields["nths"] or fields["weeks"]):
        _day_of_start(s, m, first, start, fields)
    if shift and s.unit == "week":
        fields["weekdays"] = tuple(sorted((d + 1) % 7 for d in fields["weekdays"]))
        m.assumed.append("midnight is the one that ends the day")
    elif shift and s.unit not in ("day", "workday"):
        raise Impossible("midnight could start or end that day; say '00:00' and the day it begins")
    _check_days(s, fields["months"])
    if any(29 <= d <= 31 for d in s.days) and s.unit == "month" and not fields["months"]:
        m.assumed.append(f"months without a day {max(s.days)} are skipped")
    rule = Repeat(unit=s.unit, zone=m.zone, every=s.every, times=times, start=start, **fields)
    if (s.every > 1 or s.from_completion) and start is None:
        rule = _anchored(rule, m)
    return rule


def _day_of_start(s: Slots, m: Moment, first: date, start: datetime | None, fields: dict[str, Any]) -> None:
    """Fill in the day that a repetition of months, quarters or years does not name: the one on which it starts."""
    if fields["weekdays"] and s.unit != "year":
        days = " and ".join(calendar.day_name[d].lower() for d in fields["weekdays"])
        raise Impossible(
            f"once a {s.unit} on {days} can be any of several; say 'the first {days} of every {s.unit}' or 'every {days}'"
        )
    if fields["weekdays"]:
        return
    if s.unit == "year" and not fields["months"]:
        fields["months"] = (first.month,)
    if s.unit == "quarter":
        fields["days"] = ((first - period("quarter", first)[0]).days + 1,)
    else:
        fields["days"] = (first.day,) if not (s.months and not s.day and start is None) else (1,)
    m.assumed.append(f"on the day it starts, the {fields['days'][0]}.")


def _check_days(s: Slots, months: object) -> None:
    """Raises Impossible for days that no month, or none of those that are named, has."""
    impossible = [d for d in s.days if s.unit == "month" and not -31 <= d <= 31]
    if impossible:
        raise Impossible(f"no month has a day {impossible[0]}")
    if any(abs(n.n) > 5 and n.weekday < 7 for n in s.nths) and s.unit == "month":
        raise Impossible("a month has at most five of a weekday")
    if not s.days or not months or not isinstance(months, tuple):
        return
    if not any(abs(d) <= calendar.monthrange(2024, mo)[1] for d in s.days for mo in months):
        raise Impossible(f"{calendar.month_name[months[0]]} has no day {s.days[0]}")


def _anchored(rule: Repeat, m: Moment) -> Repeat:
    """An interval counts from its first time: the next one that the rule without the interval has."""
    found = next_times(replace(rule, every=1, start=m.now), exact(m.now, m.zone), 1)
    if not found:
        raise Impossible("no such day ever comes")
    first = local(found[0], m.zone)
    m.assumed.append(f"the first is {first:%Y-%m-%d}, counted from there")
    return replace(rule, start=datetime.combine(first.date(), time()))


def _bounded(rule: Repeat, s: Slots, m: Moment, start: datetime | None) -> Repeat:
    changes: dict[str, Any] = {}
    begin = rule.start or m.now
    if s.until:
        changes["until"] = until(s, s.until, m, begin)
    if s.length:
        changes["until"] = after_length(s.length, m, begin, rule)
    if s.excepts:
        changes["skip"] = left_out(s.excepts, m)
    if s.count:
        if s.count > COUNT:
            raise Impossible("more than 10000 times; say 'until' and a date")
        changes["count"] = s.count
        if rule.start is None:
            changes["start"] = m.now.replace(microsecond=0) + timedelta(seconds=1)
    rule = replace(rule, **changes)
    if s.count and start is None and rule.unit in SUBDAILY and not rule.windows and rule.start and not s.clocks:
        rule = replace(rule, start=rule.start + timedelta(seconds=rule.every * SECONDS[rule.unit]))
    narrow = rule.until or rule.skip or rule.days or rule.nths or rule.weeks or rule.months
    if narrow and not next_times(rule, exact(m.now, m.zone), 1):
        raise Impossible("this never rings: its end is before its first time")
    return rule
