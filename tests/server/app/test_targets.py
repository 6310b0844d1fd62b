"""Targets by name: the configuration file, defaults, secrets that stay secret, health, pausing, testing, delivering again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alarum.app.health_check import findings
from alarum.errors import Refused
from alarum.settings.target_names import read_targets
from alarum.testing import Sent, trial
from tests.support.client import call, client, refusal
from tests.support.moments import NOW, SECRET
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
HOOK = {"channel": "webhook", "url": "https://hooks.example/x", "secret": "env:SIGN"}
ENV = {"SIGN": SECRET}


def targets(**tables: dict[str, Any]) -> dict[str, Any]:
    return {"targets": read_targets(tables or {"phone": HOOK, "ops": HOOK}, ENV)}


async def test_a_task_goes_to_the_target_that_it_names_or_to_the_default() -> None:
    async with trial(NOW, **targets(), default_target="phone") as it:
        first = await it.schedule("in 1 minute", message="a")
        second = await it.schedule("in 1 minute", message="b", target="ops")
        third = await it.schedule("in 1 minute", message="c", target="inbox")
        assert [s.delivery for s in (first, second, third)] == [
            "inbox and phone (webhook https://hooks.example/x)", "inbox and ops (webhook https://hooks.example/x)", "inbox",
        ]  # fmt: skip
        await it.advance("1 minute")
        assert [(s.message, s.url) for s in it.sent] == [("a", "phone"), ("b", "ops")]
        assert {r.message: r.delivery for r in await it.runs()} == {"a": "delivered", "b": "delivered", "c": None}


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"target": "fone"}, "there is no target 'fone'; there are phone, ops, or 'inbox' for the inbox alone"),
        ({"target": "phone/x"}, "takes nothing behind a slash"),
        ({"target": "phone", "webhook": "http://x.example/"}, "not both"),
    ],
)
async def test_a_target_that_is_not_there_is_refused_with_those_that_are(fields: dict[str, str], why: str) -> None:
    async with trial(NOW, **targets()) as it:
        with pytest.raises(Refused) as refused:
            await it.schedule("in 1 minute", message="a", **fields)
        assert why in str(refused.value)
        assert (await it.app.query()).total == 0


async def test_a_task_is_moved_to_another_target_and_found_by_it() -> None:
    async with trial(NOW, **targets()) as it:
        made = await it.schedule("in 1 minute", message="a", webhook="http://x.example/")
        from alarum.app.task_edits import Edit

        await it.app.edit(made.id, Edit(target="phone"))
        assert [(await it.app.query(target=name)).total for name in ("phone", "x.example", "inbox")] == [1, 0, 0]
        await it.app.edit(made.id, Edit(webhook="http://y.example/"))
        await it.advance("1 minute")
        assert [s.url for s in it.sent] == ["http://y.example/"]


async def test_models_are_told_the_names_and_may_use_them(running: Any) -> None:
    async with client(running) as c:
        schema = next(t for t in (await c.list_tools()).tools if t.name == "schedule").input_schema
        assert "inbox" in schema["properties"]["target"]["description"]
        assert "there is no target 'phone'" in await refusal(c, "schedule", when="in 1 minute x", target="phone")
        made = await call(c, "schedule", when="in 1 minute x", target="inbox")
        assert made["delivery"] == "inbox"


async def test_a_target_that_fails_long_is_paused_and_loses_nothing() -> None:
    down = True

    def answer(sent: Sent) -> int:
        return 503 if down else 204

    chosen = {"pause_after": timedelta(hours=1), **targets()}
    async with trial(NOW, answer=answer, **chosen) as it:
        made = await it.schedule(
            "every 10 minutes", message="a", target="phone", policies={"max_attempts": 4, "delay": "1m"}
        )
        other = await it.schedule("every 10 minutes", message="b", target="ops")
        await it.advance("75 minutes")
        [phone] = [t for t in (await it.app.targets()).targets if t.name == "phone"]
        assert (phone.health, phone.paused) == ("paused", ["phone"])
        assert "503" in str(phone.why)
        lost = [r for r in await it.runs(made.id) if r.state == "failed"]
        tried = len(it.sent)
        await it.advance("5 hours")
        assert [
            r for r in await it.runs(made.id) if r.state == "failed"
        ] == lost  # nothing more fails while it is paused
        probes = [s for s in it.sent[tried:] if s.url == "phone"]
        assert 0 < len(probes) <= 61  # one every five minutes
        down = False
        await it.advance("10 minutes")
        assert [t.health for t in (await it.app.targets()).targets] == ["ok", "ok"]
        late = [r for r in await it.runs(made.id) if r not in lost]
        assert {r.state for r in late} == {"delivered"}
        assert len(late) > 25
        assert {r.state for r in await it.runs(other.id)} == {"delivered"}


async def test_a_target_is_paused_and_resumed_by_hand() -> None:
    async with trial(NOW, **targets()) as it:
        await it.app.pause_target("phone")
        made = await it.schedule("in 1 minute", message="a", target="phone")
        await it.advance("1 day")
        assert it.sent == []
        assert [r.delivery for r in await it.runs(made.id)] == ["waiting"]
        assert [t.health for t in (await it.app.targets()).targets] == ["paused", "unused"]
        assert any("phone is paused" in warning for warning in made.warnings)
        await it.app.resume_target("phone")
        await it.turn()
        assert [r.delivery for r in await it.runs(made.id)] == ["delivered"]
        with pytest.raises(Refused, match="there are: ops, phone"):
            await it.app.pause_target("fone")


async def test_a_success_in_between_is_no_long_failure() -> None:
    calls = 0

    def answer(sent: Sent) -> int:
        nonlocal calls
        calls += 1
        return 204 if calls % 7 == 0 else 500

    async with trial(NOW, answer=answer, pause_after=timedelta(hours=1), **targets()) as it:
        await it.schedule("every 10 minutes", message="a", target="phone", policies={"max_attempts": 1})
        await it.advance("1 day")
        assert (await it.app.targets()).targets[0].health in ("failing", "ok")


async def test_one_or_all_that_failed_since_are_delivered_again() -> None:
    down = True
    async with trial(NOW, answer=lambda sent: 500 if down else 204, **targets()) as it:
        once = {"max_attempts": 1}
        for number, target in enumerate(("phone", "phone", "ops")):
            await it.schedule(f"in {number + 1} hours", message=f"m{number}", target=target, policies=once)
        await it.advance("4 hours")
        assert [r.state for r in await it.runs()] == ["failed"] * 3
        down = False
        assert (await it.app.redeliver(since=timedelta(hours=2.5), target="phone")).redelivered == 1
        await it.turn()
        assert [r.state for r in await it.runs()] == ["failed", "delivered", "failed"]
        first = (await it.runs())[0]
        assert (await it.app.redeliver(first.id)).redelivered == 1
        assert (await it.app.redeliver(target="ops")).redelivered == 1
        await it.turn()
        assert {r.state for r in await it.runs()} == {"delivered"}
        assert len({s.run_id for s in it.sent}) == 3


async def test_an_agent_sends_again_what_failed(running: Any, receiver: Receiver, clock: Any) -> None:
    receiver.answers = [(400, {}), (400, {})]
    async with client(running) as c:
        for task in ("anna", "bert"):
            await call(
                c,
                "schedule",
                when="in 1 minute",
                message=f"call {task}",
                id=task,
                webhook=receiver.url,
                policies="max_attempts=1",
            )
        clock.tick(timedelta(minutes=1))
        await running.loop.turn()
        assert "Sends again 1" in (await call(c, "update", task="call anna", action="redeliver"))["summary"]
        run = (await call(c, "query", id="bert", history=True))["history"][0]
        assert run["delivery"] == "failed"
        await call(c, "update", task=run["id"], action="redeliver")
        await running.loop.turn()
        assert len(receiver.posts) == 4
        assert "nothing of 'call anna' failed" in await refusal(c, "update", task="anna", action="redeliver")


async def test_a_run_for_a_target_that_is_unknown_here_waits_for_a_process_that_has_it(tmp_path: Path) -> None:
    database = tmp_path / "a.db"
    async with trial(NOW, database=database, **targets()) as it:
        await it.schedule("in 1 minute", message="a", target="phone")
    from alarum.alarm.decision import Sleep
    from alarum.app.runtime import runtime
    from alarum.clock import SetClock
    from alarum.settings.settings import Settings

    later = SetClock(NOW + timedelta(hours=1))
    async with runtime(Settings(database, "UTC"), later, ring=False) as stranger:
        await stranger.loop.turn()
        [known] = (await stranger.app.targets()).targets
        assert (known.name, known.health, known.waiting) == ("phone", "unreachable", 1)
        assert known.why == "there is no target 'phone' in the settings"
        steps = [await stranger.loop.step() for _ in range(4)]
        pauses = [step.until - later.now() for step in steps[-2:] if isinstance(step, Sleep)]
        assert min(pauses) >= timedelta(seconds=1)  # it does not keep looking at what it cannot send
    async with trial(NOW + timedelta(hours=2), database=database, **targets()) as it:
        await it.turn()
        assert [s.message for s in it.sent] == ["a"]


async def test_the_doctor_names_targets_that_are_not_well(tmp_path: Path) -> None:
    tables = {"phone": HOOK, "ops": {**HOOK, "secret": "env:NOWHERE"}, "gone": HOOK, "fails": HOOK}

    def answer(sent: Sent) -> int:
        return {"gone": 410, "fails": 500}.get(sent.url, 204)

    async with trial(NOW, database=tmp_path / "a.db", targets=read_targets(tables, ENV), answer=answer) as it:
        await it.app.pause_target("phone")
        for name in tables:
            await it.schedule("in 1 minute", message=name, target=name)
        await it.advance("2 minutes")
        said = " | ".join(
            f"{f.what}: {f.advice}"
            for f in await findings(it.app.settings, it.store, it.clock.now())
            if f.grade == "warning"
        )
        stats = await it.app.statistics()
    assert "phone is paused; 1 runs wait" in said
    assert "gone answered 410 Gone: give the tasks another target, or: alarum targets resume gone" in said
    assert "fails fails since 2026-11-20T09:01:00Z" in said
    assert "target ops cannot be used here: the secret env:NOWHERE is not set" in said
    assert stats.lag_seconds < 60  # what waits for a target that is paused is not late
