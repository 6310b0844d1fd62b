"""One writer per process: writes that callers ask for at the same time share one commit."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite

from alarum_store.errors import StoreError
from alarum_store.sqlite.migrations import check_schema

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], Any]

_BATCH = 500  # writes in one transaction: enough to share a sync, short enough not to hold the lock


def as_store_error(why: sqlite3.Error) -> StoreError:
    """A database error as what a person can act on."""
    text = str(why)
    if "locked" in text or "busy" in text:
        advice = "another program holds it; close that, or wait until it is done, then try again"
    elif "full" in text:
        advice = "free some space on its disk, then try again"
    elif "malformed" in text or "not a database" in text:
        advice = "run 'alarum doctor'; it says what can still be read, and how to go back to a backup"
    elif "readonly" in text:
        advice = "check the permissions of the file and of its folder"
    else:
        advice = "check disk space, permissions and who else holds it, then try again"
    return StoreError(f"the database could not be used: {text}; {advice}")


class Writer:
    """Runs units of work in shared transactions. A unit that fails is rolled back alone and raises to its caller.

    `check` is called before each transaction, and raises StoreError when nothing may be written.
    """

    def __init__(self, connection: aiosqlite.Connection, check: Callable[[], None]) -> None:
        self._connection = connection
        self._check = check
        self._waiting: list[tuple[Work, bool, asyncio.Future[Any]]] = []
        self._flushing: asyncio.Task[None] | None = None
        self.trouble: str | None = None  # why the last transaction failed

    async def write(self, work: Callable[[sqlite3.Connection], T], *, single: bool = False) -> T:
        """Run `work` inside a transaction; returns once that is committed. A `single` statement undoes itself when it fails."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((work, single, future))
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush())
        return await future

    async def _flush(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            try:
                self._check()
                results = await on_thread(self._connection, _commit, [(work, single) for work, single, _ in batch])
                self.trouble = None
            except sqlite3.Error as why:  # the transaction as a whole failed: every caller must know
                results = [as_store_error(why)] * len(batch)
                self.trouble = f"{results[0]}"
            except Exception as why:
                results = [why] * len(batch)
                self.trouble = f"{why}"
            for (_, _, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, sqlite3.Error):
                    future.set_exception(as_store_error(result))
                elif isinstance(result, Exception):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    async def drain(self) -> None:
        """Wait for what is being written."""
        if self._flushing is not None:
            await self._flushing


async def on_thread(connection: aiosqlite.Connection, work: Callable[..., T], *args: Any) -> T:
    """Run `work(sqlite3 connection, *args)` on the connection's own thread, in one hop.

    aiosqlite has no public call for this; a hop per statement costs more than the statements (about 80 us each).
    """
    if not connection._thread.is_alive():
        raise StoreError("the thread of the database has ended; restart alarum")
    result: T = await connection._execute(work, connection._conn, *args)  # type: ignore[no-untyped-call]
    return result


def _commit(db: sqlite3.Connection, batch: list[tuple[Work, bool]]) -> list[Any]:
    results: list[Any] = []
    db.execute("begin immediate")
    try:
        check_schema(db)
        for work, single in batch:
            results.append(_statement(db, work) if single else _unit(db, work))
        db.execute("commit")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # a full disk has ended it already, and that is what is to be said
            db.execute("rollback")
        raise
    return results


def _statement(db: sqlite3.Connection, work: Work) -> Any:
    try:
        return work(db)
    except Exception as why:
        if not db.in_transaction:
            raise
        return why


def _unit(db: sqlite3.Connection, work: Work) -> Any:
    db.execute("savepoint unit")
    try:
        result = work(db)
        db.execute("release unit")
        return result
    except Exception as why:
        try:
            db.execute("rollback to unit")
            db.execute("release unit")
        except sqlite3.Error:
            raise why from None  # a full disk rolls the whole transaction back by itself
        return why
