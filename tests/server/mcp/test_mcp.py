"""Through the highest door: an MCP client in memory, in both protocol eras, with a clock that is set."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from alarum.alarm.decision import Sleep
from alarum.alarm.loop import AlarmLoop
from alarum.app.runtime import Runtime
from alarum.clock import SetClock
from tests.support.client import ERAS, call, client, refusal
from tests.support.moments import SECRET
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mode", ERAS)
async def test_a_weekly_reminder_is_understood_echoed_found_and_cancelled(running: Runtime, mode: str) -> None:
    async with client(running, mode) as c:
        made = await call(c, "schedule", when="remind me to call my friend every monday at 10:00")
        assert made["message"] == "call my friend"
        assert made["reading"] == "every monday at 10:00"
        assert [t["local"] for t in made["next_runs"]] == [
            "2026-11-23T10:00:00+01:00",
            "2026-11-30T10:00:00+01:00",
            "2026-12-07T10:00:00+01:00",
        ]
        assert made["zone"] == "Europe/Berlin"
        assert made["delivery"] == "inbox"
        assert "call my friend" in made["summary"]
        listed = await call(c, "query")
        assert [t["id"] for t in listed["tasks"]] == [made["id"]]
        gone = await call(c, "cancel", task="friend")
        assert gone["cancelled"][0]["id"] == made["id"]
        assert (await call(c, "cancel", task=made["id"]))["cancelled"] == []
        assert (await call(c, "query"))["total"] == 0


@pytest.mark.parametrize("mode", ERAS)
async def test_it_rings_at_its_time_and_the_signed_post_arrives_once(
    running: Runtime, clock: SetClock, receiver: Receiver, mode: str
) -> None:
    async with client(running, mode) as c:
        made = await call(c, "schedule", when="in 3 seconds say hello", webhook=receiver.url, payload={"n": 1})
        clock.tick(timedelta(seconds=2.9))
        await running.loop.turn()
        assert receiver.posts == []
        clock.tick(timedelta(seconds=0.2))
        await running.loop.turn()
        await running.loop.turn()
        ((headers, body),) = receiver.posts
        Webhook(SECRET)._Webhook__verify_timestamp = lambda _: None  # type: ignore[attr-defined]
        assert headers["webhook-signature"] == Webhook(SECRET).sign(
            headers["webhook-id"], clock.now().replace(microsecond=0), body.decode()
        )
        sent = json.loads(body)
        assert sent["eventId"] == headers["webhook-id"]
        assert sent["data"]["message"] == "say hello"
        assert sent["data"]["payload"] == {"n": 1}
        assert sent["data"]["late_seconds"] == 0.1
        history = await running.store.runs.find(task_id=made["id"])
        assert [r.state for r in history] == ["delivered"]
        assert [a.status for a in await running.store.runs.attempts(history[0].id)] == [204]
        inbox = (await call(c, "query"))["inbox"]
        assert [f["message"] for f in inbox] == ["say hello"]


async def test_a_failing_receiver_is_tried_again_with_the_same_id(
    running: Runtime, clock: SetClock, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}), (429, {"retry-after": "60"}), (204, {})]
    async with client(running, "auto") as c:
        await call(c, "schedule", when="in 1 minute", message="x", webhook=receiver.url)
    for step in (60, 5, 59, 1, 600):
        clock.tick(timedelta(seconds=step))
        await running.loop.turn()
    assert len(receiver.posts) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
    (only,) = await running.store.runs.find()
    assert [(a.number, a.status) for a in await running.store.runs.attempts(only.id)] == [(1, 500), (2, 429), (3, 204)]


async def test_a_receiver_that_never_answers_well_leaves_a_failed_run_that_is_seen(
    running: Runtime, clock: SetClock, receiver: Receiver
) -> None:
    receiver.answers = [(500, {})] * 50
    async with client(running, "auto") as c:
        await call(c, "schedule", when="in 1 minute", message="x", webhook=receiver.url)
        for _ in range(40):
            clock.tick(timedelta(hours=2))
            await running.loop.turn()
        assert [f["delivery"] for f in (await call(c, "query"))["inbox"]] == ["failed"]
    assert len(receiver.posts) == 12


async def test_gone_ends_the_tries(running: Runtime, clock: SetClock, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    async with client(running, "auto") as c:
        await call(c, "schedule", when="in 1 minute", message="x", webhook=receiver.url)
    for _ in range(3):
        clock.tick(timedelta(hours=2))
        await running.loop.turn()
    assert len(receiver.posts) == 1


async def test_what_was_missed_while_nothing_ran_is_answered_by_one_run_that_says_so(
    running: Runtime, clock: SetClock
) -> None:
    async with client(running, "auto") as c:
        await call(c, "schedule", when="every day at 9:00", message="water the plants")
        clock.tick(timedelta(days=3))
        await running.loop.turn()
        (fired,) = (await call(c, "query"))["inbox"]
        assert fired["missed"] == 2
        assert fired["scheduled_for"] == "2026-11-23T09:00:00+01:00"
        assert (await call(c, "query"))["tasks"][0]["next_runs"][0]["local"] == "2026-11-24T09:00:00+01:00"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ({"when": "on 19 november 2026 at 9:00"}, "past"),
        ({"when": "at 9", "timezone": "Europe/Berlinn"}, "did you mean Europe/Berlin"),
        ({"when": "colourless green ideas"}, "no time found"),
        ({"when": "tomorrow " + "x" * 10_000}, "2000"),
        ({"when": ""}, "nothing was said"),
        ({"when": "every 0 days"}, "every 2 days"),
        ({"when": "at 25:00"}, "hours go to 23"),
        ({"when": "30 february at 9"}, "its last is 29"),
        ({"when": "tomorrow at 9", "webhook": "http://10.0.0.1/"}, "ALARUM_WEBHOOK_HOSTS"),
        ({"when": "tomorrow at 9", "id": "no spaces"}, "for example"),
        ({"when": "tomorrow at 9", "message": " "}, "empty"),
    ],
)
async def test_a_bad_request_is_a_clear_error_and_nothing_is_stored(
    running: Runtime, args: dict[str, Any], says: str
) -> None:
    async with client(running, "auto") as c:
        assert says in await refusal(c, "schedule", **args)
        assert (await call(c, "query", status="all"))["total"] == 0


async def test_an_ambiguous_cancel_is_refused_with_the_calls_that_would_do(running: Runtime) -> None:
    async with client(running, "auto") as c:
        for day in ("monday", "tuesday"):
            await call(c, "schedule", when=f"call Anna every {day} at 9", id=day)
        text = await refusal(c, "cancel", task="anna")
        assert 'cancel(task="monday")' in text
        assert 'cancel(task="tuesday")' in text
        assert (await call(c, "query"))["total"] == 2


async def test_what_cannot_be_taken_does_not_keep_the_loop_busy(
    running: Runtime, clock: SetClock, receiver: Receiver
) -> None:
    async with client(running, "auto") as c:
        await call(c, "schedule", when="in 1 minute", message="x", webhook=receiver.url)
    clock.tick(timedelta(minutes=1))
    without_secret = AlarmLoop(running.store, replace(running.app.settings, webhook_secrets=()), clock)
    steps = [await without_secret.step() for _ in range(4)]
    pauses = [step.until - clock.now() for step in steps[-2:] if isinstance(step, Sleep)]
    assert min(pauses) >= timedelta(seconds=1)
    assert [r.state for r in await running.store.runs.find()] == ["waiting"]


@pytest.mark.parametrize("mode", ERAS)
async def test_a_task_is_changed_in_the_users_words(running: Runtime, clock: SetClock, mode: str) -> None:
    async with client(running, mode) as c:
        made = await call(c, "schedule", when="every day at 11 water the plants", policies={"misfire": "skip"})
        assert made["policies"] == {"misfire": "skip"}
        moved = await call(c, "update", task="plants", when="every sunday at 12", priority=3)
        assert moved["tasks"][0]["reading"] == "every sunday at 12:00"
        assert moved["assumptions"]
        held = await call(c, "update", task="plants", action="pause", until="next monday at 9")
        assert held["tasks"][0]["paused_until"]["local"] == "2026-11-23T09:00:00+01:00"
        await call(c, "update", task="plants", action="resume")
        late = await call(c, "update", task="plants", action="snooze", until="sunday at 12:30")
        assert late["tasks"][0]["next_runs"][0]["local"] == "2026-11-22T12:30:00+01:00"
        await call(c, "update", task="plants", action="skip_next")
        await call(c, "update", task="plants", action="run_now")
        assert (await call(c, "update", task="plants", action="acknowledge"))["summary"].startswith("Acknowledged 1")
        past = (await call(c, "query", id=made["id"], history=True))["history"]
        assert [r["state"] for r in past] == ["rang", "skipped"]  # by time: the one that was skipped is of Sunday
        assert "next_monday" not in await refusal(c, "update", task="plants", action="snooze")
        assert "do one thing at a time" in await refusal(c, "update", task="plants", action="pause", when="at 9")
        assert "for example" in await refusal(c, "update", task="plants")


async def test_many_are_cancelled_only_when_all_are_meant(running: Runtime) -> None:
    async with client(running, "auto") as c:
        for day in ("monday", "tuesday"):
            await call(c, "schedule", when=f"call Anna every {day} at 9", tags=["calls"])
        tried = await call(c, "cancel", tag="calls", all=True, dry_run=True)
        assert (tried["dry_run"], len(tried["cancelled"])) == (True, 2)
        assert "'*' means every task" in await refusal(c, "cancel", all=True)
        assert len((await call(c, "cancel", tag="calls", all=True))["cancelled"]) == 2
        assert (await call(c, "query"))["total"] == 0


async def test_what_was_acknowledged_leaves_the_inbox(running: Runtime, clock: SetClock) -> None:
    async with client(running, "auto") as c:
        await call(c, "schedule", when="in 1 minute", message="stretch")
        clock.tick(timedelta(minutes=1))
        await running.loop.turn()
        (fired,) = (await call(c, "inbox"))["fired"]
        assert fired["message"] == "stretch"
        assert (await call(c, "inbox", acknowledge=[fired["id"]]))["acknowledged"] == 1
        assert (await call(c, "query"))["inbox"] == []


async def test_every_tool_says_what_it_does_to_the_world(running: Runtime) -> None:
    async with client(running, "auto") as c:
        tools = {t.name: t for t in (await c.list_tools()).tools}
        assert set(tools) == {"schedule", "query", "cancel", "update", "inbox"}
        for tool in tools.values():
            assert tool.annotations is not None
            hints = tool.annotations
            assert None not in (
                hints.read_only_hint,
                hints.destructive_hint,
                hints.idempotent_hint,
                hints.open_world_hint,
            )
        assert "Europe/Berlin" in (tools["schedule"].description or "")
        assert "required" not in tools["schedule"].input_schema
        assert c.instructions is not None
        assert "do not compute times" in c.instructions
