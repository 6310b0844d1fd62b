"""What every part of the application shares: a store, a clock, a namespace, and how a task is found and changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Protocol
from weakref import WeakValueDictionary

from alarum.alarm.decision import HEARTBEAT
from alarum.alarm.loop_setup import concerns, describe_differences, differences, is_alive, setup_of
from alarum.alarm.planner import TaskPlanner
from alarum.app.cursors import Cursors
from alarum.app.find_task import few_words, find_one
from alarum.app.task_edits import TaskChange
from alarum.clock import Clock
from alarum.errors import ChangedMeanwhile, Refused, Unknown
from alarum.settings.limits import Quotas
from alarum.settings.settings import Settings
from alarum.settings.target_names import name_of, shown
from alarum.wording import local_text
from alarum_store import TASK_STATES, Loop, Store, Task, TaskFilter, TaskState, task_size

_AGAIN = 5  # times a change is tried again when another process was faster
NOTHING_RINGS = "no alarm loop is running; start 'alarum serve' or any client that uses alarum"


class WakeLoop(Protocol):
    """Tells the alarm loop of this process that something may be due, at `due` when that is all that is new."""

    def __call__(self, due: datetime | None = None) -> None: ...


def no_loop(due: datetime | None = None) -> None:
    """Where no loop runs in this process, there is none to tell."""


def _never(now: datetime) -> bool:
    """Where no loop runs in this process, none of it turns."""
    return False


class Shared:
    """What the namespaces of one process have in common: the loops that were seen, and whose turn it is to change a task."""

    def __init__(self, turns: Callable[[datetime], bool] = _never) -> None:
        self.turns = turns
        self._loops: list[Loop] = []
        self._looked: datetime | None = None
        self._setup: dict[str, str] | None = None
        self.quotas = Quotas()
        self.cursor_key: bytes | None = None
        self._changing: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def loops(self, store: Store, now: datetime) -> list[Loop]:
        """The loops that ring. Where one turns in this process the others are looked at now and then."""
        if self._looked is None or not self.turns(now) or not timedelta() <= now - self._looked < HEARTBEAT:
            self._loops, self._looked = await store.loop.loops(), now
        return [loop for loop in self._loops if is_alive(loop, now)]

    def setup(self, settings: Settings) -> dict[str, str]:
        """What this process is set up with; it does not change while it runs."""
        if self._setup is None:
            self._setup = setup_of(settings)
        return self._setup

    def turn(self, namespace: str, task_id: str) -> asyncio.Lock:
        """Held while a task is changed, so that changes of one process wait for each other and none is refused."""
        return self._changing.setdefault((namespace, task_id), asyncio.Lock())


class Context:
    """One namespace of a store. `wake` is called when something may be due."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, wake: WakeLoop, namespace: str, shared: Shared
    ) -> None:  # fmt: skip
        self.store, self.settings, self.clock = store, settings, clock
        self.wake, self.namespace, self.shared = wake, namespace, shared

    def here(self) -> str:
        """The time of this server, in its zone."""
        return local_text(self.clock.now(), self.settings.zone)

    def delivery(self, task: Task) -> str:
        """Where the reminders of a task arrive, in words."""
        return self.settings.describe(self.settings.goes_to(task.webhook, task.target))

    async def warnings(self, task: Task) -> list[str]:
        """What the user of a task should know about this server."""
        warnings = []
        if not self.settings.zone_known and task.zone == self.settings.zone:
            warnings.append(
                "this machine's zone could not be found, so times are read in UTC; set ALARUM_ZONE, for example Europe/Berlin"
            )
        where = self.settings.goes_to(task.webhook, task.target)
        key = self.settings.key(where, self.namespace)
        if where and (why := self.settings.unreachable(key)):
            warnings.append(f"this process cannot send to {shown(where)}: {why}; what rings waits for one that can")
        elif where and {key, name_of(key)} & await self.store.targets.paused():
            warnings.append(
                f"{shown(where)} is paused, because nothing arrives there or by hand; what rings waits until it goes on"
            )
        named = bool(task.webhook or task.target)
        return [*warnings, *await self.loop_warnings(lambda what: concerns(what, where, named))]

    def within_limits(self, *tasks: Task, old: Task | None = None, runs: int = 0) -> AbstractAsyncContextManager[None]:
        """While tasks, one of them in the place of an `old` one, or runs are kept. Raises Refused for more than this namespace may have."""
        limits = self.settings.limits_of(self.namespace)
        if limits is None:
            return nullcontext()
        size = max(0, sum(map(task_size, tasks)) - (task_size(old) if old else 0))
        new = len(tasks) - (old is not None)
        return self.shared.quotas.taken(
            self.store, self.namespace, limits, self.clock.now(), tasks=new, size=size, runs=runs
        )

    async def cursors(self) -> Cursors:
        """The cursors of what fires in this namespace. Where tokens keep namespaces apart they tell nothing of the others."""
        if not self.settings.tokens:
            return Cursors(None)
        if self.shared.cursor_key is None:
            self.shared.cursor_key = await self.store.upkeep.key("cursor")
        return Cursors(self.shared.cursor_key, self.namespace)

    async def loop_warnings(self, concerned: Callable[[str], bool] = lambda what: True) -> list[str]:
        """Warnings: no alarm loop is running, or one has other settings than this process, as far as a difference is of concern."""
        now = self.clock.now()
        loops = await self.shared.loops(self.store, now)
        if not loops and not self.shared.turns(now):
            return [NOTHING_RINGS]
        here = self.shared.setup(self.settings)
        differ = [(loop, found) for loop in loops if (found := [*filter(concerned, differences(here, loop.setup))])]
        return [describe_differences(*one) for one in differ[-1:]]

    async def changed(self, task_id: str, change: Callable[[Task], TaskChange], *, retimes: bool = False) -> Task:
        """Change a task as it is now; tried again when it rang or was changed in between.

        With `retimes` its times are derived again: what is due by the old ones rings first, or is recorded.
        """
        turn = self.shared.turn(self.namespace, task_id)  # held here: the table forgets what nobody holds
        async with turn:
            return await self._changed(task_id, change, retimes)

    async def _changed(self, task_id: str, change: Callable[[Task], TaskChange], retimes: bool) -> Task:
        for _ in range(_AGAIN):
            task = await self.store.tasks.get(task_id, self.namespace)
            if task is None:
                raise Unknown(f"there is no task '{task_id}' any more")
            try:
                newer, runs = change(task)
            except ValueError as why:
                raise Refused(f"'{task_id}' is damaged ({why}); alarum doctor says what can be done") from None
            now = self.clock.now()
            if retimes and task.due is not None and task.due <= now:
                planning = TaskPlanner(self.settings, now, await self.store.targets.disabled())
                if await self.store.loop.ring_one(task.key, now, planning):
                    continue
            if retimes and task.state == "paused":
                runs = (*runs, *TaskPlanner(self.settings, now).passed_in_pause(task))
            here, there = (self.settings.goes_to(t.webhook, t.target) for t in (task, newer))
            moved_to = None if here == there else self.settings.key(there, self.namespace)
            if await self.store.tasks.change(newer, runs, moved_to):
                self.wake()
                return newer
        raise ChangedMeanwhile(f"'{task_id}' is being changed by others at this moment; try again")

    async def one(self, what: str, verb: str) -> Task:
        """The task that an id, the beginning of one, or words mean. Raises Unknown or Ambiguous."""
        if not what.strip():
            raise Refused("say which task: an id, or words of its message; query lists them")
        return await find_one(self.store, self.namespace, what.strip(), verb)

    async def waiting_of(self, task_id: str) -> list[str]:
        """The ids of the runs of a task that fired and wait."""
        runs = await self.store.runs.find(task_id=task_id, namespace=self.namespace, inbox=True, limit=1000)
        return [run.id for run in runs]

    async def fired_one(self, what: str) -> str:
        """The id of the one task among those that fired and wait that words mean; the words where there is none."""
        if not what.strip() or await self.store.tasks.get(what, self.namespace):
            return what
        matching = (
            await self.store.tasks.find(
                TaskFilter(self.namespace, text=few_words(what), states=TASK_STATES, limit=1000, named=True)
            )
        ).tasks
        waiting = {run.task_id for run in await self.store.runs.find(namespace=self.namespace, inbox=True, limit=1000)}
        waiting |= {run.task_id for run, _ in await self.store.runs.snoozed(self.namespace)}
        fired = [task for task in matching if task.id in waiting]
        return fired[0].id if len(fired) == 1 else what


def states(status: str | None, by_id: bool) -> tuple[TaskState, ...]:
    if status == "all" or status is None and by_id:
        return TASK_STATES
    if status is None:
        return ("active", "paused")
    for state in TASK_STATES:
        if status == state:
            return (state,)
    raise Refused(f"'{status}' is not a status; use {', '.join(TASK_STATES)} or all")
