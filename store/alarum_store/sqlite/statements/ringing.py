"""Ringing: what is due becomes runs, once each, in the same transaction that moves its task on."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count

from alarum_store.identity import run_id
from alarum_store.model import Plan, Rate, Run, Snooze, Task
from alarum_store.protocol import Planner
from alarum_store.sqlite.rows import (
    RUN,
    RUN_WIDTH,
    TASK,
    TASK_AT,
    Damaged,
    fetch,
    from_ms,
    ms,
    to_ms,
    to_run,
    to_task,
    values,
    wall_ms,
)

_DUE = (
    "from tasks t where t.due is not null and t.due <= ? and t.key not in (select key from damaged) "
    "order by t.due, t.rank limit ?"
)
_RUN = "id, task, namespace, number, scheduled, rung, state, origin, missed, why, target, priority, acknowledged, ended, serial, rank"
_MS = timedelta(milliseconds=1)
_RUNS = len(_RUN.split(","))
_INSERT = f"insert into runs ({_RUN}) select {values(_RUNS)} from json_each(?) where true order by key"
_MOVED = ("state", "due", "wall", "runs", "updated")
_MOVE = (
    f"update tasks set {', '.join(f'{name} = {values(1, n)}' for n, name in enumerate(_MOVED, 1))}, scheduled = null, why = null, version = version + 1 "
    "from json_each(?) where tasks.key = json_extract(value, '$[0]')"
)


def ring(db: sqlite3.Connection, now: datetime, planner: Planner, limit: int) -> int:
    """Ring up to `limit` due tasks; returns how many rows moved on. A task that cannot be planned is set aside."""
    tasks, moved = _due(db, to_ms(now), limit)
    plans: list[Plan] = []
    for task in tasks:
        try:
            plans.append(planner.due(task))
        except (ValueError, OverflowError, KeyError, TypeError) as why:
            set_aside(db, task.key, task.id, now, f"{type(why).__name__}: {why}")
    if plans:
        _carry_out(db, plans, to_ms(now))
    return moved + len(tasks) + _come_again(db, now, planner, limit)


def _due(db: sqlite3.Connection, now: int, limit: int) -> tuple[list[Task], int]:
    """The tasks that are due, and how many were set aside because their rows cannot be read."""
    try:
        found = fetch(db, TASK, f"from tasks t where t.key in (select t.key {_DUE})", now, limit)
        return sorted(map(to_task, found), key=lambda task: (task.due, -task.priority)), 0
    except (Damaged, sqlite3.Error):
        pass  # one of them is bad: find it, one at a time
    tasks: list[Task] = []
    aside = 0
    for (key,) in db.execute(f"select t.key {_DUE}", (now, limit)).fetchall():
        try:
            tasks.append(to_task(db.execute(f"select {TASK} from tasks t where t.key = ?", (key,)).fetchone()))
        except (Damaged, sqlite3.OperationalError) as why:
            set_aside(db, key, None, from_ms(now), str(why))
            aside += 1
    return tasks, aside


def set_aside(
    db: sqlite3.Connection, key: int, task_id: str | None, now: datetime, why: str, *, readable: bool = True
) -> None:
    """Keep a damaged task out of the loop, with its bytes, where people can see it. Nothing of it is lost.

    Where its page is not `readable`, the entry in `damaged` alone keeps it out.
    """
    data: bytes | None = None
    try:
        row = None if not readable else db.execute(f"select {TASK} from tasks t where t.key = ?", (key,)).fetchone()
    except sqlite3.Error:
        row = raw(db, key)
    if row is not None:
        data = json.dumps([v.hex() if isinstance(v, bytes) else v for v in row]).encode("utf-8", "surrogateescape")
        task_id = task_id or str(row[TASK_AT["id"]])
    db.execute(
        "insert into damaged (key, task, found, why, bytes) values (?, ?, ?, ?, ?) on conflict (key) do update set why = excluded.why",
        (key, task_id or f"row {key}", to_ms(now), why[:500], data),
    )
    if readable:
        db.execute(
            "update tasks set state = 'damaged', due = null, why = ?, version = version + 1 where key = ?",
            (why[:500], key),
        )


def unreadable(db: sqlite3.Connection, now: int, limit: int) -> list[tuple[int, str]]:
    """Due rows that lie on a damaged page, and why. Read outside a transaction: such an error spoils the one it is in."""
    found = []
    for (key,) in db.execute(f"select t.key {_DUE}", (now, limit)).fetchall():
        try:
            db.execute(f"select {TASK} from tasks t where t.key = ?", (key,)).fetchone()
        except sqlite3.OperationalError:
            continue  # the page is sound, its text is not: set aside when it rings
        except sqlite3.DatabaseError as why:
            found.append((key, str(why)))
    return found


def raw(db: sqlite3.Connection, key: int) -> tuple[object, ...] | None:
    """The columns as bytes, where their text cannot be decoded; None where even that cannot be read."""
    columns = ", ".join(f"cast({column} as blob)" for column in TASK.split(", "))
    try:
        row: tuple[object, ...] | None = db.execute(f"select {columns} from tasks t where t.key = ?", (key,)).fetchone()
        return row
    except sqlite3.Error:
        return None


def ring_one(db: sqlite3.Connection, now: datetime, planner: Planner, key: int) -> bool:
    """Ring one task if it is due, whatever else is. False when it is not."""
    where = (
        "from tasks t where t.key = ? and t.due is not null and t.due <= ? and t.key not in (select key from damaged)"
    )
    row = db.execute(f"select {TASK} {where}", (key, to_ms(now))).fetchone()
    if row is None:
        return False
    try:
        _carry_out(db, [planner.due(to_task(row))], to_ms(now))
    except (Damaged, ValueError, OverflowError, KeyError, TypeError) as why:
        set_aside(db, key, None, now, f"{type(why).__name__}: {why}")
    return True


def _carry_out(db: sqlite3.Connection, plans: list[Plan], now: int) -> None:
    free: list[tuple[Task, Run]] = []
    for plan in plans:
        unbound = plan.rate is None and plan.overlap == "allow"
        for run in plan.runs:
            free.append((plan.task, run)) if unbound else record(db, plan.task, run, plan)
    try:
        db.execute(_INSERT, (json.dumps([_row(task, run) for task, run in free]),))
    except sqlite3.IntegrityError:  # the id of one of them is taken; the statement has undone itself
        for task, run in free:
            record(db, task, run)
    moved = [(p.task.key, p.state, ms(p.due), wall_ms(p.wall), p.task.runs + p.rung, now) for p in plans]
    db.execute(_MOVE, (json.dumps(moved),))


def _row(task: Task, run: Run, *, serial: bool = False, waits: bool = False) -> tuple[object, ...]:
    rung = to_ms(run.rung)
    return (
        run.id, task.key, task.namespace, run.number, to_ms(run.scheduled), rung, run.state, run.origin, run.missed, run.why,
        run.target, run.priority, rung if run.state == "skipped" else ms(run.acknowledged), None if run.state == "waiting" else rung,
        1 if serial else None, -run.priority if run.state == "waiting" and not waits else None,
    )  # fmt: skip


def record(db: sqlite3.Connection, task: Task, run: Run, plan: Plan | None = None) -> None:
    """Insert a run of a task (with its key), as its rate and its overlap allow."""
    key, serial, waits = task.key, False, False
    if plan is not None and run.state in ("waiting", "delivered"):
        serial = plan.overlap != "allow"
        free = _too_many(db, key, plan.rate, to_ms(run.rung)) if plan.rate else None
        if free is not None and plan.rate:
            limit = f"the limit of {plan.rate.limit} in {plan.rate.interval} is reached"
            run = replace(run, state="skipped", why=f"{limit}; free again at {free:%Y-%m-%dT%H:%M:%SZ}")
        elif serial and _is_under_way(db, key):
            waits = plan.overlap == "queue"
            if plan.overlap == "skip":
                run = replace(run, state="skipped", why="the run before it was still being delivered")
    run, again = _placed(db, task, run)
    sequence = db.execute(_INSERT, (json.dumps([_row(task, run, serial=serial, waits=waits)]),)).lastrowid
    if again is not None:
        db.execute("insert into snoozes (run, due) values (?, ?)", (sequence, again))


def _placed(db: sqlite3.Connection, task: Task, run: Run) -> tuple[Run, int | None]:
    """The run as it can be kept where its id is taken, and the snooze that it takes over.

    An occurrence that was skipped, or still waits, and was never sent is taken up again under its id, as the newest
    run, so that its watchers see it. A run by hand or of a snooze takes the next free millisecond. Any other gets an
    id of its own with a counter.
    """
    wanted, again = run.id, None
    for counter in count(2):
        row = db.execute("select sequence, state, attempts, why from runs where id = ?", (run.id,)).fetchone()
        if row is None:
            return run, again
        sequence, state, attempts, why = row
        if run.origin == "rule" and attempts == 0 and state in ("skipped", "waiting"):
            snoozed = db.execute("delete from snoozes where run = ? returning due", (sequence,)).fetchone()
            again = snoozed and snoozed[0]
            db.execute("delete from attempts where run = ?", (sequence,))
            db.execute("delete from runs where sequence = ?", (sequence,))
            if state == "skipped" and run.state in ("waiting", "delivered"):
                run = replace(run, why=run.why or f"put back; before: {why}")
        elif run.origin == "rule":
            run = replace(run, id=f"{wanted}_{counter}", why=run.why or f"the run {wanted} was of the same time")
        else:
            at = run.scheduled + _MS
            run = replace(run, scheduled=at, id=run_id(task.namespace, task.id, at, run.origin))
    raise AssertionError("counting never ends")


def _is_under_way(db: sqlite3.Connection, key: int) -> bool:
    sql = "select 1 from runs where task = ? and serial is not null and state = 'waiting' limit 1"
    return db.execute(sql, (key,)).fetchone() is not None


def _too_many(db: sqlite3.Connection, key: int, rate: Rate, now: int) -> datetime | None:
    """When a run of the task is free again, or None when one more is within the limit."""
    row = db.execute(
        "select rung from runs where task = ? and state not in ('missed', 'skipped') order by sequence desc limit 1 offset ?",
        (key, rate.limit - 1),
    ).fetchone()
    if row is None:
        return None
    interval = int(rate.interval.total_seconds() * 1000)
    free = row[0] + interval if rate.sliding else (row[0] // interval + 1) * interval
    return from_ms(free) if free > now else None


def _come_again(db: sqlite3.Connection, now: datetime, planner: Planner, limit: int) -> int:
    """Snoozed runs whose time has come start again, as runs of their own."""
    rows = db.execute(
        f"select s.run, s.due, {RUN}, {TASK} from snoozes s join runs r on r.sequence = s.run join tasks t on t.key = r.task "
        "where s.due <= ? order by s.due limit ?",
        (to_ms(now), limit),
    ).fetchall()
    for row in rows:
        db.execute("delete from snoozes where run = ?", (row[0],))
        try:
            task = to_task(row[2 + RUN_WIDTH :])
            again = planner.again(task, Snooze(to_run(row[2:]).id, from_ms(row[1])))
        except (Damaged, ValueError, OverflowError):
            continue  # its task is damaged, and is set aside when it comes due itself
        record(db, task, again)
        db.execute("update tasks set runs = runs + 1, version = version + 1 where key = ?", (task.key,))
    return len(rows)
