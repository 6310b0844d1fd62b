"""The life of a task: own ids, edits, pauses, snoozes, skips, acknowledgement, bulk, namespaces."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from alarum.app.request import Request
from alarum.app.task_edits import Edit
from alarum.errors import Ambiguous, Refused, Unknown
from alarum.testing import Trial, trial
from tests.support.moments import NOW, URL, ZONE

pytestmark = pytest.mark.anyio


async def fired(alarum: Trial) -> list[str]:
    """Local times at which something rang."""
    here = ZoneInfo(ZONE)
    return [f"{r.rung.astimezone(here):%d %H:%M}" for r in await alarum.runs() if r.state in ("delivered", "waiting")]


async def test_an_id_that_exists_is_an_error_replaced_or_kept_as_asked() -> None:
    async with trial(NOW, ZONE) as alarum:
        assert (await alarum.schedule("every day at 11", id="water")).outcome == "created"
        with pytest.raises(Refused, match="if_exists='replace'"):
            await alarum.schedule("every day at 12", id="water")
        kept = await alarum.schedule("every day at 12", id="water", if_exists="keep")
        assert (kept.outcome, kept.reading) == ("kept", "every day at 11:00")
        await alarum.advance("2h")
        replaced = await alarum.schedule("every day at 13", id="water", if_exists="replace")
        assert (replaced.outcome, replaced.reading, replaced.runs) == ("replaced", "every day at 13:00", 1)
        await alarum.advance("2h")
        assert await fired(alarum) == ["20 11:00", "20 13:00"]


async def test_the_same_idempotency_key_gives_the_same_task() -> None:
    async with trial(NOW, ZONE) as alarum:
        first = await alarum.schedule("tomorrow at 9", message="x", idempotency_key="k1")
        again = await alarum.schedule("tomorrow at 10", message="y", idempotency_key="k1")
        assert (again.outcome, again.id) == ("kept", first.id)
        assert (await alarum.app.query()).total == 1


async def test_an_edit_derives_the_next_run_anew_and_leaves_the_rest() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule("every day at 11", message="x", tags=("home",), payload={"a": 1}, priority=2)
        done = await alarum.app.edit(made.id, Edit(when="every monday at 8", policies={"misfire": "skip"}))
        (task,) = done.tasks
        assert (task.reading, task.message, task.tags, task.priority) == ("every monday at 08:00", "x", ["home"], 2)
        assert task.next_runs[0].local == "2026-11-23T08:00:00+01:00"
        assert task.policies == {"misfire": "skip"}
        assert done.assumptions
        kept = await alarum.store.tasks.get(made.id)
        assert kept is not None
        assert kept.payload == {"a": 1}
        await alarum.app.edit("x", Edit(message="y"))
        assert (await alarum.app.query()).tasks[0].message == "y"


async def test_an_edit_that_is_refused_changes_nothing() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule("every day at 11", message="x")
        for edit in (
            Edit(when="30 february"),
            Edit(priority=99),
            Edit(message=" "),
            Edit(policies={"overlap": "maybe"}),
        ):
            with pytest.raises(Refused):
                await alarum.app.edit(made.id, edit)
        assert [t.id for t in (await alarum.app.query()).tasks] == [made.id]


async def test_a_task_that_ended_lives_again_with_a_new_time() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule("in 5 minutes", message="x")
        await alarum.advance("1h")
        await alarum.app.edit(made.id, Edit(when="today at 13:00"))
        await alarum.advance("3h")
        assert await fired(alarum) == ["20 10:05", "20 13:00"]


async def test_a_paused_task_is_silent_and_what_passed_is_recorded() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule("every day at 11", message="x")
        assert (await alarum.app.pause(made.id)).tasks[0].state == "paused"
        await alarum.advance("3 days")
        assert await fired(alarum) == []
        await alarum.app.resume(made.id)
        await alarum.advance("1 day")
        assert await fired(alarum) == ["23 11:00"]
        assert [r.why for r in await alarum.runs() if r.state == "skipped"] == ["3 passed while the task was paused"]


async def test_pause_until_goes_on_by_itself() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t")
        paused = await alarum.app.pause("t", "monday at 8")
        assert paused.tasks[0].paused_until is not None
        assert paused.tasks[0].paused_until.local == "2026-11-23T08:00:00+01:00"
        await alarum.advance("4 days")
        assert await fired(alarum) == ["23 11:00"]


async def test_a_single_time_that_passed_in_a_pause_rings_when_it_is_resumed() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("today at 11", message="x", id="t")
        await alarum.app.pause("t")
        await alarum.advance("3h")
        await alarum.app.resume("t")
        await alarum.turn()
        assert await fired(alarum) == ["20 13:00"]


async def test_snooze_moves_the_next_run_and_not_the_rhythm() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t")
        await alarum.app.snooze("t", "today at 11:30")
        await alarum.advance("2 days")
        assert await fired(alarum) == ["20 11:30", "21 11:00"]
        with pytest.raises(Refused, match="skip_next"):
            await alarum.app.acknowledge("t") and await alarum.app.snooze("t", "next friday")


async def test_snooze_never_makes_a_run_earlier() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("tomorrow at 11", message="x", id="t")
        with pytest.raises(Refused, match="nothing of 'x' has fired"):
            await alarum.app.snooze("t", "in 10 minutes")
        await alarum.advance("2 days")
        assert await fired(alarum) == ["21 11:00"]


async def test_snooze_of_what_has_fired_brings_it_again() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t")
        await alarum.advance("2h")
        said = await alarum.app.snooze("t", "in 10 minutes")
        assert "the run of 2026-11-20T11:00:00+01:00" in said.summary
        assert (await alarum.app.inbox([])).fired == []
        await alarum.advance("1h")
        assert await fired(alarum) == ["20 11:00", "20 12:10"]
        assert len((await alarum.app.inbox([])).fired) == 1


async def test_skip_next_leaves_one_out() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t")
        await alarum.app.skip_next("t")
        await alarum.advance("2 days")
        assert await fired(alarum) == ["21 11:00"]
        await alarum.schedule("in 5 minutes", message="y", id="once")
        with pytest.raises(Refused, match="cancel it instead"):
            await alarum.app.skip_next("once")


async def test_run_now_does_not_move_the_rhythm() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t", webhook=URL)
        await alarum.app.run_now("t")
        await alarum.advance("2h")
        assert await fired(alarum) == ["20 10:00", "20 11:00"]
        assert len({s.run_id for s in alarum.sent}) == 2


async def test_an_unscheduled_task_is_kept_run_by_hand_and_scheduled_later() -> None:
    async with trial(NOW, ZONE) as alarum:
        made = await alarum.schedule(None, message="clean the garage")
        assert (made.kind, made.state, made.next_runs) == ("unscheduled", "active", [])
        await alarum.app.run_now("garage")
        await alarum.app.edit("garage", Edit(when="today at 15:00"))
        await alarum.advance("1 day")
        assert await fired(alarum) == ["20 10:00", "20 15:00"]


async def test_acknowledging_a_task_empties_its_inbox() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("every hour", message="x", id="t")
        await alarum.schedule("every hour", message="y", id="u")
        await alarum.advance("3h")
        assert (await alarum.app.acknowledge("t")).summary == "Acknowledged 3 of 'x'."
        left = (await alarum.app.inbox([])).fired
        assert {f.task for f in left} == {"u"}
        await alarum.app.acknowledge(left[0].id)
        assert len((await alarum.app.inbox([])).fired) == 2


async def test_cancelling_takes_back_what_was_not_sent_yet() -> None:
    async with trial(NOW, ZONE, answer=lambda sent: 500) as alarum:
        await alarum.schedule("in 1 minute", message="x", id="t", webhook=URL)
        await alarum.advance("2m")
        await alarum.app.cancel("t")
        sent = len(alarum.sent)
        await alarum.advance("1 day")
        assert len(alarum.sent) == sent
        (run,) = await alarum.runs()
        assert (run.state, run.why) == ("skipped", "the task was cancelled")


async def test_bulk_by_words_and_tag_with_a_dry_run_first() -> None:
    async with trial(NOW, ZONE) as alarum:
        for n in range(3):
            await alarum.schedule("every day at 11", message=f"call {n}", tags=("work",), id=f"c{n}")
        await alarum.schedule("every day at 11", message="eat", id="eat")
        tried = await alarum.app.bulk("pause", tag="work", dry_run=True)
        assert (len(tried.tasks), tried.dry_run) == (3, True)
        assert len((await alarum.app.query(status="active")).tasks) == 4
        assert len((await alarum.app.bulk("pause", tag="work")).tasks) == 3
        assert len((await alarum.app.bulk("resume", text="call")).tasks) == 3
        assert (await alarum.app.bulk("cancel", text="call")).summary == "3 tasks cancelled."
        assert [t.id for t in (await alarum.app.query()).tasks] == ["eat"]


async def test_words_that_mean_several_or_none_change_nothing() -> None:
    async with trial(NOW, ZONE) as alarum:
        for n in range(2):
            await alarum.schedule("every day at 11", message=f"call {n}", id=f"c{n}")
        with pytest.raises(Ambiguous, match='update\\(task="c0", action="pause"\\)'):
            await alarum.app.pause("call")
        with pytest.raises(Unknown, match="for example c0"):
            await alarum.app.snooze("dentist", "in 5 minutes")


async def test_namespaces_have_their_own_ids_and_their_own_inbox() -> None:
    async with trial(NOW, ZONE) as alarum:
        anna, bob = alarum.app.within("anna"), alarum.app.within("bob")
        for app in (anna, bob):
            await app.schedule(Request(when="in 1 minute", id="t", message=app.namespace))
        await alarum.advance("1m")
        assert [f.message for f in (await anna.inbox([])).fired] == ["anna"]
        await bob.acknowledge("t")
        assert len((await anna.inbox([])).fired) == 1
        assert (await alarum.app.query(status="all")).total == 0


async def test_history_shows_every_run_and_attempt_and_why() -> None:
    async with trial(NOW, ZONE, answer=lambda sent: "timeout" if sent.attempt == 1 else 204) as alarum:
        await alarum.schedule("every day at 11", message="x", id="t", webhook=URL)
        await alarum.app.skip_next("t")
        await alarum.advance("2 days")
        past = (await alarum.app.query(id="t", history=True)).history
        assert past is not None
        assert [(r.state, r.why) for r in past] == [("skipped", "skipped on request"), ("rang", None)]
        assert [(a.error_class, a.status) for a in past[1].attempts] == [("timeout", None), (None, 204)]


async def test_statistics_and_liveness() -> None:
    async with trial(NOW, ZONE) as alarum:
        await alarum.schedule("in 1 minute", message="x")
        assert not (await alarum.app.statistics()).alive
        await alarum.advance("1m")
        found = await alarum.app.statistics()
        assert (found.alive, found.tasks, found.runs, found.loops) == (True, {"ended": 1}, {"delivered": 1}, 1)


async def test_many_are_scheduled_at_once_or_none(tmp_path: Path) -> None:
    async with trial(NOW, ZONE, database=tmp_path / "a.db") as alarum:
        whens = [NOW + timedelta(hours=n + 1) for n in range(300)]
        ids = await alarum.app.schedule_many([Request(when=w, message=f"m{n}") for n, w in enumerate(whens)])
        assert len(set(ids)) == 300
        with pytest.raises(Refused, match="request 1: not scheduled"):
            await alarum.app.schedule_many(
                [Request(when="tomorrow at 9", message="a"), Request(when="30 february", message="b")]
            )
        assert (await alarum.app.query()).total == 300
