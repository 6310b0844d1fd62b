"""From a request to a task, pure: nothing is stored."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import alarum_nlp as nlp
from alarum.alarm.planner import TaskPlanner, upcoming, wall_clock_of
from alarum.app.phrases import UNSCHEDULED, as_call, first_run, no_time, read_request, servable, too_often
from alarum.app.request import Request, check
from alarum.errors import Refused
from alarum.settings.settings import Settings
from alarum.wording import short
from alarum_nlp import Once, Reading, Rule, Unclear, Unscheduled
from alarum_store import Run, Task

_ALPHABET = b"23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is misread aloud
_LETTERS = bytes(_ALPHABET[n % len(_ALPHABET)] for n in range(256))
_ID = 8  # letters
_MS = timedelta(milliseconds=1)


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


def _words(when: str | datetime | None) -> str:
    return when.isoformat() if isinstance(when, datetime) else when or UNSCHEDULED


def _new_id() -> str:
    return secrets.token_bytes(_ID).translate(_LETTERS).decode()
