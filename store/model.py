"""What the store keeps: tasks, their runs, and the attempts to deliver them. All times are aware UTC, to the millisecond."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

TaskState = Literal["active", "ended", "cancelled"]
RunState = Literal["waiting", "delivered", "failed"]


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody scheduled. `due` is the next time it rings, None when it never will again."""

    id: str
    message: str
    rule: str  # the rule's text; only nlp knows what it means
    zone: str
    words: str  # the user's own words
    kind: str
    state: TaskState
    due: datetime | None
    created: datetime
    runs: int = 0
    webhook: str | None = None
    payload: Any = None
    tags: tuple[str, ...] = ()
    version: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence that came due. `id` never changes and goes with every attempt; `sequence` is the order of ringing."""

    id: str
    task_id: str
    number: int
    scheduled: datetime
    rung: datetime
    state: RunState
    missed: int = 0  # earlier occurrences that passed while nothing was running, answered by this one
    attempts: int = 0
    acknowledged: datetime | None = None
    sequence: int = 0
    message: str = ""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Claim:
    """A run held by one process for one attempt, until its lease ends."""

    run: Run
    task: Task
    owner: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `retry_at` asks for another; without it a failure is final."""

    state: RunState
    started: datetime
    ended: datetime
    status: int | None = None
    error: str | None = None
    retry_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a run, as recorded."""

    run_id: str
    number: int
    started: datetime
    ended: datetime
    status: int | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Find:
    """Which tasks to list. None means any; `text` must occur in the message or the words, ignoring case."""

    id: str | None = None
    text: str | None = None
    states: tuple[TaskState, ...] = ("active",)
    limit: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    tasks: list[Task] = field(default_factory=list)
    total: int = 0
