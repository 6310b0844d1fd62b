"""Runs: looked at, acknowledged, snoozed, delivered again; and how far who watches has read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from alarum_store.delivery import Attempt
from alarum_store.model import Run


class RunStore(Protocol):
    """What the application does with runs."""

    async def get(self, run_id: str, namespace: str = "") -> Run | None: ...

    async def find(
        self, *, task_id: str | None = None, namespace: str = "", after: int = 0, inbox: bool = False, limit: int = 50,
        between: tuple[datetime, datetime] | None = None,
    ) -> list[Run]:  # fmt: skip
        """Runs with a sequence above `after`, oldest first; of a task or with `inbox` the newest ones, oldest first.

        `between` keeps those that were scheduled for that stretch, its end excluded.
        """
        ...

    async def attempts(self, run_id: str) -> list[Attempt]: ...

    async def snoozed(self, namespace: str = "") -> list[tuple[Run, datetime]]:
        """Runs that were put off, each with when it comes again, the soonest first."""
        ...

    async def waiting(self, namespace: str = "") -> tuple[int, int]:
        """How many runs wait in the inbox, and the sequence of the oldest, 0 when there is none."""
        ...

    async def last_sequence(self, namespace: str = "") -> int:
        """The sequence of the newest run of a namespace, 0 when there is none."""
        ...

    async def read_to(self, watcher: str, namespace: str = "") -> int | None:
        """The sequence up to which a named watcher has read; None for a new one."""
        ...

    async def has_read(self, watcher: str, sequence: int, at: datetime, namespace: str = "") -> None:
        """Remember how far a named watcher has read. It never goes back."""
        ...

    async def acknowledge(self, run_ids: Sequence[str], at: datetime, namespace: str = "") -> int:
        """Mark runs as seen; returns how many were not before."""
        ...

    async def snooze(self, run_id: str, due: datetime, at: datetime, namespace: str = "") -> bool:
        """Let a run come again at `due`, and mark it as seen. False when it is unknown."""
        ...

    async def redeliver(
        self,
        *,
        run_id: str | None = None,
        since: datetime | None = None,
        target: str | None = None,
        namespace: str = "",
    ) -> int:
        """Make a failed run, or all that failed since, or at a target, ready again with attempts counted again; returns how many."""
        ...
