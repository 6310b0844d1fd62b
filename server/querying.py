"""Looking: tasks, the inbox, history, statistics. Nothing is written but what is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence

import nlp
from server.alarms import BEAT
from server.answers import Inbox, Queried, StatisticsAnswer
from server.context import Context, states
from server.describe import fired, local, run_answer, short, task_answer
from server.errors import Refused
from store import Find


class Queries(Context):
    async def query(
        self, *, id: str | None = None, text: str | None = None, tag: str | None = None, status: str | None = None, limit: int = 20,
        offset: int = 0, history: bool = False,
    ) -> Queried:  # fmt: skip
        """Tasks that match, and the inbox; with `history` the runs of the one that was asked for. Nothing is written."""
        if not 1 <= limit <= 200 or offset < 0:
            raise Refused("limit goes from 1 to 200, for example 20, and offset from 0")
        now = self.clock.now()
        find = Find(self.namespace, id, text, tag, states(status, bool(id)), limit, offset)
        found = await self.store.find(find)
        inbox = await self.store.runs(task_id=id, namespace=self.namespace, inbox=True, limit=limit)
        past = None
        if history:
            if len(found.tasks) != 1:
                raise Refused(f"history is that of one task, and {found.total} match; name its id")
            runs = await self.store.runs(task_id=found.tasks[0].id, namespace=self.namespace, limit=limit)
            past = [run_answer(run, await self.store.attempts(run.id)) for run in runs]
        first = next((task for task in found.tasks if task.state == "active"), None)
        ahead = (
            f" Next: '{short(first.message)}' on {nlp.say_time(first.due, first.zone)}." if first and first.due else ""
        )
        what = "task" if found.total == 1 else "tasks"
        waiting = f" {len(inbox)} in the inbox." if inbox else ""
        return Queried(
            summary=f"{found.total} {what}.{ahead}{waiting}", tasks=[task_answer(t, now, self.settings.zone) for t in found.tasks],
            total=found.total, inbox=[fired(run) for run in inbox], history=past,
        )  # fmt: skip

    async def inbox(self, acknowledge: Sequence[str], *, everything: bool = False) -> Inbox:
        """What fired and waits; the runs named, or all that are shown, are marked as seen first."""
        ids = list(acknowledge)
        if everything:
            ids = [run.id for run in await self.store.runs(namespace=self.namespace, inbox=True, limit=200)]
        done = await self.store.acknowledge(ids, self.clock.now(), self.namespace)
        waiting = await self.store.runs(namespace=self.namespace, inbox=True, limit=50)
        summary = f"{len(waiting)} waiting in the inbox" + (f"; {done} acknowledged." if ids else ".")
        return Inbox(summary=summary, fired=[fired(run) for run in waiting], acknowledged=done)

    async def statistics(self) -> StatisticsAnswer:
        """How the store and its loops are."""
        now = self.clock.now()
        found = await self.store.statistics(now)
        alive = found.beat is not None and now - found.beat <= 3 * BEAT
        lag = found.lag.total_seconds()
        state = "rings" if alive else "nothing is running that could ring"
        return StatisticsAnswer(
            summary=f"{state}; {found.tasks.get('active', 0)} active tasks, {found.due} due, {found.failed_24h} failed in 24 h, lag {lag:g} s.",
            tasks=found.tasks, runs=found.runs, due=found.due, ready=found.ready, failed_24h=found.failed_24h, lag_seconds=lag,
            last_turn=None if found.beat is None else local(found.beat, self.settings.zone), loops=found.loops, damaged=found.damaged, alive=alive,
        )  # fmt: skip
