"""Next times: properties over rules, zones and moments, against dateutil and croniter where those are right."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nlp import Cron, Reading, Repeat, from_text, next_time, next_times, read, say, to_text
from nlp.rule import Except, Nth, Window

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Asia/Kolkata", "UTC"]
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1)).map(
    lambda d: d.replace(microsecond=0, tzinfo=timezone.utc)
)
clocks = st.builds(time, st.integers(0, 23), st.integers(0, 59))
some_clocks = st.lists(clocks, min_size=1, max_size=3, unique=True).map(lambda x: tuple(sorted(x)))
weekdays = st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(lambda x: tuple(sorted(x)))
months = st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True).map(lambda x: tuple(sorted(x)))
days = st.lists(st.sampled_from([1, 2, 15, 28, 31, -1, -2]), min_size=1, max_size=3, unique=True).map(
    lambda x: tuple(sorted(x))
)
nths = st.lists(
    st.builds(Nth, st.sampled_from([1, 2, 3, 4, -1]), st.integers(0, 7)), min_size=1, max_size=2, unique=True
).map(lambda x: tuple(sorted(x)))
starts = st.datetimes(datetime(2027, 1, 1), datetime(2029, 1, 1)).map(
    lambda d: d.replace(hour=0, minute=0, second=0, microsecond=0)
)
skips = st.one_of(
    st.just(Except()),
    st.builds(Except, weekdays=st.just((5, 6))),
    st.builds(Except, months=st.sampled_from([(12,), (7, 8)])),
    st.builds(Except, yeardays=st.just(((12, 24),))),
)


@st.composite
def rules(draw: st.DrawFn) -> Repeat:
    zone = draw(st.sampled_from(ZONES))
    every = draw(st.integers(1, 4))
    unit = draw(st.sampled_from(["minute", "hour", "day", "week", "month", "year"]))
    skip = draw(skips)
    start = draw(starts) if every > 1 or unit in ("minute", "hour") else None
    if unit in ("minute", "hour"):
        narrow = draw(st.booleans())
        windows = (Window(time(9), time(17)),) if narrow else ()
        return Repeat(
            unit,
            zone,
            every * 5,
            weekdays=(0, 1, 2) if narrow else (),
            windows=windows,
            start=None if narrow else start,
            skip=skip,
        )  # type: ignore[arg-type]
    fields = {
        "week": {"weekdays": draw(weekdays)},
        "month": draw(st.sampled_from([{"days": draw(days)}, {"nths": draw(nths)}])),
    }
    fields["year"] = {"days": (draw(st.integers(1, 28)),), "months": draw(months)}
    until = draw(st.one_of(st.none(), st.just(datetime(2040, 12, 31, 23, 59, 59))))
    return Repeat(
        unit, zone, every, times=draw(some_clocks), start=start, until=until, skip=skip, **fields.get(unit, {})
    )  # type: ignore[arg-type]


@settings(max_examples=150, deadline=None)
@given(rules(), moments)
def test_next_times_are_after_ordered_and_the_same_in_two_steps(rule: Repeat, now: datetime) -> None:
    six = next_times(rule, now, 6)
    assert all(t > now for t in six)
    assert all(a < b for a, b in pairwise(six))
    if len(six) == 6:
        assert next_times(rule, six[2], 3) == six[3:]


@settings(max_examples=150, deadline=None)
@given(rules())
def test_words_of_a_rule_read_again_give_the_rule(rule: Repeat) -> None:
    assume(next_time(rule, datetime(2026, 11, 20, 9, tzinfo=timezone.utc)))  # what never rings is refused
    found = read(say(rule), datetime(2026, 11, 20, 9, tzinfo=timezone.utc), "Europe/Berlin")
    assert isinstance(found, Reading), (say(rule), found)
    assert found.rule == rule, say(rule)
    assert from_text(to_text(rule)) == rule


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 5), some_clocks, st.sampled_from(["day", "week", "month"]))
def test_the_calendar_agrees_with_dateutil_on_naive_times(
    now: datetime, every: int, at: tuple[time, ...], unit: str
) -> None:
    start = datetime(2024, 1, 1)  # a Monday
    extra = {"day": {}, "week": {"weekdays": (0, 3)}, "month": {"days": (1, 31)}}[unit]
    rule = Repeat(unit, "UTC", every, times=at, start=start, **extra)  # type: ignore[arg-type]
    by = {"day": {}, "week": {"byweekday": (0, 3)}, "month": {"bymonthday": (1, 31)}}[unit]
    freq = {"day": DAILY, "week": WEEKLY, "month": MONTHLY}[unit]
    wanted = set()
    for one in at:
        these = rrule(freq, dtstart=start, interval=every, byhour=one.hour, byminute=one.minute, bysecond=0, **by)  # type: ignore[arg-type]
        wanted |= set(these.xafter(now.replace(tzinfo=None), count=5))
    assert [t.replace(tzinfo=None) for t in next_times(rule, now, 5)] == sorted(wanted)[:5]


def local(rule: Repeat | Cron, zone: str, now: datetime, n: int) -> list[str]:
    return [t.astimezone(ZoneInfo(zone)).isoformat() for t in next_times(rule, now.replace(tzinfo=ZoneInfo(zone)), n)]


@pytest.mark.parametrize(
    ("zone", "at", "now", "wanted"),
    [
        ("America/New_York", time(2, 30), datetime(2026, 3, 8), "2026-03-08T03:00:00-04:00"),
        ("America/New_York", time(1, 30), datetime(2026, 11, 1), "2026-11-01T01:30:00-04:00"),
        ("America/Santiago", time(0, 0), datetime(2026, 9, 5, 12), "2026-09-06T01:00:00-03:00"),
        ("Australia/Lord_Howe", time(2, 15), datetime(2026, 10, 4), "2026-10-04T02:30:00+11:00"),
    ],
)
def test_a_skipped_time_rings_at_the_first_valid_moment_and_a_repeated_one_once(
    zone: str, at: time, now: datetime, wanted: str
) -> None:
    daily = Repeat("day", zone, times=(at,))
    first, second = local(daily, zone, now, 2)
    assert first == wanted
    assert second[:10] > first[:10]
    cron = Cron(f"{at.minute} {at.hour} * * *", zone)
    assert local(cron, zone, now, 2) == [first, second]


def test_repetitions_under_a_day_follow_real_time_through_gap_and_fold() -> None:
    for day in (datetime(2026, 3, 29), datetime(2026, 10, 25)):
        zone = ZoneInfo("Europe/Berlin")
        every = Repeat("minute", "Europe/Berlin", 30, start=day)
        times = next_times(every, day.replace(tzinfo=zone), 12)
        assert {b - a for a, b in pairwise(times)} == {timedelta(minutes=30)}


def test_a_count_ends_and_asking_later_does_not_start_again() -> None:
    rule = Repeat("day", "UTC", times=(time(9),), start=datetime(2026, 1, 1), count=3)
    begin = datetime(2025, 12, 1, tzinfo=timezone.utc)
    assert [t.day for t in next_times(rule, begin, 9)] == [1, 2, 3]
    assert next_time(rule, datetime(2026, 1, 3, 9, tzinfo=timezone.utc)) is None


def test_a_rule_that_can_never_ring_ends() -> None:
    never = Repeat("year", "UTC", times=(time(9),), days=(30,), months=(2,))
    assert next_times(never, datetime(2026, 1, 1, tzinfo=timezone.utc), 3) == []
