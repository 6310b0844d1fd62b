"""What the store keeps: tasks, their runs, and the attempts to deliver them. All times are aware UTC, to the millisecond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

TaskState = Literal["active", "paused", "ended", "cancelled", "damaged"]
RunState = Literal["waiting", "delivered", "failed", "missed", "skipped"]
DeliveryState = Literal["waiting", "sent", "delivered", "failed", "unknown"]
Origin = Literal["rule", "now", "snooze"]
Overlap = Literal["allow", "skip", "queue"]

TAKES: tuple[TaskState, ...] = ("active", "paused", "damaged")  # of these a namespace may have so many
TASK_STATES: tuple[TaskState, ...] = ("active", "paused", "ended", "cancelled", "damaged")


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody scheduled. `due` is when the loop looks at it next, None when it never will again.

    `due` is the next occurrence itself, unless `scheduled` names another: then the next run was snoozed (active) or
    the task is held until `due` (paused). `wall` is that occurrence on the wall clock of `zone`, as it was meant; None
    when the rule names an exact instant. `key` is the store's own number of the row.
    """

    id: str
    message: str
    rule: str  # the rule's text; only nlp knows what it means
    zone: str
    words: str  # the user's own words
    kind: str
    state: TaskState
    due: datetime | None
    created: datetime
    namespace: str = ""
    scheduled: datetime | None = None
    wall: datetime | None = None
    updated: datetime | None = None
    runs: int = 0
    priority: int = 0
    webhook: str | None = None  # a URL of its own
    target: str | None = (
        None  # a target of the settings, with what it is asked for behind a slash; neither: the default
    )
    payload: Any = None
    metadata: Any = None
    tags: tuple[str, ...] = ()
    policies: dict[str, Any] | None = None  # only what differs from the settings
    idempotency_key: str | None = None
    why: str | None = None  # why it is paused, ended or damaged
    receiver_state: dict[str, Any] | None = None  # what its receiver asked to be given again
    version: int = 0
    key: int = 0

    @property
    def occurrence(self) -> datetime | None:
        """The time by the rule that the next run stands for."""
        return self.scheduled or self.due


@dataclass(frozen=True, slots=True)
class Run:
    """One occurrence that came due. `id` never changes and goes with every attempt; `sequence` is the order of ringing."""

    id: str
    task_id: str
    number: int
    scheduled: datetime
    rung: datetime
    state: RunState
    origin: Origin = "rule"
    missed: int = 0  # occurrences that passed while nothing was running, and that this row answers for
    why: str | None = None  # why it did not run, or failed
    target: str = (
        ""  # what shares delivery slots: a target of the settings, or host and port of a URL; "" for the inbox alone
    )
    priority: int = 0
    attempts: int = 0
    acknowledged: datetime | None = None
    ended: datetime | None = None
    try_at: datetime | None = None  # when it is tried again, or when the present attempt is given up for lost
    sequence: int = 0
    message: str = ""
    zone: str = "UTC"
    namespace: str = ""
    payload: Any = None  # of its task, where runs are listed
    held: bool = False  # by a process that is sending it
    lost: bool = False  # the process that sent it last ended before the answer was recorded

    @property
    def delivery(self) -> DeliveryState | None:
        """What became of sending it; None where nothing is sent: the inbox alone, or an occurrence that was not run."""
        if self.state == "missed" or self.state == "skipped" or not self.target:
            return None
        if self.state != "waiting":
            return self.state
        return "sent" if self.held else "unknown" if self.lost else "waiting"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` runs of a task in any `interval` (sliding), or in each one counted from 1970 (fixed)."""

    limit: int
    interval: timedelta
    sliding: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a task whose time has come: its state and next time as it goes on, and the runs to record."""

    task: Task
    state: TaskState
    due: datetime | None
    wall: datetime | None = None
    rung: int = 0  # runs by which its number grows
    runs: tuple[Run, ...] = ()
    overlap: Overlap = "allow"
    rate: Rate | None = None


@dataclass(frozen=True, slots=True)
class Snooze:
    """A run that was put off: it comes again at `due`, as a run of its own."""

    run_id: str
    due: datetime


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks to list. None means any.

    Every word of `text`, or with `some` any of them, must occur in the message or in the user's words; case, accents
    and endings do not count. `prefix` is how an id begins, `target` a part of where it goes; with `default_target`
    tasks that name nothing of their own count as well. `before` asks for tasks that are looked at before that moment.
    `namespace` None is for the operator, who looks at all of them.
    """

    namespace: str | None = ""
    id: str | None = None
    text: str | None = None
    tag: str | None = None
    states: tuple[TaskState, ...] = ("active", "paused")
    limit: int = 20
    offset: int = 0
    some: bool = False
    named: bool = False  # `text` names tasks to be changed: every word of it counts but the smallest
    prefix: str | None = None
    target: str | None = None
    default_target: bool = False
    before: datetime | None = None
    rule: str | None = None  # a part of the rule's text


@dataclass(frozen=True, slots=True)
class TaskPage:
    tasks: list[Task] = field(default_factory=list)
    total: int = 0


@dataclass(frozen=True, slots=True)
class Loop:
    """An alarm loop: when it was `seen` last, what it is set up with, and whether its process is gone.

    `dead` is None where only the time of the last sign tells.
    """

    owner: str
    seen: datetime
    setup: Mapping[str, str] = field(default_factory=dict)
    dead: bool | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that happened to the store as a whole."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a namespace has in the store: tasks that are not over, bytes of all of them, runs that wait to be sent, watchers."""

    tasks: int
    bytes: int
    waiting: int
    watchers: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """Totals of a store. `lag` is how late the most overdue task or delivery is."""

    tasks: dict[str, int]
    runs: dict[str, int]
    due: int  # tasks whose time has come
    ready: int  # runs that could be sent now
    failed_24h: int
    lag: timedelta
    damaged: int
