"""The alarm loop on SQLite: ringing, claiming, outcomes, signs of life, and what a wrong clock did."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from alarum_store.delivery import READY, Capacity, Claim, Outcome, TurnResult, Wake
from alarum_store.errors import StoreError
from alarum_store.model import Loop, Task
from alarum_store.protocol import Planner
from alarum_store.sqlite.database import Database
from alarum_store.sqlite.files import OwnerLock, forget_lock, is_dead
from alarum_store.sqlite.migrations import check_schema
from alarum_store.sqlite.rows import TASK, Damaged, in_range, to_ms, to_task
from alarum_store.sqlite.statements import claiming, clock_corrections, health, maintenance, ringing

_NONE: Mapping[str, str] = {}
_WAKE = (
    "select min(x) from (select min(due) x from tasks where due is not null union all select min(try_at) from runs "
    "where try_at is not null union all select min(due) from snoozes union all "
    "select min(try_at) from outbox where target in (?, ?))"
)
# From one namespace and target to the next by the index, without walking over what waits for each.
_FIRST = "(select {0} from runs where rank is not null order by namespace, target limit 1)"
_NEXT = (
    "(select {0} from runs r where rank is not null and (r.namespace, r.target) > (ready.namespace, ready.target) "
    "order by r.namespace, r.target limit 1)"
)
_PAIRS = (
    "with recursive ready (namespace, target) as "
    f"(select {_FIRST.format('namespace')}, {_FIRST.format('target')} union all "
    f"select {_NEXT.format('r.namespace')}, {_NEXT.format('r.target')} from ready where ready.target is not null) "
)
_WAITING = (
    f"{_PAIRS} select namespace, target from ready where target is not null "
    f"and not {health.IS_PAUSED.format(target='ready.target')} limit ?"
)
_PAUSED = "select exists (select 1 from health where paused is not null and probe is not null)"
_PROBES = (
    f"{_PAIRS} select h.target, h.probe from health h where paused is not null and probe is not null "
    "and h.target in (select target from ready where target is not null)"
)


class SqliteLoop:
    """A `LoopStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def turn(self, at: datetime, planner: Planner, room: Capacity | None, limit: int) -> TurnResult:
        def work(db: sqlite3.Connection) -> TurnResult:
            moved = claiming.sweep(db, to_ms(at), limit) + ringing.ring(db, at, planner, limit)
            return TurnResult(moved, claiming.claim(db, to_ms(at), room) if room else [])

        try:
            return await self._db.write(work)
        except StoreError:
            bad = await self._db.read(lambda db: ringing.unreadable(db, to_ms(at), limit))
            if not bad:
                raise

        def keep_out(db: sqlite3.Connection) -> None:
            for key, why in bad:
                ringing.set_aside(db, key, None, at, why, readable=False)

        await self._db.write(keep_out)
        return TurnResult(len(bad), [])

    async def ring_one(self, key: int, at: datetime, planner: Planner) -> bool:
        return await self._db.write(lambda db: ringing.ring_one(db, at, planner, key))

    def change_marker(self, now: datetime) -> object:
        return self._db.change_marker(now)

    async def next_wake(self) -> Wake:
        def work(db: sqlite3.Connection) -> Wake:
            check_schema(db)
            due = db.execute(_WAKE, self._db.notified).fetchone()[0]
            ready = tuple((space, target) for space, target in db.execute(_WAITING, (READY,)))
            paused = db.execute(_PAUSED).fetchone()[0]
            probes = tuple((target, in_range(probe)) for target, probe in db.execute(_PROBES)) if paused else ()
            return Wake(None if due is None else in_range(due), ready, probes)

        return await self._db.read_for_loop(work)

    async def finish(
        self, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None = None
    ) -> list[bool]:
        return await self._db.write(lambda db: claiming.finish(db, outcomes, pause_after))

    async def release(self, owner: str, at: datetime, *, sent: bool) -> int:
        return await self._db.write(lambda db: claiming.release(db, owner, at, sent=sent))

    async def heartbeat(self, owner: str, at: datetime, setup: Mapping[str, str] = _NONE) -> datetime | None:
        path = self._db.path
        if path and owner not in self._db.locks:
            self._db.locks[owner] = OwnerLock(path, owner)

        def work(db: sqlite3.Connection) -> tuple[list[str], datetime | None]:
            before = clock_corrections.come_to(db, at)
            maintenance.heartbeat(db, owner, at, setup)
            dead = [other for other in maintenance.others(db, owner) if path and is_dead(path, other)]
            for other in dead:
                claiming.release(db, other, at, sent=True)
                db.execute("delete from loops where owner = ?", (other,))
            return dead, before

        dead, before = await self._db.write(work)
        for other in dead:
            if path:
                forget_lock(path, other)
        return before

    async def leave(self, owner: str) -> None:
        await self._db.write(lambda db: db.execute("delete from loops where owner = ?", (owner,)).rowcount)
        if lock := self._db.locks.pop(owner, None):
            lock.close()

    async def loops(self) -> list[Loop]:
        path, found = self._db.path, await self._db.read(maintenance.loops)
        dead: Callable[[str], bool | None] = (lambda owner: is_dead(path, owner)) if path else (lambda owner: None)
        return [Loop(owner, seen, setup, dead(owner)) for owner, seen, setup in found]

    async def hold_back(self, now: datetime) -> int:
        return await self._db.write(lambda db: clock_corrections.hold_back(db, now))

    async def changed_after(self, now: datetime, after: int, limit: int) -> list[Task]:
        return await self._db.read(lambda db: clock_corrections.changed_after(db, now, after, limit))

    async def rang_on_time(self, key: int) -> datetime | None:
        return await self._db.read(lambda db: clock_corrections.rang_on_time(db, key))

    async def wall_clock_tasks(self, after: int, limit: int) -> list[Task]:
        sql = f"select {TASK} from tasks t where key > ? and wall is not null and due is not null order by key limit ?"
        found = []
        for row in await self._db.rows(sql, (after, limit)):
            try:
                found.append(to_task(row))
            except Damaged:
                continue  # it is set aside when it comes due
        return found
