"""Tasks in SQLite: kept, found, changed and ended by the application."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from alarum_store.model import Run, Task, TaskFilter, TaskPage
from alarum_store.sqlite.database import Database
from alarum_store.sqlite.statements import tasks

_CHUNK = 2_000  # rows of one transaction in a bulk insert: the loop gets its turn in between


class SqliteTasks:
    """A `TaskStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, task: Task, runs: Sequence[Run] = ()) -> None:
        await self._db.write(lambda db: tasks.add(db, task, runs), single=not runs)

    async def add_many(self, new: Sequence[Task]) -> list[str]:
        known: list[str] = []
        for start in range(0, len(new), _CHUNK):
            chunk = new[start : start + _CHUNK]
            known += await self._db.write(partial(tasks.add_many, tasks=chunk))
        return known

    async def get(self, task_id: str, namespace: str = "") -> Task | None:
        found = await self._db.read(
            lambda db: tasks.select_tasks(db, "where id = ? and namespace = ?", (task_id, namespace))
        )
        return found[0] if found else None

    async def by_key(self, idempotency_key: str, namespace: str = "") -> Task | None:
        where = "where idempotency_key = ? and namespace = ?"
        found = await self._db.read(lambda db: tasks.select_tasks(db, where, (idempotency_key, namespace)))
        return found[0] if found else None

    async def find(self, find: TaskFilter) -> TaskPage:
        where, args = tasks.condition(find)
        order = "due is null, due, created, id"

        def work(db: sqlite3.Connection) -> TaskPage:
            if find.text:  # one look at every text, not one to count and one to list
                keys = [row[0] for row in db.execute(f"select key from tasks where {where} order by {order}", args)]
                page = keys[find.offset : find.offset + find.limit]
                return TaskPage(
                    tasks.select_tasks(
                        db, f"where key in (select value from json_each(?)) order by {order}", (json.dumps(page),)
                    ),
                    len(keys),
                )
            total = db.execute(f"select count(*) from tasks where {where}", args).fetchone()[0]
            return TaskPage(
                tasks.select_tasks(
                    db, f"where {where} order by {order} limit ? offset ?", (*args, find.limit, find.offset)
                ),
                total,
            )

        return await self._db.read(work)

    async def change(self, task: Task, runs: Sequence[Run] = (), moved_to: str | None = None) -> bool:
        return await self._db.write(lambda db: tasks.update(db, task, runs, moved_to))

    async def cancel(self, task_id: str, at: datetime, namespace: str = "") -> Task | None:
        return await self._db.write(lambda db: tasks.cancel(db, task_id, at, namespace))
