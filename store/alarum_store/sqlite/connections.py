"""Connections to a database file: one that writes, durable before it answers, and one that only reads."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import aiosqlite

from alarum_store.sqlite.migrations import migrate
from alarum_store.sqlite.statements import outbox
from alarum_store.sqlite.writer import on_thread


async def open_connection(
    path: str | Path, patience: timedelta, prepared: Callable[[sqlite3.Connection], None]
) -> aiosqlite.Connection:
    connection = await aiosqlite.connect(
        path, isolation_level=None, timeout=patience.total_seconds(), cached_statements=256
    )
    try:
        await on_thread(connection, prepared)
    except BaseException:
        await connection.close()
        raise
    return connection


def _functions(db: sqlite3.Connection) -> None:
    """SQLite's own lower() knows ASCII only."""
    db.create_function("casefold", 1, lambda text: str(text).casefold(), deterministic=True)


def prepare(db: sqlite3.Connection, lifecycle: str | None = None, failures: str | None = None) -> None:
    _functions(db)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("pragma journal_size_limit = 16777216")  # a log that a long reader let grow is cut again
    migrate(db)
    db.execute("pragma foreign_keys = on")
    outbox.listen(db, lifecycle, failures)


def prepare_reader(db: sqlite3.Connection) -> None:
    _functions(db)
    db.execute("pragma query_only = on")
