"""Tasks: kept, found, changed and ended by the application."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alarum_store.model import Run, Task, TaskFilter, TaskPage


class TaskStore(Protocol):
    """What the application does with tasks."""

    async def add(self, task: Task, runs: Sequence[Run] = ()) -> None:
        """Keep a task, and runs of it that are to start at once. Raises TaskExists."""
        ...

    async def add_many(self, tasks: Sequence[Task]) -> list[str]:
        """Keep many; returns the ids that existed already, whose tasks were left as they are."""
        ...

    async def get(self, task_id: str, namespace: str = "") -> Task | None: ...

    async def by_key(self, idempotency_key: str, namespace: str = "") -> Task | None:
        """The task that was created with this idempotency key."""
        ...

    async def find(self, find: TaskFilter) -> TaskPage:
        """Tasks that match, the soonest first."""
        ...

    async def change(self, task: Task, runs: Sequence[Run] = (), moved_to: str | None = None) -> bool:
        """Replace a task by its newer self and record runs with it. False when it was changed since it was read.

        What waits and nobody is sending goes to the target `moved_to`, where that is given; "" is the inbox.

        A task that is cancelled takes the runs with it that nobody is sending.
        """
        ...

    async def cancel(self, task_id: str, at: datetime, namespace: str = "") -> Task | None:
        """End a task for good and return it as it was; its history stays. None when it is unknown or over."""
        ...
