"""Exceptions and windows of a repetition: slots to the typed values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from alarum_nlp.resolve.day import add_months, period
from alarum_nlp.resolve.moment import Moment
from alarum_nlp.resolve.slots import ClockTime, Day, Impossible, Slots
from alarum_nlp.rule.holidays import NAMED_TIMES_OF_YEAR
from alarum_nlp.rule.model import Except, Nth, TimeWindow
from alarum_nlp.rule.wall_clock import wall

_LONGEST = 62  # days that an exception may name one by one


def left_out(groups: list[Slots], m: Moment) -> Except:
    weekdays: list[int] = []
    dates: list[date] = []
    datetimes: list[datetime] = []
    months: list[int] = []
    monthdays: list[int] = []
    nths: list[Nth] = []
    yeardays: list[tuple[int, int]] = []
    spans: list[tuple[tuple[int, int], tuple[int, int]]] = []
    windows: list[TimeWindow] = []
    for g in [replace(x, day=d, more_days=[]) for x in groups for d in [x.day, *x.more_days]]:
        quiet = Moment(m.now, m.zone, m.conventions)
        if g.windows:
            windows += [window_of(*w, quiet) for w in g.windows]
            continue
        if g.start and g.until:
            _span(g.start, g.until, quiet, spans, dates)
            continue
        if g.timed and not g.day and not g.exact:
            windows += [TimeWindow(at, at) for at, _ in quiet.times(g, False)]
            continue
        weekdays += g.weekdays
        nths += g.nths
        if g.days and g.months:
            yeardays += [(mo, d) for mo in g.months for d in g.days]
        else:
            months += g.months
            monthdays += g.days
        if g.exact:
            datetimes.append(wall(g.exact, m.zone))
        if g.day is None:
            continue
        if g.clocks or g.parts:
            datetimes.append(wall(quiet.at(g), m.zone).replace(second=0, microsecond=0))
        elif g.day.kind == "period" and g.day.unit in ("week", "month"):
            first = quiet.day(g.day, None)
            first, last = period(g.day.unit, first)
            dates += [first + timedelta(days=k) for k in range((last - first).days + 1)]
        elif g.day.kind == "period":
            raise Impossible(f"a {g.day.unit} is not a range of days to exclude; say 'starting' or 'until' and a date")
        elif g.day.kind == "month" and not g.day.year:
            months.append(g.day.month)
        elif g.day.kind == "month":
            _span(Slots(day=g.day), Slots(day=g.day), quiet, spans, dates)
        elif g.day.kind == "weekday" and not g.day.which:
            weekdays.append(g.day.weekday)
        elif g.day.kind == "date" and not g.day.year:
            yeardays.append((g.day.month, g.day.day))
        elif g.day.kind == "monthday" and not g.day.which:
            monthdays.append(g.day.day)
        elif g.day.kind == "nth" and g.day.unit == "month" and not g.day.which and g.day.weekday < 9:
            nths.append(Nth(g.day.n, g.day.weekday))
        elif g.day.kind == "nth" and g.day.unit == "month":
            monthdays.append(g.day.n)
        elif g.day.kind == "holiday" and g.day.name in NAMED_TIMES_OF_YEAR and not g.day.year:
            yeardays.append(NAMED_TIMES_OF_YEAR[g.day.name])
        elif g.day.kind == "holiday":
            dates += _named_dates(g.day, m)
        else:
            dates.append(quiet.day(g.day, None))
    if any(abs(n) > 31 for n in monthdays):
        raise Impossible(f"no month has a day {max(monthdays, key=abs)}")
    return Except(
        weekdays=_pack(weekdays),
        dates=_pack(dates),
        datetimes=_pack(datetimes),
        months=_pack(months),
        monthdays=_pack(monthdays),
        nths=_pack(nths),
        yeardays=_pack(yeardays),
        spans=_pack(spans),
        windows=_pack(windows),
    )


def _span(
    start: Slots, until: Slots, m: Moment, spans: list[tuple[tuple[int, int], tuple[int, int]]], dates: list[date]
) -> None:
    """A stretch of days to leave out: every year, or the very dates where a year is named or they are relative."""
    ends = []
    for last, source in ((False, start), (True, until)):
        d = Day("month", month=source.months[0]) if source.months else source.day
        if d is None:
            raise Impossible(
                "an exception from when to when? name two days, for example 'except from 20 to 31 december'"
            )
        day = m.day(d, None)
        ends.append((add_months(day, 1) - timedelta(days=1) if last and d.kind == "month" else day, d))
    (a, first), (b, second) = ends
    if not first.year and not second.year and first.kind in ("date", "month") and second.kind in ("date", "month"):
        spans.append(((a.month, a.day), (b.month, b.day)))
        return
    if b < a or (b - a).days > _LONGEST:
        raise Impossible(f"an exception from {a} to {b} is not a range of days that can be excluded")
    dates += [a + timedelta(days=k) for k in range((b - a).days + 1)]


def window_of(first: ClockTime, last: ClockTime, before: bool, m: Moment) -> TimeWindow:
    a, b = m.pick(first)[0], m.pick(last)[0]
    if not last.fixed and not first.fixed and b <= a and b.hour < 12:
        b = b.replace(hour=b.hour + 12)
    if before:
        b = (datetime.combine(date(2000, 1, 1), b) - timedelta(seconds=1)).time()
    return TimeWindow(a, b)


def _pack(items: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(set(items)))


def _named_dates(day: Day, m: Moment) -> list[date]:
    """A named day in the coming years: fixed ones are excepted for good, moving ones for five years."""
    from alarum_nlp.rule.holidays import holiday

    m.assumed.append(f"{day.name} is excluded for the next five years")
    return [at for k in range(6) if (at := holiday(day.name, m.now.year + k)) >= m.today]
