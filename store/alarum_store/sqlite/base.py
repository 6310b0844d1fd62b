"""What the parts of the embedded store share: a connection that reads, and the one writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import aiosqlite

from alarum_store.sqlite.writer import Writer, on_thread, unusable

T = TypeVar("T")


class SqliteReading:
    """The connections of `SqliteStore`, which opens them."""

    _reader: aiosqlite.Connection
    _writer: Writer

    async def _read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await on_thread(self._reader, work)
        except sqlite3.Error as why:
            raise unusable(why) from why

    async def _rows(self, sql: str, args: Sequence[Any] = ()) -> list[Any]:
        return await self._read(lambda db: db.execute(sql, args).fetchall())
