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
from nlp.dates_of import EMPTY_PERIODS, local_times, nth_day, picked
from nlp.instants import exact, local
from nlp.rule import SUBDAILY, Cron, Once, Repeat, Rule, Several

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}


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
    elif isinstance(rule, Several):
        yield from (at for at in sorted({exact(at, rule.zone) for at in rule.moments}) if at > after)
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
        stream = _resolved(local_times(rule, local(after, rule.zone) - timedelta(days=1)), rule.zone, after)
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
        return day in picked(rule, first, last)
    return True


def _stepped(rule: Repeat, after: datetime) -> Iterator[datetime]:
    step = timedelta(seconds=rule.every * _SECONDS[rule.unit])
    anchor = exact(rule.start, rule.zone) if rule.start else after.replace(minute=0, second=0, microsecond=0)
    if rule.minutes:
        yield from _marks(rule, after, anchor, step)
        return
    n = max(0, (after - anchor) // step + 1)
    empty = 0
    while empty < EMPTY_PERIODS:
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
    while empty < EMPTY_PERIODS * 24:
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
    while empty < EMPTY_PERIODS and day.year < 9000:
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


def _excepted(rule: Repeat, at: datetime) -> bool:
    skip, day = rule.skip, at.date()
    for window in skip.windows:
        inside = window.start <= at.time() <= window.end
        if inside or (window.end < window.start and not window.end < at.time() < window.start):
            return True
    here = (day.month, day.day)
    if any(a <= here <= b if a <= b else here >= a or here <= b for a, b in skip.spans):
        return True
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
