"""What a repetition excludes: whether a local time is excepted, and until when."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from alarum_nlp.rule.calendar_dates import month_of, nth_day
from alarum_nlp.rule.model import Except, TimeWindow

_INSTANT = timedelta(microseconds=1)


def excluded_until(skip: Except, at: datetime) -> datetime | None:
    """The local time from which an excepted one is over; None when `at` (naive local) is not excepted."""
    if day_excepted(skip, at.date()):
        return datetime.combine(at.date() + timedelta(days=1), time())
    for window in skip.windows:
        if end := _inside(window, at):
            return end
    if skip.datetimes and at.replace(second=0, microsecond=0) in skip.datetimes:
        return at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    return None


def _inside(window: TimeWindow, at: datetime) -> datetime | None:
    """The end of a window that `at` is in, just past it; an end before its start is on the next day."""
    clock = at.time()
    if window.start <= window.end:
        return datetime.combine(at.date(), window.end) + _INSTANT if window.start <= clock <= window.end else None
    if clock >= window.start:
        return datetime.combine(at.date() + timedelta(days=1), window.end) + _INSTANT
    return datetime.combine(at.date(), window.end) + _INSTANT if clock <= window.end else None


def day_excepted(skip: Except, day: date) -> bool:
    """Whether a whole day is left out."""
    if day.weekday() in skip.weekdays or day in skip.dates or day.month in skip.months or day.day in skip.monthdays:
        return True
    here = (day.month, day.day)
    if here in skip.yeardays or any(a <= here <= b if a <= b else here >= a or here <= b for a, b in skip.spans):
        return True
    if not skip.nths and not any(n < 0 for n in skip.monthdays):
        return False
    first, last = month_of(day)
    if any(n < 0 and last + timedelta(days=n + 1) == day for n in skip.monthdays):
        return True
    return any(nth_day(nth, first, last) == day for nth in skip.nths)
