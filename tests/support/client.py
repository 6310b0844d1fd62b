"""An MCP client in memory on a runtime of the test's own, and calls of its tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from mcp import Client

from alarum.app.app import App
from alarum.app.request import Request
from alarum.app.runtime import Runtime
from alarum.clock import SetClock
from alarum.mcp.server import create_server

ERAS = ["auto", "legacy"]  # protocol 2026-07-28, and the handshake of 2025-11-25


def client(running: Runtime, mode: str = "auto", *, events: bool = False, **options: Any) -> Client:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Runtime]:
        yield running

    return Client(create_server(opened, "Europe/Berlin", events=events), mode=mode, **options)


async def call(c: Client, tool: str, **args: Any) -> Any:
    """The structured answer of a call that is not refused."""
    answer = await c.call_tool(tool, args)
    assert not answer.is_error, answer.content
    return answer.structured_content


async def refusal(c: Client, tool: str, **args: Any) -> str:
    """What a refused call says."""
    answer = await c.call_tool(tool, args)
    assert answer.is_error
    return "".join(getattr(part, "text", "") for part in answer.content)


def request(when: str, message: str, tags: tuple[str, ...] = ()) -> Request:
    return Request(when=when, message=message, tags=tags)


async def ring(running: Runtime, clock: SetClock) -> None:
    clock.tick(timedelta(minutes=1))
    await running.loop.turn()


async def fire(app: App, running: Runtime, clock: SetClock, *messages: str) -> None:
    for message in messages:
        await app.schedule(request("in 1 minute", message, ("home",) if message.startswith("h") else ()))
        await ring(running, clock)
