"""Which day a named day is: weekdays, dates, n-th days, periods and their edges, seen from where it was said."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from alarum_nlp.resolve.slots import Day, Impossible
from alarum_nlp.rule.calendar_dates import nth_day
from alarum_nlp.rule.holidays import holiday
from alarum_nlp.rule.model import WEEKEND, Nth
from alarum_nlp.rule.reading import Conventions

NAMES = tuple(calendar.day_name)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or its last day where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def nth_in(first: date, last: date, n: int, weekday: int) -> date | None:
    """The n-th day of a kind between two days, both included; 9 is any day, and a weekend is its Saturday (its Sunday from the end)."""
    if n == 0:
        return None
    if weekday == 9:
        day = first + timedelta(days=n - 1) if n > 0 else last + timedelta(days=n + 1)
        return day if first <= day <= last else None
    if weekday == WEEKEND:
        weekday = 5 if n > 0 else 6
    return nth_day(Nth(n, weekday), first, last)


def add_workdays(day: date, n: int) -> date:
    """The n-th day from Monday to Friday after a day, before it when n is negative."""
    while n:
        day += timedelta(days=1 if n > 0 else -1)
        n -= (1 if n > 0 else -1) if day.weekday() < 5 else 0
    return day


def period(unit: str, day: date) -> tuple[date, date]:
    """The first and last day of the week (from Monday), month, quarter or year that a day is in."""
    if unit == "day":
        return day, day
    if unit == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = date(day.year, (day.month - 1) // months * months + 1, 1)
    return first, add_months(first, months) - timedelta(days=1)


class Days:
    """Chooses a day, seen from `now` (naive local time in `zone`), and collects every assumption that it took."""

    def __init__(self, now: datetime, zone: str, conventions: Conventions) -> None:
        self.now = now
        self.today = now.date()  # where it was said, which another zone in the phrase does not change
        self.zone = zone
        self.conventions = conventions
        self.assumed: list[str] = []

    def day(self, d: Day, late: time | None) -> date:
        """The date of a day as written. A day of today counts when `late`, its time of day, is ahead or not known."""
        today = self.today
        d = self._year(d)
        ahead = late is None or datetime.combine(today, late) > self.now
        match d.kind:
            case "relative":
                return today + timedelta(days=d.n)
            case "weekday":
                return self._weekday(d, ahead)
            case "weekend":
                saturday = today - timedelta(days=today.weekday()) + timedelta(days=5)
                return saturday + timedelta(days=7) if d.which == "next" else max(saturday, today)
            case "date":
                return self._date(d, today, ahead)
            case "monthday":
                return self._monthday(d, today, ahead)
            case "nth":
                return self._nth(d, today, ahead)
            case "holiday":
                return holiday(d.name, d.year) if d.year else self._holiday(d.name, today, ahead)
            case "month":
                first = self.month(d)
                self.assumed.append(f"read '{calendar.month_name[d.month].lower()}' as its first day, {first}")
                return first
            case "edge":
                first, last = self._period(d)
                return last if d.n < 0 else first
            case "period":
                return self._next_period(d, today)

    def _year(self, d: Day) -> Day:
        """The day with "this year" and "next year" made a number."""
        return replace(d, year=self.today.year + (d.year == -1)) if d.year < 0 else d

    def month(self, d: Day) -> date:
        """The first day of a named month (or year): the one named, this one's or the next ahead."""
        today, d = self.today, self._year(d)
        if d.year:
            return date(d.year, d.month, 1)
        if d.which == "this":
            return date(today.year + (d.month < today.month), d.month, 1)
        return date(today.year + (d.month <= today.month), d.month, 1)

    def _weekday(self, d: Day, ahead: bool) -> date:
        today = self.today
        delta = (d.weekday - today.weekday()) % 7
        monday = today - timedelta(days=today.weekday())
        if d.which in ("next", "next week"):
            return monday + timedelta(days=7 + d.weekday)
        if d.which in ("after next", "after next week"):
            return monday + timedelta(days=14 + d.weekday)
        if d.which == "this week":
            return monday + timedelta(days=d.weekday)
        if delta == 0 and (d.which == "coming" or not ahead):
            delta = 7
        if d.which == "":
            self.assumed.append(f"read '{NAMES[d.weekday].lower()}' as {today + timedelta(days=delta)}")
        return today + timedelta(days=delta + 7 * d.n)

    def _date(self, d: Day, today: date, ahead: bool) -> date:
        if d.year:
            return date(d.year, d.month, d.day)
        for year in range(today.year, today.year + 9):
            try:
                found = date(year, d.month, d.day)
            except ValueError:
                continue  # 29 February
            if found > today or (found == today and ahead):
                return found
        raise Impossible(f"no year ahead has {d.day} {calendar.month_name[d.month]}")

    def _monthday(self, d: Day, today: date, ahead: bool) -> date:
        first = today.replace(day=1)
        shift = {"next": 1, "after next": 2}.get(d.which, 0)
        for months in range(shift, 24):
            month = add_months(first, months)
            if d.day > calendar.monthrange(month.year, month.month)[1]:
                if d.which:
                    raise Impossible(f"{calendar.month_name[month.month]} has no day {d.day}")
                continue
            found = month.replace(day=d.day)
            if found > today or (found == today and ahead) or d.which:
                return found
        raise Impossible(f"no month has a day {d.day}")

    def _nth(self, d: Day, today: date, ahead: bool) -> date:
        unit = d.unit or "month"
        if d.month:
            years = [d.year] if d.year else range(today.year, today.year + 2)
            anchors = [date(y, d.month, 1) for y in years]
        else:
            first = period(unit, today)[0]
            step = {"week": 0, "month": 1, "quarter": 3, "year": 12}[unit]
            shifts = [1] if d.which == "next" else [0] if d.which == "this" else [0, 1, 2]
            anchors = [add_months(first, step * k) if step else first + timedelta(days=7 * k) for k in shifts]
        found: date | None = None
        for anchor in anchors:
            found = nth_in(*period(unit, anchor), d.n, d.weekday)
            if found and (found > today or (found == today and ahead)):
                return found
        if found is None or not d.year:
            raise Impossible(f"there is no such day: a month has no {abs(d.n)}th one")
        return found

    def _holiday(self, name: str, today: date, ahead: bool) -> date:
        for year in (today.year, today.year + 1):
            found = holiday(name, year)
            if found > today or (found == today and ahead):
                return found
        raise AssertionError("a holiday comes every year")

    def _period(self, d: Day) -> tuple[date, date]:
        first, last = period(d.unit, self.today)
        if d.which == "next":
            first, last = period(d.unit, last + timedelta(days=1))
        if d.unit == "week" and d.n < 0:
            last = first + timedelta(days=4)
        return first, last

    def _next_period(self, d: Day, today: date) -> date:
        if d.unit in ("hour", "minute", "second"):
            raise Impossible(f"the next {d.unit} and a day are named; say one of them, for example 'in 1 {d.unit}'")
        if d.unit == "day":
            return today + timedelta(days=1)
        first, last = period(d.unit, today)
        if d.which == "this":
            return max(first, today)
        first, last = period(d.unit, last + timedelta(days=1))
        if d.which == "after next":
            first, last = period(d.unit, last + timedelta(days=1))
        self.assumed.append(f"read 'next {d.unit}' as its first day, {first}")
        return first
