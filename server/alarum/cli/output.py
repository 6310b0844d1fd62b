"""Answers as tables and sentences for people, and calls in them as the commands that do the same."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Sequence
from typing import TextIO

from alarum.app.answers import (
    Answer,
    Cancelled,
    Fired,
    Inbox,
    Occurrence,
    Queried,
    Redelivered,
    RunAnswer,
    Scheduled,
    StatisticsAnswer,
    TargetAnswer,
    TargetsAnswer,
    TaskAnswer,
    Updated,
)
from alarum.safe_text import visible

_WIDEST = 60  # characters of a column but the last


def out(text: str, to: TextIO | None = None) -> None:
    """Print one line: what is stored in it is shown, and not obeyed by the terminal."""
    print(visible(text), file=to or sys.stdout)


def show(answer: Answer) -> None:
    """Print an answer for people; warnings go to stderr."""
    if isinstance(answer, Redelivered):
        out(f"redelivered {answer.redelivered}")
        return
    out(getattr(answer, "summary", ""))
    _details(answer)
    for assumed in getattr(answer, "assumptions", []):
        out(f"assumed   {assumed}")
    for warning in getattr(answer, "warnings", []):
        out(f"warning   {warning}", sys.stderr)


def _details(answer: Answer) -> None:
    match answer:
        case Scheduled():
            out(f"id        {answer.id}")
            for time in answer.next_runs:
                out(f"next      {time.local}")
            out(f"delivery  {answer.delivery}")
        case Queried():
            _queried(answer)
        case Inbox():
            _fired(answer.fired)
        case Updated():
            _tasks(answer.tasks)
            if answer.delivery:
                out(f"delivery  {answer.delivery}")
        case Cancelled() if answer.dry_run:
            _tasks(answer.cancelled)
        case TargetsAnswer():
            _targets(answer.targets)
        case StatisticsAnswer():
            for name, count in [*answer.tasks.items(), *((f"runs {n}", c) for n, c in answer.runs.items())]:
                out(f"{name:16} {count}")


def _queried(answer: Queried) -> None:
    if answer.occurrences is not None:
        _occurrences(answer.occurrences)
    _tasks(answer.tasks)
    if answer.next_offset:
        out(f"more: --offset {answer.next_offset}")
    if answer.nearest:
        out("nearest:")
        _tasks(answer.nearest)
    if answer.history is not None:
        _runs(answer.history)
    else:
        _fired(answer.inbox)
    rows = [(one.run, one.until, one.message) for one in answer.snoozed]
    table(("SNOOZED", "UNTIL", "MESSAGE"), rows)


def _targets(targets: list[TargetAnswer]) -> None:
    rows = [
        (t.name, t.health, str(t.waiting), str(t.failed), t.last_delivered or "-", t.where + (f"; {t.why}" if t.why else "")) for t in targets
    ]  # fmt: skip
    table(("TARGET", "HEALTH", "WAITING", "FAILED", "LAST DELIVERED", "WHERE"), rows)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Aligned columns; nothing where there are no rows."""
    if not rows:
        return
    cells = [[visible(" ".join(str(cell).split())) for cell in row] for row in [heads, *rows]]
    widths = [min(max(len(row[n]) for row in cells), _WIDEST) for n in range(len(heads) - 1)]
    for row in cells:
        out("  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]).rstrip())


def _tasks(tasks: Sequence[TaskAnswer]) -> None:
    rows = [(t.id, t.state, _next(t), t.reading, t.message) for t in tasks]
    table(("ID", "STATE", "NEXT", "WHEN", "MESSAGE"), rows)


def _next(task: TaskAnswer) -> str:
    if task.paused_until:
        return f"{task.paused_until.local} (held until)"
    return task.next_runs[0].local if task.next_runs else "-"


def _occurrences(found: Sequence[Occurrence]) -> None:
    table(("AT", "STATE", "TASK", "MESSAGE"), [(o.local, o.delivery or o.state, o.task, o.message) for o in found])


def _fired(runs: Sequence[Fired]) -> None:
    rows = [
        (run.id, "fired, " + (run.delivery or run.state), run.scheduled_for, f"{run.late_seconds:g} s", run.message)
        for run in runs
    ]
    table(("RUN", "STATE", "SCHEDULED", "LATE", "MESSAGE"), rows)


def _runs(runs: Sequence[RunAnswer]) -> None:
    for run in runs:
        why = f"  ({run.why})" if run.why else ""
        waits = f"  waits: {run.waits_for}" if run.waits_for else ""
        later = run.sent_late_seconds is not None and run.sent_late_seconds - run.late_seconds >= 1
        sent = f", sent {run.sent_late_seconds:g} s late" if later else ""
        out(
            f"{run.scheduled_for:25} {run.delivery or run.state:9} {run.late_seconds:g} s late{sent}  {run.id}{why}{waits}"
        )
        for a in run.attempts:
            said = a.status or a.error_class or ""
            out(f"    attempt {a.number}  {a.sent}  {said}  {a.error or ''}".rstrip())


_CALL = re.compile(r'\b(schedule|cancel|update|query|inbox)\(((?:\w+=(?:"(?:[^"\\]|\\.)*"|[^,()"]+)(?:, )?)*)\)')
_GIVEN = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,()"]+)')
_OPTIONS = {"message": "--message", "timezone": "--tz", "when": "--when", "until": "--until", "tag": "--tag"}


_SAID = {
    "action='run_now'": "alarum run", "action='skip_next'": "alarum skip", "action='pause' with until": "alarum pause --until",
    "action='pause'": "alarum pause", "action='snooze'": "alarum snooze", "if_exists='replace' or 'keep'": "--if-exists replace or keep",
    "task='*'": "'*'",
}  # fmt: skip


def as_commands(text: str) -> str:
    """A text with its tool calls written as commands: cancel(task="k4t9") is `alarum cancel k4t9`."""
    text = _CALL.sub(lambda match: _command(match[1], dict(_GIVEN.findall(match[2]))), text)
    for tool, command in _SAID.items():
        text = text.replace(tool, command)
    return text


def _command(tool: str, given: dict[str, str]) -> str:
    values = {name: json.loads(value) for name, value in given.items()}
    action = values.pop("action", None)
    if values.pop("history", None):
        tool = "history"
    words = ["alarum", {"skip_next": "skip", "run_now": "run"}.get(action, action) if action else tool]
    first = {"schedule": "when", "query": "id", "history": "id"}.get(tool, "task")
    if (main := values.pop(first, None)) is not None:
        words.append(str(main))
    for name, value in values.items():
        words += [f"--{name.replace('_', '-')}"] if value is True else [_OPTIONS.get(name, f"--{name}"), str(value)]
    return " ".join(shlex.quote(word) for word in words)
