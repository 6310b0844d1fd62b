"""A world for one request: an Alarum in memory with the reminders that are kept, a real client of it, and its state."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mcp import Client
from mcp.types import Tool

from alarum.app.runtime import Runtime
from alarum.mcp.server import create_server, instructions
from alarum.testing import Trial, trial
from evals.agents.cases import Step

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo(ZONE))
INSTRUCTIONS = instructions(ZONE)


@dataclass
class World:
    alarum: Trial
    client: Client
    known: frozenset[str]  # ids of what was kept at first
    told: str = ""  # the last answer
    refused: bool = False

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The answer as a model sees it."""
        result = await self.client.call_tool(tool, arguments)
        self.refused = bool(result.is_error)
        self.told = "\n".join(getattr(part, "text", "") for part in result.content)
        return self.told

    async def tools(self) -> list[Tool]:
        return list((await self.client.list_tools()).tools)

    async def passes(self, step: Step) -> None:
        await self.alarum.advance(step.text)

    async def wrong(self, check: Step, told: str) -> str | None:
        """What is not as it must be, or None."""
        app = self.alarum.app
        if check.name == "told":
            return None if _bare(check.text) in told else f"not told: {check.text}"
        if check.name == "count":
            total = (await app.query()).total
            return None if total == int(check.text) else f"{total} active tasks, not {check.text}"
        if check.name in ("inbox", "noinbox"):
            waiting = [fired.message for fired in (await app.inbox([], limit=200)).fired]
            there = any(_bare(check.text) in message for message in waiting)
            return None if there == (check.name == "inbox") else f"in the inbox: {waiting}"
        return await self._task(check)

    async def _task(self, check: Step) -> str | None:
        every = (await self.alarum.app.query(status="all", limit=200, details=True)).tasks
        text = _bare(check.text)
        if check.name == "new":
            fresh = [t for t in every if t.id not in self.known and t.state != "cancelled"]
            found = [t for t in fresh if _says(t.message, text.split('"')[1] if '"' in text else text)]
        else:
            found = [t for t in every if t.id == check.name]
        if len(found) != 1:
            return f"{len(found)} tasks for {check.name} {text}; there are {[t.message for t in every if t.id not in self.known]}"
        task = found[0]
        now = {
            "next": task.next_runs[0].local[:16] if task.next_runs else "", "kind": task.kind, "state": task.state, "zone": task.zone,
            "tags": ",".join(task.tags), "priority": str(task.priority), "message": task.message,
        }  # fmt: skip
        return next(
            (f"{name} is {now[name]}, not {value}" for name, value in check.arguments.items() if now[name] != value),
            None,
        )


def _bare(text: str) -> str:
    text = text.strip()
    return str(json.loads(text)) if text.startswith('"') and text.endswith('"') and text.count('"') == 2 else text


def _says(message: str, wanted: str) -> bool:
    return wanted.casefold() in message.casefold()


@contextlib.asynccontextmanager
async def world(kept: list[dict[str, Any]]) -> AsyncIterator[World]:
    async with trial(NOW, ZONE, webhook_hosts=()) as alarum:

        @contextlib.asynccontextmanager
        async def opened() -> AsyncIterator[Runtime]:
            yield Runtime(alarum.app, alarum.loop, alarum.store)

        await alarum.turn()
        async with Client(create_server(opened, ZONE)) as client:
            it = World(alarum, client, frozenset(str(one["id"]) for one in kept))
            for one in kept:
                await it.call("schedule", one)
                if it.refused:
                    raise ValueError(it.told)
            yield it
