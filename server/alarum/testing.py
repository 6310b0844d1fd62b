"""The test runtime: an Alarum in memory with a clock that is set and a loop that is turned, for your own tests.

async with trial(datetime(2026, 11, 20, 10, tzinfo=ZoneInfo("Europe/Berlin"))) as alarum:
    await alarum.schedule("every day at 9", message="water the plants", webhook="http://plants/")
    await alarum.advance("3 days")
    assert [sent.scheduled.day for sent in alarum.sent] == [21, 22, 23]
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from alarum.alarm.dispatcher import TargetDispatcher
from alarum.alarm.loop import AlarmLoop
from alarum.app.answers import Scheduled
from alarum.app.app import App
from alarum.app.context import Shared
from alarum.app.request import Request
from alarum.channels.attempt import AttemptResult, Sending, reply_result
from alarum.clock import Clock, SetClock
from alarum.settings.settings import Settings
from alarum_nlp import duration
from alarum_store import MEMORY, Run, SqliteStore, Store

Reply = int | str | dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """One attempt that the runtime was asked to make."""

    at: datetime
    url: str
    run_id: str
    task_id: str
    message: str
    scheduled: datetime
    attempt: int


class RecordingDispatcher:
    """A channel that notes what it is given and answers as it is told: by default all is well.

    `answer` gets each attempt and returns an HTTP status, the class of an error such as "timeout", or what the receiver
    says as JSON. The user's own functions and objects are really called.
    """

    def __init__(
        self, clock: Clock, settings: Settings, store: Store, answer: Callable[[Sent], Reply] = lambda sent: 204
    ) -> None:
        self._clock, self._settings, self.answer = clock, settings, answer
        self._sender = TargetDispatcher(settings, clock, store)
        self.before: Callable[[Sent], Awaitable[None]] | None = None  # what happens while an attempt is under way
        self.sent: list[Sent] = []
        self.notices: list[dict[str, Any]] = []

    def reaches(self, key: str) -> bool:
        return True

    async def send(self, sending: Sending) -> AttemptResult:
        now, claim = self._clock.now(), sending.claim
        if claim is None:
            self.notices.append(sending.body)
            return AttemptResult(now, now)
        run = claim.run
        sent = Sent(now, sending.target, run.id, claim.task.id, claim.task.message, run.scheduled, claim.attempt)
        self.sent.append(sent)
        if self.before:
            await self.before(sent)
        target = self._settings.target_at(sending.target)
        if target is not None and target.own:
            return await self._sender.send(sending)
        said = self.answer(sent)
        if isinstance(said, str):
            return AttemptResult(now, now, error=said, error_class=said)
        if isinstance(said, dict):
            return reply_result(said, now, now)
        fine = 200 <= said < 300
        return AttemptResult(
            now, now, said, None if fine else f"answered {said}", None if fine else "http", gone=said == 410
        )

    async def close(self) -> None:
        await self._sender.close()


@dataclass
class Trial:
    """A running test runtime. `sent` is every attempt so far; `app` has everything that tools can do."""

    app: App
    loop: AlarmLoop
    store: Store
    clock: SetClock
    recorder: RecordingDispatcher
    sent: list[Sent] = field(default_factory=list)
    where: Callable[[Any], str | None] = lambda target: target  # of a library, the name of its functions

    async def schedule(self, when: str | datetime | None, **fields: Any) -> Scheduled:
        """As the tool does. Raises Refused."""
        if "target" in fields:
            fields["target"] = self.where(fields["target"])
        return await self.app.schedule(Request(when=when, **fields))

    async def turn(self) -> None:
        """Ring and deliver what is due at this moment."""
        await self.loop.turn()

    async def advance(self, step: str | timedelta) -> None:
        """Let time pass as it does for a running server: the loop turns at every moment that something is due."""
        end = self.clock.now() + (duration(step) if isinstance(step, str) else step)
        await self.turn()
        while (due := (await self.store.loop.next_wake()).soonest(lambda target: True)) is not None and due <= end:
            self.clock.set(max(due, self.clock.now()))
            await self.turn()
        self.clock.set(end)
        await self.turn()

    async def jump(self, step: str | timedelta) -> None:
        """Let time pass while nothing runs, as after a crash or a suspended machine, then turn once. May be negative."""
        self.clock.tick(duration(step) if isinstance(step, str) else step)
        await self.turn()

    async def runs(self, task_id: str | None = None) -> list[Run]:
        """What has rung, oldest first."""
        return await self.store.runs.find(task_id=task_id, namespace=self.app.namespace, limit=1_000_000)


@contextlib.asynccontextmanager
async def trial(
    now: datetime, zone: str = "UTC", *, database: str | Path = MEMORY, answer: Callable[[Sent], Reply] = lambda sent: 204, **settings: Any
) -> AsyncIterator[Trial]:  # fmt: skip
    """An Alarum at `now` (aware) whose webhooks go to a recorder; `settings` are fields of `server.settings.Settings`."""
    clock = SetClock(now)
    chosen = Settings(Path(database), zone, **{"webhook_hosts": ("*",), **settings})
    store = await SqliteStore.open(database, lifecycle=chosen.lifecycle, failures=chosen.failures)
    recorder = RecordingDispatcher(clock, chosen, store, answer)
    alarms = AlarmLoop(store, chosen, clock, recorder)
    try:
        yield Trial(
            App(store, chosen, clock, alarms.wake, shared=Shared(alarms.turns)),
            alarms,
            store,
            clock,
            recorder,
            recorder.sent,
        )
    finally:
        await alarms.close()
        await store.close()
