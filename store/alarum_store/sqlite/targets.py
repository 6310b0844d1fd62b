"""Targets in SQLite: their health, the state of objects, notices."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from alarum_store.delivery import Health, Notice
from alarum_store.sqlite.database import Database
from alarum_store.sqlite.statements import health, outbox


class SqliteTargets:
    """A `TargetStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def health(self) -> list[Health]:
        return await self._db.read(health.select_health)

    async def paused(self) -> frozenset[str]:
        return frozenset(await self._db.read(health.paused))

    async def pause(self, target: str, at: datetime) -> bool:
        return await self._db.write(lambda db: health.pause_target(db, target, at))

    async def resume(self, target: str) -> bool:
        return await self._db.write(lambda db: health.resume_target(db, target))

    async def object_state(self, target: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        sql = "select state from objects where namespace = ? and target = ? and name = ?"
        rows = await self._db.rows(sql, (namespace, target, name))
        return json.loads(rows[0][0]) if rows else None

    async def take_notices(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Notice]:
        return await self._db.write(lambda db: outbox.claim_notices(db, owner, at, lease, self._db.notified, limit))

    async def notified(self, owner: str, notice: Notice, again: datetime | None) -> None:
        await self._db.write(lambda db: outbox.notified(db, owner, notice, again))

    async def forget_notices(self, before: datetime) -> int:
        return await self._db.write(lambda db: outbox.forget_notices(db, before))

    async def disabled(self) -> frozenset[str]:
        return frozenset(row[0] for row in await self._db.rows("select url from gone"))

    async def enable(self, url: str) -> None:
        await self._db.write(lambda db: db.execute("delete from gone where url = ?", (url,)).rowcount)
