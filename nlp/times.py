"""A rule to its next times: calendar arithmetic on the wall clock, one resolution to an instant.

The cost of a step does not grow with the age of the rule: every generator jumps to `after` by arithmetic.
"""

from __future__ import annotations

import calendar
from collections import deque
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import islice

from nlp import cron
from nlp.instants import exact, local
from nlp.rule import SUBDAILY, WEEKEND, WORKDAY, Cron, Nth, Once, Repeat, Rule

_EMPTY_PERIODS = (
    6000  # a rule that chooses nothing for this many periods never will (29 February on a Sunday: 28 years)
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


def next_times(rule: Rule, after: datetime, n: int) -> list[datetime]:
    """Up to `n` instants (UTC) of a rule strictly after `after` (aware), in order."""
    return list(islice(_instants(rule, after.astimezone(timezone.utc)), n))


def next_time(rule: Rule, after: datetime) -> datetime | None:
    """The first instant (UTC) of a rule after `after`, or None when it has ended."""
    return next(_instants(rule, after.astimezone(timezone.utc)), None)


def _instants(rule: Rule, after: datetime) -> Iterator[datetime]:
    if isinstance(rule, Once):
        at = exact(rule.at, rule.zone)
        if at > after:
            yield at
    elif isinstance(rule, Cron):
        # A skipped time rings up to some hours later than written, so start looking a day early.
        yield from _resolved(
            cron.local_times(rule.expression, local(after, rule.zone) - timedelta(days=1)), rule.zone, after
        )
    elif isinstance(rule, Repeat):
        yield from _bounded(rule, after)


def _resolved(times: Iterator[datetime], zone: str, after: datetime) -> Iterator[datetime]:
    """Local times to instants after `after`; two local times that fall on one instant ring once."""
    last = after
    for at in times:
        instant = exact(at, zone)
        if instant > last:
            last = instant
            yield instant


def _bounded(rule: Repeat, after: datetime) -> Iterator[datetime]:
    end = exact(rule.until, rule.zone) if rule.until else None
    if rule.count is not None:
        last = last_counted(rule)
        if last is None:
            return
        end = min(end, last) if end else last
    if rule.start:
        after = max(after, exact(rule.start, rule.zone) - timedelta(microseconds=1))
    for instant in _unbounded(rule, after):
        if end and instant > end:
            return
        yield instant


@lru_cache(maxsize=4096)
def last_counted(rule: Repeat) -> datetime | None:
    """The instant of the last of `count` times from `start`; its cost grows with the count alone."""
    begin = exact(rule.start, rule.zone) if rule.start else datetime(1970, 1, 1, tzinfo=timezone.utc)
    last = deque(islice(_unbounded(rule, begin - timedelta(microseconds=1)), rule.count), maxlen=1)
    return last[0] if last else None


def _unbounded(rule: Repeat, after: datetime) -> Iterator[datetime]:
    if rule.unit in SUBDAILY:
        stream = _windowed(rule, after) if rule.windows else _stepped(rule, after)
    else:
        stream = _resolved(_local(rule, local(after, rule.zone) - timedelta(days=1)), rule.zone, after)
    for instant in stream:
        if not rule.skip or not _excepted(rule, local(instant, rule.zone)):
            yield instant


# -- under a day: elapsed steps -------------------------------------------------------------------------------------


def _chosen(rule: Repeat, day: date) -> bool:
    """Whether a repetition under a day rings on this date at all."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    if rule.weeks and day.isocalendar()[1] not in rule.weeks:
        return False
    if rule.days or rule.nths:
        first = day.replace(day=1)
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        return day in _picked(rule, first, last)
    return True


def _stepped(rule: Repeat, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=rule.every * _SECONDS[rule.unit])
    anchor = exact(rule.start, rule.zone) if rule.start else after.replace(minute=0, second=0, microsecond=0)
    if rule.minutes:
        yield from _marks(rule, after, anchor, step)
        return
    n = max(0, (after - anchor) // step + 1)
    empty = 0
    while empty < _EMPTY_PERIODS:
        instant = anchor + n * step
        if instant.year > 9000:
            return
        here = local(instant, rule.zone)
        if _chosen(rule, here.date()):
            empty = 0
            yield instant
            n += 1
        else:
            empty += 1
            midnight = exact(datetime.combine(here.date() + timedelta(days=1), time()), rule.zone)
            n = max(n + 1, -((anchor - midnight) // step))


def _marks(rule: Repeat, after: datetime, anchor: datetime, step: timedelta) -> Iterator[datetime]:
    """Every n hours at marks of the hour: "every hour at 15 and 45 minutes past"."""
    n = max(0, (after - anchor) // step)
    last, empty = after, 0
    while empty < _EMPTY_PERIODS * 24:
        slot = anchor + n * step
        if slot.year > 9000:
            return
        offset = local(slot, rule.zone)
        hour = slot - timedelta(minutes=offset.minute, seconds=offset.second, microseconds=offset.microsecond)
        n, empty = n + 1, empty + 1
        if _chosen(rule, offset.date()):
            for minute in rule.minutes:
                instant = hour + timedelta(minutes=minute)
                if instant > last:
                    last, empty = instant, 0
                    yield instant


def _windowed(rule: Repeat, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=rule.every * _SECONDS[rule.unit])
    day, empty, last = local(after, rule.zone).date() - timedelta(days=1), 0, after
    while empty < _EMPTY_PERIODS and day.year < 9000:
        if _chosen(rule, day):
            found = []
            for window in rule.windows:
                begin = exact(datetime.combine(day, window.start), rule.zone)
                over = timedelta(days=1) if window.end < window.start else timedelta()
                end = exact(datetime.combine(day + over, window.end), rule.zone)
                n = max(0, (last - begin) // step + 1)
                while begin + n * step <= end:
                    found.append(begin + n * step)
                    n += 1
            for instant in sorted(set(found)):
                if instant > last:
                    last, empty = instant, 0
                    yield instant
        day += timedelta(days=1)
        empty += 1


# -- a day and up: calendar periods ---------------------------------------------------------------------------------


def _local(rule: Repeat, after: datetime) -> Iterator[datetime]:
    """Naive local times from about `after` on, in order."""
    times = sorted(rule.times)
    for day in _dates(rule, after.date()):
        for at in times:
            yield datetime.combine(day, at)


def _dates(rule: Repeat, after: date) -> Iterator[date]:
    """The chosen dates from `after` on, in order."""
    anchor = rule.start.date() if rule.start else after
    if rule.start and anchor > after:
        after = anchor
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
    while ordinal < _LAST_DAY and empty < _EMPTY_PERIODS:
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
    while week < _LAST_DAY and empty < _EMPTY_PERIODS:
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
        return _picked(rule, first, last)
    found: list[date] = []
    for month in range(index, index + size):
        if not rule.months or month % 12 + 1 in rule.months:
            first = date(month // 12, month % 12 + 1, 1)
            found += _picked(rule, first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
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


def _picked(rule: Repeat, first: date, last: date) -> list[date]:
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


def _excepted(rule: Repeat, at: datetime) -> bool:
    skip, day = rule.skip, at.date()
    if at.replace(second=0, microsecond=0) in skip.datetimes:
        return True
    if day.weekday() in skip.weekdays or day in skip.dates or day.month in skip.months:
        return True
    if day.day in skip.monthdays or (day.month, day.day) in skip.yeardays:
        return True
    if skip.nths or any(n < 0 for n in skip.monthdays):
        first = day.replace(day=1)
        last = day.replace(day=calendar.monthrange(day.year, day.month)[1])
        if any(n < 0 and last + timedelta(days=n + 1) == day for n in skip.monthdays):
            return True
        return any(nth_day(nth, first, last) == day for nth in skip.nths)
    return False
