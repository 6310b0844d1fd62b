"""What a store must do. One contract suite (tests/store/contract.py) holds every implementation to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from store.model import Attempt, Claim, Find, Found, Outcome, Run, Task


class StoreError(Exception):
    """The store could not do what was asked; the message says what to do about it."""


class TaskExists(StoreError):
    """A task with this id is already kept; choose another id."""


class Store(Protocol):
    """Durable when it returns: a write that was answered survives the process and, on disk, the power."""

    async def add(self, task: Task) -> None:
        """Keep a task. Raises TaskExists."""
        ...

    async def get(self, task_id: str) -> Task | None: ...

    async def find(self, find: Find) -> Found: ...

    async def cancel(self, task_id: str) -> Task | None:
        """End a task for good and return it as it was; its history stays. None when it is unknown or over."""
        ...

    async def due(self, at: datetime, limit: int) -> list[Task]:
        """Active tasks whose time has come, the earliest first."""
        ...

    async def next_wake(self) -> datetime | None:
        """The earliest moment at which something is to be rung, delivered, or taken over."""
        ...

    async def ring(self, task: Task, run: Run, next_due: datetime | None) -> bool:
        """Insert the run and move the task on, in one transaction. False when another process did so first."""
        ...

    async def claim(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Claim]:
        """Take waiting runs whose try is due or whose holder's lease ran out; nobody else gets them meanwhile."""
        ...

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Record an attempt and its outcome. False when the claim was lost to another owner: nothing is changed."""
        ...

    async def runs(
        self, *, task_id: str | None = None, after: int = 0, inbox: bool = False, limit: int = 50
    ) -> list[Run]:
        """Runs with a sequence above `after`, oldest first; with `inbox` the newest that were not acknowledged, oldest first."""
        ...

    async def last_sequence(self) -> int:
        """The sequence of the newest run, 0 when there is none."""
        ...

    async def acknowledge(self, run_ids: list[str], at: datetime) -> int:
        """Mark runs as seen; returns how many were not before."""
        ...

    async def attempts(self, run_id: str) -> list[Attempt]: ...

    async def beat(self, owner: str, at: datetime) -> None:
        """Say that an alarm loop is alive."""
        ...

    async def last_beat(self) -> datetime | None: ...

    async def close(self) -> None: ...
