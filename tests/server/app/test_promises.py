"""What was answered rings: puts back what was skipped, edits what is due, changes zones, and says where a promise cannot be kept."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alarum.alarm.planner import TaskPlanner
from alarum.app.health_check import findings
from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.app.task_edits import Edit
from alarum.clock import SetClock
from alarum.errors import Refused
from alarum.settings.settings import Settings
from alarum.testing import Trial, trial
from alarum_store import Task
from tests.support.moments import NOW, URL, ZONE

pytestmark = pytest.mark.anyio


async def rung(alarum: Trial) -> list[str]:
    """Local times of the occurrences that rang."""
    runs = [run for run in await alarum.runs() if run.state in ("delivered", "waiting", "failed")]
    return [f"{run.scheduled.astimezone(ZoneInfo(ZONE)):%d %H:%M}" for run in runs]


@pytest.mark.parametrize("how", ["update", "replace"])
@pytest.mark.parametrize("webhook", [None, URL])
async def test_a_run_that_was_skipped_and_put_back_rings_under_its_id(how: str, webhook: str | None) -> None:
    async with trial(NOW, ZONE) as alarum:
        words = "every day at 22:32:01"
        await alarum.schedule(words, message="pills", id="pills", webhook=webhook)
        await alarum.app.skip_next("pills")
        skipped = (await alarum.runs())[-1]
        if how == "update":
            await alarum.app.edit("pills", Edit(when=words))
        else:
            await alarum.schedule(words, message="pills", id="pills", webhook=webhook, if_exists="replace")
        await alarum.advance("14 hours")
        (run,) = await alarum.runs()
        assert (run.id, run.state) == (skipped.id, "delivered")
        assert run.sequence > skipped.sequence  # whoever follows sees it
        assert webhook or "skipped on request" in (run.why or "")
        assert len(alarum.sent) == (1 if webhook else 0)


async def test_an_occurrence_that_was_skipped_twice_is_kept_once() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 22:00", message="pills", id="pills")
        for _ in range(3):
            await alarum.app.skip_next("pills")
            await alarum.app.edit("pills", Edit(when="every day at 22:00"))
        await alarum.app.skip_next("pills")
        await alarum.advance("2 days")
        assert await rung(alarum) == ["21 22:00"]
        assert [run.state for run in await alarum.runs()] == ["skipped", "delivered"]


async def test_runs_by_hand_in_one_millisecond_are_all_run_and_all_answered() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 22:00", message="pills", id="pills", webhook=URL)
        answers = await asyncio.gather(*(alarum.app.run_now("pills") for _ in range(60)), return_exceptions=True)
        assert not [a for a in answers if isinstance(a, BaseException)]
        await alarum.advance("1 minute")
        assert len({sent.run_id for sent in alarum.sent}) == len(await alarum.runs()) == 60


async def test_the_key_of_a_task_is_never_used_again(tmp_path: Path) -> None:
    async with trial(NOW, ZONE, database=tmp_path / "a.db", keep_tasks=timedelta(days=1)) as alarum:
        bad = Task("bad", "x", "no rule", ZONE, "x", "once", "active", NOW, NOW)
        await alarum.store.tasks.add(bad)
        await alarum.turn()
        assert (await alarum.store.upkeep.statistics(alarum.clock.now())).damaged == 1
        await alarum.app.cancel("bad")
        await alarum.advance("3 days")
        assert await alarum.store.tasks.get("bad") is None
        await alarum.schedule("in 1 hour", message="next", id="next")
        await alarum.advance("2 hours")
        assert [run.task_id for run in await alarum.runs()] == ["next"]
        assert (await alarum.store.upkeep.statistics(alarum.clock.now())).damaged == 0


async def test_a_damaged_task_that_is_replaced_rings() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.store.tasks.add(Task("bad", "x", "no rule", ZONE, "x", "once", "active", NOW, NOW))
        await alarum.turn()
        await alarum.schedule("in 1 hour", message="whole", id="bad", if_exists="replace")
        await alarum.advance("2 hours")
        assert [run.message for run in await alarum.runs()] == ["whole"]


@pytest.mark.parametrize("how", ["update", "replace", "zone"])
async def test_what_is_due_rings_before_a_new_time_counts(how: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 13:00", message="pills", id="pills")
        alarum.clock.tick(timedelta(hours=4, minutes=30))  # nothing is running
        if how == "update":
            await alarum.app.edit("pills", Edit(when="every day at 13:00"))
        elif how == "zone":
            await alarum.app.edit("pills", Edit(zone="Europe/London"))
        else:
            await alarum.schedule("every day at 13:00", message="pills", id="pills", if_exists="replace")
        await alarum.turn()
        assert await rung(alarum) == ["20 13:00"]
        task = await alarum.store.tasks.get("pills")
        assert task is not None
        assert task.runs == 1


async def test_what_is_due_is_recorded_by_its_misfire_policy_before_a_new_time_counts() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 13:00", message="pills", id="pills", policies={"misfire": "skip"})
        alarum.clock.tick(timedelta(hours=4, minutes=30))
        await alarum.app.edit("pills", Edit(when="every day at 8:00"))
        assert [run.state for run in await alarum.runs()] == ["missed"]


@pytest.mark.parametrize("how", ["cancel", "message"])
async def test_a_change_without_a_new_time_rings_nothing_of_its_own(how: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 13:00", message="pills", id="pills")
        alarum.clock.tick(timedelta(hours=4, minutes=30))
        await (alarum.app.cancel("pills") if how == "cancel" else alarum.app.edit("pills", Edit(message="vitamins")))
        assert await alarum.runs() == []


async def test_a_new_zone_alone_moves_the_time_and_says_both_instants() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 9:00", message="pills", id="pills")
        done = await alarum.app.edit("pills", Edit(zone="America/New_York"))
        assert done.tasks[0].next_runs[0].local == "2026-11-20T09:00:00-05:00"
        assert "2026-11-21T08:00:00Z" in done.summary
        assert "2026-11-20T14:00:00Z" in done.summary


async def test_a_time_in_a_new_zone_keeps_the_rhythm() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every monday at 9:00", message="pills", id="pills")
        done = await alarum.app.edit("pills", Edit(when="at 16:00", zone="America/New_York"))
        assert done.tasks[0].reading == "every monday at 16:00 America/New_York"


@pytest.mark.parametrize("when", ["in 2 hours", "every 3 hours", "2027-03-01T09:00:00+01:00"])
async def test_what_no_zone_can_move_is_refused(when: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule(when, message="pills", id="pills")
        with pytest.raises(Refused, match="the same in every zone"):
            await alarum.app.edit("pills", Edit(zone="America/New_York"))
        with pytest.raises(Refused):
            await alarum.app.edit("pills", Edit(zone="Europe/Berlinn"))
        with pytest.raises(Refused):
            await alarum.app.edit("pills", Edit(zone=ZONE))


async def test_a_message_that_is_a_request_with_a_time_is_refused_with_both_calls() -> None:
    async with trial(NOW, ZONE) as alarum:
        sentence = "remind me to water the plants tomorrow at 9"
        with pytest.raises(Refused) as refused:
            await alarum.schedule(None, message=sentence)
        assert f'schedule(when="{sentence}")' in str(refused.value)
        assert f'schedule(when="unscheduled", message="{sentence}")' in str(refused.value)
        assert (await alarum.app.query()).total == 0
        kept = await alarum.schedule("unscheduled", message=sentence)
        assert (kept.kind, kept.message) == ("unscheduled", sentence)
        assert (await alarum.schedule(None, message="clean the garage")).kind == "unscheduled"


async def test_a_message_that_names_another_time_is_warned_about() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule("tomorrow at 8", message="be at the dentist tomorrow at 9")
        assert any("tomorrow at 9" in warning for warning in made.warnings)
        same = await alarum.schedule("tomorrow at 9", message="be at the dentist tomorrow at 9")
        assert not any("names a time" in warning for warning in same.warnings)


async def test_settings_that_the_ringing_process_does_not_have_are_named(tmp_path: Path) -> None:
    clock, database = SetClock(NOW), tmp_path / "a.db"
    old = Settings(database, ZONE)
    new = Settings(database, ZONE, webhook=URL, webhook_secrets=(bytes(32),))
    async with runtime(old, clock, ring=False) as serving, runtime(new, clock, ring=False) as asking:
        await serving.loop.turn()
        made = await asking.app.schedule(Request(when="in 1 hour", message="x"))
        (warning,) = [w for w in made.warnings if "settings" in w]
        assert f"default target is 'inbox' there and '{URL}' here" in warning
        assert "What it rings goes by its settings" in warning
        own = await asking.app.schedule(Request(when="in 1 hour", message="x", target="inbox"))
        assert not [w for w in own.warnings if "settings" in w]
        assert any("default target" in warning for warning in (await asking.app.targets()).warnings)
        told = await findings(new, asking.store, clock.now())
        assert any("default target" in finding.what for finding in told)
        assert not (await serving.app.schedule(Request(when="in 1 hour", message="y"))).warnings


async def test_words_that_are_no_time_are_refused_in_an_update_and_rename_nothing() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("on tuesday at 19:00", message="dentist", id="d")
        for words in (
            "move it one day later",
            "one day later",
            "move it to friday at 17:00",
            "call Anna tomorrow at 9",
        ):
            with pytest.raises(Refused):
                await alarum.app.edit("d", Edit(when=words))
        with pytest.raises(Refused, match=r'update\(task="d", when="tomorrow at 9"\)'):
            await alarum.app.edit("d", Edit(when="call Anna tomorrow at 9"))
        kept = await alarum.store.tasks.get("d")
        assert kept is not None
        assert (kept.message, kept.due) == ("dentist", datetime(2026, 11, 24, 19, tzinfo=ZoneInfo(ZONE)))


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("every tuesday at 19:00", "every wednesday", "every wednesday at 19:00"),
        ("every tuesday at 8:00 and 20:00", "every wednesday", "every wednesday at 08:00 and 20:00"),
        ("on tuesday at 19:00", "wednesday", "on wednesday 25 november 2026 at 19:00"),
        ("every day at 19:00", "on friday", "on friday 20 november 2026 at 19:00"),
        ("30 19 * * 2", "every wednesday", "every wednesday at 19:30"),
        ("in 3 hours", "tomorrow", "on saturday 21 november 2026 at 13:00"),
        ("on tuesday at 19:00", "wednesday at 8", "on wednesday 25 november 2026 at 08:00"),
    ],
)
async def test_a_day_alone_keeps_the_hour_and_both_are_said(before: str, words: str, after: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        was = await alarum.schedule(before, message="dentist", id="d")
        done = await alarum.app.edit("d", Edit(when=words))
        assert done.tasks[0].reading == after
        assert f"was: {was.reading}" in done.summary
        assert f"now: {after}" in done.summary


async def test_a_pause_lists_no_times_inside_it_and_what_passed_in_it_says_so() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 12:00", message="pills", id="pills")
        paused = await alarum.app.pause("pills", "until wednesday at 9:00")
        assert [run.local[:10] for run in paused.tasks[0].next_runs] == ["2026-11-25", "2026-11-26", "2026-11-27"]
        await alarum.schedule("today at 15:00", message="call", id="call")
        await alarum.app.pause("call")
        await alarum.advance("1 day")
        done = await alarum.app.resume("call")
        assert "next on" not in done.summary
        assert "rings now" in done.summary
        (run,) = await alarum.runs("call")
        assert (run.state, run.why) == ("delivered", "its time passed while the task was paused")
        await alarum.advance("1 hour")
        assert len(await alarum.runs("call")) == 1


async def test_a_single_time_that_passed_in_a_pause_is_skipped_where_the_policy_says_so() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("today at 15:00", message="call", id="call", policies={"misfire": "skip"})
        await alarum.app.pause("call", "until tomorrow at 9:00")
        await alarum.advance("2 days")
        (run,) = await alarum.runs("call")
        assert (run.state, run.why) == ("skipped", "its time passed while the task was paused")


async def test_a_retry_that_was_asked_for_comes_exactly_then() -> None:
    asked = {"retry_after": "1d"}
    async with trial(NOW, ZONE, answer=lambda sent: asked if sent.attempt == 1 else 204) as alarum:
        await alarum.schedule("in 1 minute", message="x", webhook=URL)
        await alarum.advance("1 minute")
        await alarum.advance("1 day")
        assert [sent.at - alarum.sent[0].at for sent in alarum.sent] == [timedelta(), timedelta(days=1)]


@pytest.mark.parametrize("words", ["every! 3 days", "3 days after it is done"])
async def test_counting_from_when_it_is_done_is_refused_until_that_is_kept(words: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        with pytest.raises(Refused):
            await alarum.schedule(words, message="water the plants")
        await alarum.schedule("every 3 days", message="water the plants", id="w")
        with pytest.raises(Refused):
            await alarum.app.edit("w", Edit(when="every! 3 days"))
        assert (await alarum.app.query()).total == 1


async def test_a_stored_rule_that_counts_from_when_it_is_done_goes_on_and_is_listed(tmp_path: Path) -> None:
    async with trial(NOW, ZONE, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("every 3 days at 9:00", message="water the plants", id="w")
        old = await alarum.store.tasks.get("w")
        assert old is not None
        await alarum.store.tasks.change(
            replace(old, rule=old.rule.replace('{"kind"', '{"from_completion":true,"kind"'))
        )
        await alarum.advance("7 days")
        assert len(await alarum.runs("w")) == 3
        settings = Settings(tmp_path / "a.db", ZONE)
        told = await findings(settings, alarum.store, alarum.clock.now())
        assert any("'water the plants' (w)" in finding.what and "when it is done" in finding.what for finding in told)


async def test_a_clock_that_was_days_ahead_leaves_nothing_silent_and_sends_nothing_early(tmp_path: Path) -> None:
    async with trial(NOW, ZONE, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("every day at 12:00", message="pills", id="pills", webhook=URL)
        await alarum.schedule("on sunday at 18:00", message="train", id="train")
        await alarum.app.pause("train")
        await alarum.app.resume("train")
        await alarum.schedule("on monday at 8:00", message="call", id="call", webhook=URL)
        store = alarum.store
        await alarum.turn()
        now = alarum.clock.tick(timedelta(days=4))
        await store.loop.heartbeat("another process", now)
        await store.loop.turn(
            now, TaskPlanner(alarum.app.settings, now), None, 100
        )  # it rings, and has sent nothing yet
        await alarum.jump(timedelta(days=-4))
        await alarum.advance("30 seconds")
        assert alarum.sent == []
        await alarum.advance("4 days")
        at = [(sent.task_id, sent.at.astimezone(ZoneInfo(ZONE)).strftime("%d %H:%M")) for sent in alarum.sent]
        assert at == [
            ("pills", "20 12:00"),
            ("pills", "21 12:00"),
            ("pills", "22 12:00"),
            ("call", "23 08:00"),
            ("pills", "23 12:00"),
        ]
        assert [run.scheduled.astimezone(ZoneInfo(ZONE)).hour for run in await alarum.runs("train")][-1] == 18
        told = await findings(Settings(tmp_path / "a.db", ZONE), store, alarum.clock.now())
        assert any("the clock of this machine was ahead" in finding.what for finding in told)


async def test_a_false_time_that_a_process_did_not_live_through_is_set_right_at_the_next_start(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    async with trial(NOW + timedelta(days=2), ZONE, database=database) as ahead:
        await ahead.schedule("every day at 12:00", message="pills", id="pills")
        await ahead.advance("3 hours")
    async with trial(NOW, ZONE, database=database) as right:
        await right.turn()
        await right.advance("1 day")
        rang = [run for run in await right.runs() if run.rung <= right.clock.now()]
        assert [f"{run.scheduled.astimezone(ZoneInfo(ZONE)):%d %H:%M}" for run in rang] == ["20 12:00"]


async def test_a_damaged_task_is_mended_by_a_new_time_and_a_zone_that_is_none_hides_no_other() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.store.tasks.add(Task("bad", "x", "no rule", ZONE, "x", "once", "active", NOW, NOW))
        await alarum.schedule("every day at 9", message="well", id="well")
        well = await alarum.store.tasks.get("well")
        assert well is not None
        await alarum.store.tasks.add(replace(well, id="lost", message="lost", zone="Europe/Nowhere", key=0))
        await alarum.turn()
        assert {task.id for task in (await alarum.app.query(status="all")).tasks} == {"bad", "lost", "well"}
        assert (await alarum.app.query(when="tomorrow")).total >= 1
        await alarum.app.edit("bad", Edit(when="in 1 hour"))
        await alarum.advance("2 hours")
        assert [run.task_id for run in await alarum.runs()] == ["bad"]


@pytest.mark.parametrize("when", ["every day at 13:00", "today at 13:00"])
async def test_what_passed_in_a_pause_is_recorded_before_a_new_time_counts(when: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule(when, message="pills", id="pills")
        await alarum.app.pause("pills")
        await alarum.advance("4 hours")
        await alarum.app.edit("pills", Edit(when="tomorrow at 13:00"))
        assert [(run.state, run.scheduled.astimezone(ZoneInfo(ZONE)).hour) for run in await alarum.runs()] == [
            ("skipped", 13)
        ]


@pytest.mark.parametrize(
    "words",
    [
        "every 3 days after it is done",
        "every day after it's done",
        "every week after completion",
        "every 3 days after i finish",
    ],
)
async def test_words_that_count_from_when_it_is_done_are_never_read_by_the_calendar(words: str) -> None:
    async with trial(NOW, ZONE) as alarum:
        with pytest.raises(Refused):
            await alarum.schedule(words, message="water the plants")


async def test_a_single_time_inside_a_pause_is_shown_at_its_end() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("today at 15:00", message="call", id="call")
        done = await alarum.app.pause("call", "until tomorrow at 9:00")
        assert [run.local[:16] for run in done.tasks[0].next_runs] == ["2026-11-21T09:00"]


async def test_two_days_keep_both_when_only_their_time_changes() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("on tuesday at 19:00 and on friday at 19:00", message="x", id="x")
        done = await alarum.app.edit("x", Edit(when="at 20:00"))
        assert done.tasks[0].reading.count("20:00") == 2
        await alarum.schedule("15 8,20 * * *", message="y", id="y")
        done = await alarum.app.edit("y", Edit(when="every wednesday"))
        assert done.tasks[0].reading == "every wednesday at 08:15 and 20:15"


async def test_a_false_clock_brings_back_nothing_that_was_skipped_and_keeps_no_run_by_hand_waiting() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 12:00", message="pills", id="pills", webhook=URL)
        await alarum.turn()
        await alarum.app.skip_next("pills")
        await alarum.advance("5 minutes")
        await alarum.jump("3 days")
        await alarum.app.run_now("pills")
        sent = len(alarum.sent)
        await alarum.jump(timedelta(days=-3))
        assert len(alarum.sent) == sent + 1  # the one by hand
        await alarum.advance("1 day")
        assert [one.scheduled.astimezone(ZoneInfo(ZONE)).day for one in alarum.sent[sent + 1 :]] == []
        await alarum.advance("1 day")
        assert [one.scheduled.astimezone(ZoneInfo(ZONE)).day for one in alarum.sent[sent + 1 :]] == [21]
