"""Statements that keep a store healthy and say how it is: signs of life, statistics, forgetting what is old."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from alarum_store.model import Statistics, Usage
from alarum_store.sqlite.rows import from_ms, in_range, to_ms
from alarum_store.sqlite.statements.health import IS_PAUSED

_HOUR = timedelta(hours=1)


def heartbeat(db: sqlite3.Connection, owner: str, now: datetime, setup: Mapping[str, str]) -> None:
    db.execute(
        "insert into loops (owner, seen, setup) values (?, ?, ?) on conflict (owner) do update set seen = excluded.seen, setup = excluded.setup",
        (owner, to_ms(now), json.dumps(dict(setup))),
    )
    db.execute("delete from loops where seen < ?", (to_ms(now - _HOUR),))


def others(db: sqlite3.Connection, owner: str) -> list[str]:
    """Every loop that has been seen or that holds a run, but this one."""
    sql = "select owner from loops union select owner from runs where owner is not null"
    return [row[0] for row in db.execute(sql) if row[0] != owner]


def loops(db: sqlite3.Connection) -> list[tuple[str, datetime, dict[str, str]]]:
    rows = db.execute("select owner, seen, setup from loops order by seen, owner").fetchall()
    return [(owner, in_range(seen), json.loads(setup)) for owner, seen, setup in rows]


def usage(db: sqlite3.Connection, namespace: str) -> Usage:
    tasks, size = db.execute(
        "select coalesce(sum(state in ('active', 'paused', 'damaged')), 0), coalesce(sum(size), 0) from tasks where namespace = ?",
        (namespace,),
    ).fetchone()
    waiting = "select count(*) from runs where namespace = ? and {} is not null"
    ready, again = (db.execute(waiting.format(what), (namespace,)).fetchone()[0] for what in ("rank", "try_at"))
    watchers = db.execute("select count(*) from watchers where namespace = ?", (namespace,)).fetchone()[0]
    return Usage(tasks, size, ready + again, watchers)


def purge(db: sqlite3.Connection, runs_before: datetime | None, tasks_before: datetime | None, limit: int) -> int:
    forgotten = 0
    if runs_before is not None:
        rows = db.execute(
            "select sequence from runs where ended is not null and ended < ? order by ended limit ?",
            (to_ms(runs_before), limit),
        ).fetchall()
        for table, column in (("attempts", "run"), ("snoozes", "run"), ("runs", "sequence")):
            db.executemany(f"delete from {table} where {column} = ?", rows)
        forgotten += len(rows)
    if tasks_before is not None:
        over = db.execute(
            "select t.key from tasks t where t.state in ('ended', 'cancelled') and t.updated < ? "
            "and not exists (select 1 from runs r where r.task = t.key) order by t.updated limit ?",
            (to_ms(tasks_before), limit),
        ).fetchall()
        for table in ("damaged", "tasks"):  # what belongs to a task goes with it
            db.executemany(f"delete from {table} where key = ?", over)
        db.execute("delete from watchers where seen < ?", (to_ms(tasks_before),))
        forgotten += len(over)
    return forgotten


def select_statistics(db: sqlite3.Connection, now: datetime, can_send: Callable[[str], bool]) -> Statistics:
    """`can_send` says which targets count: what waits for another process is not late here."""
    moment = to_ms(now)

    def one(sql: str, *args: int) -> int:
        return int(db.execute(sql, args).fetchone()[0])

    ready = db.execute(
        "select target, min(rung), count(*) from runs where rank is not null "
        f"and not {IS_PAUSED.format(target='runs.target')} group by target"
    ).fetchall()
    oldest = one("select coalesce(min(due), ?) from tasks where due is not null", moment)
    oldest = min([oldest, *(rung for target, rung, _ in ready if can_send(target))])
    return Statistics(
        tasks=dict(db.execute("select state, count(*) from tasks group by state")),
        runs=dict(db.execute("select state, count(*) from runs group by state")),
        due=one("select count(*) from tasks where due is not null and due <= ?", moment),
        ready=sum(count for target, _, count in ready if can_send(target)),
        failed_24h=one(
            "select count(*) from runs where ended >= ? and state = 'failed'", to_ms(now - timedelta(days=1))
        ),
        lag=max(timedelta(), now - from_ms(oldest)),
        damaged=one("select count(*) from damaged"),
    )
