"""Next times: properties over rules, zones and moments, against dateutil and croniter where those are right."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from croniter import croniter
from dateutil.rrule import DAILY, MONTHLY, WEEKLY, rrule
from hypothesis import given, settings
from hypothesis import strategies as st

from alarum_nlp import Cron, Repeat, next_time, next_times
from alarum_nlp.rule.calendar_dates import picked
from alarum_nlp.rule.model import Except, TimeWindow, Unit
from tests.nlp.rule.rules import moments, repeats, some_clocks


@settings(max_examples=150, deadline=None)
@given(repeats, moments)
def test_next_times_are_after_ordered_and_the_same_in_two_steps(rule: Repeat, now: datetime) -> None:
    six = next_times(rule, now, 6)
    assert all(t > now for t in six)
    assert all(a < b for a, b in pairwise(six))
    if len(six) == 6:
        assert next_times(rule, six[2], 3) == six[3:]


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 5), some_clocks, st.sampled_from(["day", "week", "month"]))
def test_the_calendar_agrees_with_dateutil_on_naive_times(
    now: datetime, every: int, at: tuple[time, ...], unit: Unit
) -> None:
    start = datetime(2024, 1, 1)  # a Monday
    extra: dict[str, Any] = {"day": {}, "week": {"weekdays": (0, 3)}, "month": {"days": (1, 31)}}[unit]
    rule = Repeat(unit, "UTC", every, times=at, start=start, **extra)
    by: dict[str, Any] = {"day": {}, "week": {"byweekday": (0, 3)}, "month": {"bymonthday": (1, 31)}}[unit]
    freq: Any = {"day": DAILY, "week": WEEKLY, "month": MONTHLY}[unit]
    wanted = set()
    for one in at:
        these = rrule(
            freq, dtstart=start, interval=every, byhour=one.hour, byminute=one.minute, bysecond=one.second, **by
        )
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


def test_a_rule_whose_every_time_is_excepted_ends() -> None:
    never = Repeat("day", "UTC", times=(time(9),), skip=Except(weekdays=(0, 1, 2, 3, 4, 5, 6)))
    assert next_times(never, datetime(2026, 1, 1, tzinfo=timezone.utc), 3) == []
    seconds = Repeat(
        "second", "UTC", windows=(TimeWindow(time(9), time(17)),), skip=Except(windows=(TimeWindow(time(8), time(18)),))
    )
    assert next_times(seconds, datetime(2026, 1, 1, tzinfo=timezone.utc), 3) == []


@settings(max_examples=60, deadline=None)
@given(
    moments,
    st.integers(0, 59),
    st.integers(0, 23),
    st.sampled_from(["* * *", "1,15 * *", "* 2,6 *", "* * 1-5", "* * 0,3"]),
)
def test_cron_agrees_with_croniter_where_no_clock_changes(now: datetime, minute: int, hour: int, days: str) -> None:
    expression = f"{minute} {hour} {days}"
    theirs = croniter(expression, now.replace(tzinfo=None))
    wanted = [theirs.get_next(datetime) for _ in range(4)]
    assert [t.replace(tzinfo=None) for t in next_times(Cron(expression, "UTC"), now, 4)] == wanted


def test_the_cost_does_not_grow_with_the_age_of_the_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    """An old rule is asked with as few steps as a new one: counted, not timed."""
    calls: list[Repeat] = []

    def counting(rule: Repeat, first: date, last: date) -> list[date]:
        calls.append(rule)
        return picked(rule, first, last)

    monkeypatch.setattr("alarum_nlp.rule.calendar_dates.picked", counting)

    def steps(start: datetime) -> int:
        calls.clear()
        rule = Repeat("month", "UTC", 3, times=(time(9),), days=(15,), start=start)
        assert len(next_times(rule, datetime(2026, 1, 1, tzinfo=timezone.utc), 3)) == 3
        return len(calls)

    assert steps(datetime(1950, 1, 1)) == steps(datetime(2025, 10, 1))
