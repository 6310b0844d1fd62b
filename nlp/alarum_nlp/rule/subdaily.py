"""Repetitions under a day: elapsed steps from an anchor, within windows, or at marks of the hour."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from heapq import merge

from alarum_nlp.rule.calendar_dates import EMPTY_PERIODS, month_of, picked
from alarum_nlp.rule.exclusions import day_excepted, excluded_until
from alarum_nlp.rule.model import SECONDS, Repeat, TimeWindow
from alarum_nlp.rule.wall_clock import exact, local

_LAST_YEAR = 9000
_YEARS = 60  # every date falls on every weekday within them, and in every week of the year


def elapsed(rule: Repeat, after: datetime) -> Iterator[datetime]:
    """Instants after `after` (aware) of a repetition of seconds, minutes or hours."""
    if rule.windows:
        return _windowed(rule, after)
    return _marks(rule, after) if rule.minutes else _stepped(rule, after)


def _step(rule: Repeat) -> timedelta:
    return timedelta(seconds=rule.every * SECONDS[rule.unit])


def _chosen(rule: Repeat, day: date) -> bool:
    """Whether a repetition under a day rings on this date at all."""
    if rule.months and day.month not in rule.months:
        return False
    if rule.weekdays and day.weekday() not in rule.weekdays:
        return False
    if rule.weeks and day.isocalendar()[1] not in rule.weeks:
        return False
    if rule.days or rule.nths:
        return day in picked(rule, *month_of(day))
    return True


def next_chosen(rule: Repeat, day: date) -> date | None:
    """The first date from `day` on at which a repetition under a day rings; None where no year has one."""
    last = date(min(day.year + _YEARS, _LAST_YEAR), 1, 1)
    while day < last:
        first, end = month_of(day)
        if rule.months and day.month not in rule.months:
            day = end + timedelta(days=1)
        elif rule.days or rule.nths:
            found = next((one for one in picked(rule, first, end) if one >= day and _chosen(rule, one)), None)
            if found is not None:
                return found
            day = end + timedelta(days=1)
        elif _chosen(rule, day):
            return day
        else:
            day += timedelta(days=1)
    return None


def _stepped(rule: Repeat, after: datetime) -> Iterator[datetime]:
    step = _step(rule)
    anchor = exact(rule.start, rule.zone) if rule.start else after.replace(minute=0, second=0, microsecond=0)
    n, empty = max(0, (after - anchor) // step + 1), 0
    while empty < EMPTY_PERIODS:
        instant = anchor + n * step
        if instant.year > _LAST_YEAR:
            return
        here = local(instant, rule.zone)
        over = excluded_until(rule.skip, here) if rule.skip else None
        if not _chosen(rule, here.date()):
            following = next_chosen(rule, here.date() + timedelta(days=1))
            if following is None:
                return
            over = datetime.combine(following, time())
        if over is None:
            empty = 0
            yield instant
            n += 1
        else:
            empty += 1
            n = max(n + 1, -((anchor - exact(over, rule.zone)) // step))


def _marks(rule: Repeat, after: datetime) -> Iterator[datetime]:
    """Every n hours at marks of the hour: "every hour at 15 and 45 minutes past"."""
    step = _step(rule)
    anchor = exact(rule.start, rule.zone) if rule.start else after.replace(minute=0, second=0, microsecond=0)
    n, last, empty = max(0, (after - anchor) // step), after, 0
    while empty < EMPTY_PERIODS:
        slot = anchor + n * step
        if slot.year > _LAST_YEAR:
            return
        here = local(slot, rule.zone)
        empty += 1
        if not _chosen(rule, here.date()) or rule.skip and day_excepted(rule.skip, here.date()):
            following = next_chosen(rule, here.date() + timedelta(days=1))
            if following is None:
                return
            midnight = exact(datetime.combine(following, time()), rule.zone)
            n = max(n + 1, (midnight - anchor) // step)
            continue
        hour = slot - timedelta(minutes=here.minute, seconds=here.second, microseconds=here.microsecond)
        n += 1
        for minute in rule.minutes:
            instant = hour + timedelta(minutes=minute)
            if instant > last and not (rule.skip and excluded_until(rule.skip, local(instant, rule.zone))):
                last, empty = instant, 0
                yield instant


def _windowed(rule: Repeat, after: datetime) -> Iterator[datetime]:
    first, empty, last = local(after, rule.zone).date() - timedelta(days=1), 0, after
    day = next_chosen(rule, first)
    while day is not None and empty < EMPTY_PERIODS and day.year < _LAST_YEAR:
        empty += 1
        for instant in merge(*(_inside(rule, window, day, last) for window in rule.windows)):
            if instant > last:
                last, empty = instant, 0
                yield instant
        day = next_chosen(rule, day + timedelta(days=1))


def _inside(rule: Repeat, window: TimeWindow, day: date, after: datetime) -> Iterator[datetime]:
    """The steps after `after` in the window of one day; an end before its start is on the next day."""
    step = _step(rule)
    begin = exact(datetime.combine(day, window.start), rule.zone)
    over = timedelta(days=1) if window.end < window.start else timedelta()
    end = exact(datetime.combine(day + over, window.end), rule.zone)
    n = max(0, (after - begin) // step + 1)
    while begin + n * step <= end:
        instant = begin + n * step
        free = excluded_until(rule.skip, local(instant, rule.zone)) if rule.skip else None
        if free is None:
            yield instant
        n = n + 1 if free is None else max(n + 1, -((begin - exact(free, rule.zone)) // step))
