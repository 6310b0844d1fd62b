"""Changing what is kept: cancel, edit, pause, resume, snooze, skip, run now, acknowledge, deliver again; one or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from alarum.alarm.payload import utc
from alarum.app import task_edits
from alarum.app.answers import Cancelled, Redelivered, Updated
from alarum.app.context import Context, states
from alarum.app.find_task import few_words
from alarum.app.interface import Bulk
from alarum.app.phrases import moment_of
from alarum.app.task_edits import Edit, TaskChange
from alarum.app.to_answer import task_answer
from alarum.errors import Refused, Unknown
from alarum.wording import local_text, say_task_time, short
from alarum_store import TAKES, Task, TaskFilter, TaskState

_BULK = 10_000  # tasks that one bulk call may touch

_POSSIBLE: dict[Bulk, tuple[TaskState, ...]] = {
    "cancel": ("active", "paused"),
    "pause": ("active",),
    "resume": ("paused",),
}


class Changes:
    """Changing what is kept."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def cancel(self, what: str) -> Cancelled:
        """Cancel by id or by words of the description. Several matches are listed and refused."""
        now, known = self._context.clock.now(), await self._context.one(what, "cancel")
        before = await self._context.store.tasks.cancel(known.id, now, self._context.namespace)
        self._context.wake()
        if before is None:
            over = [task_answer(known, now, self._context.settings.zone)]
            return Cancelled(summary=f"'{short(known.message)}' is already {known.state}.", cancelled=[], already=over)
        answer = task_answer(replace(before, state="cancelled", due=None), now, self._context.settings.zone)
        return Cancelled(summary=f"Cancelled '{short(before.message)}' ({answer.reading}).", cancelled=[answer])

    async def edit(self, what: str, change: Edit) -> Updated:
        """Set fields of a task; its next run is derived again when the time is among them."""
        assumed: tuple[str, ...] = ()
        now, before = self._context.clock.now(), await self._context.one(what, "update")

        def edited(task: Task) -> TaskChange:
            nonlocal assumed, before
            before = task
            newer, assumed = task_edits.edit(task, change, self._context.settings, now)
            return newer, ()

        given = {
            name: value for name in ("message", "payload", "metadata") if (value := getattr(change, name)) is not None
        }
        async with self._context.within_limits(replace(before, **given), old=before if before.state in TAKES else None):
            task = await self._context.changed(before.id, edited, retimes=change.retimes)
        if where := self._context.settings.goes_to(task.webhook, task.target):
            await self._context.store.targets.enable(
                self._context.settings.disabled_key(where, self._context.namespace)
            )
        if change.retimes:
            said = f"Updated '{short(task.message)}'; was: {self._stands(before)}; now: {self._stands(task)}."
            return await self._updated_with(task, said, assumed)
        return await self._updated(task, "Updated", assumed)

    def _stands(self, task: Task) -> str:
        """When a task rings, in words: its rule, and its next run in its zone and in UTC."""
        reading = task_answer(task, self._context.clock.now(), self._context.settings.zone).reading
        at = task.occurrence if task.state in ("active", "paused") else None
        return reading + (
            f", next on {say_task_time(at, task.zone)} ({task.zone}; {utc(at)})" if at else f" ({task.zone})"
        )

    async def pause(self, what: str, until: str | None = None) -> Updated:
        """Hold a task, until words name a moment or it is resumed."""
        task, now = await self._context.one(what, "pause"), self._context.clock.now()
        end = moment_of(until, now, task, "pause") if until else None
        task = await self._context.changed(task.id, lambda old: (task_edits.pause(old, end, now), ()))
        until_when = f" until {say_task_time(end, task.zone)}" if end else ""
        return await self._updated(task, f"Paused{until_when}:")

    async def resume(self, what: str) -> Updated:
        now, rings = self._context.clock.now(), False

        def resumed(old: Task) -> TaskChange:
            nonlocal rings
            newer, runs = task_edits.resume(old, self._context.settings, now)
            rings = any(run.state in ("waiting", "delivered") for run in runs)
            return newer, runs

        task = await self._context.changed((await self._context.one(what, "resume")).id, resumed)
        return await self._updated(
            task, "Resumed, and rings now, since its time passed in the pause:" if rings else "Resumed"
        )

    async def snooze(self, what: str, until: str) -> Updated:
        """Put off what has fired and was not acknowledged, or else the next run, until words name a moment.

        `what` is a task or the id of a run.
        """
        now = self._context.clock.now()
        run = await self._context.store.runs.get(what, self._context.namespace)
        task = await self._context.one(run.task_id if run else await self._context.fired_one(what), "snooze")
        end = moment_of(until, now, task, "snooze")
        if run is None:
            waiting = await self._context.store.runs.find(
                task_id=task.id, namespace=self._context.namespace, inbox=True, limit=1
            )
            again = [
                put_off
                for put_off, _ in await self._context.store.runs.snoozed(self._context.namespace)
                if put_off.task_id == task.id
            ]
            run = [*again, *waiting][-1] if again or waiting else None
        if run is None:
            task = await self._context.changed(task.id, lambda old: (task_edits.snooze_next(old, end, now), ()))
        else:
            await self._context.store.runs.snooze(run.id, end, now, self._context.namespace)
        self._context.wake()
        which = "its next run" if run is None else f"the run of {local_text(run.scheduled, run.zone)}"
        said = f"Snoozed '{short(task.message)}': {which} comes on {say_task_time(end, task.zone)}."
        return await self._updated_with(task, said)

    async def skip_next(self, what: str) -> Updated:
        now = self._context.clock.now()
        task = await self._context.changed(
            (await self._context.one(what, "skip_next")).id,
            lambda old: task_edits.skip_next(old, self._context.settings, now),
        )
        return await self._updated(task, "Skipped the next run of")

    async def run_now(self, what: str) -> Updated:
        now = self._context.clock.now()
        known = await self._context.one(what, "run_now")
        async with self._context.within_limits(runs=1):
            task = await self._context.changed(
                known.id, lambda old: task_edits.run_now(old, self._context.settings, now)
            )
        return await self._updated(task, "Runs now:")

    async def acknowledge(self, what: str) -> Updated:
        """Mark a run as seen, or all that fired of a task."""
        now, run = self._context.clock.now(), await self._context.store.runs.get(what, self._context.namespace)
        task = await self._context.one(run.task_id if run else await self._context.fired_one(what), "acknowledge")
        ids = [what] if run else await self._context.waiting_of(task.id)
        done = await self._context.store.runs.acknowledge(ids, now, self._context.namespace)
        return await self._updated_with(task, f"Acknowledged {done} of '{short(task.message)}'.")

    async def redeliver(
        self, run_id: str | None = None, since: timedelta | None = None, target: str | None = None
    ) -> Redelivered:
        """Send a failed run again, or all that failed in the last `since`, or at a `target`."""
        if target and target.partition("/")[0] not in {
            *self._context.settings.targets,
            *(h.target.partition("/")[0] for h in await self._context.store.targets.health()),
        }:
            raise Unknown(f"there is no target '{target}'; alarum targets shows the known ones")
        start = self._context.clock.now() - since if since else None
        done = await self._context.store.runs.redeliver(
            run_id=run_id, since=start, target=target, namespace=self._context.namespace
        )
        if run_id and not done:
            raise Unknown(f"no failed run has the id '{run_id}'; alarum history shows the runs of a task")
        self._context.wake()
        return Redelivered(redelivered=done)

    async def redeliver_one(self, what: str) -> Updated:
        """Send a failed run again, or all of a task that failed. Raises Refused where nothing failed."""
        run = await self._context.store.runs.get(what, self._context.namespace)
        task = await self._context.one(run.task_id if run else await self._context.fired_one(what), "redeliver")
        runs = (
            [run]
            if run
            else await self._context.store.runs.find(task_id=task.id, namespace=self._context.namespace, limit=1000)
        )
        done = sum(
            [
                await self._context.store.runs.redeliver(run_id=r.id, namespace=self._context.namespace)
                for r in runs
                if r.state == "failed"
            ]
        )
        if not done:
            raise Refused(
                f"nothing of '{short(task.message)}' failed that could be sent again; query with history=true shows its runs"
            )
        self._context.wake()
        return await self._updated_with(task, f"Sends again {done} of '{short(task.message)}'.")

    async def bulk(
        self,
        action: Bulk,
        *,
        text: str | None = None,
        tag: str | None = None,
        status: str | None = None,
        dry_run: bool = False,
    ) -> Updated:
        """Cancel, pause or resume every task that matches; a dry run only says which. "*" as `text` means every task."""
        text = (text or "").strip()
        if not text and not tag:
            raise Refused("say which: words of the message, or a tag; '*' means every task")
        chosen_text = None if text == "*" else few_words(text)
        possible = _POSSIBLE[action]
        chosen = tuple(s for s in states(status, False) if s in possible) if status else possible
        found = await self._context.store.tasks.find(
            TaskFilter(self._context.namespace, None, chosen_text, tag, chosen, _BULK, named=True)
        )
        now = self._context.clock.now()
        done: list[Task] = (
            list(found.tasks) if dry_run else [t for task in found.tasks if (t := await self._apply(action, task, now))]
        )
        self._context.wake()
        verb = {"cancel": "cancelled", "pause": "paused", "resume": "resumed"}[action]
        summary = f"{len(done)} {'task' if len(done) == 1 else 'tasks'} {'would be ' if dry_run else ''}{verb}."
        return Updated(
            summary=summary,
            now=self._context.here(),
            tasks=[task_answer(t, now, self._context.settings.zone) for t in done[:200]],
            dry_run=dry_run,
        )

    async def _apply(self, action: Bulk, task: Task, now: datetime) -> Task | None:
        if action == "cancel":
            before = await self._context.store.tasks.cancel(task.id, now, self._context.namespace)
            return before and replace(before, state="cancelled", due=None)
        try:
            if action == "pause":
                return await self._context.changed(task.id, lambda old: (task_edits.pause(old, None, now), ()))
            return await self._context.changed(task.id, lambda old: task_edits.resume(old, self._context.settings, now))
        except Refused:
            return None  # it changed meanwhile and is not what was asked for any more

    async def _updated(self, task: Task, verb: str, assumed: Sequence[str] = ()) -> Updated:
        answer = task_answer(task, self._context.clock.now(), self._context.settings.zone)
        ahead = f", next on {say_task_time(task.due, task.zone)}" if task.due and task.state == "active" else ""
        return await self._updated_with(task, f"{verb} '{short(task.message)}' ({answer.reading}{ahead}).", assumed)

    async def _updated_with(self, task: Task, said: str, assumed: Sequence[str] = ()) -> Updated:
        answer = task_answer(task, self._context.clock.now(), self._context.settings.zone)
        return Updated(
            summary=said, now=self._context.here(), tasks=[answer], delivery=self._context.delivery(task), assumptions=list(assumed),
            warnings=await self._context.warnings(task),
        )  # fmt: skip
