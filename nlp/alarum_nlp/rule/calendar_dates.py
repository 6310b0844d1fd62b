"""The dates that a repetition of a day and up chooses: calendar periods, jumped to by arithmetic."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from alarum_nlp.rule.model import WEEKEND, WORKDAY, Nth, Repeat

# A rule that chooses nothing for this many periods never will.
EMPTY_PERIODS = 6000
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def month_of(day: date) -> tuple[date, date]:
    """The first and last day of the month that a day is in."""
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def local_times(rule: Repeat, after: datetime) -> Iterator[datetime]:
    """Naive local times from about `after` on, in order."""
    times = sorted(rule.times)
    for day in dates(rule, after.date()):
        for at in times:
            yield datetime.combine(day, at)


def dates(rule: Repeat, after: date) -> Iterator[date]:
    """The chosen dates from `after` on, in order."""
    anchor = rule.start.date() if rule.start else after
    if rule.start and anchor > after:
        after = anchor
    if rule.start and rule.every > 1 and rule.unit not in ("day", "workday"):
        # "every other monday starting 1 january" begins with the first monday from there on
        anchor = next(dates(replace(rule, every=1), anchor), anchor)
    if rule.unit == "day":
        yield from _daily(rule, anchor, after)
    elif rule.unit == "workday":
        yield from _workdays(rule, anchor, after)
    elif rule.unit == "week":
        yield from _weekly(rule, anchor, after)
    else:
        yield from _calendar(rule, anchor, after)


def _kept(rule: Repeat, day: date) -> bool:
    return (not rule.months or day.month in rule.months) and (not rule.weeks or day.isocalendar()[1] in rule.weeks)


def _daily(rule: Repeat, anchor: date, after: date) -> Iterator[date]:
    periods = max(0, -(-(after - anchor).days // rule.every))
    ordinal, empty = anchor.toordinal() + periods * rule.every, 0
    while ordinal < _LAST_DAY and empty < EMPTY_PERIODS:
        day = date.fromordinal(ordinal)
        empty += 1
        if _kept(rule, day) and (not rule.weekdays or day.weekday() in rule.weekdays):
            empty = 0
            yield day
        ordinal += rule.every


_LAST_DAY = date(9000, 1, 1).toordinal()


def _workdays(rule: Repeat, anchor: date, after: date) -> Iterator[date]:
    base = (anchor.toordinal() - 1) // 7 * 5 + min(anchor.weekday(), 4)
    day = after
    while day.toordinal() < _LAST_DAY:
        if day.weekday() < 5:
            position = (day.toordinal() - 1) // 7 * 5 + day.weekday()
            if position >= base and (position - base) % rule.every == 0:
                yield day
        day += timedelta(days=1)


def _weekly(rule: Repeat, anchor: date, after: date) -> Iterator[date]:
    monday = (anchor - timedelta(days=anchor.weekday())).toordinal()
    here = (after - timedelta(days=after.weekday())).toordinal()
    step = 7 * rule.every
    week = monday + max(0, (here - monday) // step) * step if rule.every > 1 else here
    empty = 0
    while week < _LAST_DAY and empty < EMPTY_PERIODS:
        empty += 1
        for weekday in sorted(set(rule.weekdays)):
            day = date.fromordinal(week + weekday)
            if day >= after and _kept(rule, day):
                empty = 0
                yield day
        week += step


def _calendar(rule: Repeat, anchor: date, after: date) -> Iterator[date]:
    size = _MONTHS[rule.unit]
    step = size * rule.every
    base = (anchor.year * 12 + anchor.month - 1) // size * size
    here = (after.year * 12 + after.month - 1) // size * size
    index = base + max(0, (here - base) // step) * step if rule.every > 1 else here
    empty = 0
    while index < 9000 * 12 and empty < 1500 // size:  # 125 years
        empty += 1
        for day in _in_period(rule, index, size):
            if day >= after:
                empty = 0
                yield day
        index += step


def _in_period(rule: Repeat, index: int, size: int) -> list[date]:
    """The chosen dates of one period, which starts `index` months after year 0."""
    if rule.weeks:
        return _in_weeks(rule, index // 12)
    if size > 1 and not rule.months:
        first = date(index // 12, index % 12 + 1, 1)
        end = index + size
        last = date(end // 12, end % 12 + 1, 1) - timedelta(days=1)
        return picked(rule, first, last)
    found: list[date] = []
    for month in range(index, index + size):
        if not rule.months or month % 12 + 1 in rule.months:
            found += picked(rule, *month_of(date(month // 12, month % 12 + 1, 1)))
    return found


def _in_weeks(rule: Repeat, year: int) -> list[date]:
    found = []
    for week in sorted(set(rule.weeks)):
        for weekday in sorted(set(rule.weekdays or (0,))):
            try:
                found.append(date.fromisocalendar(year, week, weekday + 1))
            except ValueError:
                continue  # most years have no week 53
    return found


def picked(rule: Repeat, first: date, last: date) -> list[date]:
    """Days by number and by n-th weekday between two dates, narrowed by `weekdays`; all when only those are given."""
    if not rule.days and not rule.nths:
        every = (first + timedelta(days=k) for k in range((last - first).days + 1))
        return [d for d in every if not rule.weekdays or d.weekday() in rule.weekdays]
    length = (last - first).days + 1
    found = {first + timedelta(days=(n - 1 if n > 0 else length + n)) for n in rule.days if 1 <= abs(n) <= length}
    found |= {d for nth in rule.nths if (d := nth_day(nth, first, last))}
    if rule.weekdays and rule.days:
        found = {d for d in found if d.weekday() in rule.weekdays}
    return sorted(found)


def nth_day(nth: Nth, first: date, last: date) -> date | None:
    """The n-th day of a kind in a period, by arithmetic; None where the period has no such day."""
    if nth.weekday in (WORKDAY, WEEKEND):
        length = (last - first).days + 1
        order = range(length) if nth.n > 0 else range(length - 1, -1, -1)
        days = [first + timedelta(days=k) for k in order if ((first.weekday() + k) % 7 < 5) == (nth.weekday == WORKDAY)]
        return days[abs(nth.n) - 1] if len(days) >= abs(nth.n) else None
    if nth.n > 0:
        day = first + timedelta(days=(nth.weekday - first.weekday()) % 7 + 7 * (nth.n - 1))
    else:
        day = last - timedelta(days=(last.weekday() - nth.weekday) % 7 + 7 * (-nth.n - 1))
    return day if first <= day <= last else None
