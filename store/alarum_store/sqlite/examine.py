"""Looking at a database file as it is, without changing it."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from alarum_store.sqlite.writer import as_store_error


@dataclass(frozen=True, slots=True)
class Examined:
    """What `pragma quick_check` says is broken, the rows that were set aside, and the size of the log in bytes."""

    broken: list[str]
    damaged: list[tuple[int, str, str]]
    log: int


def _broken(db: sqlite3.Connection) -> list[str]:
    try:
        return [str(row[0]) for row in db.execute("pragma quick_check(20)") if row[0] != "ok"]
    except sqlite3.DatabaseError as why:  # so broken that it cannot be checked to the end
        return [str(why)]


async def examine(path: Path) -> Examined:
    """Read every page of the database at `path`. Raises StoreError when it cannot be read at all."""
    return await asyncio.to_thread(_examine, path)


def _examine(path: Path) -> Examined:
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            broken = _broken(db)
            damaged = db.execute("select key, task, why from damaged order by key limit 20").fetchall()
    except sqlite3.Error as why:
        raise as_store_error(why) from why
    log = path.with_name(path.name + "-wal")
    return Examined(broken, damaged, log.stat().st_size if log.exists() else 0)
