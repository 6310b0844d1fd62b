"""What can be asked of Alarum, the same for MCP clients, the command line and the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

import alarum_nlp as nlp
from alarum.app.answers import Scheduled
from alarum.app.query import Queries
from alarum.app.schedule import Request, Scheduler
from alarum.app.targets import Targets
from alarum.app.to_answer import task_answer
from alarum.app.update import Changes
from alarum.errors import Refused
from alarum.wording import say_task_time, short
from alarum_nlp import Reading
from alarum_store import TAKES, Task, TaskExists


class App(Queries, Changes, Targets):
    """Everything that a client may ask for, within one namespace."""

    async def schedule(self, request: Request) -> Scheduled:
        """Read, store, wake the loop, echo. Raises Refused; then nothing is stored."""
        now = self.clock.now()
        if request.idempotency_key and (
            known := await self.store.tasks.by_key(request.idempotency_key, self.namespace)
        ):
            return await self._scheduled(known, None, "kept", now)
        scheduler = Scheduler(self.settings, now, self.namespace)
        task, reading = scheduler.task(request)
        runs = [scheduler.run_now(task)] if request.run_now else []
        outcome: Literal["created", "replaced", "kept"] = "created"
        try:
            async with self.room(task, old=await self._in_its_place(request), runs=len(runs)):
                await self.store.tasks.add(replace(task, runs=len(runs)), runs)
        except TaskExists as why:
            if request.id is None and request.idempotency_key is None:
                return await self.schedule(request)  # the short id that was made up is taken: another one
            if request.idempotency_key and (
                known := await self.store.tasks.by_key(request.idempotency_key, self.namespace)
            ):
                return await self._scheduled(known, None, "kept", now)
            old = await self.store.tasks.get(task.id, self.namespace)
            if old is None or request.if_exists == "error":
                what = f": '{short(old.message)}' ({old.state})" if old else ""
                raise Refused(f"{why}{what}; or say if_exists='replace' or 'keep'") from None
            if request.if_exists == "keep":
                return await self._scheduled(old, None, "kept", now)
            new, rings = task, request.run_now
            task = await self.changed(task.id, lambda old: scheduler.replacing(old, new, run_now=rings), retimes=True)
            outcome = "replaced"
        self.wake(task.due if not runs else None)
        return await self._scheduled(task, reading, outcome, now, scheduler.other_time(request, reading.rule))

    async def _in_its_place(self, request: Request) -> Task | None:
        """The task that a request would replace, where it is counted."""
        if request.id is None or self.settings.limits_of(self.namespace) is None:
            return None
        old = await self.store.tasks.get(request.id, self.namespace)
        return old if old is not None and old.state in TAKES else None

    async def schedule_many(self, requests: Sequence[Request]) -> list[str]:
        """Keep many tasks in few transactions; returns their ids. Raises Refused naming the first request that is wrong.

        Then nothing is stored. Ids that exist already are an error too, and leave the others kept.
        """
        scheduler = Scheduler(self.settings, self.clock.now(), self.namespace, bulk=True)
        tasks = []
        for number, request in enumerate(requests):
            try:
                tasks.append(scheduler.task(request)[0])
            except Refused as why:
                raise Refused(f"request {number}: {why}; nothing was scheduled") from None
        async with self.room(*tasks):
            known = await self.store.tasks.add_many(tasks)
        self.wake()
        if known:
            raise Refused(
                f"{len(known)} ids were taken already, and these tasks left as they are: {', '.join(known[:10])}"
            )
        return [task.id for task in tasks]

    def beside(self, words: str, zone: str | None) -> str | None:
        """What words say beside a time that is not understood."""
        found = nlp.read(words, self.clock.now(), zone or self.settings.zone)
        return found.message or None

    async def _scheduled(
        self, task: Task, reading: Reading | None, outcome: Literal["created", "replaced", "kept"], now: datetime, warning: str | None = None
    ) -> Scheduled:  # fmt: skip
        answer = task_answer(task, now, self.settings.zone)
        first = f", next on {say_task_time(task.due, task.zone)} ({task.zone})" if task.due else ""
        verb = {"created": "Scheduled", "replaced": "Replaced", "kept": "Already scheduled:"}[outcome]
        unsure = reading is not None and reading.confidence == "low"
        return Scheduled(
            **dict(answer), now=self.here(), summary=f"{verb} '{short(task.message)}': {answer.reading}{first}.", outcome=outcome,
            assumptions=list(reading.assumed) if reading else [], delivery=self.delivery(task),
            warnings=[*filter(None, [warning]), *await self.warnings(task), *(["this was read with low confidence; check the next run"] if unsure else [])],
        )  # fmt: skip
