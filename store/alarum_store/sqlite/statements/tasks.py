"""Statements about tasks. Each function is one unit of work inside the writer's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from alarum_store.errors import TaskExists
from alarum_store.model import Run, Task, TaskFilter
from alarum_store.search import forms
from alarum_store.sqlite.rows import TASK, TASK_COLUMNS, shown_task, task_row, to_ms
from alarum_store.sqlite.statements.ringing import raw, record

_CANCELLED = "the task was cancelled"
_INSERT = f"insert into tasks ({', '.join(TASK_COLUMNS)}) values ({', '.join('?' * len(TASK_COLUMNS))})"
_ID = TASK_COLUMNS.index("id")
_INSERT_NEW = _INSERT + " on conflict do nothing"
_CHANGE = "update tasks set " + ", ".join(f"{column} = ?" for column in TASK_COLUMNS) + " where key = ? and version = ?"


def add(db: sqlite3.Connection, task: Task, runs: Sequence[Run]) -> None:
    try:
        key = db.execute(_INSERT, task_row(task)).lastrowid
    except sqlite3.IntegrityError as why:
        raise TaskExists(f"a task with the id '{task.id}' is already kept; choose another id") from why
    assert key is not None
    for run in runs:
        record(db, replace(task, key=key), run)


def add_many(db: sqlite3.Connection, tasks: Sequence[Task]) -> list[str]:
    """Insert what is new; the ids that were there already."""
    rows = [task_row(task) for task in tasks]
    db.execute("savepoint many")
    added = db.executemany(_INSERT_NEW, rows).rowcount
    if added == len(rows):
        db.execute("release many")
        return []
    db.execute("rollback to many")
    db.execute("release many")
    return [row[_ID] for row in rows if not db.execute(_INSERT_NEW, row).rowcount]


def update(db: sqlite3.Connection, task: Task, runs: Sequence[Run], moved_to: str | None = None) -> bool:
    """Replace the row that has this task's key and version. False when there is none any more."""
    row = (*task_row(task)[:-1], task.version + 1, task.key, task.version)
    if not db.execute(_CHANGE, row).rowcount:
        return False
    if moved_to is not None:
        _move(db, task.key, moved_to, to_ms(task.updated or task.created))
    if task.state in ("active", "paused"):
        db.execute("delete from damaged where key = ?", (task.key,))  # what was set aside has a rule again, and rings
    for run in runs:
        record(db, task, run)
    if task.state == "cancelled" and task.updated is not None:
        take_back(db, task.key, _CANCELLED, to_ms(task.updated))
    return True


def cancel(db: sqlite3.Connection, task_id: str, at: datetime, namespace: str) -> Task | None:
    sql = (
        f"select {TASK} from tasks t where id = ? and namespace = ? and (state in ('active', 'paused', 'damaged') or state = 'ended' "
        "and exists (select 1 from runs r left join snoozes s on s.run = r.sequence where r.task = t.key and (r.state = 'waiting' or s.run is not null)))"
    )
    row = db.execute(sql, (task_id, namespace)).fetchone()
    if row is None:
        return None
    db.execute(
        "update tasks set state = 'cancelled', due = null, updated = ?, version = version + 1 where key = ?",
        (to_ms(at), row[0]),
    )
    take_back(db, row[0], _CANCELLED, to_ms(at))
    return shown_task(row)


def _move(db: sqlite3.Connection, key: int, target: str, now: int) -> None:
    """What waits and nobody is sending goes where the task goes now."""
    waiting = "where task = ? and state = 'waiting' and owner is null"
    if target:
        db.execute(f"update runs set target = ? {waiting}", (target, key))
    else:
        db.execute(
            f"update runs set target = '', state = 'delivered', why = 'its task goes to the inbox now', ended = ?, rank = null, try_at = null {waiting}",
            (now, key),
        )


def take_back(db: sqlite3.Connection, key: int, why: str, now: int) -> None:
    """Runs of a task that is over, which nobody is sending, are not sent any more."""
    db.execute(
        "update runs set state = 'skipped', why = ?, ended = ?, rank = null, try_at = null "
        "where task = ? and state = 'waiting' and owner is null",
        (why, now, key),
    )
    db.execute("delete from snoozes where run in (select sequence from runs where task = ?)", (key,))


def select_tasks(db: sqlite3.Connection, tail: str, args: Sequence[Any]) -> list[Task]:
    """The tasks of a query, in its order; one whose row cannot be read shows as much of itself as can be."""
    try:
        return [shown_task(row) for row in db.execute(f"select {TASK} from tasks t {tail}", args)]
    except sqlite3.Error:
        keys = db.execute(f"select t.key from tasks t {tail}", args).fetchall()
    found = []
    for (key,) in keys:
        try:
            row = db.execute(f"select {TASK} from tasks t where t.key = ?", (key,)).fetchone()
        except sqlite3.Error:
            row = raw(db, key)
        if row is not None:
            found.append(shown_task(row))
    return found


def condition(find: TaskFilter) -> tuple[str, list[Any]]:
    """The `where` of a search, and its values."""
    space = "true" if find.namespace is None else "namespace = ?"
    where = [f"{space} and state in ({', '.join('?' * len(find.states))})"]
    args: list[Any] = [*([] if find.namespace is None else [find.namespace]), *find.states]
    if find.id is not None:
        where.append("id = ?")
        args.append(find.id)
    if find.tag is not None:
        where.append("json_valid(tags) and exists (select 1 from json_each(tags) where casefold(value) = ?)")
        args.append(find.tag.casefold())
    if find.prefix is not None:
        where.append("id >= ? and id < ?")
        args += [find.prefix, find.prefix + "\U0010ffff"]
    if find.target is not None or find.default_target:
        where.append("(instr(lower(coalesce(target, webhook)), ?) or coalesce(target, webhook) is null and ?)")
        args += [None if find.target is None else find.target.lower(), find.default_target]
    if find.before is not None:
        where.append("due < ?")
        args.append(to_ms(find.before))
    if find.rule is not None:
        where.append("instr(rule, ?)")
        args.append(find.rule)
    if find.text and find.text.strip():
        sought = forms(find.text, named=find.named)
        how = " or " if find.some else " and "
        where.append(f"({how.join('(instr(terms, ?) or instr(terms, ?))' for _ in sought) or 'false'})")
        args += [f" {form} " for both in sought for form in both]
    return " and ".join(where), args
