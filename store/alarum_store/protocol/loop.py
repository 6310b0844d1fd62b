"""The alarm loop: what is due becomes runs, runs are claimed, outcomes recorded; and what the clock did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from alarum_store.delivery import Capacity, Claim, Outcome, TurnResult, Wake
from alarum_store.model import Loop, Plan, Run, Snooze, Task


class Planner(Protocol):
    """What the server decides about a task whose time has come. Pure; a ValueError sets the task aside as damaged."""

    def due(self, task: Task) -> Plan:
        """The runs of a due task, and the task as it goes on."""
        ...

    def again(self, task: Task, snooze: Snooze) -> Run:
        """The run of a snooze whose time has come."""
        ...


class LoopStore(Protocol):
    """What the alarm loop does. Any number of loops may use one store."""

    async def turn(self, at: datetime, planner: Planner, room: Capacity | None, limit: int) -> TurnResult:
        """Ring up to `limit` of what is due at `at` and claim what there is room for, in one transaction.

        Retries and claims whose lease is over become ready first. Each occurrence is recorded once, whoever turns.
        """
        ...

    async def ring_one(self, key: int, at: datetime, planner: Planner) -> bool:
        """Ring the task with this key if it is due at `at`. False when it is not."""
        ...

    def change_marker(self, now: datetime) -> object:
        """Equal to an earlier one only where nothing was written in between. Costs next to nothing, so it may be polled."""
        ...

    async def next_wake(self) -> Wake:
        """The earliest moment at which something is to be rung, tried again, or taken over."""
        ...

    async def finish(
        self, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None = None
    ) -> list[bool]:
        """Record attempts and their outcomes. False where the claim was lost to another owner: nothing is changed.

        A target where all has failed for `pause_after` is paused: its runs wait, one is tried now and then, and no try
        counts until one succeeds.
        """
        ...

    async def release(self, owner: str, at: datetime, *, sent: bool) -> int:
        """Give back all that `owner` holds. With `sent` each may have arrived: an attempt of unknown outcome is kept."""
        ...

    async def heartbeat(self, owner: str, at: datetime, setup: Mapping[str, str] = ...) -> datetime | None:
        """Say that an alarm loop is alive and what it is set up with, and release what loops held whose process is gone.

        Returns how far any loop's clock had come before: a later time says that the clock was ahead.
        """
        ...

    async def leave(self, owner: str) -> None:
        """Say that an alarm loop has ended in good order."""
        ...

    async def loops(self) -> list[Loop]:
        """The alarm loops that did not end in good order, the one seen last at the end."""
        ...

    async def hold_back(self, now: datetime) -> int:
        """After a clock that was ahead: what is scheduled for times ahead waits for these. Returns how many runs."""
        ...

    async def changed_after(self, now: datetime, after: int, limit: int) -> list[Task]:
        """Tasks that rang or were changed at a time that is ahead of `now`, by key above `after`."""
        ...

    async def rang_on_time(self, key: int) -> datetime | None:
        """The last occurrence of the task with this key that rang within a minute of its time."""
        ...

    async def wall_clock_tasks(self, after: int, limit: int) -> list[Task]:
        """Tasks with a wall-clock time ahead, by key above `after`: what a change of zone rules may move."""
        ...
