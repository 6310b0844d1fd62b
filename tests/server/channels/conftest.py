"""One reminder, sent by one target of the settings to a real receiver."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alarum.app.answers import RunAnswer
from alarum.app.request import Request
from alarum.app.runtime import Runtime, runtime
from alarum.clock import SetClock
from alarum.settings.settings import Settings
from alarum.settings.target_names import read_targets
from tests.support.moments import KEY, NOW, SECRET

ENV = {"TOKEN": "s3cret-t0ken", "SIGN": SECRET}
Deliver = Callable[..., Awaitable[RunAnswer]]


class Channel:
    """A runtime with the target "it"; its loop is turned by the test."""

    def __init__(self, running: Runtime, clock: SetClock) -> None:
        self.running, self.clock = running, clock

    async def send(self, where: str = "it", **fields: Any) -> RunAnswer:
        """Schedule a reminder to the target, let its time come, and give back the run with its attempts."""
        made = await self.running.app.schedule(
            Request(target=where, **{"when": "in 1 minute", "message": "call Anna", "id": "anna", **fields})
        )
        return await self.turn(made.id, "1 minute")

    async def turn_all(self, after: str) -> None:
        number, unit = after.split()
        self.clock.tick(timedelta(**{unit.rstrip("s") + "s": int(number)}))
        await self.running.loop.turn()

    async def turn(self, task: str, after: str) -> RunAnswer:
        await self.turn_all(after)
        return (await self.history(task))[-1]

    async def history(self, task: str) -> list[RunAnswer]:
        return (await self.running.app.query(id=task, history=True, status="all")).history or []


@pytest.fixture
async def opened(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Channel]]]:
    async with AsyncExitStack() as stack:

        async def make(table: dict[str, Any], env: dict[str, str] = ENV, **settings: Any) -> Channel:
            clock = SetClock(NOW)
            targets = read_targets({"it": table}, env)
            chosen = Settings(tmp_path / "a.db", "Europe/Berlin", targets=targets, webhook_secrets=(KEY,), **settings)
            return Channel(await stack.enter_async_context(runtime(chosen, clock, ring=False)), clock)

        yield make
