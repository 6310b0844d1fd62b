"""The contract on a real file, and what only a file can do wrong."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from store import SqliteStore, StoreError
from tests.store.contract import AT, StoreContract, run, task


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    it = await SqliteStore.open(tmp_path / "a.db")
    yield it
    await it.close()


class TestSqlite(StoreContract):
    pass


@pytest.mark.anyio
async def test_two_processes_on_one_file_ring_once_and_see_each_other(tmp_path: Path) -> None:
    one, two = await SqliteStore.open(tmp_path / "a.db"), await SqliteStore.open(tmp_path / "a.db")
    await one.add(task())
    assert await two.get("t1") == task()
    assert [await s.ring(task(), run(task()), None) for s in (one, two)] == [True, False]
    await one.close()
    await two.close()


@pytest.mark.anyio
async def test_what_was_answered_is_there_after_opening_again(tmp_path: Path) -> None:
    first = await SqliteStore.open(tmp_path / "a.db")
    await first.add(task())
    await first.close()
    again = await SqliteStore.open(tmp_path / "a.db")
    assert [t.id for t in await again.due(AT, 5)] == ["t1"]
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
    pages = (await store._read("pragma page_count"))[0][0]
    await store._read(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        await store.add(replace(task("big"), message="x" * 100_000))
    await store._read(f"pragma max_page_count = {pages + 1000}")
    await store.add(task("small"))
    assert await store.get("big") is None


@pytest.mark.anyio
async def test_writes_are_synced_before_they_are_answered(store: SqliteStore) -> None:
    assert [(await store._read(f"pragma {name}"))[0][0] for name in ("journal_mode", "synchronous")] == ["wal", 2]
