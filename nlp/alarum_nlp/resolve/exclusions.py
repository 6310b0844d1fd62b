"""Exceptions and windows of a repetition: slots to the typed values."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from alarum_nlp.resolve.day import add_months, period
from alarum_nlp.resolve.moment import Moment
from alarum_nlp.resolve.slots import ClockTime, Day, Impossible, Slots
from alarum_nlp.rule.holidays import NAMED_TIMES_OF_YEAR
from alarum_nlp.rule.model import Except, Nth, TimeWindow
from alarum_nlp.rule.wall_clock import wall

_LONGEST = 62  # days that an exception may name one by one


@dataclass(slots=True)
class _Found:
    """What is excluded, as it is found."""

    weekdays: list[int] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    datetimes: list[datetime] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    monthdays: list[int] = field(default_factory=list)
    nths: list[Nth] = field(default_factory=list)
    yeardays: list[tuple[int, int]] = field(default_factory=list)
    spans: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    windows: list[TimeWindow] = field(default_factory=list)


def left_out(groups: list[Slots], m: Moment) -> Except:
    """The exceptions of a repetition. Raises Impossible for what cannot be excluded."""
    found = _Found()
    for g in [replace(x, day=d, more_days=[]) for x in groups for d in [x.day, *x.more_days]]:
        _group(g, m, found)
    if any(abs(n) > 31 for n in found.monthdays):
        raise Impossible(f"no month has a day {max(found.monthdays, key=abs)}")
    return Except(**{one.name: _pack(getattr(found, one.name)) for one in fields(_Found)})


def _group(g: Slots, m: Moment, found: _Found) -> None:
    quiet = Moment(m.now, m.zone, m.conventions)
    if g.windows:
        found.windows += [window_of(*w, quiet) for w in g.windows]
        return
    if g.start and g.until:
        _span(g.start, g.until, quiet, found.spans, found.dates)
        return
    if g.timed and not g.day and not g.exact:
        found.windows += [TimeWindow(at, at) for at, _ in quiet.times(g, False)]
        return
    found.weekdays += g.weekdays
    found.nths += g.nths
    if g.days and g.months:
        found.yeardays += [(mo, d) for mo in g.months for d in g.days]
    else:
        found.months += g.months
        found.monthdays += g.days
    if g.exact:
        found.datetimes.append(wall(g.exact, m.zone))
    if g.day is None:
        return
    if g.clocks or g.parts:
        found.datetimes.append(wall(quiet.at(g), m.zone).replace(second=0, microsecond=0))
    else:
        _day(g.day, m, quiet, found)


def _day(day: Day, m: Moment, quiet: Moment, found: _Found) -> None:
    """A whole day, by what it repeats with; else the very date."""
    match day.kind:
        case "period":
            found.dates += _days_of(day, quiet)
        case "month" if not day.year:
            found.months.append(day.month)
        case "month":
            _span(Slots(day=day), Slots(day=day), quiet, found.spans, found.dates)
        case "weekday" if not day.which:
            found.weekdays.append(day.weekday)
        case "date" if not day.year:
            found.yeardays.append((day.month, day.day))
        case "monthday" if not day.which:
            found.monthdays.append(day.day)
        case "nth" if day.unit == "month":
            _nth(day, found)
        case "holiday" if day.name in NAMED_TIMES_OF_YEAR and not day.year:
            found.yeardays.append(NAMED_TIMES_OF_YEAR[day.name])
        case "holiday":
            found.dates += _named_dates(day, m)
        case _:
            found.dates.append(quiet.day(day, None))


def _nth(day: Day, found: _Found) -> None:
    """The n-th of a weekday, or of any day, in every month."""
    if not day.which and day.weekday < 9:
        found.nths.append(Nth(day.n, day.weekday))
    else:
        found.monthdays.append(day.n)


def _days_of(day: Day, quiet: Moment) -> list[date]:
    """The days of a week or a month."""
    if day.unit not in ("week", "month"):
        raise Impossible(f"a {day.unit} is not a range of days to exclude; say 'starting' or 'until' and a date")
    first, last = period(day.unit, quiet.day(day, None))
    return [first + timedelta(days=k) for k in range((last - first).days + 1)]


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
