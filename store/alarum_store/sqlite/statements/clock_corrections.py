"""Setting right what a clock that was ahead has done: nothing is sent before its time, nothing stays silent until the false one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from alarum_store.model import Incident, Task
from alarum_store.sqlite.rows import TASK, Damaged, from_ms, to_ms, to_task

_NEAR = timedelta(seconds=1)  # runs by hand may be some milliseconds ahead
_LEASE = timedelta(minutes=1)
_KEPT = 100  # incidents


def come_to(db: sqlite3.Connection, now: datetime) -> datetime | None:
    """Note how far the clock has come; returns how far it had come before."""
    row = db.execute("select seen from clock").fetchone()
    db.execute("insert into clock values (1, ?) on conflict (one) do update set seen = excluded.seen", (to_ms(now),))
    return None if row is None else from_ms(row[0])


def hold_back(db: sqlite3.Connection, now: datetime) -> int:
    """Runs of times ahead wait for these; what was put off to a time by the false clock is due now. Returns how many wait."""
    moment, near, lease = to_ms(now), to_ms(now + _NEAR), to_ms(now + _LEASE)
    db.execute(
        "update runs set scheduled = ? where origin = 'now' and state = 'waiting' and scheduled > ?", (moment, near)
    )
    held = db.execute(
        "update runs set rank = null, try_at = scheduled where owner is null and scheduled > ? and (rank is not null or try_at is not null)",
        (near,),
    ).rowcount
    db.execute(
        "update runs set try_at = ? where owner is null and try_at > ? and scheduled <= ?", (moment, moment, near)
    )
    db.execute("update runs set try_at = ? where owner is not null and try_at > ?", (lease, lease))
    db.execute("update outbox set try_at = ? where try_at > ?", (moment, moment))
    db.execute("update health set failing_since = min(failing_since, ?), probe = min(probe, ?)", (moment, moment))
    db.execute("delete from loops where seen > ?", (near,))
    return held


def changed_after(db: sqlite3.Connection, now: datetime, after: int, limit: int) -> list[Task]:
    """Tasks that rang or were changed at a time that is ahead, by key above `after`."""
    sql = (
        f"select {TASK} from tasks t where key > ? and updated > ? and (state in ('active', 'paused') or state = 'ended' and why is null) "
        "order by key limit ?"
    )
    found = []
    for row in db.execute(sql, (after, to_ms(now), limit)).fetchall():
        try:
            found.append(to_task(row))
        except Damaged:
            continue  # it is set aside when it comes due
    return found


def rang_on_time(db: sqlite3.Connection, key: int) -> datetime | None:
    """The last occurrence of a task that rang within a minute of its time."""
    sql = (
        "select max(scheduled) from runs where task = ? and origin = 'rule' and rung - scheduled <= 60000 "
        "and state in ('waiting', 'delivered', 'failed') and not (state = 'waiting' and attempts = 0)"
    )
    found = db.execute(sql, (key,)).fetchone()[0]
    return None if found is None else from_ms(found)


def note(db: sqlite3.Connection, at: datetime, what: str) -> None:
    """Keep what happened to the store, for whoever asks later."""
    db.execute("insert into incidents (at, what) values (?, ?)", (to_ms(at), what[:500]))
    db.execute(f"delete from incidents where sequence <= (select max(sequence) from incidents) - {_KEPT}")


def incidents(db: sqlite3.Connection, since: datetime) -> Sequence[Incident]:
    rows = db.execute("select at, what from incidents where at >= ? order by sequence", (to_ms(since),)).fetchall()
    return [Incident(from_ms(at), what) for at, what in rows]
