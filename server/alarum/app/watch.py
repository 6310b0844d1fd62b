"""Watching what fires: from where, under which name, and how far was read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from alarum.app.app import App
from alarum.app.follow import WatchFilter, follow
from alarum.app.runtime import Runtime
from alarum.errors import Refused
from alarum_store import Run, Task


@dataclass(frozen=True, slots=True)
class Watching:
    """How to watch. `name` makes the store remember how far was read, so that a break loses nothing."""

    which: WatchFilter = field(default_factory=WatchFilter)
    backlog: bool = False
    name: str | None = None
    after: int | None = None


CURSOR = "Alarum-Cursor"  # the header of `/watch` that says after which run the frames begin
_NAME = 64  # characters


async def checked_watcher(app: App, name: str | None) -> None:
    """Raises Refused for a name that cannot be kept: one that is too long, or one more than the namespace may have."""
    if name is None:
        return
    if not name or len(name) > _NAME or not name.isprintable():
        raise Refused(f"a watcher has a name of 1 to {_NAME} letters; for example agent")
    limits = app.settings.limits_of(app.namespace)
    if limits is None or limits.subscriptions is None or await app.store.runs.read_to(name, app.namespace) is not None:
        return
    if (await app.store.upkeep.usage(app.namespace)).watchers >= limits.subscriptions:
        raise Refused(
            f"this namespace has {limits.subscriptions} named watchers (ALARUM_MAX_SUBSCRIPTIONS); use one of their names"
        )


async def beginning(running: Runtime, namespace: str, how: Watching) -> int:
    """The sequence to read on from: as asked, as a named watcher stopped, before the backlog, or now."""
    store = running.store
    newest = await store.runs.last_sequence(namespace)
    if how.after is not None:
        return min(how.after, newest)  # a cursor of another database waits for nothing
    if how.name and (known := await store.runs.read_to(how.name, namespace)) is not None:
        return known
    if how.backlog:
        _, oldest = await store.runs.waiting(namespace)
        return oldest - 1 if oldest else newest
    return newest


async def watched(
    running: Runtime, namespace: str, how: Watching, after: int, stop: asyncio.Event
) -> AsyncIterator[tuple[Run, Task]]:
    """The reminders that a watcher gets from its `beginning` on; of a backlog what was not acknowledged.

    Each is remembered as read when the next one is asked for: at least once.
    """
    upto = await running.store.runs.last_sequence(namespace)
    waiting_only = how.backlog and how.after is None
    if how.name and await running.store.runs.read_to(how.name, namespace) is None:
        await running.store.runs.has_read(how.name, after, running.app.clock.now(), namespace)
    async for run, task in follow(running, namespace, how.which, after, stop):
        if not (waiting_only and run.sequence <= upto and run.acknowledged):
            yield run, task
        if how.name:
            await running.store.runs.has_read(how.name, run.sequence, running.app.clock.now(), namespace)
