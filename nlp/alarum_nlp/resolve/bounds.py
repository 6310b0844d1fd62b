"""Where a repetition ends: a day, a time, a month, or after a length."""

from __future__ import annotations

import calendar
from datetime import datetime, time, timedelta

from alarum_nlp.resolve.day import add_months
from alarum_nlp.resolve.moment import Moment
from alarum_nlp.resolve.slots import Day, Duration, Slots
from alarum_nlp.rule.model import SUBDAILY, Repeat
from alarum_nlp.rule.wall_clock import exact, local, wall

_END = time(23, 59, 59)


def until(s: Slots, source: Slots, m: Moment, begin: datetime) -> datetime:
    quiet = Moment(begin if begin > m.now else m.now, m.zone, m.conventions)
    if source.months and not source.day:
        source = Slots(day=Day("month", month=source.months[0]))
    if source.day and source.day.kind == "month":
        first = quiet.month(source.day)
        if s.until_included:
            if not source.day.year and quiet.now.month == source.day.month:
                first = quiet.now.date().replace(day=1)
            return datetime.combine(add_months(first, 12 if source.day.unit else 1), time()) - timedelta(seconds=1)
        m.assumed.append(f"until {calendar.month_name[first.month]} {first.year} means before it begins")
        return datetime.combine(first, time()) - timedelta(seconds=1)
    if source.day and source.day.kind == "period":
        first = quiet.day(source.day, None)
        return datetime.combine(first, time()) - timedelta(seconds=1)
    at = wall(quiet.at(source), m.zone)
    if source.timed or source.delay and source.delay.seconds:
        return at - timedelta(seconds=1) if s.before_until else at
    if s.before_until:
        return datetime.combine(at.date(), time()) - timedelta(seconds=1)
    return datetime.combine(at.date(), _END)


def after_length(d: Duration, m: Moment, begin: datetime, rule: Repeat) -> datetime:
    if rule.unit in SUBDAILY and not d.seconds:
        return datetime.combine(add_months(begin.date(), d.months) + timedelta(days=d.days), begin.time())
    if d.seconds:
        return local(exact(begin, m.zone) + timedelta(seconds=d.seconds), m.zone)
    first = begin.date()
    if (
        rule.unit not in SUBDAILY
        and rule.start is None
        and rule.times
        and all(datetime.combine(first, t) <= m.now for t in rule.times)
    ):
        first += timedelta(days=1)
    end = add_months(first, d.months) + timedelta(days=d.days - 1)
    return datetime.combine(end, _END)
