"""The embedded store: one SQLite file in WAL mode, shared by any number of processes on one machine."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import aiosqlite

from store.migrations import migrate
from store.model import Attempt, Claim, Find, Found, Outcome, Run, Task
from store.protocol import StoreError, TaskExists
from store.writer import Writer, on_thread, unusable

_TASK = "id, message, rule, zone, words, kind, state, due, created, runs, webhook, payload, tags, version"
_RUN = "r.id, r.task_id, r.number, r.scheduled, r.rung, r.state, r.missed, r.attempts, r.acknowledged, r.sequence, t.message, t.zone from runs r join tasks t on t.id = r.task_id"


def to_ms(at: datetime) -> int:
    """Milliseconds since 1970 of an aware time, without the rounding of floats."""
    delta = at - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


def _ms(at: datetime | None) -> int | None:
    return None if at is None else to_ms(at)


def _at(ms: int | None) -> datetime | None:
    return None if ms is None else from_ms(ms)


def _task(row: Any) -> Task:
    return Task(
        id=row[0], message=row[1], rule=row[2], zone=row[3], words=row[4], kind=row[5], state=row[6], due=_at(row[7]),
        created=from_ms(row[8]), runs=row[9], webhook=row[10], payload=json.loads(row[11]) if row[11] else None,
        tags=tuple(json.loads(row[12])), version=row[13],
    )  # fmt: skip


def _run(row: Any) -> Run:
    return Run(
        id=row[0], task_id=row[1], number=row[2], scheduled=from_ms(row[3]), rung=from_ms(row[4]), state=row[5],
        missed=row[6], attempts=row[7], acknowledged=_at(row[8]), sequence=row[9], message=row[10], zone=row[11],
    )  # fmt: skip


class SqliteStore:
    """A `Store` in one file. Writes are synced to disk before they are answered (`synchronous = full`)."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        self._db = connection
        self._writer = Writer(connection)

    @classmethod
    async def open(cls, path: str | Path) -> SqliteStore:
        """Open or create the database at `path`. Raises StoreError saying what to do when it cannot be used."""
        try:
            if str(path) != ":memory:":
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            connection = await aiosqlite.connect(path, isolation_level=None, timeout=30)
            try:
                await on_thread(connection, _prepare)
            except BaseException:
                await connection.close()
                raise
        except (sqlite3.Error, OSError) as why:
            raise StoreError(
                f"cannot open the database {path}: {why}; check the path and its permissions, or name another with --db"
            ) from why
        return cls(connection)

    async def close(self) -> None:
        await self._writer.drain()
        await self._db.close()

    async def _read(self, sql: str, *args: Any) -> list[Any]:
        def work(db: sqlite3.Connection) -> list[Any]:
            return db.execute(sql, args).fetchall()

        try:
            return await on_thread(self._db, work)
        except sqlite3.Error as why:
            raise unusable(why) from why

    async def add(self, task: Task) -> None:
        values = (
            task.id, task.message, task.rule, task.zone, task.words, task.kind, task.state, _ms(task.due),
            to_ms(task.created), task.runs, task.webhook,
            None if task.payload is None else json.dumps(task.payload), json.dumps(task.tags), task.version,
        )  # fmt: skip

        def work(db: sqlite3.Connection) -> None:
            try:
                db.execute(f"insert into tasks ({_TASK}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
            except sqlite3.IntegrityError as why:
                raise TaskExists(f"a task with the id '{task.id}' is already kept; choose another id") from why

        await self._writer.write(work)

    async def get(self, task_id: str) -> Task | None:
        rows = await self._read(f"select {_TASK} from tasks where id = ?", task_id)
        return _task(rows[0]) if rows else None

    async def find(self, find: Find) -> Found:
        where, args = [f"state in ({', '.join('?' * len(find.states))})"], list[Any](find.states)
        if find.id is not None:
            where.append("id = ?")
            args.append(find.id)
        for word in (find.text or "").split():
            where.append("(instr(lower(message), ?) or instr(lower(words), ?))")
            args += [word.lower()] * 2
        clause = " and ".join(where)
        total = (await self._read(f"select count(*) from tasks where {clause}", *args))[0][0]
        sql = f"select {_TASK} from tasks where {clause} order by due is null, due, created, id limit ? offset ?"
        rows = await self._read(sql, *args, find.limit, find.offset)
        return Found([_task(row) for row in rows], total)

    async def cancel(self, task_id: str) -> Task | None:
        def work(db: sqlite3.Connection) -> Task | None:
            row = db.execute(f"select {_TASK} from tasks where id = ? and state = 'active'", (task_id,)).fetchone()
            if row:
                db.execute(
                    "update tasks set state = 'cancelled', due = null, version = version + 1 where id = ?", (task_id,)
                )
            return _task(row) if row else None

        return await self._writer.write(work)

    async def due(self, at: datetime, limit: int) -> list[Task]:
        sql = f"select {_TASK} from tasks where state = 'active' and due <= ? order by due limit ?"
        return [_task(row) for row in await self._read(sql, to_ms(at), limit)]

    async def next_wake(self) -> datetime | None:
        sql = "select min(x) from (select min(due) x from tasks where state = 'active' and due is not null union all select min(try_at) from runs where state = 'waiting')"
        return _at((await self._read(sql))[0][0])

    async def ring(self, task: Task, run: Run, next_due: datetime | None) -> bool:
        def work(db: sqlite3.Connection) -> bool:
            moved = db.execute(
                "update tasks set due = ?, runs = runs + 1, version = version + 1, state = iif(? is null, 'ended', state) where id = ? and state = 'active' and due = ?",
                (_ms(next_due), _ms(next_due), task.id, _ms(task.due)),
            ).rowcount
            if not moved:
                return False
            waiting = run.state == "waiting"
            db.execute(
                "insert into runs (id, task_id, number, scheduled, rung, state, missed, try_at) values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    run.id,
                    task.id,
                    run.number,
                    to_ms(run.scheduled),
                    to_ms(run.rung),
                    run.state,
                    run.missed,
                    to_ms(run.rung) if waiting else None,
                ),
            )
            return True

        return await self._writer.write(work)

    async def claim(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Claim]:
        def work(db: sqlite3.Connection) -> list[Claim]:
            rows = db.execute(
                "update runs set owner = ?, try_at = ?, attempts = attempts + 1 where sequence in "
                "(select sequence from runs where state = 'waiting' and try_at <= ? order by try_at limit ?) returning id, attempts",
                (owner, to_ms(at + lease), to_ms(at), limit),
            ).fetchall()
            claims = []
            for run_id, attempt in rows:
                run = _run(db.execute(f"select {_RUN} where r.id = ?", (run_id,)).fetchone())
                task = _task(db.execute(f"select {_TASK} from tasks where id = ?", (run.task_id,)).fetchone())
                claims.append(Claim(run, task, owner, attempt))
            return claims

        return await self._writer.write(work)

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        retry = outcome.state == "failed" and outcome.retry_at is not None

        def work(db: sqlite3.Connection) -> bool:
            held = db.execute(
                "update runs set state = ?, try_at = ?, owner = null where id = ? and owner = ? and attempts = ? and state = 'waiting'",
                (
                    "waiting" if retry else outcome.state,
                    _ms(outcome.retry_at) if retry else None,
                    claim.run.id,
                    claim.owner,
                    claim.attempt,
                ),
            ).rowcount
            if not held:
                return False
            db.execute(
                "insert into attempts (run_id, number, started, ended, status, error) values (?, ?, ?, ?, ?, ?)",
                (
                    claim.run.id,
                    claim.attempt,
                    to_ms(outcome.started),
                    to_ms(outcome.ended),
                    outcome.status,
                    outcome.error,
                ),
            )
            return True

        return await self._writer.write(work)

    async def runs(
        self, *, task_id: str | None = None, after: int = 0, inbox: bool = False, limit: int = 50
    ) -> list[Run]:
        where, args = ["r.sequence > ?"], list[Any]([after])
        if task_id is not None:
            where.append("r.task_id = ?")
            args.append(task_id)
        if inbox:
            where.append("r.acknowledged is null")
        order = "desc" if inbox else "asc"
        rows = await self._read(
            f"select {_RUN} where {' and '.join(where)} order by r.sequence {order} limit ?", *args, limit
        )
        return sorted((_run(row) for row in rows), key=lambda run: run.sequence)

    async def last_sequence(self) -> int:
        return int((await self._read("select coalesce(max(sequence), 0) from runs"))[0][0])

    async def acknowledge(self, run_ids: list[str], at: datetime) -> int:
        def work(db: sqlite3.Connection) -> int:
            return sum(
                db.execute(
                    "update runs set acknowledged = ? where id = ? and acknowledged is null", (to_ms(at), run_id)
                ).rowcount
                for run_id in run_ids
            )

        return await self._writer.write(work)

    async def attempts(self, run_id: str) -> list[Attempt]:
        sql = "select run_id, number, started, ended, status, error from attempts where run_id = ? order by number"
        return [Attempt(r[0], r[1], from_ms(r[2]), from_ms(r[3]), r[4], r[5]) for r in await self._read(sql, run_id)]

    async def beat(self, owner: str, at: datetime) -> None:
        def work(db: sqlite3.Connection) -> None:
            db.execute("delete from loops where seen < ?", (to_ms(at - timedelta(hours=1)),))
            db.execute(
                "insert into loops (owner, seen) values (?, ?) on conflict (owner) do update set seen = excluded.seen",
                (owner, to_ms(at)),
            )

        await self._writer.write(work)

    async def last_beat(self) -> datetime | None:
        return _at((await self._read("select max(seen) from loops"))[0][0])


def _prepare(db: sqlite3.Connection) -> None:
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("pragma foreign_keys = on")
    migrate(db)
