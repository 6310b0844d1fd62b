"""The id of a run: what it is an occurrence of, so that it is the same in every attempt and on every process."""

from __future__ import annotations

from datetime import datetime

from alarum_store.model import Origin

_NO_MARKS = str.maketrans("", "", "-:.")
_MARKS: dict[Origin, str] = {"rule": "", "now": "-now", "snooze": "-snooze"}


def run_id(namespace: str, task_id: str, scheduled: datetime, origin: Origin = "rule") -> str:
    """The id of the run of a task for a time (aware UTC, to the millisecond).

    It has no dot: Standard Webhooks joins id, timestamp and body with dots before signing.
    """
    name = f"{namespace}~{task_id}" if namespace else task_id
    moment = scheduled.isoformat(timespec="milliseconds").translate(_NO_MARKS)[:18]
    return f"{name}_{moment}Z{_MARKS[origin]}"
