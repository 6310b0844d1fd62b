"""The contract on a real file, and what only a file can do wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from store import SqliteStore, StoreError
from tests.store.contract import AT, Planned, StoreContract, task
from tests.store.delivery_contract import DeliveryContract


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
    await one.add(task())
    assert await two.get("t1") == await one.get("t1")
    assert [(await s.turn(AT, Planned(), None, 9)).moved for s in (one, two)] == [1, 0]
    await one.close()
    await two.close()


@pytest.mark.anyio
async def test_what_was_answered_is_there_after_opening_again(tmp_path: Path) -> None:
    first = await SqliteStore.open(tmp_path / "a.db")
    await first.add(task())
    await first.close()
    again = await SqliteStore.open(tmp_path / "a.db")
    assert await again.get("t1") is not None
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
    pages = (await store._rows("pragma page_count"))[0][0]
    await store._writer.write(lambda db: db.execute(f"pragma max_page_count = {pages}").fetchall())
    with pytest.raises(StoreError, match="full"):
        await store.add(replace(task("big"), message="x" * 100_000))
    await store._writer.write(lambda db: db.execute(f"pragma max_page_count = {pages + 1000}").fetchall())
    await store.add(task("small"))
    assert await store.get("big") is None


@pytest.mark.anyio
async def test_writes_are_synced_before_they_are_answered(store: SqliteStore) -> None:
    found = [
        await store._writer.write(lambda db, n=n: db.execute(f"pragma {n}").fetchone()[0])
        for n in ("journal_mode", "synchronous")
    ]
    assert found == ["wal", 2]
