"""Claiming: ready runs are held by one process for one attempt, its outcome is recorded, or they become ready again."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime

from store.model import Claim, Outcome, Room
from store.rows import RUN, RUN_WIDTH, TASK, Damaged, ms, to_ms, to_run, to_task

_TARGETS = 1000  # looked at in one turn
_UNKNOWN = "the process ended before the outcome was recorded; it may have arrived"


def sweep(db: sqlite3.Connection, now: int, limit: int) -> int:
    """Retries whose time has come, and claims whose lease is over, are ready again."""
    rows = db.execute(
        "select sequence, owner from runs where try_at is not null and try_at <= ? order by try_at limit ?",
        (now, limit),
    ).fetchall()
    if rows:
        _lost(db, "r.sequence in (select value from json_each(?))", json.dumps([s for s, owner in rows if owner]), now)
        _ready(db, "sequence in (select value from json_each(?))", json.dumps([s for s, _ in rows]))
    return len(rows)


def _lost(db: sqlite3.Connection, where: str, value: str, now: int) -> None:
    db.execute(
        "insert into attempts (run, number, started, error, error_class) "
        f"select r.sequence, r.attempts, coalesce(r.claimed, ?), ?, 'unknown' from runs r where {where} on conflict do nothing",
        (now, _UNKNOWN, value),
    )


def _ready(db: sqlite3.Connection, where: str, value: str) -> int:
    return db.execute(
        f"update runs set rank = -priority, try_at = null, owner = null, claimed = null where {where}", (value,)
    ).rowcount


def take(db: sqlite3.Connection, now: int, room: Room) -> list[Claim]:
    """Claim ready runs as far as there is room: each target by itself, of all these the highest priority first."""
    chosen = _choose(db, room) if room.slots > 0 else []
    if not chosen:
        return []
    marked = json.dumps(chosen)
    db.execute(
        "update runs set rank = null, owner = ?, claimed = ?, try_at = ?, attempts = attempts + 1 "
        "where sequence in (select value from json_each(?))",
        (room.owner, now, now + int(room.lease.total_seconds() * 1000), marked),
    )
    return _held(db, room.owner, marked, now)


def _choose(db: sqlite3.Connection, room: Room) -> list[int]:
    found: list[tuple[int, int]] = []
    target = None
    for _ in range(_TARGETS):
        # One look at the index per target: what waits for a slow one is never walked over.
        above = "target >= ''" if target is None else "target > ?"
        row = db.execute(
            f"select target from runs where rank is not null and {above} order by target limit 1",
            () if target is None else (target,),
        ).fetchone()
        if row is None:
            break
        target = row[0]
        free = min(room.caps.get(target, room.each) - room.busy.get(target, 0), room.slots)
        if free > 0:
            found += db.execute(
                "select rank, sequence from runs where rank is not null and target = ? order by rank, sequence limit ?",
                (target, free),
            ).fetchall()
    return [sequence for _, sequence in sorted(found)[: room.slots]]


def _held(db: sqlite3.Connection, owner: str, marked: str, now: int) -> list[Claim]:
    sql = f"select {RUN}, r.base, {TASK} from runs r join tasks t on t.key = r.task where r.sequence in (select value from json_each(?)) order by -r.priority, r.sequence"
    try:
        rows = db.execute(sql, (marked,)).fetchall()
    except sqlite3.Error:
        rows = []
        for sequence in json.loads(marked):
            try:
                rows += db.execute(sql, (json.dumps([sequence]),)).fetchall()
            except sqlite3.Error as why:
                _fail(db, sequence, now, str(why))
    claims: list[Claim] = []
    for row in rows:
        try:
            run, task = to_run(row), to_task(row[RUN_WIDTH + 1 :])
        except Damaged as why:
            _fail(db, row[15], now, str(why))
        else:
            claims.append(Claim(run, task, owner, run.attempts, run.attempts - row[RUN_WIDTH]))
    return claims


def _fail(db: sqlite3.Connection, sequence: int, now: int, why: str) -> None:
    """A run that cannot be read, or whose task cannot: kept as failed, with the reason."""
    db.execute(
        "update runs set state = 'failed', why = ?, ended = ?, owner = null, claimed = null, try_at = null, rank = null where sequence = ?",
        (f"its row is damaged: {why}"[:500], now, sequence),
    )


def finish(db: sqlite3.Connection, claim: Claim, outcome: Outcome) -> bool:
    """Record an attempt, if the claim still holds."""
    retry = outcome.retry_at if outcome.state == "failed" else None
    why = outcome.error
    if retry is not None and _is_cancelled(db, claim.run.sequence):
        retry, why = None, f"{why}; the task was cancelled"
    held = db.execute(
        "update runs set state = ?, why = ?, try_at = ?, ended = ?, owner = null, claimed = null "
        "where sequence = ? and owner = ? and attempts = ? and state = 'waiting'",
        (
            outcome.state if retry is None else "waiting", why, ms(retry),
            to_ms(outcome.ended) if retry is None else None, claim.run.sequence, claim.owner, claim.attempt,
        ),
    ).rowcount  # fmt: skip
    if not held:
        return False
    db.execute(
        "insert into attempts (run, number, started, ended, status, error, error_class) values (?, ?, ?, ?, ?, ?, ?)",
        (
            claim.run.sequence, claim.attempt, to_ms(outcome.started), to_ms(outcome.ended), outcome.status,
            outcome.error, outcome.error_class,
        ),
    )  # fmt: skip
    if outcome.gone:
        db.execute(
            "insert into gone (url, since) values (?, ?) on conflict do nothing", (outcome.gone, to_ms(outcome.ended))
        )
    if retry is None:
        _next_in_line(db, claim.task.key)
    return True


def _is_cancelled(db: sqlite3.Connection, sequence: int) -> bool:
    row = db.execute(
        "select t.state from runs r join tasks t on t.key = r.task where r.sequence = ?", (sequence,)
    ).fetchone()
    return row is not None and row[0] == "cancelled"


def _next_in_line(db: sqlite3.Connection, key: int) -> None:
    """The next run of a task whose runs queue becomes ready."""
    db.execute(
        "update runs set rank = -priority where sequence = (select min(sequence) from runs where task = ? and serial is not null "
        "and state = 'waiting') and rank is null and owner is null and try_at is null",
        (key,),
    )


def release(db: sqlite3.Connection, owner: str, at: datetime, *, sent: bool) -> int:
    """Everything that `owner` holds is ready again."""
    if sent:
        _lost(db, "r.owner = ?", owner, to_ms(at))
    else:
        db.execute("update runs set attempts = attempts - 1 where owner = ?", (owner,))
    return _ready(db, "owner = ?", owner)
