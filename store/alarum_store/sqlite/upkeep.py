"""Upkeep on SQLite: how the store is, what happened to it, and forgetting what is old."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from alarum_store.model import Incident, Statistics, Usage
from alarum_store.sqlite.database import Database
from alarum_store.sqlite.statements import clock_corrections, maintenance


class SqliteUpkeep:
    """An `UpkeepStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def note(self, at: datetime, what: str) -> None:
        await self._db.write(lambda db: clock_corrections.note(db, at, what))

    async def incidents(self, since: datetime) -> Sequence[Incident]:
        return await self._db.read(lambda db: clock_corrections.incidents(db, since))

    async def statistics(self, at: datetime, can_send: Callable[[str], bool] = lambda target: True) -> Statistics:
        return await self._db.read(lambda db: maintenance.select_statistics(db, at, can_send))

    async def usage(self, namespace: str) -> Usage:
        return await self._db.read(lambda db: maintenance.usage(db, namespace))

    async def key(self, name: str) -> bytes:
        return bytes((await self._db.rows("select value from keys where name = ?", (name,)))[0][0])

    def trouble(self) -> str | None:
        return self._db.writer.trouble

    async def purge(self, runs_before: datetime | None, tasks_before: datetime | None, limit: int) -> int:
        return await self._db.write(lambda db: maintenance.purge(db, runs_before, tasks_before, limit))
