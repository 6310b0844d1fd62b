"""What becomes of a task whose time has come. Pure: the moment is an argument, nothing is read or written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import takewhile

import alarum_nlp as nlp
from alarum.settings.policies import Effective, effective
from alarum.settings.settings import Settings
from alarum.settings.target_names import shown, slot_key
from alarum_nlp import SUBDAILY, Once, Repeat, Rule
from alarum_store import Origin, Plan, Run, RunState, Snooze, Task, TaskState, run_id

_COUNTED = 1000  # missed occurrences are counted, or rung one by one, up to here in one turn
_MS = timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def rule_of(text: str) -> Rule:
    """The rule of a task's text. Raises ValueError."""
    return nlp.from_text(text)


def onward(task: Task, rule: Rule, after: datetime) -> Task:
    """The task with its next run derived again: the first occurrence after `after`. The one place that does so."""
    due = upcoming(rule, after)
    over = due is None and task.kind in ("once", "recurring")
    return replace(
        task, due=due, scheduled=None, wall=wall_clock_of(rule, due), state="ended" if over else "active", why=None
    )  # fmt: skip


def upcoming(rule: Rule, after: datetime) -> datetime | None:
    """The next occurrence, rounded up to the millisecond that the store keeps: never early."""
    due = nlp.next_time(rule, after)
    return None if due is None else rounded_up(due)


def rounded_up(at: datetime) -> datetime:
    """To the millisecond that the store keeps."""
    rest = at.microsecond % 1000
    return at + timedelta(microseconds=1000 - rest) if rest else at


def wall_clock_of(rule: Rule, due: datetime | None) -> datetime | None:
    """The occurrence on the wall clock, as it was meant; None where the rule names an instant that no zone can move."""
    if due is None or rule.zone == "UTC" or isinstance(rule, Once) and rule.at.tzinfo is not None:
        return None
    return nlp.local(due, rule.zone)


def moved(task: Task) -> Task | None:
    """The task with its time derived again from the wall clock, when the rules of its zone have moved it; else None."""
    rule = rule_of(task.rule)
    if task.wall is None or task.occurrence is None:
        return None
    instant = nlp.exact(task.wall, rule.zone)
    if rounded_up(instant) == task.occurrence:
        return None
    elapsed = isinstance(rule, Repeat) and rule.unit in SUBDAILY and not rule.windows
    due = upcoming(rule, (task.occurrence if elapsed else instant) - _MS)
    if due is None or due == task.occurrence:
        return None
    if task.scheduled is not None:
        return replace(task, scheduled=due, wall=wall_clock_of(rule, due))
    return replace(task, due=due, wall=wall_clock_of(rule, due))


class TaskPlanner:
    """A `store.Planner` at one moment. `disabled` are URLs and targets that answered 410."""

    def __init__(self, settings: Settings, now: datetime, disabled: frozenset[str] = frozenset()) -> None:
        self._settings = settings
        self._now = now
        self._disabled = disabled

    def due(self, task: Task) -> Plan:
        rule = rule_of(task.rule)
        chosen = effective(self._settings.policies, task.policies)
        if task.state == "paused":
            active, runs = self.resumed(task, rule)
            rings = sum(run.state in ("waiting", "delivered") for run in runs)
            return Plan(task, active.state, active.due, active.wall, rings, runs)
        occurrence = task.occurrence
        assert occurrence is not None
        assert task.due is not None
        following = upcoming(rule, occurrence)
        if following is not None and following <= self._now:
            return self._late(task, rule, chosen, occurrence)
        if chosen.misfire == "skip" and self._now - task.due > chosen.grace:
            return self._plan(task, rule, chosen, [], [occurrence])
        why = f"snoozed from {occurrence:%Y-%m-%dT%H:%M:%SZ}" if task.scheduled else None
        run = self.run(task, occurrence, 1, why=why, comes=task.due)
        state: TaskState = "ended" if following is None else "active"
        return Plan(task, state, following, wall_clock_of(rule, following), 1, (run,), chosen.overlap, chosen.rate)

    def _late(self, task: Task, rule: Rule, chosen: Effective, first: datetime) -> Plan:
        """Several occurrences have passed: those within the grace time ring, of the others the policy decides."""
        passed = [first, *takewhile(lambda t: t <= self._now, map(rounded_up, nlp.next_times(rule, first, _COUNTED)))]
        cut = self._now - chosen.grace
        if chosen.misfire == "all":
            return self._plan(task, rule, chosen, [(t, 0) for t in passed], [])
        late = [t for t in passed if t < cut]
        fresh = [t for t in passed if t >= cut]
        if len(passed) > _COUNTED:
            last = _latest(rule, passed[-1], cut)
            late += [last] if last > late[-1] else []
            fresh = [t for t in map(rounded_up, nlp.next_times(rule, cut - _MS, _COUNTED)) if t <= self._now]
        if not late:
            return self._plan(task, rule, chosen, [(t, 0) for t in fresh], [])
        if chosen.misfire == "skip":
            return self._plan(task, rule, chosen, [(t, 0) for t in fresh], late)
        if fresh:
            return self._plan(
                task, rule, chosen, [(t, len(late) if t == fresh[0] else 0) for t in fresh], late, answered=True
            )
        return self._plan(task, rule, chosen, [(late[-1], len(late) - 1)], late[:-1], answered=True)

    def _plan(
        self, task: Task, rule: Rule, chosen: Effective, ringing: list[tuple[datetime, int]], missed: list[datetime], *,
        answered: bool = False,
    ) -> Plan:  # fmt: skip
        """Runs at the times of `ringing`, each answering for so many others, and one row for the `missed`.

        That row waits in the inbox, unless a run has `answered` for it.
        """
        runs = [self.run(task, t, n, missed=m) for n, (t, m) in enumerate(ringing, 1)]
        if missed:
            row = self._passed(task, missed)
            runs.insert(0, replace(row, acknowledged=self._now) if answered else row)
        after = onward(task, rule, max([t for t, _ in ringing] + missed))
        return Plan(task, after.state, after.due, after.wall, len(ringing), tuple(runs), chosen.overlap, chosen.rate)

    def _passed(self, task: Task, missed: list[datetime]) -> Run:
        """One row for all that passed while nothing rang; it has the number of the run before it."""
        first, last, n = missed[0], missed[-1], min(len(missed), _COUNTED)
        what = f"{n if n < _COUNTED else f'{n} or more'} occurrences from {first:%Y-%m-%dT%H:%M:%SZ} to {last:%Y-%m-%dT%H:%M:%SZ}"
        why = f"{what if n > 1 else 'its time'} passed while nothing was running"
        return self.run(task, first, 0, state="missed", why=why, missed=n)

    def run(
        self, task: Task, at: datetime, step: int, *, state: RunState | None = None, origin: Origin = "rule", why: str | None = None,
        missed: int = 0, comes: datetime | None = None,
    ) -> Run:  # fmt: skip
        """The `step`-th next run of a task, at its target: waiting to be sent, or delivered into the inbox at once.

        It is known by its occurrence `at`, and comes at another time when it was snoozed.
        """
        where = self._settings.goes_to(task.webhook, task.target)
        if state is None:
            state = "waiting" if where else "delivered"
            if where and self._settings.disabled_key(where, task.namespace) in self._disabled:
                state, why = (
                    "failed",
                    f"{shown(where)} answered 410 Gone before; give the task another target, or: alarum targets resume {slot_key(where)}",
                )
        return Run(
            run_id(task.namespace, task.id, at, origin), task.id, task.runs + step, comes or at, self._now, state, origin, missed, why,
            self._settings.key(where, task.namespace), task.priority,
        )  # fmt: skip

    def resumed(self, task: Task, rule: Rule) -> tuple[Task, tuple[Run, ...]]:
        """A paused task as it goes on: what passed meanwhile is recorded and not run, except a named time, which rings now.

        With the misfire policy "skip" that does not ring either.
        """
        active = replace(task, state="active", due=task.scheduled, scheduled=None, why=None)
        if active.due is None or active.due > self._now:
            return active, ()
        passed = [active.due, *(t for t in nlp.next_times(rule, active.due, _COUNTED) if t <= self._now)]
        what = "its time" if task.kind == "once" and len(passed) == 1 else str(len(passed))
        why = f"{what} passed while the task was paused"
        if task.kind == "once" and effective(self._settings.policies, task.policies).misfire != "skip":
            return onward(active, rule, self._now), (self.run(task, passed[-1], 1, why=why, missed=len(passed) - 1),)
        return onward(active, rule, self._now), (replace(self._passed(task, passed), state="skipped", why=why),)

    def passed_in_pause(self, task: Task) -> tuple[Run, ...]:
        """What passed while a task was paused without an end, before it gets another time: recorded, and not run."""
        if task.due is not None:
            return ()
        try:
            _, runs = self.resumed(task, rule_of(task.rule))
        except ValueError:
            return ()  # it is damaged
        return tuple(replace(run, state="skipped", number=task.runs, acknowledged=self._now) for run in runs)

    def again(self, task: Task, snooze: Snooze) -> Run:
        return self.run(task, snooze.due, 1, origin="snooze", why=f"snoozed: {snooze.run_id}")


def _latest(rule: Rule, after: datetime, until: datetime) -> datetime:
    """The last occurrence from `after` (itself one) to `until`, without walking over all of them."""
    step = timedelta(minutes=1)
    while until - step > after:
        if found := [t for t in nlp.next_times(rule, until - step, 2 * _COUNTED) if t < until]:
            return rounded_up(found[-1])
        step *= 2
    return max((rounded_up(t) for t in nlp.next_times(rule, after, _COUNTED) if t < until), default=after)
