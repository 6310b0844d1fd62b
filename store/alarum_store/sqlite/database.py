"""An open database: the one connection that writes, those that read, and the locks of the loops of this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite

from alarum_store.errors import StoreError
from alarum_store.sqlite.connections import open_connection, prepare, prepare_reader
from alarum_store.sqlite.files import FileGuard, OwnerLock, change_marker, make_private, refuse_network
from alarum_store.sqlite.writer import Writer, as_store_error, on_thread

T = TypeVar("T")

MEMORY = ":memory:"


class Database:
    """What the parts of the embedded store share. `path` is None in memory; `notified` are the targets that notices are written for."""

    def __init__(
        self, path: Path | None, connection: aiosqlite.Connection, reader: aiosqlite.Connection, notified: tuple[str, str], patience: timedelta
    ) -> None:  # fmt: skip
        self.path, self.notified = path, notified
        self.locks: dict[str, OwnerLock] = {}  # by owner
        self._patience = patience
        self._connection, self._reader = connection, reader
        self._loop_reader: aiosqlite.Connection | None = None
        self._watched = FileGuard(path) if path else None
        self.writer = Writer(connection, self._check)

    @classmethod
    async def open(cls, path: str | Path, patience: timedelta, lifecycle: str | None, failures: str | None) -> Database:
        """Open or create the database at `path`. Raises StoreError saying what to do when it cannot be used."""
        file = None if str(path) == MEMORY else Path(path)
        try:
            if file is not None:
                make_private(file)
                refuse_network(file.parent)
            connection = await open_connection(path, patience, lambda db: prepare(db, lifecycle, failures))
            try:
                reader = await open_connection(path, patience, prepare_reader) if file else connection
            except BaseException:
                await connection.close()
                raise
        except (sqlite3.Error, OSError) as why:
            raise StoreError(
                f"cannot open the database {path}: {why}; check the path and its permissions, or name another with --db"
            ) from why
        return cls(file, connection, reader, (lifecycle or "", failures or ""), patience)

    async def write(self, work: Callable[[sqlite3.Connection], T], *, single: bool = False) -> T:
        """Run `work` in a transaction that is shared with what is written at the same time; returns once that is committed."""
        return await self.writer.write(work, single=single)

    async def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on the connection that reads. Raises StoreError."""
        try:
            return await on_thread(self._reader, work)
        except sqlite3.Error as why:
            raise as_store_error(why) from why

    async def read_for_loop(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on a connection of the alarm loop's own: a search that takes long on the other keeps no loop waiting."""
        if self._loop_reader is None:
            self._loop_reader = (
                await open_connection(self.path, self._patience, prepare_reader) if self.path else self._reader
            )
        try:
            return await on_thread(self._loop_reader, work)
        except sqlite3.Error as why:
            raise as_store_error(why) from why

    async def rows(self, sql: str, args: Sequence[Any] = ()) -> list[Any]:
        """All rows of a statement that reads."""
        return await self.read(lambda db: db.execute(sql, args).fetchall())

    def change_marker(self, now: datetime) -> object:
        """Equal to an earlier one only where nothing was written in between."""
        try:
            self._check()
        except StoreError:
            return object()
        if not self.path:
            return object()
        return change_marker(self.path.with_name(self.path.name + "-wal"), now.timestamp())

    def _check(self) -> None:
        """Raises StoreError when what is written would be lost; then no loop of this process rings any more, and others see that."""
        try:
            if self._watched is not None:
                self._watched.check()
        except StoreError as why:
            self.writer.trouble = f"{why}"
            for lock in self.locks.values():
                lock.give_up()
            raise

    async def close(self) -> None:
        await self.writer.drain()
        for lock in self.locks.values():
            lock.close()
        if self._loop_reader not in (None, self._reader, self._connection):
            await self._loop_reader.close()
        if self._reader is not self._connection:
            await self._reader.close()
        await self._connection.close()
