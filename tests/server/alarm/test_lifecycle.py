"""What happens is told: every event to one endpoint, what failed for good to another, from an outbox that survives a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import standardwebhooks

from alarum.app.request import Request
from alarum.app.runtime import Runtime, runtime
from alarum.clock import SetClock
from alarum.settings.settings import Settings
from alarum.settings.target_names import read_targets
from tests.support.moments import KEY, NOW, SECRET
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio


def settings(tmp_path: Path, receiver: Receiver, **more: Any) -> Settings:
    table = {"channel": "webhook", "url": receiver.url, "secret": "env:SIGN"}
    targets = read_targets({"audit": table, "dead": {**table, "url": "http://127.0.0.1:1/"}}, {"SIGN": SECRET})
    chosen: dict[str, Any] = {"lifecycle": "audit", "targets": targets, "webhook_secrets": (KEY,), **more}
    return Settings(tmp_path / "a.db", "Europe/Berlin", **chosen)


def told(receiver: Receiver) -> list[tuple[str, str]]:
    bodies = [receiver.body(n) for n in range(len(receiver.posts))]
    return [(b["type"], b["data"].get("task", b["data"].get("target"))) for b in bodies]


async def turn(it: Runtime, clock: SetClock, **step: int) -> None:
    clock.tick(timedelta(**step))
    await it.loop.turn()


async def test_a_life_is_told_and_signed(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    async with runtime(settings(tmp_path, receiver), clock, ring=False) as it:
        await it.app.schedule(
            Request(when="in 1 minute", message="call Anna", id="anna", target="dead", policies={"max_attempts": 2})
        )
        await turn(it, clock, minutes=1)
        await turn(it, clock, minutes=1)
        await it.app.schedule(Request(when="in 1 hour", message="x", id="x"))
        await it.app.cancel("x")
        await turn(it, clock, seconds=0)
    assert sorted(told(receiver)) == sorted([
        ("task.created", "anna"), ("task.ended", "anna"), ("run.started", "anna"), ("run.failed", "anna"), ("run.failed", "anna"),
        ("run.exhausted", "anna"), ("task.created", "x"), ("task.cancelled", "x"),
    ])  # fmt: skip
    headers, body = receiver.posts[0]
    at = clock.now() - timedelta(minutes=1)
    assert headers["webhook-signature"] == standardwebhooks.Webhook(SECRET).sign(
        headers["webhook-id"], at, body.decode()
    )
    assert len({h["webhook-id"] for h, _ in receiver.posts}) == len(receiver.posts)
    exhausted = next(b for n in range(len(receiver.posts)) if (b := receiver.body(n))["type"] == "run.exhausted")
    assert exhausted["timestamp"] == "2026-11-20T09:02:00Z"
    data = exhausted["data"]
    assert (data["message"], data["run_id"], data["scheduled_for"], data["target"], data["attempts"]) == (
        "call Anna", "anna_20261120T090100000Z", "2026-11-20T09:01:00Z", "dead", 2,
    )  # fmt: skip
    assert "ConnectError" in data["why"]


async def test_what_is_executed_missed_and_skipped_is_told(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    async with runtime(settings(tmp_path, receiver), clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 minute", message="a", id="a"))
        await it.app.schedule(Request(when="in 2 minutes", message="b", id="b", policies={"misfire": "skip"}))
        await turn(it, clock, minutes=1)
        await turn(it, clock, hours=5)
        await it.app.schedule(Request(when="every day at 9", message="c", id="c"))
        await it.app.skip_next("c")
        await turn(it, clock, seconds=0)
    assert {("run.executed", "a"), ("run.missed", "b"), ("run.skipped", "c")} <= set(told(receiver))


async def test_an_endpoint_that_is_down_gets_it_later_with_the_same_id_also_after_a_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    clock, chosen = SetClock(NOW), settings(tmp_path, receiver)
    receiver.answers = [(503, {})]
    async with runtime(chosen, clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 hour", message="x", id="x"))
        await turn(it, clock, seconds=0)
        assert (await it.store.loop.next_wake()).due == clock.now() + timedelta(seconds=5)
    async with runtime(chosen, clock, ring=False) as it:
        await turn(it, clock, seconds=3)
        assert len(receiver.posts) == 1
        await turn(it, clock, seconds=3)
        assert told(receiver) == [("task.created", "x")] * 2
        assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
        await turn(it, clock, minutes=10)
        assert len(receiver.posts) == 2


async def test_what_a_process_held_that_died_is_told_by_another(tmp_path: Path, receiver: Receiver) -> None:
    clock, chosen = SetClock(NOW), settings(tmp_path, receiver)
    async with runtime(chosen, clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 hour", message="x", id="x"))
        assert len(await it.store.targets.take_notices("dead", clock.now(), chosen.lease, 10)) == 1
        await turn(it, clock, seconds=30)
        assert receiver.posts == []
        await turn(it, clock, seconds=31)
        assert told(receiver) == [("task.created", "x")]


async def test_what_is_undone_is_not_told(tmp_path: Path, receiver: Receiver) -> None:
    """The event is of the transaction: what is rolled back was never there."""
    clock = SetClock(NOW)
    async with runtime(settings(tmp_path, receiver), clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 hour", message="x", id="x"))
        kept = await it.store.tasks.get("x")
        assert kept is not None
        with pytest.raises(Exception, match="choose another id"):
            await it.store.tasks.add(kept)
        await turn(it, clock, seconds=0)
    assert told(receiver) == [("task.created", "x")]


async def test_failures_are_told_to_their_own_target_in_words_for_people(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    chosen = settings(tmp_path, receiver, lifecycle=None, failures="audit", pause_after=timedelta(minutes=30))
    async with runtime(chosen, clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 minute", message="fine", id="fine"))
        await it.app.schedule(
            Request(when="in 1 minute", message="call Anna", id="anna", target="dead", policies={"max_attempts": 1})
        )
        for number in range(5):
            when = f"in {10 * number + 1} minutes"
            await it.app.schedule(
                Request(when=when, message="more", target="dead", id=f"more-{number}", policies={"max_attempts": 20})
            )
        await turn(it, clock, minutes=1)
        assert told(receiver) == [("run.exhausted", "anna")]
        for _ in range(6):
            await turn(it, clock, minutes=10)
    assert told(receiver) == [("run.exhausted", "anna"), ("target.paused", "dead")]


async def test_nobody_to_tell_costs_nothing(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    async with runtime(settings(tmp_path, receiver, lifecycle=None), clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 minute", message="x"))
        await turn(it, clock, minutes=1)
        assert await it.store.targets.forget_notices(NOW + timedelta(days=1)) == 0


async def test_what_could_not_be_told_for_a_week_is_dropped(tmp_path: Path, receiver: Receiver) -> None:
    clock, chosen = SetClock(NOW), settings(tmp_path, receiver, lifecycle="dead")
    async with runtime(chosen, clock, ring=False) as it:
        await it.app.schedule(Request(when="in 30 days", message="x"))
        await turn(it, clock, days=1)
        await turn(it, clock, days=7)
        assert await it.store.targets.forget_notices(clock.now()) == 0


async def test_a_poller_is_told_to_have_ended_once_and_started_at_each_run(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    answers: list[Any] = [(200, {}, {"next": "in 10 minutes"})] * 2 + [(200, {}, {"stop": True})]

    class Poller(Receiver):
        """Another receiver, that paces itself."""

    poller = Poller()
    poller.answers = answers
    async with runtime(settings(tmp_path, receiver, webhook_hosts=("127.0.0.1",)), clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 minute", message="poll", id="poll", webhook=poller.url))
        for _ in range(4):
            await turn(it, clock, minutes=10)
    poller.close()
    events = [event for event, _ in told(receiver)]
    assert {event: events.count(event) for event in set(events)} == {
        "task.created": 1, "run.started": 3, "run.executed": 3, "task.ended": 1,
    }  # fmt: skip


async def test_what_is_skipped_by_a_cancel_and_what_is_gone_is_told(tmp_path: Path, receiver: Receiver) -> None:
    clock = SetClock(NOW)
    gone = Receiver()
    gone.answers = [(410, {})]
    table = {"channel": "webhook", "url": gone.url, "secret": "env:SIGN"}
    chosen = settings(tmp_path, receiver)
    chosen = replace(chosen, targets={**chosen.targets, **read_targets({"gone": table}, {"SIGN": SECRET})})
    async with runtime(chosen, clock, ring=False) as it:
        await it.app.schedule(Request(when="in 1 minute", message="x", id="x", target="dead"))
        await it.app.schedule(Request(when="in 1 minute", message="y", id="y", target="gone"))
        await turn(it, clock, minutes=1)
        await it.app.cancel("x")
        await turn(it, clock, seconds=0)
        assert {("run.skipped", "x"), ("target.gone", "gone"), ("run.exhausted", "y")} <= set(told(receiver))
        assert [(t.name, t.gone) for t in (await it.app.targets()).targets if t.gone] == [("gone", ["gone"])]
        again = await it.app.schedule(Request(when="in 1 minute", message="z", id="z", target="gone"))
        assert again.id == "z"
        await it.app.resume_target("gone")
        await turn(it, clock, minutes=1)
        assert len(gone.posts) == 2
    gone.close()
