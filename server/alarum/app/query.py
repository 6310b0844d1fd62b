"""`query`: tasks that match, what happens in a window, the history of one task. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import alarum_nlp as nlp
from alarum.app.answers import DetailedTask, Queried, Snoozed
from alarum.app.context import Context, states
from alarum.app.find_task import by_prefix, few_words, format_call, nearest
from alarum.app.history import history as history_of
from alarum.app.to_answer import detailed, fired, list_entry, task_answer
from alarum.app.window import MOST_TASKS, query_window
from alarum.errors import Refused
from alarum.wording import local_text, say_task_time, short
from alarum_store import TASK_STATES, Run, Task, TaskFilter, TaskPage

_INBOX = 200  # runs that are looked through
_OVERDUE = timedelta(minutes=1)
_SHOWN = 10  # of them beside tasks; the inbox itself shows more
_FARTHEST = 10_000_000


class Queries:
    """Looking."""

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
            return await query_window(self._context, find, when, timezone, asked_state=status is not None)
        found, warnings = await self._found(find, status)
        near = []
        if not found.total and (text or id):
            near = await nearest(self._context.store, self._context.namespace, text or id or "")
        answer = await self._answer(found, find, details or history or bool(id))
        answer.nearest = [task_answer(t, self._context.clock.now(), self._context.settings.zone) for t in near] or None
        answer.warnings = [*warnings, *await self._not_ringing(found.tasks)]
        if history:
            answer.history = await history_of(self._context, found, limit)
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
        matching = await self._context.store.tasks.find(replace(find, states=TASK_STATES, limit=MOST_TASKS, offset=0))
        return {task.id for task in matching.tasks}

    def _check_zone(self, zone: str) -> None:
        try:
            nlp.zone(zone)
        except ValueError as why:
            raise Refused(f"{why}") from None
