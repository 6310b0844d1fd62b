"""What receivers, functions and tools may answer at the worst: it costs their own run a try, and nobody else anything."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alarum.alarm.decision import Sleep
from alarum.alarm.planner import TaskPlanner
from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.app.task_edits import Edit
from alarum.clock import SetClock
from alarum.http.address_guard import egress_policy
from alarum.http.transport import Timeouts, Transport
from alarum.library import Alarum, Called
from alarum.settings.settings import Settings
from alarum.settings.target_names import read_targets
from alarum.testing import Sent, trial
from alarum_store import MEMORY, Capacity
from tests.faults.receivers import OK, hosted, request
from tests.support.moments import KEY, NOW, ROOT, SECRET

pytestmark = pytest.mark.anyio


async def test_an_outcome_that_cannot_be_written_frees_its_slot_and_spoils_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with trial(NOW, slots=3) as it:
        finish = it.store.loop.finish
        broken = 0

        async def picky(outcomes: Any, pause_after: Any = None) -> list[bool]:
            nonlocal broken
            if (
                any(
                    claim.task.id == "bad" and outcome.note is None and outcome.status == 204
                    for claim, outcome in outcomes
                )
                and broken < 2
            ):
                broken += 1
                raise RuntimeError("cannot be written")
            return await finish(outcomes, pause_after)

        monkeypatch.setattr(it.store.loop, "finish", picky)
        for name in ("bad", "well", "fine"):
            await it.schedule("in 1 minute", message=name, id=name, webhook="http://x.example/")
        await it.advance("1 minute")
        assert {r.task_id: r.state for r in await it.runs()} == {
            "bad": "delivered",
            "well": "delivered",
            "fine": "delivered",
        }
        assert broken == 2


async def test_a_run_whose_tries_are_lost_again_and_again_ends() -> None:
    async with trial(NOW, lease=timedelta(seconds=60)) as it:
        made = await it.schedule("in 1 minute", message="x", webhook="http://x.example/", policies={"max_attempts": 2})
        await it.store.targets.pause("x.example:80", NOW)
        await it.advance("1 minute")
        await it.store.targets.resume("x.example:80")
        for _ in range(5):
            dying = Capacity("dead", timedelta(minutes=1), 1, 1)
            rung = await it.store.loop.turn(it.clock.now(), TaskPlanner(it.app.settings, it.clock.now()), dying, 10)
            assert len(rung.claims) == 1
            it.clock.tick(timedelta(minutes=2))
        await it.turn()
        [run] = await it.runs(made.id)
        assert (run.state, it.sent) == ("failed", [])
        assert "process crash" in str(run.why)


def raising(error: BaseException) -> Callable[[Called], None]:
    def code(call: Called) -> None:
        raise error

    return code


@pytest.mark.parametrize(
    "error", [SystemExit(3), asyncio.CancelledError(), KeyError("x"), StopIteration(), RecursionError()]
)
@pytest.mark.parametrize("how", ["sync", "async"])
async def test_whatever_a_function_raises_is_a_failure_of_its_run_alone(error: BaseException, how: str) -> None:
    alarum = Alarum(":memory:")
    code = raising(error)

    async def later(call: Called) -> None:
        code(call)

    alarum.function(code if how == "sync" else later, name="bad")
    async with alarum.trial(NOW) as it:
        made = await it.schedule("in 1 minute", message="x", target="bad", policies={"max_attempts": 2, "delay": "1m"})
        await it.advance("1 hour")
        [run] = await it.runs(made.id)
        assert (run.state, run.attempts) == ("failed", 2)


async def test_what_a_function_leaves_in_its_state_must_be_json() -> None:
    alarum = Alarum(":memory:")

    @alarum.function
    def odd(call: Called) -> None:
        call.state["path"] = b"a\xff".decode("utf-8", "surrogateescape")

    async with alarum.trial(NOW) as it:
        made = await it.schedule("in 1 minute", message="x", target=odd, policies={"max_attempts": 1})
        await it.advance("1 minute")
        assert "not JSON" in str((await it.runs(made.id))[0].why)


async def test_a_long_function_has_a_claim_that_outlasts_it() -> None:
    alarum = Alarum(":memory:")
    alarum.function(raising(ValueError()), name="long", timeout="20m")
    async with alarum.trial(NOW) as it:
        assert it.app.settings.lease > timedelta(minutes=20)
    with pytest.raises(ValueError, match="shorter than the lease"):
        Settings(
            Path(MEMORY),
            "UTC",
            targets=read_targets({"x": {"channel": "function", "function": "a:b", "timeout": "5m"}}, {}),
        )


async def test_surplus_of_one_answer_is_not_the_answer_to_the_next_request() -> None:
    async def forges(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await request(reader)
            writer.write(OK + (b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n" if b"/evil" in head else b""))
            await writer.drain()

    async def body_with_204(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request(reader)
            writer.write(b"HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()

    for behave, wanted in ((forges, {200}), (body_with_204, {204})):
        async with hosted(behave) as port:
            transport = Transport(Timeouts(1, 1, 1), egress_policy(["127.0.0.1"]))
            got = set()
            for path in (b"/evil", b"/well", b"/evil", b"/well"):
                headers = [(b"host", b"x"), (b"content-length", b"0")]
                got.add((await transport.exchange(("http", "127.0.0.1", port), "POST", path, headers, b"")).status)
            assert got == wanted
            await transport.aclose()


async def test_connections_to_very_many_receivers_are_given_up() -> None:
    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            await request(reader)
            writer.write(OK)
            await writer.drain()

    transport = Transport(Timeouts(1, 1, 1), egress_policy(["127.0.0.1"]))
    async with AsyncExitStack() as stack:
        for _ in range(150):
            port = await stack.enter_async_context(hosted(once))
            headers = [(b"host", b"x"), (b"content-length", b"0")]
            await transport.exchange(("http", "127.0.0.1", port), "POST", b"/", headers, b"")
        assert len(transport._idle) <= 64 + 32
        await transport.aclose()


async def test_a_function_that_never_ends_keeps_no_process_from_ending(tmp_path: Any) -> None:
    code = (
        "import asyncio, threading\n"
        "from alarum import Alarum\n"
        "alarum = Alarum('a.db', grace=__import__('datetime').timedelta(0))\n"
        "begun = threading.Event()\n"
        "def hang(call):\n    begun.set()\n    threading.Event().wait()\n"
        "alarum.function(hang)\n"
        "async def main():\n"
        "    async with alarum:\n"
        "        await alarum.schedule('in 1 hour', 'x', target=hang, run_now=True)\n"
        "        await asyncio.to_thread(begun.wait)\n"
        "asyncio.run(main())\n"
    )
    ended = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}
    )
    async with asyncio.timeout(30):
        assert await ended.wait() == 0


async def test_a_task_that_is_moved_takes_its_waiting_runs_along() -> None:
    hook = {"channel": "webhook", "url": "https://hooks.example/", "secret": "env:S"}
    targets = read_targets({"old": hook, "new": hook}, {"S": SECRET})
    async with trial(NOW, targets=targets) as it:
        made = await it.schedule("in 1 minute", message="x", target="old")
        other = await it.schedule("in 1 minute", message="y", target="old")
        await it.app.pause_target("old")
        await it.advance("1 minute")
        await it.app.edit(made.id, Edit(target="new"))
        await it.app.edit(other.id, Edit(target="inbox"))
        await it.turn()
        assert [s.url for s in it.sent] == ["new"]
        assert {r.task_id: (r.state, r.delivery) for r in await it.runs()} == {
            made.id: ("delivered", "delivered"),
            other.id: ("delivered", None),
        }
        assert [t.health for t in (await it.app.targets()).targets] == ["paused", "ok"]


async def test_a_default_that_was_changed_says_nothing_about_the_target_before() -> None:
    hook = {"channel": "webhook", "url": "https://hooks.example/", "secret": "env:S"}
    targets = read_targets({"old": hook, "new": hook}, {"S": SECRET})
    async with trial(
        NOW, targets=targets, default_target="old", answer=lambda sent: 500 if sent.url == "old" else 204
    ) as it:
        await it.schedule("in 1 minute", message="x")
        await it.advance("1 minute")
        object.__setattr__(it.app.settings, "default_target", "new")
        await it.advance("1 minute")
        assert [s.url for s in it.sent] == ["old", "new"]
        assert {t.name: t.health for t in (await it.app.targets()).targets} == {"old": "failing", "new": "ok"}


async def test_a_pause_by_hand_outlasts_what_is_under_way() -> None:
    hook = {"channel": "webhook", "url": "https://hooks.example/", "secret": "env:S"}
    async with trial(NOW, targets=read_targets({"hook": hook}, {"S": SECRET})) as it:
        await it.schedule("every minute", message="x", target="hook")

        async def pause(sent: Sent) -> None:
            await it.app.pause_target("hook")

        it.recorder.before = pause
        await it.advance("10 minutes")
        assert len(it.sent) == 1


async def test_a_name_is_paused_with_all_that_is_behind_it() -> None:
    targets = read_targets({"rooms": {"channel": "object", "url": "https://rooms.example/{object}/{function}"}}, {})
    async with trial(NOW, targets=targets) as it:
        await it.app.pause_target("rooms")
        made = await it.schedule("in 1 minute", message="x", target="rooms/kitchen/light")
        assert any("paused" in w for w in made.warnings)
        await it.advance("1 hour")
        assert it.sent == []
        assert (await it.store.loop.next_wake()).ready == ()
        await it.app.resume_target("rooms")
        await it.turn()
        assert len(it.sent) == 1


async def test_an_edit_during_an_attempt_is_not_undone_by_its_answer() -> None:
    async with trial(NOW, "Europe/Berlin", answer=lambda sent: {"next": "in 30 minutes"}) as it:
        made = await it.schedule("in 1 minute", message="x", webhook="http://x.example/")

        async def edit(sent: Sent) -> None:
            await it.app.edit(made.id, Edit(when="every day at 9"))

        it.recorder.before = edit
        await it.advance("1 minute")
        task = (await it.app.query(id=made.id)).tasks[0]
        assert (task.reading, task.next_runs[0].local[:16]) == ("every day at 09:00", "2026-11-21T09:00")


async def test_one_object_at_a_time_whatever_its_name() -> None:
    targets = read_targets({"rooms": {"channel": "object", "url": "https://rooms.example/{object}/{function}"}}, {})
    settings = Settings(Path(MEMORY), "UTC", targets=targets)
    assert settings.serial("rooms/room:1")
    assert settings.reaches("rooms/room:1")


@pytest.mark.parametrize("where", ["rooms/../admin", "rooms/kitchen/..", "rooms/./x", "billing/..", "billing/."])
async def test_no_name_of_a_task_leads_to_another_path(where: str) -> None:
    tables = {
        "rooms": {"channel": "object", "url": "https://rooms.example/api/{object}/{function}"},
        "billing": {"channel": "service", "url": "https://billing.example/fn/{function}"},
    }
    async with trial(NOW, targets=read_targets(tables, {})) as it:
        with pytest.raises(Exception, match=r"kitchen/water|not a function"):
            await it.schedule("in 1 minute", message="x", target=where)


async def test_a_busy_object_makes_nothing_else_late() -> None:
    """The loop sleeps to the very moment at which something else is due."""
    targets = read_targets({"rooms": {"channel": "object", "url": "https://rooms.example/{object}/{function}"}}, {})
    clock = SetClock(NOW)
    async with runtime(Settings(Path(MEMORY), "UTC", targets=targets, webhook_secrets=(KEY,)), clock, ring=False) as it:
        for number in range(2):
            await it.app.schedule(
                Request(when="in 1 minute", message="x", target="rooms/kitchen/light", id=f"k{number}")
            )
        await it.app.schedule(Request(when="in 61 seconds", message="y", id="y"))
        clock.tick(timedelta(seconds=60.7))
        busy = Capacity("other", timedelta(minutes=1), 1, 1)
        assert (
            len((await it.store.loop.turn(clock.now(), TaskPlanner(it.app.settings, clock.now()), busy, 10)).claims)
            == 1
        )
        steps = [await it.loop.step() for _ in range(4)]
        waits = [step for step in steps if isinstance(step, Sleep)]
        assert waits
        assert all(step.exact and step.until - clock.now() <= timedelta(seconds=0.31) for step in waits)
