"""`schedule`: from words to a kept task. Refused when unclear, past or too often; then nothing is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

import alarum_nlp as nlp
from alarum.app.answers import Scheduled
from alarum.app.context import Context
from alarum.app.request import Request
from alarum.app.scheduler import Scheduler
from alarum.app.to_answer import task_answer
from alarum.errors import Refused
from alarum.wording import say_task_time, short
from alarum_nlp import Reading
from alarum_store import TAKES, Task, TaskExists


class Scheduling:
    """Keeping new tasks."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def schedule(self, request: Request) -> Scheduled:
        """Read, store, wake the loop, echo. Raises Refused; then nothing is stored."""
        now = self._context.clock.now()
        if request.idempotency_key and (
            known := await self._context.store.tasks.by_key(request.idempotency_key, self._context.namespace)
        ):
            return await self._scheduled(known, None, "kept", now)
        scheduler = Scheduler(self._context.settings, now, self._context.namespace)
        task, reading = scheduler.task(request)
        runs = [scheduler.run_now(task)] if request.run_now else []
        outcome: Literal["created", "replaced", "kept"] = "created"
        try:
            async with self._context.within_limits(task, old=await self._in_its_place(request), runs=len(runs)):
                await self._context.store.tasks.add(replace(task, runs=len(runs)), runs)
        except TaskExists as why:
            if request.id is None and request.idempotency_key is None:
                return await self.schedule(request)  # the short id that was made up is taken: another one
            if request.idempotency_key and (
                known := await self._context.store.tasks.by_key(request.idempotency_key, self._context.namespace)
            ):
                return await self._scheduled(known, None, "kept", now)
            old = await self._context.store.tasks.get(task.id, self._context.namespace)
            if old is None or request.if_exists == "error":
                what = f": '{short(old.message)}' ({old.state})" if old else ""
                raise Refused(f"{why}{what}; or say if_exists='replace' or 'keep'") from None
            if request.if_exists == "keep":
                return await self._scheduled(old, None, "kept", now)
            new, rings = task, request.run_now
            task = await self._context.changed(
                task.id, lambda old: scheduler.replacing(old, new, run_now=rings), retimes=True
            )
            outcome = "replaced"
        self._context.wake(task.due if not runs else None)
        return await self._scheduled(task, reading, outcome, now, scheduler.other_time(request, reading.rule))

    async def _in_its_place(self, request: Request) -> Task | None:
        """The task that a request would replace, where it is counted."""
        if request.id is None or self._context.settings.limits_of(self._context.namespace) is None:
            return None
        old = await self._context.store.tasks.get(request.id, self._context.namespace)
        return old if old is not None and old.state in TAKES else None

    async def schedule_many(self, requests: Sequence[Request]) -> list[str]:
        """Keep many tasks in few transactions; returns their ids. Raises Refused naming the first request that is wrong.

        Then nothing is stored. Ids that exist already are an error too, and leave the others kept.
        """
        scheduler = Scheduler(self._context.settings, self._context.clock.now(), self._context.namespace, bulk=True)
        tasks = []
        for number, request in enumerate(requests):
            try:
                tasks.append(scheduler.task(request)[0])
            except Refused as why:
                raise Refused(f"request {number}: {why}; nothing was scheduled") from None
        async with self._context.within_limits(*tasks):
            known = await self._context.store.tasks.add_many(tasks)
        self._context.wake()
        if known:
            raise Refused(
                f"{len(known)} ids were taken already, and these tasks left as they are: {', '.join(known[:10])}"
            )
        return [task.id for task in tasks]

    def beside(self, words: str, zone: str | None) -> str | None:
        """What words say beside a time that is not understood."""
        found = nlp.read(words, self._context.clock.now(), zone or self._context.settings.zone)
        return found.message or None

    async def _scheduled(
        self, task: Task, reading: Reading | None, outcome: Literal["created", "replaced", "kept"], now: datetime, warning: str | None = None
    ) -> Scheduled:  # fmt: skip
        answer = task_answer(task, now, self._context.settings.zone)
        first = f", next on {say_task_time(task.due, task.zone)} ({task.zone})" if task.due else ""
        verb = {"created": "Scheduled", "replaced": "Replaced", "kept": "Already scheduled:"}[outcome]
        unsure = reading is not None and reading.confidence == "low"
        return Scheduled(
            **dict(answer), now=self._context.here(), summary=f"{verb} '{short(task.message)}': {answer.reading}{first}.", outcome=outcome,
            assumptions=list(reading.assumed) if reading else [], delivery=self._context.delivery(task),
            warnings=[*filter(None, [warning]), *await self._context.warnings(task), *(["this was read with low confidence; check the next run"] if unsure else [])],
        )  # fmt: skip
