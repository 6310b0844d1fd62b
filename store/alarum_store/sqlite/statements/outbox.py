"""What is to be told of tasks and runs, written in the very transaction in which it happens, and kept until it was told.

The triggers are of one connection, so that whoever has nobody to tell pays nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from alarum_store.delivery import Notice
from alarum_store.sqlite.rows import from_ms, in_range, to_ms

_TASK = (
    "'task', new.id, 'namespace', new.namespace, 'message', new.message, 'words', new.words, 'kind', new.kind, 'zone', new.zone, "
    "'state', new.state, 'due', new.due, 'why', new.why"
)
_RUN = (
    "'task', t.id, 'namespace', t.namespace, 'message', t.message, 'zone', t.zone, 'run_id', new.id, 'run', new.number, "
    "'scheduled_for', new.scheduled, 'target', new.target, 'attempts', new.attempts, 'missed', new.missed, 'why', new.why"
)

_WAITS = "exists (select 1 from runs where task = {key} and state = 'waiting')"
_LAST_RUN = (
    "task.ended",
    "update of state on runs",
    "old.state = 'waiting' and new.state <> 'waiting' and (select state from tasks where key = new.task) = 'ended' "
    f"and not {_WAITS.format(key='new.task')}",
    f"select 'task.ended' e, new.ended a, json_object({_TASK.replace('new.', 't.')}) d from tasks t where t.key = new.task",
)

# Event, what it is triggered by, its condition, and what it says. `at` is the time of the change where the row has one.
_TASK_EVENTS = (
    ("task.created", "insert on tasks", "true", "new.created"),
    ("task.ended", "update of state on tasks", f"new.state = 'ended' and old.state <> 'ended' and not {_WAITS.format(key='new.key')}",
     "coalesce(new.updated, old.due)"),
    ("task.cancelled", "update of state on tasks", "new.state = 'cancelled' and old.state <> 'cancelled'", "new.updated"),
    ("task.damaged", "update of state on tasks", "new.state = 'damaged' and old.state <> 'damaged'", "coalesce(new.updated, old.due)"),
)  # fmt: skip
_RUN_EVENTS = (
    ("run.started", "update of owner on runs", "new.owner is not null and old.owner is null and new.attempts = 1", "new.claimed"),
    ("run.executed", "update of state on runs", "new.state = 'delivered' and old.state <> 'delivered'", "new.ended"),
    ("run.executed", "insert on runs", "new.state = 'delivered'", "new.rung"),
    ("run.exhausted", "update of state on runs", "new.state = 'failed' and old.state <> 'failed'", "new.ended"),
    ("run.exhausted", "insert on runs", "new.state = 'failed'", "new.rung"),
    ("run.missed", "insert on runs", "new.state = 'missed'", "new.rung"),
    ("run.skipped", "update of state on runs", "new.state = 'skipped' and old.state <> 'skipped'", "new.ended"),
    ("run.skipped", "insert on runs", "new.state = 'skipped'", "new.rung"),
)  # fmt: skip
_FAILED = (
    "run.failed", "insert on attempts", "new.error is not null",
    "select 'run.failed' e, coalesce(new.ended, new.started) a, json_object('task', t.id, 'namespace', t.namespace, 'message', t.message, "
    "'zone', t.zone, 'run_id', r.id, 'run', r.number, 'scheduled_for', r.scheduled, 'target', r.target, 'attempt', new.number, "
    "'status', new.status, 'error', new.error, 'error_class', new.error_class) d from runs r join tasks t on t.key = r.task where r.sequence = new.run",
)  # fmt: skip
_PAUSED = (
    "target.paused", "update of paused on health", "new.paused is not null and old.paused is null and new.probe is not null",
    "select 'target.paused' e, new.paused a, json_object('target', new.target, 'failing_since', new.failing_since, 'failures', "
    "new.failures, 'error', new.error) d",
)  # fmt: skip
_GONE = (
    "target.gone", "insert on gone", "true", "select 'target.gone' e, new.since a, json_object('target', new.url) d",
)  # fmt: skip
_FAILURES = frozenset({"run.exhausted", "target.paused", "target.gone", "task.damaged"})


_TIMES = ("due", "scheduled_for", "failing_since")


def listen(db: sqlite3.Connection, lifecycle: str | None, failures: str | None) -> None:
    """Write every event for the target `lifecycle`, and what failed for good for the target `failures`."""
    events = _selects()
    everything = frozenset(event for event, *_ in events)
    for what, target, told in (("lifecycle", lifecycle, everything), ("failures", failures, _FAILURES)):
        for number, (event, on, condition, select) in enumerate(events):
            if target is not None and event in told:
                quoted = target.replace("'", "''")  # a trigger takes no parameters
                db.execute(
                    f"create temp trigger {what}_{number} after {on} when {condition} begin "
                    f"insert into outbox (event, at, data, target, try_at) select e, a, d, '{quoted}', a from ({select}); end"
                )


def _selects() -> list[tuple[str, str, str, str]]:
    """Of each event its name, what it is triggered by, its condition, and what is written: event, time, data."""
    found = [
        (event, on, condition, f"select '{event}' e, {when} a, json_object({_TASK}) d")
        for event, on, condition, when in _TASK_EVENTS
    ]
    found += [
        (
            event,
            on,
            condition,
            f"select '{event}' e, {when} a, json_object({_RUN}) d from tasks t where t.key = new.task",
        )
        for event, on, condition, when in _RUN_EVENTS
    ]
    return [*found, _LAST_RUN, _FAILED, _PAUSED, _GONE]


_TAKE = (
    "update outbox set owner = ?, try_at = ?, attempts = attempts + 1 where sequence in (select sequence from outbox "
    "where try_at <= ? and target in (select value from json_each(?)) order by try_at, sequence limit ?) "
    "returning sequence, target, event, at, cast(data as blob), attempts"
)


def claim_notices(
    db: sqlite3.Connection, owner: str, now: datetime, lease: timedelta, targets: Sequence[str], limit: int
) -> list[Notice]:
    """Hold up to `limit` notices for the targets that this process can tell, the oldest first."""
    rows = db.execute(_TAKE, (owner, to_ms(now + lease), to_ms(now), json.dumps(list(targets)), limit)).fetchall()
    return [Notice(row[0], row[1], row[2], from_ms(row[3]), _data(row[4]), row[5]) for row in sorted(rows)]


def _data(text: bytes) -> dict[str, Any]:
    """As it was written, with its times as what they are; of a damaged row as much as can be read."""
    data: dict[str, Any] = json.loads(text.decode("utf-8", "replace"))
    return {
        name: in_range(value) if name in _TIMES and isinstance(value, int) else value for name, value in data.items()
    }


def notified(db: sqlite3.Connection, owner: str, notice: Notice, again: datetime | None) -> None:
    """It was told, or is to be told `again` at a time. Nothing is changed where another process holds it by now."""
    held = (notice.sequence, owner, notice.attempts)
    if again is None:
        db.execute("delete from outbox where sequence = ? and owner = ? and attempts = ?", held)
    else:
        db.execute(
            "update outbox set try_at = ?, owner = null where sequence = ? and owner = ? and attempts = ?",
            (to_ms(again), *held),
        )


def forget_notices(db: sqlite3.Connection, before: datetime) -> int:
    """Drop what could not be told since `before`."""
    return db.execute("delete from outbox where at < ?", (to_ms(before),)).rowcount
