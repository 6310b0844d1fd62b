"""Values to rows and back. What a row cannot say is `Damaged`, so that one bad row harms no other."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from operator import neg
from typing import Any

from alarum_store.model import Run, Task
from alarum_store.search import terms

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_WALL_EPOCH = datetime(1970, 1, 1)
_MS = timedelta(milliseconds=1)
_LAST = 253_402_300_799_999  # the end of the year 9999


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


def _wall(ms: int) -> datetime:
    return _WALL_EPOCH + ms * _MS


def _policies(text: str) -> dict[str, Any]:
    policies = json.loads(text)
    if not isinstance(policies, dict):
        raise TypeError(f"policies are {text!r}")
    return policies


@dataclass(frozen=True, slots=True)
class _Column:
    """A field of a task or run and the column that it is read from, with what makes the one of the other where they differ."""

    field: str
    sql: str = ""  # where it is not `t.` and the name of the field
    write: Callable[[Any], Any] | None = None
    read: Callable[[Any], Any] | None = None


# A new field of a task is a line here, in the order of the columns, and a migration.
_TASK = (
    _Column("key"), _Column("namespace"), _Column("id"), _Column("message"), _Column("rule"), _Column("zone"), _Column("words"),
    _Column("kind"), _Column("state"),
    _Column("due", write=ms, read=from_ms),
    _Column("scheduled", write=ms, read=from_ms),
    _Column("wall", write=wall_ms, read=_wall),
    _Column("created", write=to_ms, read=from_ms),
    _Column("updated", write=ms, read=from_ms),
    _Column("runs"),
    _Column("priority", "t.rank", write=neg, read=neg),
    _Column("webhook"),
    _Column("payload", write=_json, read=json.loads),
    _Column("metadata", write=_json, read=json.loads),
    _Column("tags", write=lambda tags: _json(tags or None), read=lambda text: tuple(json.loads(text))),
    _Column("policies", write=_json, read=_policies),
    _Column("idempotency_key"), _Column("why"), _Column("target"),
    _Column("receiver_state", write=_json, read=json.loads),
    _Column("version"),
)  # fmt: skip
_RUN = (
    _Column("id", "r.id"), _Column("task_id", "t.id"), _Column("number", "r.number"),
    _Column("scheduled", "r.scheduled", read=from_ms), _Column("rung", "r.rung", read=from_ms),
    _Column("state", "r.state"), _Column("origin", "r.origin"), _Column("missed", "r.missed"), _Column("why", "r.why"), _Column("target", "r.target"),
    _Column("priority", "r.priority"), _Column("attempts", "r.attempts"), _Column("acknowledged", "r.acknowledged", read=from_ms),
    _Column("ended", "r.ended", read=from_ms), _Column("try_at", "r.try_at", read=from_ms), _Column("sequence", "r.sequence"),
    _Column("message"), _Column("zone"), _Column("namespace"), _Column("held", "r.owner is not null", read=bool),
)  # fmt: skip
_TASK_READ = tuple((column.field, column.read) for column in _TASK if column.read)
_RUN_READ = tuple((column.field, column.read) for column in _RUN if column.read)
_TASK_FIELDS = tuple(column.field for column in _TASK)
_RUN_FIELDS = tuple(column.field for column in _RUN)

TASK = ", ".join(column.sql or f"t.{column.field}" for column in _TASK)
TASK_COLUMNS = (
    "terms",
    "size",
    *((column.sql or f"t.{column.field}")[2:] for column in _TASK if column.field != "key"),
)
RUN = ", ".join(column.sql or f"t.{column.field}" for column in _RUN)
RUN_WIDTH = len(_RUN)
TASK_AT = {column.field: n for n, column in enumerate(_TASK)}  # where a field stands in a row
RUN_AT = {column.field: n for n, column in enumerate(_RUN)}


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


def task_row(task: Task) -> tuple[Any, ...]:
    """The values of TASK_COLUMNS. The row keeps no tags and no scheduled time of its own where there are none."""
    kept = {
        column.field: getattr(task, column.field) if column.write is None else column.write(getattr(task, column.field))
        for column in _TASK[1:]
    }
    return (
        terms(task.message, task.words), size(task.message, task.words, kept["payload"], kept["metadata"]), *kept.values()
    )  # fmt: skip


def task_size(task: Task) -> int:
    """The bytes that a task counts for."""
    return size(task.message, task.words, _json(task.payload), _json(task.metadata))


def size(*texts: str | None) -> int:
    """The bytes that texts take in UTF-8."""
    return sum(len(text) if text.isascii() else len(text.encode()) for text in texts if text)


def _by_name(
    fields: tuple[str, ...], readers: tuple[tuple[str, Callable[[Any], Any]], ...], row: Any
) -> dict[str, Any]:
    """The values of a row by the names of their fields."""
    values = dict(zip(fields, row))
    for name, read in readers:
        if (value := values[name]) is not None:
            values[name] = read(value)
    return values


def to_task(row: Any) -> Task:
    """A task of a row of TASK. Raises Damaged."""
    try:
        values = _by_name(_TASK_FIELDS, _TASK_READ, row)
        values["tags"] = values["tags"] or ()
        return Task(**values)
    except (ValueError, TypeError, OverflowError) as why:
        raise Damaged(f"{type(why).__name__}: {why}") from why


def shown_task(row: Any) -> Task:
    """The task of a row for a listing: of a damaged one, as much as can be said."""
    try:
        return to_task(row)
    except Damaged as why:
        kept = dict(zip(_TASK_FIELDS, row))
        texts: dict[str, Any] = {name: _json_text(kept[name]) for name in ("namespace", "id", "message", "words")}
        return Task(
            **texts, key=int(kept["key"]), rule='{"kind":"unscheduled","zone":"UTC"}', zone="UTC", kind="unscheduled", state="damaged", due=None,
            created=_EPOCH, why=str(why),
        )  # fmt: skip


def _json_text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def to_run(row: Any) -> Run:
    """A run of a row that begins with RUN. Raises Damaged."""
    try:
        return Run(**_by_name(_RUN_FIELDS, _RUN_READ, row))
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
