"""Values to rows and back. What a row cannot say is `Damaged`, so that one bad row harms no other."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from alarum_store.model import Run, Task
from alarum_store.search import terms

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WALL_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
_LAST = 253_402_300_799_999  # the end of the year 9999

TASK = (
    "t.key, t.namespace, t.id, t.message, t.rule, t.zone, t.words, t.kind, t.state, t.due, t.scheduled, t.wall, t.created, "
    "t.updated, t.runs, t.rank, t.webhook, t.payload, t.metadata, t.tags, t.policies, t.idempotency_key, t.why, t.target, t.receiver_state, t.version"
)
TASK_COLUMNS = TASK.replace("t.", "").replace("key, ", "terms, size, ", 1)
TASK_MARKS = ", ".join("?" * len(TASK_COLUMNS.split(",")))
RUN = (
    "r.id, t.id, r.number, r.scheduled, r.rung, r.state, r.origin, r.missed, r.why, r.target, r.priority, r.attempts, "
    "r.acknowledged, r.ended, r.try_at, r.sequence, t.message, t.zone, t.namespace, r.owner is not null"
)
RUN_WIDTH = len(RUN.split(","))


def fetch(db: sqlite3.Connection, columns: str, tail: str, *args: Any) -> list[Any]:
    """Rows of `select columns tail`, in any order, in one step of SQLite. Raises sqlite3.Error for text that is not UTF-8.

    sqlite3 gives up the interpreter lock for every row that it steps to, and while the event loop is busy it waits
    milliseconds to get it back; a batch that comes and goes as one JSON value waits once.
    """
    rows: list[Any] = json.loads(
        db.execute(f"select json_group_array(json_array({columns})) {tail}", args).fetchone()[0]
    )
    return rows


def values(count: int, start: int = 0) -> str:
    """The `count` values of each row of a `json_each`, as a select list."""
    return ", ".join(f"json_extract(value, '$[{n}]')" for n in range(start, start + count))


class Damaged(Exception):
    """A row that cannot be read as what it should be; the message says why."""


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 of an aware time, without the rounding of floats."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def in_range(ms: int) -> datetime:
    """A time of a row that may be damaged: in the years that there are."""
    return from_ms(min(max(ms, 0), _LAST))


def ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def at(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def wall_ms(wall: datetime | None) -> int | None:
    return None if wall is None else (wall - _WALL_EPOCH) // _MS


def _json(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def task_row(task: Task) -> tuple[Any, ...]:
    """The values of TASK_COLUMNS. The row keeps no tags and no scheduled time of its own where there are none."""
    payload, metadata = _json(task.payload), _json(task.metadata)
    return (
        terms(task.message, task.words), size(task.message, task.words, payload, metadata), task.namespace, task.id, task.message,
        task.rule, task.zone, task.words, task.kind, task.state, ms(task.due), ms(task.scheduled), wall_ms(task.wall),
        to_ms(task.created), ms(task.updated), task.runs, -task.priority, task.webhook, payload, metadata,
        _json(task.tags or None), _json(task.policies), task.idempotency_key, task.why, task.target, _json(task.receiver_state),
        task.version,
    )  # fmt: skip


def task_size(task: Task) -> int:
    """The bytes that a task counts for."""
    return size(task.message, task.words, _json(task.payload), _json(task.metadata))


def size(*texts: str | None) -> int:
    """The bytes that texts take in UTF-8."""
    return sum(len(text) if text.isascii() else len(text.encode()) for text in texts if text)


def to_task(row: Any) -> Task:
    """A task of a row of TASK. Raises Damaged."""
    try:
        policies = json.loads(row[20]) if row[20] else None
        if policies is not None and not isinstance(policies, dict):
            raise TypeError(f"policies are {row[20]!r}")
        return Task(
            key=row[0], namespace=row[1], id=row[2], message=row[3], rule=row[4], zone=row[5], words=row[6], kind=row[7],
            state=row[8], due=at(row[9]), scheduled=at(row[10]),
            wall=None if row[11] is None else _WALL_EPOCH + row[11] * _MS, created=from_ms(row[12]), updated=at(row[13]),
            runs=row[14], priority=-row[15], webhook=row[16], payload=json.loads(row[17]) if row[17] else None,
            metadata=json.loads(row[18]) if row[18] else None, tags=tuple(json.loads(row[19])) if row[19] else (),
            policies=policies, idempotency_key=row[21], why=row[22], target=row[23],
            receiver_state=json.loads(row[24]) if row[24] else None, version=row[25],
        )  # fmt: skip
    except (ValueError, TypeError, OverflowError) as why:
        raise Damaged(f"{type(why).__name__}: {why}") from why


def shown_task(row: Any) -> Task:
    """The task of a row for a listing: of a damaged one, as much as can be said."""
    try:
        return to_task(row)
    except Damaged as why:
        return Task(
            key=int(row[0]), namespace=_json_text(row[1]), id=_json_text(row[2]), message=_json_text(row[3]), rule='{"kind":"unscheduled","zone":"UTC"}',
            zone="UTC", words=_json_text(row[6]), kind="unscheduled", state="damaged", due=None, created=_EPOCH, why=str(why),
        )  # fmt: skip


def _json_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def to_run(row: Any) -> Run:
    """A run of a row of RUN. Raises Damaged."""
    try:
        return Run(
            id=row[0], task_id=row[1], number=row[2], scheduled=from_ms(row[3]), rung=from_ms(row[4]), state=row[5],
            origin=row[6], missed=row[7], why=row[8], target=row[9], priority=row[10], attempts=row[11],
            acknowledged=at(row[12]), ended=at(row[13]), try_at=at(row[14]), sequence=row[15], message=row[16], zone=row[17],
            namespace=row[18], held=bool(row[19]),
        )  # fmt: skip
    except (ValueError, TypeError, OverflowError) as why:
        raise Damaged(f"{type(why).__name__}: {why}") from why


def to_listed_run(row: Any) -> Run:
    """A run of a row of RUN with, behind it, whether it was lost and the payload of its task; without that when it is damaged.

    Raises Damaged.
    """
    run = replace(to_run(row), lost=bool(row[RUN_WIDTH]))
    try:
        return replace(run, payload=json.loads(row[RUN_WIDTH + 1])) if row[RUN_WIDTH + 1] else run
    except ValueError:
        return run
