"""Choosing what is sent next: of each target what it has room for, of a namespace the most urgent, the namespaces in turns."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from alarum_store.delivery import Capacity
from alarum_store.sqlite.rows import fetch
from alarum_store.sqlite.statements import health

_TARGETS = 1000  # from which runs are taken in one turn
_LOOKED = 20_000  # targets looked at in one turn: most are of no concern to this process, or busy
_NEAR = 1000  # milliseconds; what is scheduled further ahead was rung by a clock that was ahead


def choose(db: sqlite3.Connection, room: Capacity, now: int) -> list[int]:
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


def _by_turns(waiting: dict[str, list[_Ready]], room: Capacity, share: dict[str, int]) -> list[_Ready]:
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


def _next(waiting: list[_Ready], room: Capacity, left: dict[str, int], slow: int) -> _Ready | None:
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
        self, db: sqlite3.Connection, room: Capacity, now: int, paused: dict[str, int | None], space: str, most: int
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
        if free > 0 and (held or room.serial(target)):
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
