"""kill -9 at each named step of a delivery: nothing is lost, nothing rings twice, a duplicate has the same id."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import sys
from datetime import datetime, timezone
from pathlib import Path

import pytest

from alarum.app.request import Request
from alarum.app.scheduler import Scheduler
from alarum.settings.settings import Settings
from alarum_store import SqliteStore
from alarum_store.sqlite.migrations import MIGRATIONS
from tests.support.processes import live
from tests.support.receiver import Receiver

pytestmark = [pytest.mark.anyio, pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")]


@pytest.mark.parametrize(
    ("step", "posts", "attempts"), [("ringing", 1, 1), ("claimed", 1, 2), ("posted", 2, 2), ("recording", 2, 2)]
)
async def test_a_kill_at_this_step_loses_nothing(
    tmp_path: Path, receiver: Receiver, step: str, posts: int, attempts: int
) -> None:
    database, past = tmp_path / "a.db", datetime(2026, 11, 20, 9, 0, tzinfo=timezone.utc)
    store = await SqliteStore.open(database)
    scheduler = Scheduler(Settings(database, "UTC"), past, "")
    await store.tasks.add_many(scheduler.tasks([Request(when="in 1 minute", message="x", id="t")]))
    await store.close()
    assert live(database, receiver.url, step) == -signal.SIGKILL
    assert live(database, receiver.url) == 0
    assert len(receiver.posts) == posts
    assert {headers["webhook-id"] for headers, _ in receiver.posts} == {"t_20261120T090100000Z"}
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("select state, attempts from runs").fetchall() == [("delivered", attempts)]


async def test_a_kill_in_a_migration_leaves_the_old_store_for_the_next_start(
    tmp_path: Path, receiver: Receiver
) -> None:
    database = tmp_path / "a.db"
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        for statement in MIGRATIONS[0].split(";"):
            db.execute(statement)
        db.execute("pragma user_version = 1")
        rule = '{"kind":"once","at":"2026-11-20T09:01:00+00:00","zone":"UTC"}'
        row = ("t", "x", rule, "UTC", "at 9:01", "once", "active", 1_795_165_260_000, 0, 0, None, None, "[]", 0)
        db.execute(f"insert into tasks values ({', '.join('?' * 14)})", row)
    assert live(database, receiver.url, "migrating") == -signal.SIGKILL
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("pragma user_version").fetchone() == (1,)
        assert db.execute("select id from tasks").fetchall() == [("t",)]
    assert live(database, receiver.url) == 0
    assert len(receiver.posts) == 1
