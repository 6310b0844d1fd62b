"""What happens in a window: the occurrences ahead of every task, and the runs that were."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

import alarum_nlp as nlp
from alarum.alarm.planner import rule_of
from alarum.app.answers import Occurrence
from alarum.app.to_answer import time_answer
from alarum.wording import occurred, short
from alarum_nlp import Interval
from alarum_store import Run, Task

_MOST = 2_000  # occurrences of a window
_STEP = 64  # next times that are computed at once
_INSTANT = timedelta(milliseconds=1)


def occurrences(
    tasks: Sequence[Task], runs: Sequence[Run], again: Sequence[tuple[Run, datetime]], window: Interval, now: datetime
) -> tuple[list[Occurrence], list[str]]:
    """All that happens in the window in order of time, `again` what was snoozed, and warnings where that is not all."""
    ahead = heapq.merge(*(_ahead(task, window) for task in tasks), key=lambda pair: pair[0])
    listed = list(islice(ahead, _MOST + 1))
    found = [
        (r.scheduled, _one(r.scheduled, r.zone, r.task_id, r.message, occurred(r), r.id, r.delivery)) for r in runs
    ]
    put_off = [(run, due) for run, due in again if window.start <= due < window.end]
    found += [(due, _one(due, r.zone, r.task_id, r.message, "ahead", r.id)) for r, due in put_off]
    found += [(at, _one(at, task.zone, task.id, task.message, "ahead")) for at, task in listed[:_MOST]]
    warnings = []
    if len(listed) > _MOST:
        warnings.append(
            f"more than {_MOST} occurrences; those after {time_answer(listed[-1][0], window.zone).local} are omitted"
        )
    if window.end <= now:
        warnings.append("this window is over; what was there is shown")
    return [one for _, one in sorted(found, key=lambda pair: pair[0])], warnings


def _ahead(task: Task, window: Interval) -> Iterator[tuple[datetime, Task]]:
    """The times of a task in the window, its next run first, which may have been snoozed."""
    if task.due is None or task.occurrence is None:
        return
    if task.state == "active" and window.start <= task.due < window.end:
        yield task.due, task
    try:
        rule = rule_of(task.rule)
        held = task.due - _INSTANT if task.state == "paused" else task.occurrence  # until then it is silent
        after = max(task.occurrence, held, window.start - _INSTANT)
        while times := nlp.next_times(rule, after, _STEP):
            for at in times:
                if at >= window.end:
                    return
                if at != task.due or task.state == "paused":
                    yield at, task
            after = times[-1]
    except (ValueError, OverflowError):
        return  # a damaged rule has no times; the task itself is shown as damaged


def _one(
    at: datetime, zone: str, task: str, message: str, state: str, run: str | None = None, delivery: str | None = None
) -> Occurrence:
    time = time_answer(at, zone)
    return Occurrence(
        task=task, message=short(message), local=time.local, utc=time.utc, state=state, run=run, delivery=delivery
    )
