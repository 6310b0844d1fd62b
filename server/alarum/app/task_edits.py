"""Changing a task: each function makes its newer self, and the runs that go with it. Pure; the application keeps them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import alarum_nlp as nlp
from alarum.alarm.planner import TaskPlanner, onward, rule_of, wall_clock_of
from alarum.app.find_task import format_call
from alarum.app.phrases import first_run, read_request, servable, too_often
from alarum.app.request import Request, check
from alarum.errors import Refused
from alarum.settings.settings import Settings
from alarum.wording import short
from alarum_nlp import Reading, Rule
from alarum_store import Run, Task

TaskChange = tuple[Task, tuple[Run, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """What an update sets; None leaves a field as it is. `policies` are laid over those of the task, None removes one."""

    when: str | None = None
    message: str | None = None
    zone: str | None = None
    webhook: str | None = None
    target: str | None = None
    payload: Any = None
    metadata: Any = None
    tags: tuple[str, ...] | None = None
    policies: dict[str, Any] | None = None
    priority: int | None = None

    def __bool__(self) -> bool:
        return self != _NOTHING

    @property
    def retimes(self) -> bool:
        """Whether the times of the task are derived again."""
        return self.when is not None or self.zone is not None


_NOTHING = Edit()


def edit(task: Task, change: Edit, settings: Settings, now: datetime) -> tuple[Task, tuple[str, ...]]:
    """The task with an edit laid over it, and what was assumed in reading `when`. Raises Refused."""
    own = {k: v for k, v in {**(task.policies or {}), **(change.policies or {})}.items() if v is not None}
    priority = task.priority if change.priority is None else change.priority
    tags = task.tags if change.tags is None else change.tags
    check(
        settings,
        Request(when=None, message=change.message, webhook=change.webhook, target=change.target, payload=change.payload, metadata=change.metadata, tags=tags, policies=own, priority=priority),
    )  # fmt: skip
    webhook, target = (
        (change.webhook, change.target) if change.webhook or change.target else (task.webhook, task.target)
    )
    newer = replace(
        task, message=change.message or task.message, webhook=webhook, target=target, tags=tags, priority=priority,
        payload=task.payload if change.payload is None else change.payload,
        metadata=task.metadata if change.metadata is None else change.metadata, policies=own or None, updated=now,
    )  # fmt: skip
    if not change.retimes:
        return newer, ()
    reading, assumed = _retimed(task, change, now)
    servable(reading, change.when or "", lambda choice, _: format_call("update", task=task.id, when=choice))
    too_often(settings, reading.rule, now)
    rule, words = reading.rule, change.when or task.words
    due = first_run(reading, now, words)
    newer = replace(
        newer,
        rule=nlp.to_text(rule),
        zone=rule.zone,
        words=words,
        kind=reading.kind,
        wall=wall_clock_of(rule, due),
        why=None,
    )
    if task.state == "paused":
        return replace(newer, scheduled=due), assumed
    return replace(newer, state="active", due=due, scheduled=None), assumed


def _retimed(task: Task, change: Edit, now: datetime) -> tuple[Reading, tuple[str, ...]]:
    """What a new time or zone means for a task, and what was assumed: what is not said stays. Raises Refused."""
    if change.when is None:
        moved = _rezoned(task, rule_of(task.rule), change.zone or task.zone)
        return Reading(moved, ""), ("kept the time of day in the new zone",)
    words, zone = change.when, change.zone or task.zone
    if nlp.is_shift(words):
        raise Refused(
            f"'{short(words)}' would count from now, not from the task's own time; say the new time itself, for example "
            + format_call("update", task=task.id, when="friday at 17:00")
        )
    old = _old_rule(task, zone)
    if old is not None and (kept := nlp.retimed(old, words, now)):
        return kept, kept.assumed
    reading = _alone(
        read_request(words, now, zone, lambda choice, _: format_call("update", task=task.id, when=choice)), task, words
    )
    if old is None:
        return reading, reading.assumed
    reading = nlp.redated(old, reading, words, now, zone) or reading
    if task.kind == "recurring" and reading.kind == "once":
        before = f"it repeated ({nlp.say(rule_of(task.rule))}) and rings once now; to move only its next run use action='snooze'"
        return reading, (*reading.assumed, before)
    return reading, reading.assumed


def _old_rule(task: Task, zone: str) -> Rule | None:
    """The rule that a task has, in the zone that its new words are said in; None where nothing of it is to be kept."""
    if task.state not in ("active", "paused"):
        return None
    try:
        rule = rule_of(task.rule)
    except ValueError:
        return None  # it is damaged, and the new time mends it
    return rule if zone == task.zone else _rezoned(task, rule, zone)


def _rezoned(task: Task, rule: Rule, zone: str) -> Rule:
    if zone == task.zone:
        raise Refused(f"'{short(task.message)}' is in {zone} already; nothing was changed")
    try:
        nlp.zone(zone)
        return nlp.rezoned(rule, zone)
    except ValueError as why:
        raise Refused(f"the zone of '{short(task.message)}' was not changed: {why}") from None


def _alone(reading: Reading, task: Task, words: str) -> Reading:
    """A reading that is a time and nothing else: what is left over would be dropped. Raises Refused, with the call without it."""
    if not reading.message:
        return reading
    when = " ".join(words[begin:end].strip() for begin, end in reading.spans)
    raise Refused(
        f"'{short(reading.message)}' in '{short(words)}' is not a time, so nothing was changed. Call {format_call('update', task=task.id, when=when)}; "
        f"a new message goes into message"
    )


def pause(task: Task, until: datetime | None, now: datetime) -> Task:
    """Held: it does not ring until it is resumed, or until `until`."""
    if task.state not in ("active", "paused"):
        raise Refused(f"'{short(task.message)}' is {task.state} and cannot be paused")
    why = "paused" if until is None else "paused until a time"
    return replace(task, state="paused", due=until, scheduled=task.occurrence, why=why, updated=now)


def resume(task: Task, settings: Settings, now: datetime) -> TaskChange:
    """Going on. Repetitions that passed meanwhile are recorded as skipped; a single time that passed rings now."""
    if task.state != "paused":
        raise Refused(f"'{short(task.message)}' is {task.state}, not paused")
    active, runs = TaskPlanner(settings, now).resumed(task, rule_of(task.rule))
    return replace(
        active, runs=active.runs + sum(run.state in ("waiting", "delivered") for run in runs), updated=now
    ), runs


def snooze_next(task: Task, until: datetime, now: datetime) -> Task:
    """The next run comes at `until` instead; the rhythm stays. Raises Refused when the run after it would come first."""
    occurrence = task.occurrence
    if task.state != "active" or occurrence is None:
        raise Refused(f"'{short(task.message)}' has no next run to snooze")
    if task.due is not None and until <= task.due:
        raise Refused(
            f"nothing of '{short(task.message)}' has fired, and its next run is on {nlp.say_time(task.due, task.zone)}, after that; "
            "to have it earlier too use action='run_now', or update when"
        )
    following = nlp.next_time(rule_of(task.rule), occurrence)
    if following is not None and until >= following:
        raise Refused(
            f"the run after the next one is on {nlp.say_time(following, task.zone)}, before that; use action='skip_next', "
            "or action='pause' with until"
        )
    return replace(task, due=until, scheduled=occurrence, updated=now)


def skip_next(task: Task, settings: Settings, now: datetime) -> TaskChange:
    """The next run is skipped, and recorded so."""
    occurrence = task.occurrence
    if task.state != "active" or occurrence is None:
        raise Refused(f"'{short(task.message)}' has no next run to skip")
    newer = replace(onward(task, rule_of(task.rule), occurrence), updated=now)
    if newer.state == "ended":
        raise Refused(
            f"'{short(task.message)}' has only this one run ahead; cancel it instead: {format_call('cancel', task=task.id)}"
        )
    row = TaskPlanner(settings, now).run(task, occurrence, 1, state="skipped", why="skipped on request")
    return newer, (row,)


def run_now(task: Task, settings: Settings, now: datetime) -> TaskChange:
    """One run at once; the rhythm stays. The store gives it the next free millisecond."""
    if task.state == "cancelled":
        raise Refused(f"'{short(task.message)}' is cancelled; schedule it again")
    return replace(task, runs=task.runs + 1, updated=now), (TaskPlanner(settings, now).run(task, now, 1, origin="now"),)
