"""Looking: tasks, what happens in a window, the inbox, history, statistics. Nothing is written but what is acknowledged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import alarum_nlp as nlp
from alarum.alarm.loop_setup import is_alive
from alarum.app.answers import DetailedTask, Inbox, Queried, RunAnswer, Snoozed, StatisticsAnswer, Window
from alarum.app.context import Context, states
from alarum.app.find_task import by_prefix, few_words, format_call, nearest
from alarum.app.occurrences import occurrences
from alarum.app.to_answer import detailed, fired, list_entry, run_answer, task_answer
from alarum.errors import Refused
from alarum.settings.target_names import name_of, shown
from alarum.wording import local_text, say_task_time, short
from alarum_nlp import Interval, Unclear
from alarum_store import TASK_STATES, Run, Task, TaskFilter, TaskPage

_INBOX = 200  # runs that are looked through
_OVERDUE = timedelta(minutes=1)
_SHOWN = 10  # of them beside tasks; the inbox itself shows more
_FARTHEST = 10_000_000
_FOLLOWED = 5_000  # tasks that are looked at for a window


class Queries:
    """Looking; nothing is written but what is acknowledged."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def query(
        self, *, id: str | None = None, text: str | None = None, when: str | None = None, tag: str | None = None,
        status: str | None = None, target: str | None = None, timezone: str | None = None, limit: int = 20, offset: int = 0,
        history: bool = False, details: bool = False,
    ) -> Queried:  # fmt: skip
        """Tasks that match, or with `when` what happens in that window; and what of it waits in the inbox.

        `id` may be the beginning of one. `history` is that of one task. Raises Refused.
        """
        if not 1 <= limit <= 200 or not 0 <= offset <= _FARTHEST:
            raise Refused(f"limit goes from 1 to 200, for example 20, and offset from 0 to {_FARTHEST}")
        if timezone is not None:
            self._check_zone(timezone)
        few_words(text or "")
        if history and when:
            raise Refused("history is that of one task; omit `when`, or ask for the window without history")
        find = await self._find(id, text, tag, status, target, limit, offset)
        if when is not None:
            return await self._window(find, when, timezone, asked_state=status is not None)
        found, warnings = await self._found(find, status)
        near = []
        if not found.total and (text or id):
            near = await nearest(self._context.store, self._context.namespace, text or id or "")
        answer = await self._answer(found, find, details or history or bool(id))
        answer.nearest = [task_answer(t, self._context.clock.now(), self._context.settings.zone) for t in near] or None
        answer.warnings = [*warnings, *await self._not_ringing(found.tasks)]
        if history:
            answer.history = await self._history(found, limit)
        return answer

    async def _not_ringing(self, tasks: Sequence[Task]) -> list[str]:
        """That nothing rings, or that some of these tasks should have rung by now."""
        late = [
            task
            for task in tasks
            if task.state == "active" and task.due is not None and self._context.clock.now() - task.due > _OVERDUE
        ]
        named = ", ".join(f"'{short(task.message)}'" for task in late[:3])
        said = (
            [f"{len(late)} of these should have rung by now: {named}; look at the log of the running alarum"]
            if late
            else []
        )
        return [*await self._context.loop_warnings(lambda what: False), *said]

    async def _find(
        self, id: str | None, text: str | None, tag: str | None, status: str | None, target: str | None, limit: int, offset: int
    ) -> TaskFilter:  # fmt: skip
        if id is None and text and await self._context.store.tasks.get(text, self._context.namespace):
            id, text = text, None
        if id is not None and not await self._context.store.tasks.get(id, self._context.namespace):
            begun = await by_prefix(self._context.store, self._context.namespace, id)
            if len(begun) > 1:
                calls = "; ".join(f"{format_call('query', id=t.id)} for '{short(t.message)}'" for t in begun[:5])
                raise Refused(f"{len(begun)} ids begin with '{id}'. Call {calls}.")
            id = begun[0].id if begun else id
        default = bool(target) and target is not None and target.lower() in self._context.settings.target.lower()
        url = None if target is not None and target.lower() == "inbox" else target
        return TaskFilter(
            self._context.namespace, id, text or None, tag or None, states(status, bool(id)), limit, offset, target=url or None,
            default_target=default,
        )  # fmt: skip

    async def _found(self, find: TaskFilter, status: str | None) -> tuple[TaskPage, list[str]]:
        """What matches; where words find nothing that is open, also what is over."""
        found = await self._context.store.tasks.find(find)
        if found.total or status is not None or not find.text:
            return found, []
        over = await self._context.store.tasks.find(replace(find, states=TASK_STATES))
        return over, ["none of these is active any more"] if over.total else []

    async def _answer(self, found: TaskPage, find: TaskFilter, details: bool) -> Queried:
        now, zone = self._context.clock.now(), self._context.settings.zone
        first = next((task for task in found.tasks if task.state == "active"), None)
        ahead = (
            f" Next: '{short(first.message)}' on {say_task_time(first.due, first.zone)}." if first and first.due else ""
        )
        inbox, snoozed = await self._waiting_of(find)
        waiting = f" {len(inbox)} in the inbox." if inbox else ""
        again = f" {len(snoozed)} snoozed." if snoozed else ""
        following = find.offset + len(found.tasks)
        return Queried(
            summary=f"{found.total} {'task' if found.total == 1 else 'tasks'}.{ahead}{waiting}{again}", now=self._context.here(), total=found.total,
            tasks=[await self._details(t) if details else list_entry(t, now, zone) for t in found.tasks],
            next_offset=following if found.tasks and following < found.total else None,
            inbox=[fired(run) for run in inbox[-_SHOWN:]], snoozed=snoozed,
        )  # fmt: skip

    async def _details(self, task: Task) -> DetailedTask:
        last = await self._context.store.runs.find(task_id=task.id, namespace=self._context.namespace, limit=1)
        return detailed(
            task,
            last[-1] if last else None,
            self._context.clock.now(),
            self._context.settings.zone,
            self._context.delivery(task),
        )

    async def _waiting_of(self, find: TaskFilter) -> tuple[list[Run], list[Snoozed]]:
        """What waits and what was put off of the tasks that match, whatever became of them."""
        inbox = await self._context.store.runs.find(namespace=self._context.namespace, inbox=True, limit=_INBOX)
        put_off = await self._context.store.runs.snoozed(self._context.namespace)
        ids = await self._matching(find) if inbox or put_off else None
        snoozed = [
            Snoozed(run=run.id, task=run.task_id, message=run.message, until=local_text(due, run.zone))
            for run, due in put_off
            if ids is None or run.task_id in ids
        ]
        return [run for run in inbox if ids is None or run.task_id in ids], snoozed

    async def _matching(self, find: TaskFilter) -> set[str] | None:
        """The ids of tasks that match in any state; None where all do."""
        if not (find.id or find.text or find.tag or find.target or find.default_target):
            return None
        matching = await self._context.store.tasks.find(replace(find, states=TASK_STATES, limit=_FOLLOWED, offset=0))
        return {task.id for task in matching.tasks}

    async def _history(self, found: TaskPage, limit: int) -> list[RunAnswer]:
        if len(found.tasks) != 1:
            which = "; ".join(
                f"{format_call('query', id=t.id, history=True)} for '{short(t.message)}'" for t in found.tasks[:5]
            )
            raise Refused(
                f"history is that of one task, and {found.total} match; name its id" + (f": {which}" if which else "")
            )
        runs = await self._context.store.runs.find(
            task_id=found.tasks[0].id, namespace=self._context.namespace, limit=limit
        )
        ordered = sorted(runs, key=lambda run: run.scheduled)  # a run that was skipped in advance is recorded early
        whys = [await self._waits_for(run) for run in ordered]
        return [
            run_answer(run, await self._context.store.runs.attempts(run.id), why) for run, why in zip(ordered, whys)
        ]

    async def _waits_for(self, run: Run) -> str | None:
        """Why a run has not been sent yet; None for one that was, or is on its way."""
        now = self._context.clock.now()
        if run.state != "waiting" or run.held:
            return None
        if nothing := await self._context.loop_warnings(lambda what: False):
            return nothing[0]
        if {run.target, name_of(run.target)} & await self._context.store.targets.paused():
            return f"{shown(run.target)} is paused; alarum targets resume {shown(run.target)}"
        if why := self._context.settings.unreachable(run.target):
            return f"this process cannot send there: {why}; it waits for one that can"
        if run.try_at is not None and run.try_at > now:
            return f"it is tried again at {local_text(run.try_at, run.zone)}"
        return "it waits for its turn: for a free slot, or for the run before it"

    async def _window(self, find: TaskFilter, words: str, timezone: str | None, *, asked_state: bool) -> Queried:
        """What happens in a stretch of time: occurrences ahead, and runs that were."""
        now, zone = self._context.clock.now(), timezone or self._context.settings.zone
        window = self._interval(words, zone)
        whole = replace(find, limit=_FOLLOWED, offset=0)
        ahead = await self._context.store.tasks.find(replace(whole, states=("active", "paused"), before=window.end))
        everything = await self._context.store.tasks.find(
            replace(whole, states=find.states if asked_state else TASK_STATES)
        )
        matching = {task.id for task in everything.tasks}
        runs = await self._context.store.runs.find(
            namespace=self._context.namespace, limit=_FOLLOWED, between=(window.start, window.end)
        )
        tasks = [task for task in ahead.tasks if task.id in matching]
        again = [
            (run, due)
            for run, due in await self._context.store.runs.snoozed(self._context.namespace)
            if run.task_id in matching
        ]
        happening, warnings = occurrences(tasks, [r for r in runs if r.task_id in matching], again, window, now)
        if everything.total > _FOLLOWED:
            warnings.append(f"only {_FOLLOWED} of {everything.total} tasks were looked at; name words or a tag")
        page = happening[find.offset : find.offset + find.limit]
        following = find.offset + len(page)
        what = "occurrence" if len(happening) == 1 else "occurrences"
        ends = window.end - timedelta(minutes=1) if local_text(window.end, zone)[11:16] == "00:00" else window.end
        start, end = (say_task_time(at.replace(second=0, microsecond=0), zone) for at in (window.start, ends))
        first = next((o for o in happening if o.state == "ahead"), None)
        soonest = f" Next: '{short(first.message)}' at {first.local}." if first else ""
        return Queried(
            summary=f"{len(happening)} {what} from {start} to {end} ({zone}).{soonest}", now=self._context.here(), total=len(happening),
            window=Window(start=local_text(window.start, zone), end=local_text(window.end, zone), zone=zone), occurrences=page,
            next_offset=following if page and following < len(happening) else None, assumptions=list(window.assumed),
            warnings=warnings,
        )  # fmt: skip

    def _check_zone(self, zone: str) -> None:
        try:
            nlp.zone(zone)
        except ValueError as why:
            raise Refused(f"{why}") from None

    def _interval(self, words: str, zone: str) -> Interval:
        found = nlp.interval(words, self._context.clock.now(), zone)
        if isinstance(found, Unclear):
            choices = " or ".join(format_call("query", when=choice) for choice in found.choices[:3])
            raise Refused(f"{found.reason}. Say it for example as {choices}.")
        return found

    async def inbox(self, acknowledge: Sequence[str], *, everything: bool = False, limit: int = 50) -> Inbox:
        """What fired and waits; the runs named, or all that wait, are marked as seen first. Raises Refused.

        A task may be named too, by its id or by words: then all that fired of it.
        """
        if not 1 <= limit <= 200:
            raise Refused("limit goes from 1 to 200, for example 50")
        ids: list[str] = []
        for one in acknowledge:
            if await self._context.store.runs.get(one, self._context.namespace):
                ids.append(one)
            elif await self._context.store.tasks.get(
                named := await self._context.fired_one(one), self._context.namespace
            ):
                ids += await self._context.waiting_of(named)
            else:
                raise Refused(
                    f"no run or task has the id '{one}'; nothing was acknowledged. inbox() lists what waits, with ids."
                )
        done = 0
        marked: list[Run] = []
        while everything and (
            more := await self._context.store.runs.find(namespace=self._context.namespace, inbox=True, limit=1000)
        ):
            marked = [*more, *marked]  # the newest come first
            done += await self._context.store.runs.acknowledge(
                [run.id for run in more], self._context.clock.now(), self._context.namespace
            )
        done += await self._context.store.runs.acknowledge(ids, self._context.clock.now(), self._context.namespace)
        total, _ = await self._context.store.runs.waiting(self._context.namespace)
        waiting = (
            marked[-limit:]
            if everything
            else await self._context.store.runs.find(namespace=self._context.namespace, inbox=True, limit=limit)
        )
        told = f"; {done} acknowledged." if ids or everything else "."
        newest = f" The newest {len(waiting)} are shown." if (done if everything else total) > len(waiting) else ""
        return Inbox(
            summary=f"{total} waiting in the inbox{told}{newest}", now=self._context.here(), total=total,
            fired=[fired(run) for run in waiting], acknowledged=done, warnings=await self._context.loop_warnings(lambda what: False),
        )  # fmt: skip

    async def statistics(self) -> StatisticsAnswer:
        """How the store and its loops are."""
        now = self._context.clock.now()
        found = await self._context.store.upkeep.statistics(now, self._context.settings.reaches)
        loops = await self._context.store.loop.loops()
        living = [loop for loop in loops if is_alive(loop, now)]
        alive, seen = bool(living) or self._context.shared.turns(now), max((loop.seen for loop in loops), default=None)
        lag = found.lag.total_seconds()
        state = "rings" if alive else "no alarm loop is running"
        return StatisticsAnswer(
            summary=f"{state}; {found.tasks.get('active', 0)} active tasks, {found.due} due, {found.failed_24h} failed in 24 h, lag {lag:g} s.",
            tasks=found.tasks, runs=found.runs, due=found.due, ready=found.ready, failed_24h=found.failed_24h, lag_seconds=lag,
            last_turn=None if seen is None else local_text(seen, self._context.settings.zone), loops=len(living), damaged=found.damaged, alive=alive,
        )  # fmt: skip
