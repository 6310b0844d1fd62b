"""Hypothesis strategies for every rule that words can build."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Any, cast

from hypothesis import strategies as st

from alarum_nlp import Cron, Once, OnEvent, Repeat, Several, Unscheduled
from alarum_nlp.rule.model import Except, Nth, TimeWindow, Unit

ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kolkata",
    "UTC",
    "+05:30",
]
zones = st.sampled_from(ZONES)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)).map(
    lambda d: d.replace(microsecond=0, tzinfo=timezone.utc)
)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59), st.sampled_from([0, 0, 0, 30]))


def some(of: st.SearchStrategy[Any], most: int = 3, least: int = 1) -> st.SearchStrategy[tuple[Any, ...]]:
    """Sorted tuples without doubles."""
    return st.lists(of, min_size=least, max_size=most, unique=True).map(lambda x: tuple(sorted(x)))


some_clocks = some(clocks)
weekdays = some(st.integers(0, 6), 7)
months = some(st.integers(1, 12), 5)
days = some(st.one_of(st.integers(1, 31), st.integers(-10, -1)), 4)
nths = some(st.builds(Nth, st.sampled_from([1, 2, 3, 4, -1, -2]), st.integers(0, 8)), 2)
starts = st.datetimes(datetime(2027, 1, 1), datetime(2029, 1, 1)).map(lambda d: d.replace(microsecond=0))
midnights = starts.map(lambda d: datetime.combine(d.date(), time()))
untils = st.one_of(
    st.datetimes(datetime(2036, 1, 1), datetime(2040, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.dates(date(2036, 1, 1), date(2040, 1, 1)).map(lambda d: datetime.combine(d, time(23, 59, 59))),
)
windows = st.tuples(clocks, clocks).filter(lambda w: w[0] != w[1]).map(lambda w: TimeWindow(*w))
points = clocks.map(lambda at: TimeWindow(at, at))
yeardays = st.dates(date(2027, 1, 1), date(2027, 12, 31)).map(lambda d: (d.month, d.day))
skips = st.one_of(
    st.just(Except()),
    st.builds(Except, weekdays=some(st.integers(0, 6), 3)),
    st.builds(Except, months=some(st.integers(1, 12), 3)),
    st.builds(Except, monthdays=some(st.one_of(st.integers(1, 31), st.integers(-3, -1)), 2)),
    st.builds(Except, nths=nths),
    st.builds(Except, yeardays=some(yeardays, 2)),
    st.builds(Except, dates=some(st.dates(date(2027, 1, 1), date(2030, 1, 1)), 3)),
    st.builds(Except, datetimes=some(st.datetimes(datetime(2027, 1, 1), datetime(2030, 1, 1)), 2).map(
        lambda x: tuple(sorted({d.replace(second=0, microsecond=0) for d in x})))),
    st.builds(Except, spans=st.tuples(yeardays, yeardays).map(lambda x: (x,))),
    st.builds(Except, windows=some(windows, 1)),
    st.builds(Except, windows=some(points, 3)),
    st.builds(Except, weekdays=some(st.integers(0, 6), 2), months=some(st.integers(1, 12), 2), yeardays=some(yeardays, 1)),
)  # fmt: skip


@st.composite
def fine_rules(draw: st.DrawFn) -> Repeat:
    """Repetitions of seconds, minutes and hours."""
    unit = draw(st.sampled_from(["second", "minute", "hour"]))
    fields: dict[str, Any] = {"skip": draw(skips), "until": draw(st.one_of(st.none(), untils))}
    if draw(st.booleans()):
        fields["windows"] = draw(some(windows, 2))
        fields["every"] = draw(st.integers(1, 90))
    elif unit == "hour" and draw(st.booleans()):
        fields["minutes"] = draw(some(st.integers(0, 59), 3))
    else:
        fields |= {"every": draw(st.integers(1, 90)), "start": draw(starts)}
    shape = draw(st.sampled_from(["all", "weekdays", "days", "nths"]))
    if shape != "all":
        fields[shape] = draw({"weekdays": weekdays, "days": days, "nths": nths}[shape])
    if draw(st.booleans()):
        fields["months"] = draw(months)
    return Repeat(cast(Unit, unit), draw(zones), **fields)


@st.composite
def calendar_rules(draw: st.DrawFn) -> Repeat:
    """Repetitions of a day and up."""
    unit = draw(st.sampled_from(["day", "workday", "week", "month", "quarter", "year"]))
    every = draw(st.integers(2 if unit == "workday" else 1, 9))
    fields: dict[str, Any] = {
        "times": draw(some_clocks),
        "skip": draw(skips),
        "until": draw(st.one_of(st.none(), untils)),
    }
    fields["from_completion"] = draw(st.booleans()) and draw(st.booleans())
    count = draw(st.one_of(st.none(), st.none(), st.integers(1, 200)))
    if count:
        fields |= {"count": count, "until": None, "skip": Except()}
    if every > 1 or count or fields["from_completion"] or draw(st.booleans()):
        fields["start"] = draw(midnights)
    shapes: dict[str, list[str]] = {
        "day": ["plain"], "workday": ["plain"], "week": ["weekdays"], "month": ["days", "nths", "both"],
        "quarter": ["days", "nths"], "year": ["days+months", "nths+months", "days", "weeks"],
    }  # fmt: skip
    shape = draw(st.sampled_from(shapes[unit]))
    if shape == "both" or "days" in shape.split("+"):
        fields["days"] = draw(days) if unit != "year" or "months" in shape else draw(some(st.integers(1, 366), 3))
    if shape == "both" or "nths" in shape:
        fields["nths"] = draw(nths)
    if "months" in shape or unit == "month" and draw(st.booleans()):
        fields["months"] = draw(months)
    if shape in ("weekdays", "weeks"):
        fields["weekdays"] = draw(weekdays)
    if shape == "weeks":
        fields["weeks"] = draw(some(st.integers(1, 52), 2))
    return Repeat(cast(Unit, unit), draw(zones), every, **fields)


far = st.datetimes(datetime(2027, 1, 1), datetime(2199, 12, 31)).map(lambda d: d.replace(microsecond=0))
once = st.builds(Once, far, zones)
exact_once = st.builds(lambda d, z: Once(d.replace(tzinfo=timezone.utc), z), far, st.just("UTC"))
several = st.builds(Several, some(far, 4, 2), zones)
crons = st.builds(
    lambda m, h, d, z: Cron(f"{m} {h} * * {d}", z),
    st.integers(0, 59), st.integers(0, 23), st.sampled_from(["*", "1-5", "0,6", "2"]), zones.filter(lambda z: "/" in z),
)  # fmt: skip
others = st.one_of(
    st.builds(OnEvent, st.sampled_from(["deploy.done", "mail:*"]), zones, st.booleans()), st.builds(Unscheduled, zones)
)
repeats = st.one_of(calendar_rules(), fine_rules())
every_rule = st.one_of(repeats, repeats, repeats, once, exact_once, several, crons, others)

__all__ = ["calendar_rules", "every_rule", "fine_rules", "moments", "repeats", "some_clocks", "timedelta"]
