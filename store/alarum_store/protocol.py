"""What a store must do. One contract suite (tests/store/contract.py) holds every implementation to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from alarum_store.delivery import Attempt, Claim, Health, Notice, Outcome, Room, Rung, Wake
from alarum_store.model import Find, Found, Incident, Loop, Plan, Run, Snooze, Statistics, Task, Usage


class StoreError(Exception):
    """The store could not do what was asked; the message says what to do about it."""


class TaskExists(StoreError):
    """A task with this id is already kept; choose another id."""


class Planner(Protocol):
    """What the server decides about a task whose time has come. Pure; a ValueError sets the task aside as damaged."""

    def due(self, task: Task) -> Plan:
        """The runs of a due task, and the task as it goes on."""
        ...

    def again(self, task: Task, snooze: Snooze) -> Run:
        """The run of a snooze whose time has come."""
        ...


class Store(Protocol):
    """Durable when it returns: a write that was answered survives the process and, on disk, the power."""

    # -- tasks

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

    async def find(self, find: Find) -> Found:
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

    # -- the loop

    async def ring_one(self, key: int, at: datetime, planner: Planner) -> bool:
        """Ring the task with this key if it is due at `at`. False when it is not."""
        ...

    async def turn(self, at: datetime, planner: Planner, room: Room | None, limit: int) -> Rung:
        """Ring up to `limit` of what is due at `at` and claim what there is room for, in one transaction.

        Retries and claims whose lease is over become ready first. Each occurrence is recorded once, whoever turns.
        """
        ...

    def mark(self, now: datetime) -> object:
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

    async def beat(self, owner: str, at: datetime, setup: Mapping[str, str] = ...) -> datetime | None:
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

    # -- runs

    async def run(self, run_id: str, namespace: str = "") -> Run | None: ...

    async def runs(
        self, *, task_id: str | None = None, namespace: str = "", after: int = 0, inbox: bool = False, limit: int = 50,
        between: tuple[datetime, datetime] | None = None,
    ) -> list[Run]:  # fmt: skip
        """Runs with a sequence above `after`, oldest first; of a task or with `inbox` the newest ones, oldest first.

        `between` keeps those that were scheduled for that stretch, its end excluded.
        """
        ...

    async def snoozed(self, namespace: str = "") -> list[tuple[Run, datetime]]:
        """Runs that were put off, each with when it comes again, the soonest first."""
        ...

    async def waiting(self, namespace: str = "") -> tuple[int, int]:
        """How many runs wait in the inbox, and the sequence of the oldest, 0 when there is none."""
        ...

    async def read_to(self, watcher: str, namespace: str = "") -> int | None:
        """The sequence up to which a named watcher has read; None for a new one."""
        ...

    async def has_read(self, watcher: str, sequence: int, at: datetime, namespace: str = "") -> None:
        """Remember how far a named watcher has read. It never goes back."""
        ...

    async def last_sequence(self, namespace: str = "") -> int:
        """The sequence of the newest run of a namespace, 0 when there is none."""
        ...

    async def attempts(self, run_id: str) -> list[Attempt]: ...

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
        """Make a failed run, or all that failed since, or at a target, ready again with attempts counted anew; returns how many."""
        ...

    # -- targets

    async def health(self) -> list[Health]:
        """Every target that has runs, or fails, or is paused."""
        ...

    async def paused(self) -> frozenset[str]:
        """The targets that are paused."""
        ...

    async def pause_target(self, target: str, at: datetime) -> bool:
        """Send nothing there until it is resumed."""
        ...

    async def resume_target(self, target: str) -> bool:
        """Send there again; False when it was neither failing nor paused."""
        ...

    async def instance(self, target: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        """The state of an object, None for a new one. It is kept with the outcome of the call that changed it."""
        ...

    async def take_notices(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Notice]:
        """Hold up to `limit` notices for the targets that this store was opened with, until the lease ends, the oldest first."""
        ...

    async def told(self, owner: str, notice: Notice, again: datetime | None) -> None:
        """A notice that was held was told, or is to be told `again` at a time."""
        ...

    async def forget_notices(self, before: datetime) -> int:
        """Drop what could not be told since; returns how many."""
        ...

    # -- upkeep

    async def gone(self) -> frozenset[str]:
        """URLs and targets that answered 410: what rings for them is not sent."""
        ...

    async def come_back(self, url: str) -> None:
        """A URL or target that was gone is sent to again."""
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

    async def note(self, at: datetime, what: str) -> None:
        """Keep what happened to the store as a whole."""
        ...

    async def incidents(self, since: datetime) -> Sequence[Incident]:
        """What was noted since."""
        ...

    async def key(self, name: str) -> bytes:
        """A random key that was made with this store."""
        ...

    async def usage(self, namespace: str) -> Usage:
        """What a namespace has in the store."""
        ...

    def trouble(self) -> str | None:
        """Why the last write could not be done; None when it was done."""
        ...

    async def walls(self, after: int, limit: int) -> list[Task]:
        """Tasks with a wall-clock time ahead, by key above `after`: what a change of zone rules may move."""
        ...

    async def purge(self, runs_before: datetime | None, tasks_before: datetime | None, limit: int) -> int:
        """Forget up to `limit` runs that ended, and tasks that are over with all runs gone; returns how many rows."""
        ...

    async def statistics(self, at: datetime, mine: Callable[[str], bool] = lambda target: True) -> Statistics:
        """Totals; of what waits to be sent only what goes to a target that is `mine` and not paused counts as late."""
        ...

    async def close(self) -> None: ...
