"""Calls to a server that is killed while it answers them: what was answered is so, what was not may be so."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field

from alarum.app.interface import Application
from alarum.app.request import Request
from alarum.app.task_edits import Edit
from alarum.cli.remote_app import remote
from alarum.errors import Refused
from alarum_store import SqliteStore, Task, TaskFilter

DAILY = ("skip", "hand", "moved", "replaced")


@dataclass
class Calls:
    """What was asked of the daily tasks and of those that ring at once, and what of it was answered."""

    url: str
    hook: str
    answered: Counter[str] = field(default_factory=Counter)
    unanswered: Counter[str] = field(default_factory=Counter)
    last: dict[str, set[str]] = field(default_factory=dict)  # the words that may be those of a task now
    soon: set[str] = field(default_factory=set)  # ids of tasks whose scheduling was answered
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def until_killed(self) -> None:
        """Call after call, until the server is gone."""
        try:
            async with remote(self.url, None) as server:
                while True:
                    await self._one(server, next(self._numbers))
        except (Refused, OSError, BaseExceptionGroup):
            return

    async def _one(self, server: Application, number: int) -> None:
        kind = ("schedule", *DAILY)[number % 5]
        words = f"every day at {number % 23}:{number % 59:02}"
        if kind in ("moved", "replaced"):
            self.last.setdefault(kind, set()).add(words)
        self.unanswered[kind] += 1
        await self._call(server, kind, number, words)
        self.unanswered[kind] -= 1
        self.answered[kind] += 1
        if kind in ("moved", "replaced"):
            self.last[kind] = {words}
        if kind == "schedule":
            self.soon.add(f"soon-{number}")

    async def _call(self, server: Application, kind: str, number: int, words: str) -> None:
        match kind:
            case "schedule":
                await server.schedule(
                    Request(
                        when="in 2 seconds",
                        message="soon",
                        id=f"soon-{number}",
                        webhook=self.hook,
                        policies={"misfire": "all"},
                    )
                )
            case "skip":
                await server.skip_next("skip")
            case "hand":
                await server.run_now("hand")
            case "moved":
                await server.edit("moved", Edit(when=words))
            case _:
                await server.schedule(Request(when=words, message="replaced", id="replaced", if_exists="replace"))

    async def broken(self, store: SqliteStore) -> int:
        """How many answers turned out not to be so."""
        runs = [run for run in await store.runs.find(limit=1_000_000) if run.task_id in (*DAILY, *self.soon)]
        found = Counter(
            run.task_id if run.task_id in DAILY else "soon"
            for run in runs
            if run.origin == "now" or run.state == "skipped" or run.task_id in self.soon
        )
        wrong = sum(
            not self.answered[kind] <= found[kind] <= self.answered[kind] + self.unanswered[kind]
            for kind in ("skip", "hand")
        )
        rang = {run.task_id for run in runs if run.task_id in self.soon and run.state == "delivered"}
        tasks: list[Task] = (await store.tasks.find(TaskFilter(limit=10_000))).tasks
        said = {task.id: task.words for task in tasks}
        return wrong + len(self.soon - rang) + sum(said.get(name) not in words for name, words in self.last.items())
