"""Following what fires: from where one stopped reading, then as it rings, whichever process rings it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from alarum.alarm.decision import HEARTBEAT
from alarum.app.runtime import Runtime
from alarum_store import Run, StoreError, Task, terms, wanted

log = logging.getLogger("alarum.following")
_BATCH = 200


@dataclass(frozen=True, slots=True)
class WatchFilter:
    """Which reminders to follow: of one task, with a tag, with words. None means any."""

    task: str | None = None
    tag: str | None = None
    text: str | None = None

    def fits(self, task: Task) -> bool:
        tags = {tag.casefold() for tag in task.tags}
        sought = wanted(self.text or "")
        there = terms(task.message, task.words)
        return (
            (self.task is None or task.id == self.task)
            and (self.tag is None or self.tag.casefold() in tags)
            and (self.text is None or bool(sought) and all(f" {term} " in there for term in sought))
        )


def is_cursor(text: str) -> bool:
    """Whether a text is a cursor of ours: the sequence of a run."""
    return text.isascii() and text.isdecimal() and len(text) <= 18


async def fired_after(
    running: Runtime, namespace: str, which: WatchFilter, after: int, limit: int = _BATCH
) -> tuple[list[tuple[Run, Task]], int, bool]:
    """What fired after the sequence `after` and is wanted, the sequence that was read to, and whether there is more."""
    store = running.store
    runs = await store.runs.find(namespace=namespace, after=after, limit=limit)
    found, tasks = [], dict[str, Task | None]()
    for run in runs:
        if run.task_id not in tasks:
            tasks[run.task_id] = await store.tasks.get(run.task_id, namespace)
        task = tasks[run.task_id]
        if task is not None and run.state != "skipped" and which.fits(task):
            found.append((run, task))
    return found, runs[-1].sequence if runs else after, len(runs) == limit


async def follow(
    running: Runtime, namespace: str, which: WatchFilter, after: int, stop: asyncio.Event
) -> AsyncIterator[tuple[Run, Task]]:
    """Every wanted reminder after the sequence `after`, in order of ringing, until `stop` is set."""
    clock, store = running.app.clock, running.store
    async with subscribed(running) as wakeup:
        seen: object = None

        def has_changed() -> bool:
            return stop.is_set() or store.loop.change_marker(clock.now()) != seen

        while not stop.is_set():
            seen = store.loop.change_marker(clock.now())
            try:
                found, after, more = await fired_after(running, namespace, which, after)
            except StoreError as why:
                log.error("%s (trying again)", why)
                found, more = [], False
            for one in found:
                yield one
                if stop.is_set():
                    return
            if not more and not stop.is_set():
                await clock.wait(wakeup, HEARTBEAT, glance=has_changed)


class subscribed:
    """An event that is set whenever something rings in this process."""

    def __init__(self, running: Runtime) -> None:
        self._wakeups, self._wakeup = running.loop.wakeups, asyncio.Event()

    async def __aenter__(self) -> asyncio.Event:
        self._wakeups.add(self._wakeup)
        return self._wakeup

    async def __aexit__(self, *_: object) -> None:
        self._wakeups.discard(self._wakeup)
