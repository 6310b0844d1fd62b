"""What clocks, calendars and zone databases do wrong: nothing rings early, nothing rings twice, nothing is lost."""

from __future__ import annotations

import shutil
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import tzdata

import alarum_nlp as nlp
from alarum.alarm.zone_changes import ZoneChanges
from alarum.errors import Refused
from alarum.testing import Trial, trial
from alarum_nlp import Once, to_text
from alarum_store import Task
from tests.support.moments import TEN_UTC as NOW
from tests.support.moments import URL

pytestmark = pytest.mark.anyio
UTC = timezone.utc
HOUR = timedelta(hours=1)


async def times(alarum: Trial) -> list[str]:
    return [f"{r.scheduled:%d %H:%M}" for r in await alarum.runs() if r.state == "delivered"]


async def test_a_clock_that_jumps_ahead_rings_what_it_jumped_over_by_the_misfire_policy() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("today at 10:30", message="x")
        await alarum.jump(HOUR)
        assert await times(alarum) == ["20 10:30"]
        (run,) = await alarum.runs()
        assert run.rung - run.scheduled == timedelta(minutes=30)


async def test_a_clock_that_jumps_back_rings_nothing_twice() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every 10 minutes", message="x", webhook=URL)
        await alarum.advance("35m")
        await alarum.jump(-HOUR)
        await alarum.advance("2h")
        ids = [s.run_id for s in alarum.sent]
        assert len(ids) == len(set(ids)) == 9
        assert [r.scheduled for r in await alarum.runs()] == sorted(r.scheduled for r in await alarum.runs())


async def test_a_clock_that_is_slewed_a_little_back_and_forth_rings_once() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every second", message="x", webhook=URL)
        for _ in range(40):
            await alarum.jump(timedelta(seconds=0.7))
            await alarum.jump(timedelta(seconds=-0.2))
        ids = [s.run_id for s in alarum.sent]
        assert len(ids) == len(set(ids)) == 20
        assert all(s.at >= s.scheduled for s in alarum.sent)


async def test_a_leap_second_that_repeats_a_second_rings_once() -> None:
    async with trial(datetime(2016, 12, 31, 23, 59, 58, tzinfo=UTC)) as alarum:  # the last one so far
        await alarum.schedule("every second", message="x", webhook=URL)
        for step in (1, 1, -1, 1, 1):  # a kernel steps back where it inserts the second
            await alarum.jump(timedelta(seconds=step))
        assert [s.scheduled.second for s in alarum.sent] == [59, 0, 1]


async def test_a_smeared_leap_second_never_rings_early() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("in 10 seconds", message="x")
        for _ in range(999):
            await alarum.jump(
                timedelta(milliseconds=10)
            )  # a smeared second is longer, but a clock never shows more than it
        assert await times(alarum) == []
        await alarum.jump(timedelta(milliseconds=10))
        assert await times(alarum) == ["20 10:00"]


async def test_a_timer_that_comes_a_millisecond_early_rings_nothing() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("in 1 minute", message="x")
        await alarum.jump(timedelta(seconds=59, milliseconds=999))
        assert await alarum.runs() == []


async def test_a_suspended_machine_wakes_and_says_what_it_missed() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every day at 9:00", message="x")
        await alarum.jump("8 days")
        missed, rung = await alarum.runs()
        assert (missed.state, missed.missed, rung.missed, rung.scheduled.day) == ("missed", 7, 7, 28)


async def test_a_loop_that_was_blocked_for_seconds_rings_late_and_all_of_it() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every second", message="x")
        await alarum.jump("5s")
        assert len(await times(alarum)) == 5


async def test_a_skipped_hour_and_a_repeated_one() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    async with trial(datetime(2027, 3, 27, 12, tzinfo=berlin), "Europe/Berlin") as alarum:
        await alarum.schedule("every day at 2:30 am", message="x")
        await alarum.advance("3 days")
        assert await times(alarum) == ["28 01:00", "29 00:30", "30 00:30"]  # UTC; 02:30 is skipped: 03:00 is 01:00Z
    async with trial(datetime(2027, 10, 30, 12, tzinfo=berlin), "Europe/Berlin") as alarum:
        await alarum.schedule("every day at 2:30 am", message="x")
        await alarum.advance("3 days")
        assert await times(alarum) == ["31 00:30", "01 01:30", "02 01:30"]  # the first of the two passes, once


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    """A tz database of our own with one zone, Test/Town, as in Berlin."""
    source = next(
        p for p in [*(Path(t) for t in zoneinfo.TZPATH), Path(str(tzdata.__file__)).parent / "zoneinfo"]
        if (p / "Europe/Berlin").exists()
    )  # fmt: skip
    (tmp_path / "Test").mkdir()
    for name in ("Europe/Berlin", "America/New_York"):
        (tmp_path / Path(name).name).write_bytes((source / name).read_bytes())
    shutil.copy(tmp_path / "Berlin", tmp_path / "Test/Town")
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(tmp_path)])
    yield tmp_path
    zoneinfo.reset_tzpath(before)
    nlp.forget_zones()


async def test_new_zone_rules_move_the_times_ahead_and_keep_the_wall_clock(database: Path) -> None:
    async with trial(NOW, "Test/Town") as alarum:
        for words in ("every day at 9:00", "tomorrow at 18:00", "every monday at 8:00"):
            await alarum.schedule(words, message=words)
        exact = await alarum.schedule("in 24 hours", message="exact")
        await alarum.app.snooze("day 9:00", "tomorrow at 9:20")
        await alarum.turn()
        shutil.copy(database / "New_York", database / "Test/Town")
        (database / "tzdata.zi").write_text("# version 2026z")
        await alarum.advance("61m")  # the database is looked at every hour
        tasks = {t.message: t for t in (await alarum.app.query(limit=50)).tasks}
        assert tasks["tomorrow at 18:00"].next_runs[0].local == "2026-11-21T18:00:00-05:00"
        assert tasks["every monday at 8:00"].next_runs[0].local == "2026-11-23T08:00:00-05:00"
        kept = await alarum.store.tasks.get(exact.id)
        assert kept is not None
        assert kept.due == NOW + timedelta(hours=24)


async def test_times_are_derived_again_at_the_start(database: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    async with trial(NOW, "Test/Town", database=file) as alarum:
        await alarum.schedule("every day at 9:00", message="x")
    shutil.copy(database / "New_York", database / "Test/Town")
    nlp.forget_zones()
    async with trial(NOW, "Test/Town", database=file) as alarum:
        await alarum.turn()
        (task,) = (await alarum.app.query(details=True)).tasks
        assert [t.utc for t in task.next_runs[:2]] == ["2026-11-21T14:00:00Z", "2026-11-22T14:00:00Z"]


async def test_deriving_again_changes_nothing_where_the_rules_are_the_same() -> None:
    async with trial(NOW, "Europe/Berlin") as alarum:
        for words in (
            "every day at 2:30 am",
            "every 90 minutes",
            "every 15 minutes between 9 and 17",
            "last friday of the month at 9",
        ):
            await alarum.schedule(words, message=words)
        before = (await alarum.app.query(limit=50)).tasks
        rederive = ZoneChanges(alarum.store, alarum.clock)
        while await rederive.step(alarum.clock.now()):
            pass
        assert (await alarum.app.query(limit=50)).tasks == before


@pytest.mark.parametrize("year", [2039, 2107, 9999])
async def test_far_years_are_kept_to_the_second(year: int) -> None:
    async with trial(NOW) as alarum:
        made = await alarum.schedule(f"{year}-12-31T23:59:58", message="x")
        assert made.next_runs[0].utc == f"{year}-12-31T23:59:58Z"
        await alarum.turn()
        assert await alarum.runs() == []


async def test_the_past_is_refused_and_nothing_is_kept() -> None:
    async with trial(NOW) as alarum:
        with pytest.raises(Refused, match="past"):
            await alarum.schedule("on 19 november 2026 at 9:00", message="x")
        assert (await alarum.app.query(status="all")).total == 0


async def test_a_task_that_is_due_in_the_past_rings_at_once() -> None:
    async with trial(NOW) as alarum:
        past = NOW - HOUR
        await alarum.store.tasks.add(
            Task("t", "x", to_text(Once(past, "UTC")), "UTC", "", "once", "active", past, past)
        )
        await alarum.turn()
        assert await times(alarum) == ["20 09:00"]


async def test_a_repetition_without_a_next_date_ends() -> None:
    async with trial(NOW) as alarum:
        made = await alarum.schedule("every day at 11:00 until tomorrow", message="x")
        await alarum.advance("5 days")
        (task,) = (await alarum.app.query(id=made.id)).tasks
        assert (task.state, task.runs, task.next_runs) == ("ended", 2, [])
