"""What once went wrong in finding, naming and showing tasks; each through the tools."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import pytest
from mcp.types import ElicitRequestParams, ElicitResult

from alarum.app.runtime import Runtime
from alarum.clock import SetClock
from tests.support.client import call, client, refusal

pytestmark = pytest.mark.anyio
MINUTE = timedelta(minutes=1)


async def pass_(running: Runtime, clock: SetClock, step: timedelta) -> None:
    clock.tick(step)
    await running.loop.turn()


async def test_a_blank_name_is_not_every_task(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="tea")
        for blank in (" ", "\u2003", "\n"):
            assert "say which" in await refusal(c, "cancel", task=blank, all=True)
            assert "say which" in await refusal(c, "update", task=blank, action="pause", all=True)
        assert (await call(c, "query", status="active"))["total"] == 1


async def test_a_verb_of_the_message_is_part_of_its_name(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="call Anna")
        assert "nearest" in await refusal(c, "cancel", task="ask Anna")
        assert (await call(c, "query", text="what did you ask me about Anna"))["total"] == 1


async def test_several_that_fired_are_not_cancelled_by_chance(running: Runtime, clock: SetClock) -> None:
    async with client(running) as c:
        for kind in ("green", "black"):
            await call(c, "schedule", when="in 1 minute", message=f"tea {kind}", id=kind)
        await pass_(running, clock, MINUTE)
        await call(c, "update", task="black", action="snooze", until="in 10 minutes")
        assert "2 tasks match" in await refusal(c, "cancel", task="tea")
        assert len((await call(c, "query"))["snoozed"]) == 1


async def test_what_fired_is_meant_before_what_has_not(running: Runtime, clock: SetClock) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="in 1 minute", message="soup", id="now")
        await call(c, "schedule", when="next friday at 12", message="soup with Eva", id="later")
        await pass_(running, clock, MINUTE)
        assert (await call(c, "update", task="soup", action="snooze", until="in 5 minutes"))["tasks"][0]["id"] == "now"
        moved = await call(c, "update", task="soup", action="snooze", until="in 1 hour")  # it is snoozed already
        assert "11:01" in moved["summary"]
        await pass_(running, clock, timedelta(hours=1))
        assert (await call(c, "inbox", acknowledge=["soup"]))["acknowledged"] == 1
        assert "Acknowledged 0" in (await call(c, "update", task="soup", action="acknowledge"))["summary"]


async def test_a_task_that_is_held_shows_what_it_will_ring(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="tablets", id="tablets")
        await call(c, "update", task="tablets", action="pause", until="saturday at 20:00")
        found = await call(c, "query", when="this weekend")
        assert [o["local"] for o in found["occurrences"]] == ["2026-11-22T09:00:00+01:00"]
        await call(c, "update", task="tablets", action="pause")
        assert (await call(c, "query", when="this weekend"))["total"] == 0


async def test_tags_are_found_in_any_case_and_a_bad_row_hides_no_other(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="a", tags=["Ärzte"], id="a")
        await call(c, "schedule", when="every day at 9", message="b", id="b")
        with sqlite3.connect(running.app.settings.database) as db:
            db.execute("update tasks set tags = 'not json' where id = 'b'")
        db.close()
        for tag in ("Ärzte", "ärzte"):
            assert (await call(c, "query", tag=tag))["total"] == 1
        assert (await call(c, "cancel", task="b"))["cancelled"][0]["id"] == "b"


async def test_nonsense_is_refused_with_a_reason(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="a", id="a")
        for tool, args, says in (
            ("query", {"offset": 2**63}, "offset from 0"),
            ("query", {"text": "word " * 2000}, "too long"),
            ("cancel", {"task": "word " * 2000}, "too long"),
            ("query", {"timezone": "Nowhere/X"}, "Nowhere/X"),
            ("schedule", {"when": "tomorrow at 9", "webhook": "http://[::1"}, "is not a URL"),
        ):
            assert says in await refusal(c, tool, **args)
        with sqlite3.connect(running.app.settings.database) as db:
            db.execute("update tasks set rule = 'GARBAGE' where id = 'a'")
        db.close()
        assert "damaged" in await refusal(c, "update", task="a", action="skip_next")


async def test_an_answer_that_was_not_offered_is_none(running: Runtime) -> None:
    async def wrong(_: object, params: ElicitRequestParams) -> ElicitResult:
        return ElicitResult(action="accept", content={"choice": "other"})

    async with client(running, elicitation_callback=wrong) as c:
        await call(c, "schedule", when="every day at 9", message="tea green")
        await call(c, "schedule", when="every day at 9", message="tea black")
        await call(c, "schedule", when="every day at 9", message="other")
        assert "does not match" in await refusal(c, "cancel", task="tea")
        assert (await call(c, "query"))["total"] == 3


@pytest.mark.parametrize(
    ("when", "words", "next_run", "kind"),
    [
        ("on 4 december at 9:00", "at four", "2026-12-04T16:00:00+01:00", "once"),
        ("every weekday at 9:30", "10:00", "2026-11-23T10:00:00+01:00", "recurring"),
    ],
)
async def test_moving_to_a_time_keeps_the_rest(
    running: Runtime, when: str, words: str, next_run: str, kind: str
) -> None:
    async with client(running) as c:
        await call(c, "schedule", when=when, message="x", id="x")
        moved: dict[str, Any] = (await call(c, "update", task="x", when=words))["tasks"][0]
        assert (moved["next_runs"][0]["local"], moved["kind"]) == (next_run, kind)
        assert (await call(c, "query", id="x"))["tasks"][0]["reading"] == moved["reading"]


async def test_a_repetition_that_ends_is_named(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every weekday at 9:30", message="standup", id="s")
        moved = await call(c, "update", task="s", when="tomorrow at 10")
        assert any("it repeated (every weekday" in one for one in moved["assumptions"])
