"""The application on a store in this process, within one namespace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Unpack

from alarum.app.answers import (
    Cancelled,
    Inbox,
    Queried,
    Redelivered,
    Scheduled,
    StatisticsAnswer,
    TargetsAnswer,
    Tested,
    Updated,
)
from alarum.app.context import Context, Shared, WakeLoop, no_loop
from alarum.app.cursors import Cursors
from alarum.app.inbox import inbox
from alarum.app.interface import Bulk, TaskQuery
from alarum.app.query import Queries
from alarum.app.request import Request
from alarum.app.schedule import Scheduling
from alarum.app.statistics import statistics
from alarum.app.targets import Targets
from alarum.app.task_edits import Edit
from alarum.app.update import Changes
from alarum.clock import Clock
from alarum.settings.settings import Settings
from alarum_store import Store, Task


class App:
    """An `Application`. `wake` is called when something may be due; `shared` is what the namespaces of a process share."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, wake: WakeLoop = no_loop, namespace: str | None = None, shared: Shared | None = None
    ) -> None:  # fmt: skip
        self.store, self.settings, self.clock = store, settings, clock
        self.namespace = settings.namespace if namespace is None else namespace
        self.shared = shared or Shared()
        self._context = Context(store, settings, clock, wake, self.namespace, self.shared)
        self._scheduling = Scheduling(self._context)
        self._queries = Queries(self._context)
        self._changes = Changes(self._context)
        self._targets = Targets(self._context)

    def within(self, namespace: str) -> App:
        """The same application for another namespace."""
        return App(self.store, self.settings, self.clock, self._context.wake, namespace, self.shared)

    async def cursors(self) -> Cursors:
        """The cursors of what fires in this namespace."""
        return await self._context.cursors()

    async def one(self, what: str, verb: str) -> Task:
        """The task that an id, the beginning of one, or words mean. Raises Unknown or Ambiguous."""
        return await self._context.one(what, verb)

    def beside(self, words: str, zone: str | None) -> str | None:
        """What words say beside a time that is not understood."""
        return self._scheduling.beside(words, zone)

    async def schedule(self, request: Request) -> Scheduled:
        return await self._scheduling.schedule(request)

    async def schedule_many(self, requests: Sequence[Request]) -> list[str]:
        """Keep many tasks in few transactions; returns their ids. Raises Refused naming the first request that is wrong."""
        return await self._scheduling.schedule_many(requests)

    async def query(self, **asked: Unpack[TaskQuery]) -> Queried:
        return await self._queries.query(**asked)

    async def inbox(self, acknowledge: Sequence[str], *, everything: bool = False, limit: int = 50) -> Inbox:
        return await inbox(self._context, acknowledge, everything=everything, limit=limit)

    async def statistics(self) -> StatisticsAnswer:
        return await statistics(self._context)

    async def cancel(self, what: str) -> Cancelled:
        return await self._changes.cancel(what)

    async def edit(self, what: str, change: Edit) -> Updated:
        return await self._changes.edit(what, change)

    async def pause(self, what: str, until: str | None = None) -> Updated:
        return await self._changes.pause(what, until)

    async def resume(self, what: str) -> Updated:
        return await self._changes.resume(what)

    async def snooze(self, what: str, until: str) -> Updated:
        return await self._changes.snooze(what, until)

    async def skip_next(self, what: str) -> Updated:
        return await self._changes.skip_next(what)

    async def run_now(self, what: str) -> Updated:
        return await self._changes.run_now(what)

    async def acknowledge(self, what: str) -> Updated:
        return await self._changes.acknowledge(what)

    async def redeliver_one(self, what: str) -> Updated:
        return await self._changes.redeliver_one(what)

    async def redeliver(
        self, run_id: str | None = None, since: timedelta | None = None, target: str | None = None
    ) -> Redelivered:
        return await self._changes.redeliver(run_id, since, target)

    async def bulk(
        self, action: Bulk, *, text: str | None = None, tag: str | None = None, status: str | None = None, dry_run: bool = False
    ) -> Updated:  # fmt: skip
        return await self._changes.bulk(action, text=text, tag=tag, status=status, dry_run=dry_run)

    async def targets(self) -> TargetsAnswer:
        return await self._targets.targets()

    async def test_target(self, where: str) -> Tested:
        return await self._targets.test_target(where)

    async def pause_target(self, key: str) -> TargetsAnswer:
        return await self._targets.pause_target(key)

    async def resume_target(self, key: str) -> TargetsAnswer:
        return await self._targets.resume_target(key)
