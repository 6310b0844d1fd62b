"""The contract on a real file, and what only a file can do wrong."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from alarum_store import Capacity, SqliteStore, StoreError
from alarum_store.sqlite.migrations import MIGRATIONS
from tests.store.contract import LEASE, Planned, StoreContract, task
from tests.store.delivery_contract import DeliveryContract
from tests.support.moments import AT


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    it = await SqliteStore.open(tmp_path / "a.db")
    yield it
    await it.close()


@pytest.fixture
async def telling(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    it = await SqliteStore.open(tmp_path / "t.db", lifecycle="audit")
    yield it
    await it.close()


@pytest.fixture
async def failing(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    it = await SqliteStore.open(tmp_path / "f.db", failures="ops")
    yield it
    await it.close()


class TestSqlite(StoreContract, DeliveryContract):
    """On a file."""


class TestMemory(StoreContract):
    """Without one, as the test runtime has it."""

    @pytest.fixture
    async def store(self) -> AsyncIterator[SqliteStore]:
        it = await SqliteStore.open()
        yield it
        await it.close()


@pytest.mark.anyio
async def test_two_processes_on_one_file_ring_once_and_see_each_other(tmp_path: Path) -> None:
    one, two = await SqliteStore.open(tmp_path / "a.db"), await SqliteStore.open(tmp_path / "a.db")
    await one.tasks.add(task())
    assert await two.tasks.get("t1") == await one.tasks.get("t1")
    assert [(await s.loop.turn(AT, Planned(), None, 9)).moved for s in (one, two)] == [1, 0]
    await one.close()
    await two.close()


@pytest.mark.anyio
async def test_what_was_answered_is_there_after_opening_again(tmp_path: Path) -> None:
    first = await SqliteStore.open(tmp_path / "a.db")
    await first.tasks.add(task())
    await first.close()
    again = await SqliteStore.open(tmp_path / "a.db")
    assert await again.tasks.get("t1") is not None
    await again.close()


@pytest.mark.anyio
async def test_a_store_of_a_newer_version_is_refused_untouched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as db:
        db.execute("pragma user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        await SqliteStore.open(tmp_path / "a.db")


@pytest.mark.anyio
async def test_a_file_that_is_no_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="cannot open the database"):
        await SqliteStore.open(tmp_path / "a.db")


@pytest.mark.anyio
async def test_a_full_database_fails_one_write_clearly_and_goes_on(store: SqliteStore) -> None:
    pages = (await store._db.rows("pragma page_count"))[0][0]
    await store._db.write(lambda db: db.execute(f"pragma max_page_count = {pages}").fetchall())
    with pytest.raises(StoreError, match="full"):
        await store.tasks.add(replace(task("big"), message="x" * 100_000))
    await store._db.write(lambda db: db.execute(f"pragma max_page_count = {pages + 1000}").fetchall())
    await store.tasks.add(task("small"))
    assert await store.tasks.get("big") is None


@pytest.mark.anyio
async def test_writes_are_synced_before_they_are_answered(store: SqliteStore) -> None:
    pragmas = ("journal_mode", "synchronous")
    found = await store._db.write(lambda db: [db.execute(f"pragma {name}").fetchone()[0] for name in pragmas])
    assert found == ["wal", 2]


def _schema_4(path: Path) -> None:
    """A store as the version before wrote it: two namespaces, a run of each, and a damaged row whose task is gone."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.create_function("search_terms", -1, lambda *texts: " ")
        for number, migration in enumerate(MIGRATIONS[:4], 1):
            for statement in filter(str.strip, migration.split(";")):
                db.execute(statement)
            db.execute(f"pragma user_version = {number}")
        columns = "namespace, id, message, rule, zone, words, kind, state, due, created, payload"
        for namespace in ("", "anna"):
            row = (namespace, "t1", "müde", '{"kind":"unscheduled"}', "UTC", "x", "once", "active", 1, 1, '{"a":1}')
            key = db.execute(f"insert into tasks ({columns}) values ({', '.join('?' * 11)})", row).lastrowid
            db.execute("insert into runs (id, task, number, scheduled, rung, state, rank, target) values (?, ?, 1, 1, 1, 'waiting', 0, 'h:80')",
                       (f"{namespace}~t1", key))  # fmt: skip
        db.execute("insert into damaged (key, task, found, why) values (99, 'gone', 1, 'x')")
        db.execute("insert into watchers values ('agent', 'anna', 1)")


@pytest.mark.anyio
async def test_a_store_of_the_version_before_keeps_all_it_has_and_uses_no_key_again(tmp_path: Path) -> None:
    _schema_4(tmp_path / "a.db")
    store = await SqliteStore.open(tmp_path / "a.db")
    try:
        for namespace in ("", "anna"):
            kept = await store.tasks.get("t1", namespace)
            assert kept is not None
            assert (kept.message, kept.payload) == ("müde", {"a": 1})
            (run,) = await store.runs.find(namespace=namespace)
            assert run.namespace == namespace
            assert (await store.upkeep.usage(namespace)).bytes == len("müde".encode()) + len("x") + len('{"a":1}')
        assert await store.runs.read_to("agent", "anna") == 1
        assert (await store.upkeep.statistics(AT)).damaged == 0
        await store.tasks.add(task("t2"))
        third = await store.tasks.get("t2")
        assert third is not None
        assert third.key == 3
        assert len(await store.upkeep.key("cursor")) == 32
        claims = (await store.loop.turn(AT, Planned(), Capacity("one", LEASE, 9, 9), 10)).claims
        assert {claim.task.namespace for claim in claims} == {"", "anna"}
    finally:
        await store.close()
