"""The MCP Events extension: listed, polled from a cursor, streamed; through a real client."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.client.extension import ClientExtension, NotificationBinding
from mcp.types import Request, RequestParams, Result
from pydantic import BaseModel, ConfigDict

from alarum.app.runtime import Runtime
from alarum.clock import SetClock
from tests.support.client import client, fire

pytestmark = pytest.mark.anyio


class Anything(Result):
    model_config = ConfigDict(extra="allow")


class _Loose(RequestParams):
    model_config = ConfigDict(extra="allow")


class EventsRequest(Request[_Loose, str]):
    method: str
    params: _Loose


class Note(BaseModel):
    model_config = ConfigDict(extra="allow")


async def _ask(c: Client, method: str, **params: Any) -> dict[str, Any]:
    answer = await c.session.send_request(EventsRequest(method=method, params=_Loose.model_validate(params)), Anything)
    return answer.model_dump()


async def test_events_are_listed_and_polled_from_a_cursor(running: Runtime, clock: SetClock) -> None:
    async with client(running, events=True) as c:
        assert "io.modelcontextprotocol/events" in (c.server_capabilities.extensions or {})
        (event,) = (await _ask(c, "events/list"))["events"]
        assert (event["name"], event["delivery"]) == ("reminder.due", ["push", "poll"])
        start = await _ask(c, "events/poll", name="reminder.due", cursor=None)
        assert start["events"] == []
        await fire(running.app, running, clock, "one", "two", "three")
        first = await _ask(c, "events/poll", name="reminder.due", cursor=start["cursor"], maxEvents=2)
        assert [e["data"]["message"] for e in first["events"]] == ["one", "two"]
        assert first["hasMore"] is True
        rest = await _ask(c, "events/poll", name="reminder.due", cursor=first["cursor"], maxEvents=2)
        assert [e["data"]["message"] for e in rest["events"]] == ["three"]
        assert len({e["eventId"] for e in first["events"] + rest["events"]}) == 3
        late = await _ask(c, "events/poll", name="reminder.due", cursor="0", maxAgeMs=90_000)
        assert ([e["data"]["message"] for e in late["events"]], late["truncated"]) == (["two", "three"], True)
        for wrong in (
            {"name": "nothing"},
            {"name": "reminder.due", "cursor": "x"},
            {"name": "reminder.due", "arguments": {"a": 1}},
        ):
            with pytest.raises(MCPError):
                await _ask(c, "events/poll", **wrong)


async def test_events_are_streamed_with_their_cursor(running: Runtime, clock: SetClock) -> None:
    heard: asyncio.Queue[tuple[str, dict[str, Any]]] = asyncio.Queue()

    def bound(kind: str) -> NotificationBinding[Note]:
        async def hear(note: Note) -> None:
            heard.put_nowait((kind, note.model_dump(by_alias=True)))

        return NotificationBinding(method=f"notifications/events/{kind}", params_type=Note, handler=hear)

    class Hearing(ClientExtension):
        identifier = "io.modelcontextprotocol/events"

        def notifications(self) -> Any:
            return [bound(kind) for kind in ("active", "event", "heartbeat")]

    async with client(running, events=True, extensions=[Hearing()]) as c:
        streaming = asyncio.create_task(
            _ask(c, "events/stream", name="reminder.due", cursor=None, arguments={"text": "tea"})
        )
        async with asyncio.timeout(10):
            kind, active = await heard.get()
            assert (kind, active["cursor"]) == ("active", "0")
            await fire(running.app, running, clock, "coffee", "drink tea")
            kind, event = await heard.get()
        assert (kind, event["name"], event["data"]["message"], event["cursor"]) == (
            "event",
            "reminder.due",
            "drink tea",
            "2",
        )
        assert event["_meta"] == active["_meta"]
        streaming.cancel()


async def test_events_are_not_offered_unless_asked_for(running: Runtime) -> None:
    async with client(running) as c:
        assert not c.server_capabilities.extensions
        with pytest.raises(MCPError):
            await _ask(c, "events/list")
