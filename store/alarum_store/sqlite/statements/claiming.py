"""Claiming: ready runs are held by one process for one attempt, its outcome is recorded, or they become ready again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alarum_store.delivery import Capacity, Claim, Outcome
from alarum_store.sqlite.rows import RUN, RUN_AT, RUN_WIDTH, TASK, Damaged, fetch, ms, to_ms, to_run, to_task, values
from alarum_store.sqlite.statements import health, replies
from alarum_store.sqlite.statements.choosing import choose

_UNKNOWN = "the process ended before the outcome was recorded; it may have arrived"


def sweep(db: sqlite3.Connection, now: int, limit: int) -> int:
    """Retries whose time has come, and claims whose lease is over, are ready again."""
    tail = "from (select sequence, owner from runs where try_at is not null and try_at <= ? order by try_at limit ?)"
    rows = fetch(db, "sequence, owner", tail, now, limit)
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


def claim(db: sqlite3.Connection, now: int, room: Capacity) -> list[Claim]:
    """Claim ready runs as far as there is room: each target by itself, of all these the highest priority first."""
    chosen = choose(db, room, now) if room.slots > 0 else []
    if not chosen:
        return []
    marked = json.dumps(chosen)
    db.execute(
        "update runs set rank = null, owner = ?, claimed = ?, try_at = ?, attempts = attempts + 1 "
        "where sequence in (select value from json_each(?))",
        (room.owner, now, now + int(room.lease.total_seconds() * 1000), marked),
    )
    return _held(db, room.owner, marked, now)


def _held(db: sqlite3.Connection, owner: str, marked: str, now: int) -> list[Claim]:
    columns = f"{RUN}, r.base, {TASK}"
    tail = "from runs r join tasks t on t.key = r.task where r.sequence in (select value from json_each(?))"
    try:
        rows = fetch(db, columns, tail, marked)
    except sqlite3.Error:
        rows = []
        for sequence in json.loads(marked):
            try:
                rows += fetch(db, columns, tail, json.dumps([sequence]))
            except sqlite3.Error as why:
                _fail(db, sequence, now, str(why))
    claims: list[Claim] = []
    for row in rows:
        try:
            run, task = to_run(row), to_task(row[RUN_WIDTH + 1 :])
        except Damaged as why:
            _fail(db, row[RUN_AT["sequence"]], now, str(why))
        else:
            claims.append(Claim(run, task, owner, run.attempts, run.attempts - row[RUN_WIDTH]))
    return sorted(claims, key=lambda claim: (-claim.run.priority, claim.run.sequence))


def _fail(db: sqlite3.Connection, sequence: int, now: int, why: str) -> None:
    """A run that cannot be read, or whose task cannot: kept as failed, with the reason."""
    db.execute(
        "update runs set state = 'failed', why = ?, ended = ?, owner = null, claimed = null, try_at = null, rank = null where sequence = ?",
        (f"its row is damaged: {why}"[:500], now, sequence),
    )


_FINISH = (
    "update runs set state = json_extract(value, '$[3]'), why = json_extract(value, '$[4]'), try_at = json_extract(value, '$[5]'), "
    "ended = json_extract(value, '$[6]'), owner = null, claimed = null from json_each(?) where runs.sequence = json_extract(value, '$[0]') "
    "and runs.owner = json_extract(value, '$[1]') and runs.attempts = json_extract(value, '$[2]') and runs.state = 'waiting' "
    "returning runs.sequence"
)
_BACK = "update runs set target = ?, rank = -priority, base = base + 1, try_at = null where sequence = ? and state = 'waiting'"
_ATTEMPTS = (
    "insert into attempts (run, number, started, ended, status, error, error_class) "
    f"select {values(7)} from json_each(?) where true on conflict do nothing"
)


def finish(
    db: sqlite3.Connection, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None = None
) -> list[bool]:
    """Record attempts, each if its claim still holds. A target that has failed for `pause_after` is paused."""
    paused = health.paused(db)
    back = {claim.run.sequence: where for claim, outcome in outcomes if (where := _back_to(claim, outcome, paused))}
    now = json.dumps([_after(db, claim, outcome, claim.run.sequence in back) for claim, outcome in outcomes])
    held = {row[0] for row in db.execute(_FINISH, (now,)).fetchall()}
    kept = [(claim, outcome) for claim, outcome in outcomes if claim.run.sequence in held]
    db.execute(_ATTEMPTS, (json.dumps([_attempt(claim, outcome) for claim, outcome in kept]),))
    db.executemany(_BACK, [(where, sequence) for sequence, where in back.items() if sequence in held])
    health.learn(db, kept, pause_after)
    for claim, outcome in kept:
        if outcome.say or outcome.instance:
            replies.carry_out(db, claim, outcome)
        if outcome.disables:
            db.execute(
                "insert into gone (url, since) values (?, ?) on conflict do nothing",
                (outcome.disables, to_ms(outcome.ended)),
            )
    _next_in_line(db, json.dumps(list({claim.task.key for claim, _ in kept})))
    return [claim.run.sequence in held for claim, _ in outcomes]


def _back_to(claim: Claim, outcome: Outcome, paused: Mapping[str, int | None]) -> str | None:
    """The target at which a run is ready again at once, and its try does not count: it moved there, or its own is paused."""
    if outcome.state != "failed" or outcome.disables:
        return None
    return outcome.moved_to or (claim.run.target if health.key_paused(paused, claim.run.target) else None)


def _after(db: sqlite3.Connection, claim: Claim, outcome: Outcome, goes_back: bool) -> tuple[object, ...]:
    retry, why = outcome.retry_at if outcome.state == "failed" else None, outcome.error or outcome.note
    if goes_back:
        retry = outcome.ended
    if retry is not None and _is_cancelled(db, claim.run.sequence):
        retry, why = None, f"{why}; the task was cancelled"
    state, ended = ("waiting", None) if retry else (outcome.state, to_ms(outcome.ended))
    return claim.run.sequence, claim.owner, claim.attempt, state, why, ms(retry), ended


def _attempt(claim: Claim, outcome: Outcome) -> tuple[object, ...]:
    return (
        claim.run.sequence, claim.attempt, to_ms(outcome.started), to_ms(outcome.ended), outcome.status, outcome.error,
        outcome.error_class,
    )  # fmt: skip


def _is_cancelled(db: sqlite3.Connection, sequence: int) -> bool:
    sql = "select t.state from runs r join tasks t on t.key = r.task where r.sequence = ?"
    row = db.execute(sql, (sequence,)).fetchone()
    return row is not None and row[0] == "cancelled"


def _next_in_line(db: sqlite3.Connection, tasks: str) -> None:
    """The next run of each of these tasks whose runs queue becomes ready, unless one is under way."""
    db.execute(
        "update runs set rank = -priority where sequence in (select (select min(sequence) from runs r where r.task = j.value "
        "and r.serial is not null and r.state = 'waiting') from json_each(?) j) and rank is null and owner is null and try_at is null",
        (tasks,),
    )


def release(db: sqlite3.Connection, owner: str, at: datetime, *, sent: bool) -> int:
    """Everything that `owner` holds is ready again."""
    if sent:
        _lost(db, "r.owner = ?", owner, to_ms(at))
    else:
        db.execute("update runs set attempts = attempts - 1 where owner = ?", (owner,))
    return _ready(db, "owner = ?", owner)
