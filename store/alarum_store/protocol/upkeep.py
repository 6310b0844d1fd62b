"""Upkeep: how the store is, what happened to it, and forgetting what is old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from alarum_store.model import Incident, Statistics, Usage


class UpkeepStore(Protocol):
    """What keeps a store healthy and says how it is."""

    async def note(self, at: datetime, what: str) -> None:
        """Keep what happened to the store as a whole."""
        ...

    async def incidents(self, since: datetime) -> Sequence[Incident]:
        """What was noted since."""
        ...

    async def statistics(self, at: datetime, can_send: Callable[[str], bool] = lambda target: True) -> Statistics:
        """Totals; of what waits to be sent only what goes to a target that is `can_send` and not paused counts as late."""
        ...

    async def usage(self, namespace: str) -> Usage:
        """What a namespace has in the store."""
        ...

    async def key(self, name: str) -> bytes:
        """A random key that was made with this store."""
        ...

    def trouble(self) -> str | None:
        """Why the last write could not be done; None when it was done."""
        ...

    async def purge(self, runs_before: datetime | None, tasks_before: datetime | None, limit: int) -> int:
        """Forget up to `limit` runs that ended, and tasks that are over with all runs gone; returns how many rows."""
        ...
