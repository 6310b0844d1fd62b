"""What the store and whoever delivers tell each other: claims and outcomes, the health of targets, notices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from alarum_store.model import Run, Task

READY = 100


@dataclass(frozen=True, slots=True)
class Capacity:
    """How much one process may claim: `slots` in all, `each` per target less what is `busy` there.

    `can_send` says which targets this process can send to, `serial` which take one run at a time over all processes. `held`
    is how many runs of each namespace are under way; `slow` are targets that timed out, which share `slow_slots`.
    """

    owner: str
    lease: timedelta
    slots: int
    each: int
    busy: dict[str, int] = field(default_factory=dict)
    caps: dict[str, int] = field(default_factory=dict)  # targets with less than `each`, because they were slow
    can_send: Callable[[str], bool] = lambda target: True
    serial: Callable[[str], bool] = lambda target: False
    held: Mapping[str, int] = field(default_factory=dict)
    slow: frozenset[str] = frozenset()
    slow_slots: int = 1

    def share(self, namespace: str) -> int:
        """How many more runs of a namespace may be held where there are others: half of what these leave, so that each finds some."""
        mine = self.held.get(namespace, 0)
        return -(-(self.slots + mine) // 2) - mine

    def free(self, target: str) -> int:
        """How many more runs of a target this process may hold."""
        busy = self.busy.get(target, 0)
        each = min(1, self.each) if self.serial(target) else self.each
        return min(self.caps.get(target, each), each) - busy if self.can_send(target) else 0


@dataclass(frozen=True, slots=True)
class Claim:
    """A run held by one process for one attempt, until its lease ends. `attempt` counts all, `tries` since redelivery."""

    run: Run
    task: Task
    owner: str
    attempt: int
    tries: int


@dataclass(frozen=True, slots=True)
class Wake:
    """When there is something to do next: `due` to ring, to try again, or to take over; `ready` is where runs are to be sent now."""

    due: datetime | None
    ready: tuple[tuple[str, str], ...] = ()  # namespace and target, up to READY of them
    probes: tuple[tuple[str, datetime], ...] = ()  # targets that are paused, have runs, and are tried then

    def soonest(self, can_send: Callable[[str], bool]) -> datetime | None:
        """The next of all moments that concern a process which can send to what is `can_send`."""
        probes = [at for target, at in self.probes if can_send(target)]
        return min([*probes, *([self.due] if self.due else [])], default=None)


@dataclass(frozen=True, slots=True)
class TurnResult:
    """What one turn did: how many rows it moved on, and what this process is to deliver now."""

    moved: int
    claims: list[Claim]


@dataclass(frozen=True, slots=True)
class ReplyChanges:
    """What the answer of a receiver changes of its task. `rule` replaces that of a task which has no repetition."""

    state: dict[str, Any] | None = None
    next: datetime | None = None
    rule: str | None = None
    stop: bool = False
    why: str | None = None


@dataclass(frozen=True, slots=True)
class ObjectState:
    """The state of an object of the user's own: one of a `target` of the settings, by name."""

    target: str
    name: str
    state: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `retry_at` asks for another; without it a failure is final. `disables` is what is sent to no more: it answered 410."""

    state: Literal["delivered", "failed"]
    started: datetime
    ended: datetime
    status: int | None = None
    error: str | None = None
    error_class: str | None = None
    retry_at: datetime | None = None
    disables: str | None = None
    moved_to: str | None = None  # it goes elsewhere now: another target, or "" for the inbox
    note: str | None = None  # worth keeping with a run that was delivered
    say: ReplyChanges | None = None
    instance: ObjectState | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to deliver a run. `ended` is None where the process died before the outcome was recorded."""

    run_id: str
    number: int
    started: datetime
    ended: datetime | None
    status: int | None
    error: str | None
    error_class: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """How a target is: nothing has succeeded there since `failing_since`. While it is `paused` one run is tried at `probe`, no others."""

    target: str
    failing_since: datetime | None = None
    failures: int = 0
    error: str | None = None
    paused: datetime | None = None
    probe: datetime | None = None
    waiting: int = 0  # runs
    failed: int = 0
    last_delivered: datetime | None = None
    notices: int = 0  # that are still to be told there
    untold_since: datetime | None = None  # the oldest of these that was tried in vain


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that happened to a task or a run, to be told to a `target`, until it was."""

    sequence: int
    target: str
    event: str
    at: datetime
    data: dict[str, Any]
    attempts: int
