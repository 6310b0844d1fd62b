"""The embedded store: one SQLite file in WAL mode, shared by any number of processes on one machine."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path

from alarum_store.errors import StoreError
from alarum_store.sqlite.database import MEMORY, Database
from alarum_store.sqlite.files import write_beside
from alarum_store.sqlite.loop import SqliteLoop
from alarum_store.sqlite.runs import SqliteRuns
from alarum_store.sqlite.targets import SqliteTargets
from alarum_store.sqlite.tasks import SqliteTasks
from alarum_store.sqlite.upkeep import SqliteUpkeep


class SqliteStore:
    """A `Store` in one file. Writes are synced to disk before they are answered (`synchronous = full`)."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self.tasks = SqliteTasks(database)
        self.loop = SqliteLoop(database)
        self.runs = SqliteRuns(database)
        self.targets = SqliteTargets(database)
        self.upkeep = SqliteUpkeep(database)

    @classmethod
    async def open(
        cls, path: str | Path = MEMORY, *, patience: timedelta = timedelta(seconds=10), lifecycle: str | None = None, failures: str | None = None
    ) -> SqliteStore:  # fmt: skip
        """Open or create the database at `path`; without one, a store in memory.

        A write waits `patience` for a lock that another program holds. What this process changes is noted for the
        target `lifecycle`, and what fails for good for the target `failures`. Raises StoreError saying what to do when
        the database cannot be used.
        """
        return cls(await Database.open(path, patience, lifecycle, failures))

    async def close(self) -> None:
        await self._db.close()

    async def backup(self, to: Path) -> None:
        """Write a consistent copy while the store is in use (sqlite.org/backup.html). Raises StoreError."""
        if to.exists():
            raise StoreError(f"{to} exists already; name a new file, or remove it first")

        def work(db: sqlite3.Connection) -> None:
            with write_beside(to) as new, contextlib.closing(sqlite3.connect(new)) as copy:
                db.backup(copy)  # in one step: one moment of the store, however much is written meanwhile

        try:
            await self._db.read(work)
        except OSError as why:
            raise StoreError(
                f"cannot write the backup {to}: {why.strerror}; name a file in a folder that can be written"
            ) from why
