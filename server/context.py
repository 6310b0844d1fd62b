"""What every part of the application shares: a store, a clock, a namespace, and how a task is found and changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Self

from server.changing import Changed
from server.clock import Clock
from server.describe import short
from server.errors import Ambiguous, Refused, Unknown
from server.errors import Changed as ChangedMeanwhile
from server.settings import Settings
from store import TASK_STATES, Find, Store, Task, TaskState

_AGAIN = 5  # times a change is made anew when somebody else was faster


class Context:
    """One namespace of a store. `wake` is called when something may be due."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, wake: Callable[[], None] = lambda: None, namespace: str | None = None
    ) -> None:  # fmt: skip
        self.store, self.settings, self.clock = store, settings, clock
        self.namespace = settings.namespace if namespace is None else namespace
        self.wake = wake

    def within(self, namespace: str) -> Self:
        """The same application for another namespace."""
        return type(self)(self.store, self.settings, self.clock, self.wake, namespace)

    async def changed(self, task_id: str, change: Callable[[Task], Changed]) -> Task:
        """Change a task as it is now; made anew when it rang or was changed in between."""
        for _ in range(_AGAIN):
            task = await self.store.get(task_id, self.namespace)
            if task is None:
                raise Unknown(f"there is no task '{task_id}' any more")
            newer, runs = change(task)
            if await self.store.change(newer, runs):
                self.wake()
                return newer
        raise ChangedMeanwhile(f"'{task_id}' is being changed by others at this moment; try again")

    async def one(self, what: str, verb: str) -> Task:
        """The task that an id or words mean. Raises Unknown or Ambiguous."""
        if not what.strip():
            raise Refused("say which task: an id, or words of its message; query lists them")
        if known := await self.store.get(what, self.namespace):
            return known
        found = await self.store.find(Find(self.namespace, text=what, limit=5))
        if found.total == 1:
            return found.tasks[0]
        if found.total == 0:
            near = await self.store.find(Find(self.namespace, limit=3))
            listed = "; ".join(f"{t.id}: '{short(t.message)}'" for t in near.tasks)
            raise Unknown(
                f"no active task is called '{short(what)}'. "
                + (f"There are {near.total}, for example {listed}." if listed else "There are none.")
            )
        done = "cancelled" if verb == "cancel" else "changed"
        listed = "; ".join(f"{verb}({json.dumps(t.id)}) for '{short(t.message)}'" for t in found.tasks)
        raise Ambiguous(f"{found.total} tasks match '{short(what)}'; nothing was {done}. Call {listed}.")


def states(status: str | None, by_id: bool) -> tuple[TaskState, ...]:
    if status == "all" or status is None and by_id:
        return TASK_STATES
    if status is None:
        return ("active", "paused")
    for state in TASK_STATES:
        if status == state:
            return (state,)
    raise Refused(f"'{status}' is no status; use {', '.join(TASK_STATES)} or all")
