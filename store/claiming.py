"""Claiming: ready runs are held by one process for one attempt, its outcome is recorded, or they become ready again."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from store import health, saying
from store.delivering import Claim, Outcome, Room
from store.rows import RUN, RUN_WIDTH, TASK, Damaged, fetch, ms, to_ms, to_run, to_task, values

_TARGETS = 1000  # from which runs are taken in one turn
_LOOKED = 20_000  # targets looked at in one turn: most are of no concern to this process, or busy
_NEAR = 1000  # milliseconds; what is scheduled further ahead was rung by a clock that was ahead
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


def take(db: sqlite3.Connection, now: int, room: Room) -> list[Claim]:
    """Claim ready runs as far as there is room: each target by itself, of all these the highest priority first."""
    chosen = _choose(db, room, now) if room.slots > 0 else []
    if not chosen:
        return []
    marked = json.dumps(chosen)
    db.execute(
        "update runs set rank = null, owner = ?, claimed = ?, try_at = ?, attempts = attempts + 1 "
        "where sequence in (select value from json_each(?))",
        (room.owner, now, now + int(room.lease.total_seconds() * 1000), marked),
    )
    return _held(db, room.owner, marked, now)


def _choose(db: sqlite3.Connection, room: Room, now: int) -> list[int]:
    """What is sent next: of a namespace the highest priority first, then the oldest; the namespaces take turns."""
    paused = health.paused(db)
    spaces = _spaces(db)
    alone = len(spaces) < 2 and _is_alone(db)
    waiting: dict[str, list[_Ready]] = {}
    probes: dict[int, str] = {}
    share = {space: room.slots if alone else room.share(space) for space in spaces}
    for space in spaces:
        if share[space] <= 0:
            continue
        looked = _Look(db, room, now, paused, space, max(1, _LOOKED // len(spaces)))
        waiting[space] = sorted(looked.found(), reverse=True)
        probes |= looked.probes
    chosen = [one.sequence for one in _by_turns(waiting, room, share)]
    for held in {probes[sequence] for sequence in chosen if sequence in probes}:
        health.probing(db, held, now)
    return chosen


class _Ready(NamedTuple):
    """A run that may be sent; they compare by what goes first."""

    rank: int
    sequence: int
    target: str


def _by_turns(waiting: dict[str, list[_Ready]], room: Room, share: dict[str, int]) -> list[_Ready]:
    """One run of each namespace after the other, the best of each last in its list, as far as there is room."""
    chosen: list[_Ready] = []
    left: dict[str, int] = {}
    slow = room.slow_slots
    turn = sorted(waiting, key=lambda space: room.held.get(space, 0))
    while turn and len(chosen) < room.slots:
        for space in list(turn):
            one = _next(waiting[space], room, left, slow) if share[space] > 0 else None
            if one is None:
                turn.remove(space)
                continue
            left[one.target] = left.get(one.target, room.free(one.target)) - 1
            slow -= one.target in room.slow
            share[space] -= 1
            chosen.append(one)
            if len(chosen) == room.slots:
                break
    return chosen


def _next(waiting: list[_Ready], room: Room, left: dict[str, int], slow: int) -> _Ready | None:
    """The first of these for whose target there is still room."""
    while waiting:
        one = waiting.pop()
        if left.get(one.target, 1) > 0 and (slow > 0 or one.target not in room.slow):
            return one
    return None


def _spaces(db: sqlite3.Connection) -> list[str]:
    """The namespaces that have ready runs, from one to the next by the index."""
    found: list[str] = []
    row = db.execute("select min(namespace) from runs where rank is not null").fetchone()
    while row[0] is not None and len(found) < _LOOKED:
        found.append(row[0])
        row = db.execute("select min(namespace) from runs where rank is not null and namespace > ?", row).fetchone()
    return found


def _is_alone(db: sqlite3.Connection) -> bool:
    """Whether all tasks are of one namespace: then nobody is there with whom slots would have to be shared."""
    sql = "select (select min(namespace) from tasks) is (select max(namespace) from tasks)"
    return bool(db.execute(sql).fetchone()[0])


class _Look:
    """One look at the index per target of a namespace: what waits for a slow one is never walked over."""

    def __init__(
        self, db: sqlite3.Connection, room: Room, now: int, paused: dict[str, int | None], space: str, most: int
    ) -> None:
        self._db, self._room, self._now, self._paused, self._space = db, room, now, paused, space
        self._most = most
        self.probes: dict[int, str] = {}  # runs that try whether a paused target is well again, and what holds it

    def found(self) -> list[_Ready]:
        """The first runs of each target that has room."""
        found: list[_Ready] = []
        taken, above, after = 0, ">=", ""
        for _ in range(self._most):
            row = self._db.execute(
                f"select target from runs where rank is not null and namespace = ? and target {above} ? order by target limit 1",
                (self._space, after),
            ).fetchone()
            if row is None or taken >= _TARGETS:
                break
            above, after = ">", row[0]
            some = self._of(after)
            taken += bool(some)
            found += some
        return found

    def _of(self, target: str) -> list[_Ready]:
        if target in self._room.slow and self._room.slow_slots <= 0:
            return []
        room, held = self._room, health.key_paused(self._paused, target)
        free = min(room.free(target), room.slots)
        if free > 0 and (held or room.alone(target)):
            free = 0 if _is_held(self._db, target) else 1
        if free > 0 and held:
            probe = self._paused[held]
            free = 1 if probe is not None and probe <= self._now else 0
        if free <= 0:
            return []
        tail = (
            "from (select rank, sequence from runs where rank is not null and namespace = ? and target = ? and scheduled <= ? "
            "order by rank, sequence limit ?)"
        )
        some = [
            _Ready(rank, sequence, target)
            for rank, sequence in fetch(self._db, "rank, sequence", tail, self._space, target, self._now + _NEAR, free)
        ]
        if held:
            self.probes |= {one.sequence: held for one in some}
        return some


def _is_held(db: sqlite3.Connection, target: str) -> bool:
    sql = "select 1 from runs where owner is not null and target = ? limit 1"
    return db.execute(sql, (target,)).fetchone() is not None


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
            _fail(db, row[15], now, str(why))
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
            saying.carry_out(db, claim, outcome)
        if outcome.gone:
            db.execute(
                "insert into gone (url, since) values (?, ?) on conflict do nothing",
                (outcome.gone, to_ms(outcome.ended)),
            )
    _next_in_line(db, json.dumps(list({claim.task.key for claim, _ in kept})))
    return [claim.run.sequence in held for claim, _ in outcomes]


def _back_to(claim: Claim, outcome: Outcome, paused: Mapping[str, int | None]) -> str | None:
    """The target at which a run is ready again at once, and its try does not count: it moved there, or its own is paused."""
    if outcome.state != "failed" or outcome.gone:
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
