"""Tasks and runs as answers show them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import alarum_nlp as nlp
from alarum.alarm.planner import rule_of
from alarum.app.answers import AttemptAnswer, DetailedTask, Fired, RunAnswer, TaskAnswer, Time
from alarum.wording import local_text, occurred
from alarum_store import Attempt, Run, Task

_INSTANT = timedelta(milliseconds=1)


def time_answer(at: datetime, zone: str) -> Time:
    return Time(
        local=local_text(at, zone), utc=at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


def _local(at: datetime | None, zone: str) -> str | None:
    return None if at is None else local_text(at, zone)


def task_answer(task: Task, now: datetime, zone: str) -> TaskAnswer:
    """A task with its next three runs; `zone` is the one that its reading leaves unsaid."""
    times: list[datetime] = []
    try:
        rule = rule_of(task.rule)
        reading = nlp.say(rule, zone)
        if task.state in ("active", "paused") and task.due is not None and task.occurrence is not None:
            first = task.due if task.state == "active" else task.occurrence
            if (
                task.state == "paused" and first < task.due
            ):  # what lies inside the pause does not ring; a single time comes at its end
                ends = [] if task.kind == "recurring" else [task.due]
                times = [*ends, *nlp.next_times(rule, task.due - _INSTANT, 3)]
            else:
                times = [first, *nlp.next_times(rule, max(task.occurrence, now), 2)]
    except ValueError as why:
        reading = f"cannot be read: {why}"
    held = task.due if task.state == "paused" else None
    return TaskAnswer(
        id=task.id, message=task.message, reading=reading, kind=task.kind, state=task.state, zone=task.zone,
        next_runs=[time_answer(t, task.zone) for t in times], paused_until=None if held is None else time_answer(held, task.zone), runs=task.runs,
        tags=list(task.tags), priority=task.priority, policies=task.policies or None, why=task.why,
    )  # fmt: skip


def list_entry(task: Task, now: datetime, zone: str) -> DetailedTask:
    """A task as a list shows it: the next run, and nothing that only one who looks closer wants."""
    answer = task_answer(task, now, zone)
    return DetailedTask(**{**dict(answer), "next_runs": answer.next_runs[:1]})


def detailed(task: Task, last: Run | None, now: datetime, zone: str, delivery: str) -> DetailedTask:
    """All there is to say about a task."""
    return DetailedTask(
        **dict(task_answer(task, now, zone)), words=task.words, delivery=delivery, created=local_text(task.created, task.zone),
        previous_run=None if last is None else fired(last), payload=task.payload, metadata=task.metadata,
        receiver_state=task.receiver_state,
    )  # fmt: skip


def fired(run: Run) -> Fired:
    return Fired(
        id=run.id, task=run.task_id, message=run.message, payload=run.payload, scheduled_for=local_text(run.scheduled, run.zone),
        rung_at=local_text(run.rung, run.zone), late_seconds=max(0.0, round((run.rung - run.scheduled).total_seconds(), 3)),
        run=run.number, missed=run.missed, state=occurred(run), delivery=run.delivery, why=run.why,
    )  # fmt: skip


def run_answer(run: Run, attempts: list[Attempt], waits_for: str | None = None) -> RunAnswer:
    return RunAnswer(
        **fired(run).model_dump(), origin=run.origin, acknowledged=_local(run.acknowledged, run.zone),
        ended=_local(run.ended, run.zone), next_attempt=_local(run.try_at, run.zone), waits_for=waits_for,
        sent_late_seconds=max(0.0, round((attempts[0].started - run.scheduled).total_seconds(), 3)) if attempts else None,
        attempts=[
            AttemptAnswer(
                number=a.number, sent=a.started.isoformat(), answered=None if a.ended is None else a.ended.isoformat(), status=a.status,
                error=a.error, error_class=a.error_class,
            )
            for a in attempts
        ],
    )  # fmt: skip
