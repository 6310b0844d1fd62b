"""Creating tasks: many callers at once, and many tasks in one call; and what a pending task takes on disk."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.app.scheduler import Scheduler
from alarum_store import SqliteStore, Task
from alarum_store.sqlite.rows import TASK_COLUMNS, task_row
from evals.bench.burst import settings

_COLUMNS, _MARKS = ", ".join(TASK_COLUMNS), ", ".join("?" * len(TASK_COLUMNS))

CALLERS = 100


def tasks(count: int, prefix: str = "m") -> list[Task]:
    """Tasks as `schedule` makes them, a month ahead."""
    now = datetime.now(timezone.utc)
    scheduler = Scheduler(settings("."), now, "", bulk=True)
    return scheduler.tasks(
        Request(when=now + timedelta(days=30, seconds=n), message=f"{prefix} {n}") for n in range(count)
    )


async def _callers(count: int, call: Callable[[int], Awaitable[object]]) -> float:
    """Calls per second of 100 callers, each making its next call when the one before was answered."""
    left = list(range(count))

    async def work() -> None:
        while left:
            await call(left.pop())

    start = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CALLERS)))
    return count / (time.perf_counter() - start)


def _bare(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute(f"create table tasks (key integer primary key, {_COLUMNS})")
    return db


async def one_by_one(count: int = 4000) -> tuple[float, float, float]:
    """Per second: the same rows with one commit each, through the store, and as whole `schedule` calls with words."""
    with tempfile.TemporaryDirectory() as folder:
        rows = [task_row(task) for task in tasks(count // 4)]
        with closing(_bare(Path(folder) / "bare.db")) as db:
            start = time.perf_counter()
            for row in rows:
                db.execute(f"insert into tasks ({_COLUMNS}) values ({_MARKS})", row)
            alone = len(rows) / (time.perf_counter() - start)
        store, made = await SqliteStore.open(Path(folder) / "ours.db"), tasks(count)
        ours = await _callers(count, lambda n: store.tasks.add(made[n]))
        await store.close()
        async with runtime(settings(folder), ring=False) as running:
            whole = await _callers(
                count // 2, lambda n: running.app.schedule(Request(when=f"in {n + 1} hours", message=f"call {n}"))
            )
    return alone, ours, whole


async def bulk(count: int = 100_000) -> tuple[float, float, float]:
    """Rows per second: bare executemany, `schedule_many` with datetimes, and with words that are all different."""
    now = datetime.now(timezone.utc)
    with tempfile.TemporaryDirectory() as folder:
        rows = [task_row(task) for task in tasks(count)]
        with closing(_bare(Path(folder) / "bare.db")) as db:
            start = time.perf_counter()
            db.execute("begin")
            db.executemany(f"insert into tasks ({_COLUMNS}) values ({_MARKS})", rows)
            db.execute("commit")
            bare = count / (time.perf_counter() - start)
        async with runtime(settings(folder), ring=False) as running:
            requests = [Request(when=now + timedelta(days=30, seconds=n), message=f"m {n}") for n in range(count)]
            start = time.perf_counter()
            await running.app.schedule_many(requests)
            dated = count / (time.perf_counter() - start)
            words = [Request(when=f"in {n + 60} minutes", message=f"w {n}") for n in range(count // 10)]
            start = time.perf_counter()
            await running.app.schedule_many(words)
            worded = len(words) / (time.perf_counter() - start)
    return bare, dated, worded


async def size(count: int = 100_000) -> tuple[float, float]:
    """Bytes per pending task: the same columns in bare SQLite (no index), and here."""
    with tempfile.TemporaryDirectory() as folder:
        made = tasks(count)
        with closing(_bare(Path(folder) / "bare.db")) as db:
            db.execute("begin")
            db.executemany(f"insert into tasks ({_COLUMNS}) values ({_MARKS})", [task_row(t) for t in made])
            db.execute("commit")
            db.execute("pragma wal_checkpoint(truncate)")
        store = await SqliteStore.open(Path(folder) / "ours.db")
        await store.tasks.add_many(made)
        await store.close()
        return (Path(folder) / "bare.db").stat().st_size / count, (Path(folder) / "ours.db").stat().st_size / count
