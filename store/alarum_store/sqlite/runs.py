"""Runs in SQLite: looked at, acknowledged, snoozed, delivered again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from alarum_store.delivery import Attempt
from alarum_store.model import Run
from alarum_store.sqlite.database import Database
from alarum_store.sqlite.rows import at, from_ms, to_listed_run, to_ms, to_run
from alarum_store.sqlite.statements import history


class SqliteRuns:
    """A `RunStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def get(self, run_id: str, namespace: str = "") -> Run | None:
        rows = await self._db.rows(f"{history.FROM} where r.id = ? and t.namespace = ?", (run_id, namespace))
        return to_listed_run(rows[0]) if rows else None

    async def find(
        self, *, task_id: str | None = None, namespace: str = "", after: int = 0, inbox: bool = False, limit: int = 50,
        between: tuple[datetime, datetime] | None = None,
    ) -> list[Run]:  # fmt: skip
        rows = await self._db.rows(*history.listing(task_id, namespace, after, inbox, limit, between))
        return sorted((to_listed_run(row) for row in rows), key=lambda run: run.sequence)

    async def snoozed(self, namespace: str = "") -> list[tuple[Run, datetime]]:
        rows = await self._db.rows(history.SNOOZED, (namespace,))
        return [(to_run(row[1:]), from_ms(row[0])) for row in rows]

    async def waiting(self, namespace: str = "") -> tuple[int, int]:
        sql = "select count(*), coalesce(min(sequence), 0) from runs where acknowledged is null and namespace = ?"
        count, oldest = (await self._db.rows(sql, (namespace,)))[0]
        return count, oldest

    async def read_to(self, watcher: str, namespace: str = "") -> int | None:
        sql = "select sequence from watchers where name = ? and namespace = ?"
        rows = await self._db.rows(sql, (watcher, namespace))
        return int(rows[0][0]) if rows else None

    async def has_read(self, watcher: str, sequence: int, at: datetime, namespace: str = "") -> None:
        sql = (
            "insert into watchers (name, namespace, sequence, seen) values (?, ?, ?, ?) on conflict (name, namespace) "
            "do update set sequence = max(sequence, excluded.sequence), seen = excluded.seen"
        )
        await self._db.write(lambda db: db.execute(sql, (watcher, namespace, sequence, to_ms(at))).rowcount)

    async def last_sequence(self, namespace: str = "") -> int:
        rows = await self._db.rows("select coalesce(max(sequence), 0) from runs where namespace = ?", (namespace,))
        return int(rows[0][0])

    async def attempts(self, run_id: str) -> list[Attempt]:
        rows = await self._db.rows(history.ATTEMPTS, (run_id,))
        return [Attempt(r[0], r[1], from_ms(r[2]), at(r[3]), r[4], r[5], r[6]) for r in rows]

    async def acknowledge(self, run_ids: Sequence[str], at: datetime, namespace: str = "") -> int:
        return await self._db.write(lambda db: history.acknowledge(db, run_ids, at, namespace))

    async def snooze(self, run_id: str, due: datetime, at: datetime, namespace: str = "") -> bool:
        return await self._db.write(lambda db: history.snooze(db, run_id, due, at, namespace))

    async def redeliver(
        self,
        *,
        run_id: str | None = None,
        since: datetime | None = None,
        target: str | None = None,
        namespace: str = "",
    ) -> int:
        return await self._db.write(lambda db: history.redeliver(db, run_id, since, target, namespace))
