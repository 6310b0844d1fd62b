"""The part of the embedded store that is about targets: their health, the state of objects, notices."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from alarum_store.delivery import Health, Notice
from alarum_store.sqlite.base import SqliteReading
from alarum_store.sqlite.statements import health, outbox


class SqliteTargets(SqliteReading):
    """What `SqliteStore` has from here. `_told` are the targets that it writes notices for."""

    _told: tuple[str, str]

    async def health(self) -> list[Health]:
        return await self._read(health.listed)

    async def paused(self) -> frozenset[str]:
        return frozenset(await self._read(health.paused))

    async def pause_target(self, target: str, at: datetime) -> bool:
        return await self._writer.write(lambda db: health.pause(db, target, at))

    async def resume_target(self, target: str) -> bool:
        return await self._writer.write(lambda db: health.resume(db, target))

    async def instance(self, target: str, name: str, namespace: str = "") -> dict[str, Any] | None:
        sql = "select state from objects where namespace = ? and target = ? and name = ?"
        rows = await self._rows(sql, (namespace, target, name))
        return json.loads(rows[0][0]) if rows else None

    async def take_notices(self, owner: str, at: datetime, lease: timedelta, limit: int) -> list[Notice]:
        return await self._writer.write(lambda db: outbox.take(db, owner, at, lease, self._told, limit))

    async def told(self, owner: str, notice: Notice, again: datetime | None) -> None:
        await self._writer.write(lambda db: outbox.told(db, owner, notice, again))

    async def forget_notices(self, before: datetime) -> int:
        return await self._writer.write(lambda db: outbox.forget(db, before))
