"""`schedule`: from words to a kept task. Refused when unclear, past or too often; then nothing is stored."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any, Literal

import alarum_nlp as nlp
from alarum.alarm.planner import TaskPlanner, upcoming, wall_clock_of
from alarum.app.find_task import format_call
from alarum.channels.attempt import DEEP, kept_json
from alarum.errors import NotRead, Refused
from alarum.settings.policies import policies
from alarum.settings.settings import Settings, allowed_webhook, refused_target
from alarum.wording import short
from alarum_nlp import EXAMPLES, Once, Reading, Repeat, Rule, Unclear, Unscheduled, say_duration
from alarum_store import Run, Task

_MESSAGE = 10_000  # characters; a longer one belongs into a file that the message names
_DATA = 100_000  # bytes of JSON in a payload, and in metadata
_TAGS = 20
_ALPHABET = b"23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is misread aloud
_LETTERS = bytes(_ALPHABET[n % len(_ALPHABET)] for n in range(256))
_ID = 8  # letters
_UNSCHEDULED = "unscheduled"
_LOOKED_AT = 50  # runs ahead in which the shortest time between two is sought
_MS = timedelta(milliseconds=1)
_SURELY = timedelta(hours=12)  # what lies between two days at the same time, whatever the clocks do


@dataclass(frozen=True, slots=True)
class Request:
    """One `schedule` call. `when` alone may be the user's whole sentence; then the message is what is left of it.

    A library may pass an aware datetime as `when`. Without `when` the task is unscheduled: kept, and run by hand or
    scheduled later by an update.
    """

    when: str | datetime | None
    message: str | None = None
    zone: str | None = None
    webhook: str | None = None
    target: str | None = None
    payload: Any = None
    tags: tuple[str, ...] = ()
    id: str | None = None
    metadata: Any = None
    if_exists: Literal["error", "replace", "keep"] = "error"
    idempotency_key: str | None = None
    policies: dict[str, Any] | None = None
    priority: int = 0
    run_now: bool = False


class Scheduler:
    """Makes tasks of requests, all at one moment. Phrases that come again in one bulk are read once."""

    def __init__(self, settings: Settings, now: datetime, namespace: str, *, bulk: bool = False) -> None:
        self._settings, self._now, self._namespace, self._bulk = settings, now, namespace, bulk
        self._name, self._made = _new_id(), 0
        self._read: dict[tuple[str, str], Reading] = {}

    def task(self, request: Request) -> tuple[Task, Reading]:
        """The task that a request means, not kept yet. Raises Refused."""
        check(self._settings, request)
        reading = self.reading(request.when, request.zone, request.message)
        rule = reading.rule
        after = self._now if reading.kind == "recurring" else self._now - _MS
        due = first_run(reading, after, _words(request.when))
        return Task(
            id=request.id or self._new_id(), message=request.message or reading.message or "Reminder", rule=nlp.to_text(rule),
            zone=rule.zone, words=_words(request.when), kind=reading.kind, state="active", due=due,
            created=self._now, namespace=self._namespace, wall=wall_clock_of(rule, due), priority=request.priority,
            webhook=request.webhook, target=request.target, payload=request.payload, metadata=request.metadata, tags=request.tags,
            policies=request.policies or None, idempotency_key=request.idempotency_key,
        ), reading  # fmt: skip

    def tasks(self, requests: Iterable[Request]) -> list[Task]:
        return [self.task(request)[0] for request in requests]

    def reading(self, when: str | datetime | None, asked: str | None, message: str | None) -> Reading:
        """What `when` means, in the zone that was asked for. Raises Refused, with what would be understood."""
        zone = asked or self._settings.zone
        if isinstance(when, datetime):
            if when.tzinfo is None:
                raise Refused(
                    "a datetime needs a time zone; for example datetime(2027, 3, 1, 9, tzinfo=ZoneInfo('Europe/Berlin'))"
                )
            return Reading(Once(when.astimezone(timezone.utc), zone), "")
        if when is None:
            if not message:
                raise Refused("say when, or at least a message to keep: for example when='tomorrow at 9'")
            no_time(message, self._now, zone)
            return Reading(Unscheduled(zone), message)
        if (known := self._read.get((when, zone))) is None:
            known = self._read[when, zone] = read_request(when, self._now, zone, as_call(message, asked))
            servable(known, when, as_call(message, asked), told_apart=message is not None)
            too_often(self._settings, known.rule, self._now)
        return known

    def other_time(self, request: Request, rule: Rule) -> str | None:
        """A warning where the message of a request names another time than its `when`."""
        if (
            request.when is None
            or not request.message
            or isinstance(rule, Unscheduled)
            or not nlp.may_name_a_time(request.message)
        ):
            return None
        found = nlp.read(request.message, self._now, request.zone or self._settings.zone)
        if (
            isinstance(found, Unclear)
            or found.confidence == "low"
            or upcoming(found.rule, self._now) == upcoming(rule, self._now)
        ):
            return None
        named = " ".join(request.message[begin:end].strip() for begin, end in found.spans)
        return f"the message names a time too ('{short(named)}'), and `when` alone was read; check that this is what was meant"

    def _new_id(self) -> str:
        """Short to be said aloud; in a bulk numbered, since a million short ones would not be different."""
        self._made += 1
        return f"{self._name}-{self._made:06}" if self._bulk else _new_id()

    def run_now(self, task: Task) -> Run:
        """A run that starts at once, beside the rhythm of the task."""
        return TaskPlanner(self._settings, self._now).run(task, self._now, 1, origin="now")

    def replacing(self, old: Task, new: Task, *, run_now: bool) -> tuple[Task, tuple[Run, ...]]:
        """The old task with everything of the new one but its id, age and history, and what runs at once."""
        newer = replace(new, key=old.key, version=old.version, created=old.created, runs=old.runs, updated=self._now)
        return (replace(newer, runs=old.runs + 1), (self.run_now(newer),)) if run_now else (newer, ())


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
        f"{format_call('schedule', when=_UNSCHEDULED, message=message)} to keep it without one"
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


def check(settings: Settings, request: Request) -> None:
    """Raises Refused for what is wrong with a request apart from its time."""
    message = request.message
    _valid(request)
    if message is not None and not message.strip():
        raise Refused("the message is empty; leave it out to take it from the words, or say for example 'call Anna'")
    if message is not None and len(message) > _MESSAGE:
        raise Refused(
            f"the message has {len(message)} characters, more than {_MESSAGE}; keep the text in a file and name it"
        )
    if request.id is not None and not _is_name(request.id):
        raise Refused("an id has 1 to 64 letters from a to z, digits, '-' or '_'; for example 'standup'")
    if request.idempotency_key is not None and not 0 < len(request.idempotency_key) <= 200:
        raise Refused("an idempotency key has 1 to 200 characters; for example a UUID")
    for name, data in (("payload", request.payload), ("metadata", request.metadata)):
        if data is None:
            continue
        if not kept_json(data):
            raise Refused(
                f"the {name} is deeper than {DEEP} levels, or has a number or text that is no JSON; keep it in a file and name that"
            )
        if len(_json(name, data)) > _DATA:
            raise Refused(f"the {name} is larger than {_DATA} bytes of JSON; keep it in a file and name that")
    if len(request.tags) > _TAGS or any(not 0 < len(tag) <= 64 for tag in request.tags):
        raise Refused(f"a task has up to {_TAGS} tags of 1 to 64 characters; for example tags=['home']")
    if not -9 <= request.priority <= 9:
        raise Refused(f"a priority goes from -9 to 9, not {request.priority}; 0 is usual, higher goes first")
    if request.policies:
        try:
            policies(request.policies)
        except ValueError as why:
            raise Refused(f"{why}") from None
    if request.webhook and request.target:
        raise Refused("say webhook or target, not both: a URL to POST to, or the name of a target")
    if request.webhook and (why_not := allowed_webhook(settings, request.webhook)):
        raise Refused(why_not)
    if request.target and (why_not := refused_target(settings, request.target)):
        raise Refused(why_not)


def _valid(request: Request) -> None:
    """Raises Refused for text that is no valid Unicode: nothing could be kept of it."""
    texts = (
        request.when,
        request.message,
        request.zone,
        request.id,
        request.idempotency_key,
        request.webhook,
        request.target,
        *request.tags,
    )
    for text in texts:
        if isinstance(text, str) and not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text):
            raise Refused(
                "the text has half of a character (a lone surrogate); send it as valid Unicode, for example '\U0001f600' whole"
            )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 64 and text.isascii() and all(c.isalnum() or c in "-_" for c in text)


def _json(name: str, data: Any) -> bytes:
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (TypeError, ValueError) as why:
        raise Refused(f"the {name} is not JSON: {why}; for example {{'list': ['milk']}}") from None


def _words(when: str | datetime | None) -> str:
    return when.isoformat() if isinstance(when, datetime) else when or _UNSCHEDULED


def _new_id() -> str:
    return secrets.token_bytes(_ID).translate(_LETTERS).decode()
