"""Times, runs and messages as sentences and answers word them."""

from __future__ import annotations

from datetime import datetime

import alarum_nlp as nlp
from alarum_store import Run

_SHORT = 80  # characters of a message in a sentence


def local_text(at: datetime, zone: str) -> str:
    return at.astimezone(nlp.zone(known_zone(zone))).isoformat(timespec="seconds")


def say_task_time(at: datetime, zone: str) -> str:
    """A time in words, in the zone of a task."""
    return nlp.say_time(at, known_zone(zone))


def known_zone(zone: str) -> str:
    """The zone of a task; UTC for that of a damaged one."""
    try:
        nlp.zone(zone)
    except ValueError:
        return "UTC"
    return zone


def short(text: str) -> str:
    return text if len(text) <= _SHORT else text[: _SHORT - 3] + "..."


def occurred(run: Run) -> str:
    """What became of the occurrence itself, whatever becomes of its delivery: rang, missed or skipped."""
    return run.state if run.state in ("missed", "skipped") else "rang"
