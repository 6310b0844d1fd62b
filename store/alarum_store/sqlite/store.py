"""The embedded store: one SQLite file in WAL mode, shared by any number of processes on one machine."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TypeVar

import aiosqlite

from alarum_store.delivery import READY, Claim, Outcome, Room, Rung, Wake
from alarum_store.model import Find, Found, Incident, Loop, Run, Statistics, Task, Usage
from alarum_store.protocol import Planner, StoreError
from alarum_store.sqlite.connections import connect, prepare, prepare_reader
from alarum_store.sqlite.files import (
    OwnerLock,
    Watched,
    forget,
    is_dead,
    make_private,
    mark,
    refuse_network,
    write_beside,
)
from alarum_store.sqlite.rows import TASK, Damaged, to_ms, to_task, within
from alarum_store.sqlite.runs import SqliteRuns
from alarum_store.sqlite.statements import claiming, health, ringing, tasks
from alarum_store.sqlite.statements import clock_corrections as rewinding
from alarum_store.sqlite.statements import maintenance as upkeep
from alarum_store.sqlite.targets import SqliteTargets
from alarum_store.sqlite.writer import Writer, on_thread, unusable

T = TypeVar("T")

MEMORY = ":memory:"
_NONE: Mapping[str, str] = {}
_CHUNK = 2_000  # rows of one transaction in a bulk insert: the loop gets its turn in between
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


class SqliteStore(SqliteRuns, SqliteTargets):
    """A `Store` in one file. Writes are synced to disk before they are answered (`synchronous = full`)."""

    def __init__(
        self,
        path: Path | None,
        writer: aiosqlite.Connection,
        reader: aiosqlite.Connection,
        told: tuple[str, str] = ("", ""),
        patience: timedelta = timedelta(seconds=10),
    ) -> None:
        self._path, self._told, self._patience = path, told, patience
        self._loop: aiosqlite.Connection | None = None  # what reads for the alarm loop, where one runs
        self._db, self._reader = writer, reader
        self._watched = Watched(path) if path else None
        self._writer = Writer(writer, self._check)
        self._locks: dict[str, OwnerLock] = {}

    @classmethod
    async def open(
        cls, path: str | Path = MEMORY, *, patience: timedelta = timedelta(seconds=10), lifecycle: str | None = None, failures: str | None = None
    ) -> SqliteStore:  # fmt: skip
        """Open or create the database at `path`; without one, a store in memory.

        A write waits `patience` for a lock that another program holds. What this process changes is noted for the
        target `lifecycle`, and what fails for good for the target `failures`. Raises StoreError saying what to do when
        the database cannot be used.
        """
        file = None if str(path) == MEMORY else Path(path)
        try:
            if file is not None:
                make_private(file)
                refuse_network(file.parent)
            writer = await connect(path, patience, lambda db: prepare(db, lifecycle, failures))
            try:
                reader = await connect(path, patience, prepare_reader) if file else writer
            except BaseException:
                await writer.close()
                raise
        except (sqlite3.Error, OSError) as why:
            raise StoreError(
                f"cannot open the database {path}: {why}; check the path and its permissions, or name another with --db"
            ) from why
        return cls(file, writer, reader, (lifecycle or "", failures or ""), patience)

    async def close(self) -> None:
        await self._writer.drain()
        for lock in self._locks.values():
            lock.close()
        if self._loop not in (None, self._reader, self._db):
            await self._loop.close()
        if self._reader is not self._db:
            await self._reader.close()
        await self._db.close()

    # -- tasks

    async def add(self, task: Task, runs: Sequence[Run] = ()) -> None:
        await self._writer.write(lambda db: tasks.add(db, task, runs), single=not runs)

    async def add_many(self, new: Sequence[Task]) -> list[str]:
        known: list[str] = []
        for start in range(0, len(new), _CHUNK):
            chunk = new[start : start + _CHUNK]
            known += await self._writer.write(partial(tasks.add_many, tasks=chunk))
        return known

    async def get(self, task_id: str, namespace: str = "") -> Task | None:
        found = await self._read(lambda db: tasks.listed(db, "where id = ? and namespace = ?", (task_id, namespace)))
        return found[0] if found else None

    async def by_key(self, idempotency_key: str, namespace: str = "") -> Task | None:
        where = "where idempotency_key = ? and namespace = ?"
        found = await self._read(lambda db: tasks.listed(db, where, (idempotency_key, namespace)))
        return found[0] if found else None

    async def find(self, find: Find) -> Found:
        where, args = tasks.condition(find)
        order = "due is null, due, created, id"

        def work(db: sqlite3.Connection) -> Found:
            if find.text:  # one look at every text, not one to count and one to list
                keys = [row[0] for row in db.execute(f"select key from tasks where {where} order by {order}", args)]
                page = keys[find.offset : find.offset + find.limit]
                return Found(
                    tasks.listed(
                        db, f"where key in (select value from json_each(?)) order by {order}", (json.dumps(page),)
                    ),
                    len(keys),
                )
            total = db.execute(f"select count(*) from tasks where {where}", args).fetchone()[0]
            return Found(
                tasks.listed(db, f"where {where} order by {order} limit ? offset ?", (*args, find.limit, find.offset)),
                total,
            )

        return await self._read(work)

    async def change(self, task: Task, runs: Sequence[Run] = (), moved_to: str | None = None) -> bool:
        return await self._writer.write(lambda db: tasks.change(db, task, runs, moved_to))

    async def ring_one(self, key: int, at: datetime, planner: Planner) -> bool:
        return await self._writer.write(lambda db: ringing.ring_one(db, at, planner, key))

    async def cancel(self, task_id: str, at: datetime, namespace: str = "") -> Task | None:
        return await self._writer.write(lambda db: tasks.cancel(db, task_id, at, namespace))

    # -- the loop

    async def turn(self, at: datetime, planner: Planner, room: Room | None, limit: int) -> Rung:
        def work(db: sqlite3.Connection) -> Rung:
            moved = claiming.sweep(db, to_ms(at), limit) + ringing.ring(db, at, planner, limit)
            return Rung(moved, claiming.take(db, to_ms(at), room) if room else [])

        try:
            return await self._writer.write(work)
        except StoreError:
            bad = await self._read(lambda db: ringing.unreadable(db, to_ms(at), limit))
            if not bad:
                raise

        def keep_out(db: sqlite3.Connection) -> None:
            for key, why in bad:
                ringing.set_aside(db, key, None, at, why, readable=False)

        await self._writer.write(keep_out)
        return Rung(len(bad), [])

    def _check(self) -> None:
        """Raises StoreError when what is written would be lost; then no loop of this process rings any more, and others see that."""
        try:
            if self._watched is not None:
                self._watched.check()
        except StoreError as why:
            self._writer.trouble = f"{why}"
            for lock in self._locks.values():
                lock.give_up()
            raise

    def mark(self, now: datetime) -> object:
        try:
            self._check()
        except StoreError:
            return object()
        return mark(self._path.with_name(self._path.name + "-wal"), now.timestamp()) if self._path else object()

    async def next_wake(self) -> Wake:
        def work(db: sqlite3.Connection) -> Wake:
            due = db.execute(_WAKE, self._told).fetchone()[0]
            ready = tuple((space, target) for space, target in db.execute(_WAITING, (READY,)))
            paused = db.execute(_PAUSED).fetchone()[0]
            probes = tuple((target, within(probe)) for target, probe in db.execute(_PROBES)) if paused else ()
            return Wake(None if due is None else within(due), ready, probes)

        if self._loop is None:  # its own: a search that takes long on the other one keeps no loop waiting
            self._loop = await connect(self._path, self._patience, prepare_reader) if self._path else self._reader
        try:
            return await on_thread(self._loop, work)
        except sqlite3.Error as why:
            raise unusable(why) from why

    async def finish(
        self, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None = None
    ) -> list[bool]:
        return await self._writer.write(lambda db: claiming.finish(db, outcomes, pause_after))

    async def release(self, owner: str, at: datetime, *, sent: bool) -> int:
        return await self._writer.write(lambda db: claiming.release(db, owner, at, sent=sent))

    async def beat(self, owner: str, at: datetime, setup: Mapping[str, str] = _NONE) -> datetime | None:
        path = self._path
        if path and owner not in self._locks:
            self._locks[owner] = OwnerLock(path, owner)

        def work(db: sqlite3.Connection) -> tuple[list[str], datetime | None]:
            before = rewinding.come_to(db, at)
            upkeep.beat(db, owner, at, setup)
            dead = [other for other in upkeep.others(db, owner) if path and is_dead(path, other)]
            for other in dead:
                claiming.release(db, other, at, sent=True)
                db.execute("delete from loops where owner = ?", (other,))
            return dead, before

        dead, before = await self._writer.write(work)
        for other in dead:
            if path:
                forget(path, other)
        return before

    async def leave(self, owner: str) -> None:
        await self._writer.write(lambda db: db.execute("delete from loops where owner = ?", (owner,)).rowcount)
        if lock := self._locks.pop(owner, None):
            lock.close()

    async def loops(self) -> list[Loop]:
        path, found = self._path, await self._read(upkeep.loops)
        dead: Callable[[str], bool | None] = (lambda owner: is_dead(path, owner)) if path else (lambda owner: None)
        return [Loop(owner, seen, setup, dead(owner)) for owner, seen, setup in found]

    async def hold_back(self, now: datetime) -> int:
        return await self._writer.write(lambda db: rewinding.hold_back(db, now))

    async def changed_after(self, now: datetime, after: int, limit: int) -> list[Task]:
        return await self._read(lambda db: rewinding.changed_after(db, now, after, limit))

    async def rang_on_time(self, key: int) -> datetime | None:
        return await self._read(lambda db: rewinding.rang_on_time(db, key))

    async def note(self, at: datetime, what: str) -> None:
        await self._writer.write(lambda db: rewinding.note(db, at, what))

    async def incidents(self, since: datetime) -> Sequence[Incident]:
        return await self._read(lambda db: rewinding.incidents(db, since))

    # -- upkeep

    async def gone(self) -> frozenset[str]:
        return frozenset(row[0] for row in await self._rows("select url from gone"))

    async def come_back(self, url: str) -> None:
        await self._writer.write(lambda db: db.execute("delete from gone where url = ?", (url,)).rowcount)

    async def walls(self, after: int, limit: int) -> list[Task]:
        sql = f"select {TASK} from tasks t where key > ? and wall is not null and due is not null order by key limit ?"
        found = []
        for row in await self._rows(sql, (after, limit)):
            try:
                found.append(to_task(row))
            except Damaged:
                continue  # it is set aside when it comes due
        return found

    async def purge(self, runs_before: datetime | None, tasks_before: datetime | None, limit: int) -> int:
        return await self._writer.write(lambda db: upkeep.purge(db, runs_before, tasks_before, limit))

    async def key(self, name: str) -> bytes:
        return bytes((await self._rows("select value from keys where name = ?", (name,)))[0][0])

    async def usage(self, namespace: str) -> Usage:
        return await self._read(lambda db: upkeep.usage(db, namespace))

    def trouble(self) -> str | None:
        return self._writer.trouble

    async def statistics(self, at: datetime, mine: Callable[[str], bool] = lambda target: True) -> Statistics:
        return await self._read(lambda db: upkeep.statistics(db, at, mine))

    async def backup(self, to: Path) -> None:
        """Write a consistent copy while the store is in use (sqlite.org/backup.html). Raises StoreError."""
        if to.exists():
            raise StoreError(f"{to} exists already; name a new file, or remove it first")

        def work(db: sqlite3.Connection) -> None:
            with write_beside(to) as new, contextlib.closing(sqlite3.connect(new)) as copy:
                db.backup(copy)  # in one step: one moment of the store, however much is written meanwhile

        try:
            await self._read(work)
        except OSError as why:
            raise StoreError(
                f"cannot write the backup {to}: {why.strerror}; name a file in a folder that can be written"
            ) from why
