"""Statements about runs that have been rung: listing, acknowledging, snoozing, delivering again."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from alarum_store.sqlite.rows import RUN, to_ms

_LOST = "r.state = 'waiting' and exists (select 1 from attempts a where a.run = r.sequence and a.number = r.attempts and a.error_class = 'unknown')"
FROM = f"select {RUN}, {_LOST}, t.payload from runs r join tasks t on t.key = r.task"
SNOOZED = (
    f"select s.due, {RUN} from snoozes s join runs r on r.sequence = s.run join tasks t on t.key = r.task where t.namespace = ? "
    "order by s.due limit 1000"
)
ATTEMPTS = (
    "select r.id, a.number, a.started, a.ended, a.status, a.error, a.error_class from attempts a "
    "join runs r on r.sequence = a.run where r.id = ? order by a.number"
)


def listing(
    task_id: str | None,
    namespace: str,
    after: int,
    inbox: bool,
    limit: int,
    between: tuple[datetime, datetime] | None = None,
) -> tuple[str, list[Any]]:
    """The query for a list of runs, and its values."""
    where, args = ["r.namespace = ?", "r.sequence > ?"], list[Any]([namespace, after])
    if task_id is not None:
        where.append("t.id = ?")
        args.append(task_id)
    if inbox:
        where.append("r.acknowledged is null")
    if between is not None:
        where.append("r.scheduled >= ? and r.scheduled < ?")
        args += [to_ms(between[0]), to_ms(between[1])]
    newest = inbox or (task_id is not None and after == 0)
    order = "desc" if newest else "asc"
    return f"{FROM} where {' and '.join(where)} order by r.sequence {order} limit ?", [*args, limit]


def acknowledge(db: sqlite3.Connection, run_ids: Sequence[str], at: datetime, namespace: str) -> int:
    sql = "update runs set acknowledged = ? where id = ? and acknowledged is null and namespace = ?"
    return sum(db.execute(sql, (to_ms(at), run_id, namespace)).rowcount for run_id in run_ids)


def snooze(db: sqlite3.Connection, run_id: str, due: datetime, at: datetime, namespace: str) -> bool:
    row = db.execute(
        "select sequence from runs where id = ? and namespace = ?",
        (run_id, namespace),
    ).fetchone()
    if row is None:
        return False
    db.execute(
        "insert into snoozes (run, due) values (?, ?) on conflict (run) do update set due = excluded.due",
        (row[0], to_ms(due)),
    )
    db.execute("update runs set acknowledged = coalesce(acknowledged, ?) where sequence = ?", (to_ms(at), row[0]))
    return True


def redeliver(
    db: sqlite3.Connection, run_id: str | None, since: datetime | None, target: str | None, namespace: str
) -> int:
    where, args = (
        ["state = 'failed'", "namespace = ?"],
        list[Any]([namespace]),
    )
    if run_id is not None:
        where.append("id = ?")
        args.append(run_id)
    if since is not None:
        where.append("ended >= ?")
        args.append(to_ms(since))
    if target is not None:
        where.append("(target = ? or substr(target, 1, ?) = ? or (select target from tasks where key = runs.task) = ?)")
        args += [target, len(target) + 1, f"{target}/", target]
    return db.execute(
        "update runs set state = 'waiting', why = null, ended = null, base = attempts, rank = -priority "
        f"where {' and '.join(where)}",
        args,
    ).rowcount
