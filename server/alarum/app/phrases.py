"""Phrases of a call: read, and refused when unclear, past or too often, with the calls that would be taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import alarum_nlp as nlp
from alarum.alarm.planner import upcoming
from alarum.app.find_task import format_call
from alarum.errors import NotRead, Refused
from alarum.settings.settings import Settings
from alarum.wording import short
from alarum_nlp import EXAMPLES, Once, Reading, Repeat, Rule, Unclear, say_duration
from alarum_store import Task

UNSCHEDULED = "unscheduled"  # as `when`: kept without a time
_LOOKED_AT = 50  # runs ahead in which the shortest time between two is sought
_SURELY = timedelta(hours=12)  # what lies between two days at the same time, whatever the clocks do


def as_call(message: str | None, zone: str | None) -> Callable[[str, str], str]:
    """Writes a choice as the `schedule` call that takes it up."""
    return lambda words, left: format_call("schedule", when=words, message=message or left or None, timezone=zone)


def read_request(when: str, now: datetime, zone: str, call: Callable[[str, str], str]) -> Reading:
    """The reading of a phrase. Raises NotRead with choices, each as the `call` that takes words and a message."""
    try:
        found = nlp.read(when, now, zone)
    except ValueError as why:
        raise Refused(f"{why}") from None
    if isinstance(found, Unclear):
        examples = found.choices == EXAMPLES
        calls = " or ".join(call(choice, found.message) for choice in found.choices[:3])
        text = f"not scheduled: {found.reason}. {'Say it for example as' if examples else 'Call'} {calls}."
        raise NotRead(text, found.reason, () if examples else found.choices)
    return found


def no_time(message: str, now: datetime, zone: str) -> None:
    """Raises Refused where a message that came without a time is a request with one: it would be kept and never ring."""
    found = nlp.read(message, now, zone)
    if isinstance(found, Unclear):
        if found.choices == EXAMPLES:
            return
    elif found.confidence == "low" or found.kind not in ("once", "recurring"):
        return
    raise Refused(
        f"nothing was scheduled: the message names a time, and no `when` was given. Call {format_call('schedule', when=message)} for that time, or "
        f"{format_call('schedule', when=UNSCHEDULED, message=message)} to keep it without one"
    )


def servable(reading: Reading, words: str, call: Callable[[str, str], str], *, told_apart: bool = True) -> None:
    """Raises Refused for a rule whose promise is not kept yet: counted from when the last run was done.

    Where the message was `told_apart`, all of `words` is about the time.
    """
    rule = reading.rule
    told = nlp.is_from_completion(words) and (told_apart or nlp.is_from_completion(reading.message, alone=True))
    if isinstance(rule, Repeat) and (rule.from_completion or told):
        left = "" if nlp.is_from_completion(reading.message, alone=True) else reading.message
        instead = call(nlp.say(replace(rule, from_completion=False), rule.zone), left)
        raise Refused(f"not scheduled: counting from when it is done is not possible yet. By the calendar: {instead}")


def first_run(reading: Reading, after: datetime, words: str) -> datetime | None:
    """The first time after `after`; None for what has none by its nature. Raises Refused for what never rings."""
    first = upcoming(reading.rule, after)
    if first is None and reading.kind in ("once", "recurring"):
        raise Refused(f"'{short(words)}' never rings; say a time ahead, for example 'tomorrow at 9'")
    return first


def moment_of(words: str, now: datetime, task: Task, action: str) -> datetime:
    """The one moment ahead that words name, as in "until tomorrow at 9" or "10 minutes". Raises Refused."""
    zone = task.zone
    found = read_request(
        words, now, zone, lambda until, _: format_call("update", task=task.id, action=action, until=until)
    )
    times = nlp.next_times(found.rule, now, 2)
    if found.kind != "once" or len(times) != 1:
        raise Refused(f"'{short(words)}' is not one moment ahead; say for example 'in 10 minutes' or 'tomorrow at 9'")
    return times[0] + timedelta(microseconds=-times[0].microsecond % 1_000_000)


def too_often(settings: Settings, rule: Rule, now: datetime) -> None:
    """Raises Refused for a rule that rings more often than the settings allow, with the number."""
    if isinstance(rule, Once) or settings.min_interval <= _SURELY and _once_a_day(rule):
        return
    times = nlp.next_times(rule, now, _LOOKED_AT)
    shortest = min((later - earlier for earlier, later in pairwise(times)), default=None)
    if shortest is not None and shortest < settings.min_interval:
        raise Refused(
            f"it would ring {say_duration(shortest)} apart, and here two runs of a task are at least {say_duration(settings.min_interval)} apart "
            f"(ALARUM_MIN_INTERVAL); for example 'every {_slower(settings.min_interval)}'"
        )


def _once_a_day(rule: Rule) -> bool:
    under_a_day = ("second", "minute", "hour")
    return isinstance(rule, Repeat) and rule.unit not in under_a_day and len(rule.times) == 1 and not rule.windows


def _slower(interval: timedelta) -> str:
    seconds = -(-interval // timedelta(seconds=1))
    return f"{seconds} seconds" if seconds < 120 else f"{-(-seconds // 60)} minutes"
