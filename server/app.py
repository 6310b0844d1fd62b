"""What can be asked of Alarum, the same for MCP clients, the command line and the library."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import nlp
from nlp import Reading
from server import changing
from server.alarms import BEAT
from server.answers import Cancelled, Inbox, Queried, Scheduled, StatisticsAnswer, Updated
from server.changing import Changed, Edit
from server.clock import Clock
from server.describe import fired, local, run_answer, short, task_answer
from server.errors import Ambiguous, Refused, Unknown
from server.errors import Changed as ChangedMeanwhile
from server.scheduling import Request, Scheduler, moment_of
from server.settings import Settings
from store import TASK_STATES, Find, Store, Task, TaskExists, TaskState

_BULK = 10_000  # tasks that one bulk call may touch
_AGAIN = 5  # times a change is made anew when somebody else was faster

Bulk = Literal["cancel", "pause", "resume"]


class App:
    """One namespace of a store. `wake` is called when something may be due."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, wake: Callable[[], None] = lambda: None, namespace: str | None = None
    ) -> None:  # fmt: skip
        self.store, self.settings, self.clock = store, settings, clock
        self.namespace = settings.namespace if namespace is None else namespace
        self._wake = wake

    def within(self, namespace: str) -> App:
        """The same application for another namespace."""
        return App(self.store, self.settings, self.clock, self._wake, namespace)

    # -- schedule ------------------------------------------------------------------------------------------------

    async def schedule(self, request: Request) -> Scheduled:
        """Read, store, wake the loop, echo. Raises Refused; then nothing is stored."""
        now = self.clock.now()
        if request.idempotency_key and (known := await self.store.by_key(request.idempotency_key, self.namespace)):
            return await self._scheduled(known, None, "kept", now)
        scheduler = Scheduler(self.settings, now, self.namespace)
        task, reading = scheduler.task(request)
        runs = [scheduler.run_now(task)] if request.run_now else []
        outcome: Literal["created", "replaced", "kept"] = "created"
        try:
            await self.store.add(replace(task, runs=len(runs)), runs)
        except TaskExists as why:
            if request.idempotency_key and (known := await self.store.by_key(request.idempotency_key, self.namespace)):
                return await self._scheduled(known, None, "kept", now)
            old = await self.store.get(task.id, self.namespace)
            if old is None or request.if_exists == "error":
                what = f": '{short(old.message)}' ({old.state})" if old else ""
                raise Refused(f"{why}{what}; or say if_exists='replace' or 'keep'") from None
            if request.if_exists == "keep":
                return await self._scheduled(old, None, "kept", now)
            task = await self._changed(task.id, lambda old: (scheduler.replacing(old, task), tuple(runs)))
            outcome = "replaced"
        self._wake()
        return await self._scheduled(task, reading, outcome, now)

    async def schedule_many(self, requests: Sequence[Request]) -> list[str]:
        """Keep many tasks in few transactions; returns their ids. Raises Refused naming the first request that is wrong.

        Then nothing is stored. Ids that exist already are an error too, and leave the others kept.
        """
        scheduler = Scheduler(self.settings, self.clock.now(), self.namespace)
        tasks = []
        for number, request in enumerate(requests):
            try:
                tasks.append(scheduler.task(request)[0])
            except Refused as why:
                raise Refused(f"request {number}: {why}; nothing was scheduled") from None
        known = await self.store.add_many(tasks)
        self._wake()
        if known:
            raise Refused(
                f"{len(known)} ids were taken already, and these tasks left as they are: {', '.join(known[:10])}"
            )
        return [task.id for task in tasks]

    async def _scheduled(
        self, task: Task, reading: Reading | None, outcome: Literal["created", "replaced", "kept"], now: datetime
    ) -> Scheduled:
        answer = task_answer(task, now, self.settings.zone)
        first = f", next on {nlp.say_time(task.due, task.zone)} ({task.zone})" if task.due else ""
        verb = {"created": "Scheduled", "replaced": "Replaced", "kept": "Already scheduled:"}[outcome]
        return Scheduled(
            summary=f"{verb} '{short(task.message)}': {answer.reading}{first}.", outcome=outcome, task=answer,
            assumptions=list(reading.assumed) if reading else [], delivery=self._delivery(task),
            warnings=await self._warnings(task, reading, now),
        )  # fmt: skip

    def _delivery(self, task: Task) -> str:
        return f"inbox and webhook of this task ({task.webhook})" if task.webhook else self.settings.target

    async def _warnings(self, task: Task, reading: Reading | None, now: datetime) -> list[str]:
        warnings = []
        if not self.settings.zone_known and task.zone == self.settings.zone:
            warnings.append(
                "this machine's zone could not be found, so times are read in UTC; set ALARUM_ZONE, for example Europe/Berlin"
            )
        beat = await self.store.last_beat()
        if beat is None or now - beat > 3 * BEAT:
            warnings.append("nothing is running that could ring; start 'alarum serve' or any client that uses alarum")
        if reading and reading.confidence == "low":
            warnings.append("this was read with low confidence; check the next run")
        return warnings

    # -- query ---------------------------------------------------------------------------------------------------

    async def query(
        self, *, id: str | None = None, text: str | None = None, tag: str | None = None, status: str | None = None, limit: int = 20,
        offset: int = 0, history: bool = False,
    ) -> Queried:  # fmt: skip
        """Tasks that match, and the inbox; with `history` the runs of the one that was asked for. Nothing is written."""
        if not 1 <= limit <= 200 or offset < 0:
            raise Refused("limit goes from 1 to 200, for example 20, and offset from 0")
        now = self.clock.now()
        find = Find(self.namespace, id, text, tag, _states(status, bool(id)), limit, offset)
        found = await self.store.find(find)
        inbox = await self.store.runs(task_id=id, namespace=self.namespace, inbox=True, limit=limit)
        past = None
        if history:
            if len(found.tasks) != 1:
                raise Refused(f"history is that of one task, and {found.total} match; name its id")
            runs = await self.store.runs(task_id=found.tasks[0].id, namespace=self.namespace, limit=limit)
            past = [run_answer(run, await self.store.attempts(run.id)) for run in runs]
        first = found.tasks[0] if found.tasks else None
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

    # -- change --------------------------------------------------------------------------------------------------

    async def cancel(self, what: str) -> Cancelled:
        """Cancel by id or by words of the description. Several matches are listed and refused."""
        now, known = self.clock.now(), await self._one(what, "cancel")
        before = await self.store.cancel(known.id, now, self.namespace)
        self._wake()
        if before is None:
            return Cancelled(summary=f"'{short(known.message)}' is already {known.state}.", cancelled=[])
        answer = task_answer(replace(before, state="cancelled", due=None), now, self.settings.zone)
        return Cancelled(summary=f"Cancelled '{short(before.message)}' ({answer.reading}).", cancelled=[answer])

    async def edit(self, what: str, change: Edit) -> Updated:
        """Set fields of a task; its next run is derived anew when the time is among them."""
        assumed: tuple[str, ...] = ()
        now = self.clock.now()

        def edited(task: Task) -> Changed:
            nonlocal assumed
            newer, assumed = changing.edit(task, change, self.settings, now)
            return newer, ()

        task = await self._changed((await self._one(what, "update")).id, edited)
        if task.webhook or self.settings.webhook:
            await self.store.come_back(task.webhook or self.settings.webhook or "")
        return self._updated(task, "Updated", assumed)

    async def pause(self, what: str, until: str | None = None) -> Updated:
        """Hold a task, until words name a moment or it is resumed."""
        task, now = await self._one(what, "pause"), self.clock.now()
        end = moment_of(until, now, task.zone) if until else None
        task = await self._changed(task.id, lambda old: (changing.pause(old, end, now), ()))
        until_when = f" until {nlp.say_time(end, task.zone)}" if end else ""
        return self._updated(task, f"Paused{until_when}:")

    async def resume(self, what: str) -> Updated:
        now = self.clock.now()
        task = await self._changed(
            (await self._one(what, "resume")).id, lambda old: changing.resume(old, self.settings, now)
        )
        return self._updated(task, "Resumed")

    async def snooze(self, what: str, until: str) -> Updated:
        """Put off what has fired and was not acknowledged, or else the next run, until words name a moment.

        `what` is a task or the id of a run.
        """
        now = self.clock.now()
        run = await self.store.run(what, self.namespace)
        task = await self._one(run.task_id if run else what, "snooze")
        end = moment_of(until, now, task.zone)
        if run is None:
            waiting = await self.store.runs(task_id=task.id, namespace=self.namespace, inbox=True, limit=1)
            run = waiting[-1] if waiting else None
        if run is None:
            task = await self._changed(task.id, lambda old: (changing.snooze_next(old, end, now), ()))
        else:
            await self.store.snooze(run.id, end, now, self.namespace)
        self._wake()
        which = "its next run" if run is None else f"the run of {local(run.scheduled, run.zone)}"
        answer = task_answer(task, now, self.settings.zone)
        return Updated(
            summary=f"Snoozed '{short(task.message)}': {which} comes on {nlp.say_time(end, task.zone)}.", tasks=[answer]
        )

    async def skip_next(self, what: str) -> Updated:
        now = self.clock.now()
        task = await self._changed(
            (await self._one(what, "update")).id, lambda old: changing.skip_next(old, self.settings, now)
        )
        return self._updated(task, "Skipped the next run of")

    async def run_now(self, what: str) -> Updated:
        now = self.clock.now()
        task = await self._changed(
            (await self._one(what, "update")).id, lambda old: changing.run_now(old, self.settings, now)
        )
        return self._updated(task, "Runs now:")

    async def acknowledge(self, what: str) -> Updated:
        """Mark a run as seen, or all that fired of a task."""
        now, run = self.clock.now(), await self.store.run(what, self.namespace)
        task = await self._one(run.task_id if run else what, "acknowledge")
        ids = (
            [what]
            if run
            else [
                r.id for r in await self.store.runs(task_id=task.id, namespace=self.namespace, inbox=True, limit=1000)
            ]
        )
        done = await self.store.acknowledge(ids, now, self.namespace)
        return Updated(
            summary=f"Acknowledged {done} of '{short(task.message)}'.",
            tasks=[task_answer(task, now, self.settings.zone)],
        )

    async def redeliver(self, run_id: str | None = None, since: timedelta | None = None) -> int:
        """Send a failed run again, or all that failed in the last `since`; returns how many."""
        start = self.clock.now() - since if since else None
        done = await self.store.redeliver(run_id=run_id, since=start, namespace=self.namespace)
        if run_id and not done:
            raise Unknown(f"no failed run has the id '{run_id}'; alarum history shows the runs of a task")
        self._wake()
        return done

    async def bulk(
        self,
        action: Bulk,
        *,
        text: str | None = None,
        tag: str | None = None,
        status: str | None = None,
        dry_run: bool = False,
    ) -> Updated:
        """Cancel, pause or resume every task that matches; a dry run only says which."""
        states: tuple[TaskState, ...] = {"cancel": ("active", "paused"), "pause": ("active",), "resume": ("paused",)}[
            action
        ]  # type: ignore[assignment]
        chosen = tuple(s for s in _states(status, False) if s in states) if status else states
        found = await self.store.find(Find(self.namespace, None, text, tag, chosen, _BULK))
        now = self.clock.now()
        done: list[Task] = (
            list(found.tasks) if dry_run else [t for task in found.tasks if (t := await self._apply(action, task, now))]
        )
        self._wake()
        verb = {"cancel": "cancelled", "pause": "paused", "resume": "resumed"}[action]
        summary = f"{len(done)} {'task' if len(done) == 1 else 'tasks'} {'would be ' if dry_run else ''}{verb}."
        return Updated(
            summary=summary, tasks=[task_answer(t, now, self.settings.zone) for t in done[:200]], dry_run=dry_run
        )

    async def _apply(self, action: Bulk, task: Task, now: datetime) -> Task | None:
        if action == "cancel":
            return await self.store.cancel(task.id, now, self.namespace)
        try:
            if action == "pause":
                return await self._changed(task.id, lambda old: (changing.pause(old, None, now), ()))
            return await self._changed(task.id, lambda old: changing.resume(old, self.settings, now))
        except Refused:
            return None  # it changed meanwhile and is not what was asked for any more

    async def _changed(self, task_id: str, change: Callable[[Task], Changed]) -> Task:
        """Change a task as it is now; made anew when it rang or was changed in between."""
        for _ in range(_AGAIN):
            task = await self.store.get(task_id, self.namespace)
            if task is None:
                raise Unknown(f"there is no task '{task_id}' any more")
            newer, runs = change(task)
            if await self.store.change(newer, runs):
                self._wake()
                return newer
        raise ChangedMeanwhile(f"'{task_id}' is being changed by others at this moment; try again")

    def _updated(self, task: Task, verb: str, assumed: Sequence[str] = ()) -> Updated:
        answer = task_answer(task, self.clock.now(), self.settings.zone)
        ahead = f", next on {nlp.say_time(task.due, task.zone)}" if task.due and task.state == "active" else ""
        return Updated(
            summary=f"{verb} '{short(task.message)}' ({answer.reading}{ahead}).",
            tasks=[answer],
            assumptions=list(assumed),
        )

    async def _one(self, what: str, verb: str) -> Task:
        """The task that an id or words mean. Raises Unknown or Ambiguous."""
        if not what.strip():
            raise Refused("say which task: an id, or words of its message; query lists them")
        if known := await self.store.get(what, self.namespace):
            return known
        found = await self.store.find(Find(self.namespace, text=what, limit=5))
        if found.total == 1:
            return found.tasks[0]
        if found.total == 0:
            near = await self.store.find(Find(self.namespace, limit=3))
            listed = "; ".join(f"{t.id}: '{short(t.message)}'" for t in near.tasks)
            raise Unknown(
                f"no active task is called '{short(what)}'. "
                + (f"There are {near.total}, for example {listed}." if listed else "There are none.")
            )
        done = "cancelled" if verb == "cancel" else "changed"
        listed = "; ".join(f"{verb}({json.dumps(t.id)}) for '{short(t.message)}'" for t in found.tasks)
        raise Ambiguous(f"{found.total} tasks match '{short(what)}'; nothing was {done}. Call {listed}.")


def _states(status: str | None, by_id: bool) -> tuple[TaskState, ...]:
    if status == "all" or status is None and by_id:
        return TASK_STATES
    if status is None:
        return ("active", "paused")
    for state in TASK_STATES:
        if status == state:
            return (state,)
    raise Refused(f"'{status}' is no status; use {', '.join(TASK_STATES)} or all")
