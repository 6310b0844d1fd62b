"""Targets: their health, the state of objects, and notices of what happened."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from alarum_store.delivery import Health, Notice


class TargetStore(Protocol):
    """What is known of targets, and what is to be told to them."""

    async def health(self) -> list[Health]:
        """Every target that has runs, or fails, or is paused."""
        ...

    async def paused(self) -> frozenset[str]:
        """The targets that are paused."""
        ...

    async def pause(self, target: str, at: datetime) -> bool:
        """Send nothing there until it is resumed."""
        ...

    async def resume(self, target: str) -> bool:
        """Send there again; False when it was neither failing nor paused."""
        ...

    async def disabled(self) -> frozenset[str]:
        """URLs and targets that answered 410: runs for them are not sent."""
        ...

    async def enable(self, url: str) -> None:
        """A URL or target that was disabled is sent to again."""
        ...

    async def object_state(self, target: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """The state of an object, None for a new one. It is kept with the outcome of the call that changed it."""
        ...

    async def take_notices(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Notice]:
        """Hold up to `limit` notices for the targets that this store was opened with, until the lease ends, the oldest first."""
        ...

    async def notified(self, owner: str, notice: Notice, again: datetime | None) -> None:
        """A notice that was held was told, or is to be told `again` at a time."""
        ...

    async def forget_notices(self, before: datetime) -> int:
        """Drop what could not be told since; returns how many."""
        ...
