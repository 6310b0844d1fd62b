"""What every part of the application shares: a store, a clock, a namespace, and how a task is found and changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from server.changing import Changed
from server.clock import Clock
from server.describe import local
from server.errors import Changed as ChangedMeanwhile
from server.errors import Refused, Unknown
from server.finding import find_one
from server.settings import Settings
from store import TASK_STATES, Store, Task, TaskState

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

    def here(self) -> str:
        """The time of this server, in its zone."""
        return local(self.clock.now(), self.settings.zone)

    def delivery(self, task: Task) -> str:
        """Where the reminders of a task arrive, in words."""
        return f"inbox and webhook of this task ({task.webhook})" if task.webhook else self.settings.target

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
        """The task that an id, the beginning of one, or words mean. Raises Unknown or Ambiguous."""
        if not what.strip():
            raise Refused("say which task: an id, or words of its message; query lists them")
        return await find_one(self.store, self.namespace, what.strip(), verb)


def states(status: str | None, by_id: bool) -> tuple[TaskState, ...]:
    if status == "all" or status is None and by_id:
        return TASK_STATES
    if status is None:
        return ("active", "paused")
    for state in TASK_STATES:
        if status == state:
            return (state,)
    raise Refused(f"'{status}' is no status; use {', '.join(TASK_STATES)} or all")
