"""What can be asked of Alarum, the same for MCP clients, the command line and the library."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import nlp
from nlp import Reading, Unclear
from server.alarms import BEAT
from server.answers import Cancelled, Fired, Inbox, Queried, Scheduled, TaskAnswer, Time
from server.clock import Clock
from server.settings import Settings, allowed_webhook
from store import Find, Run, Store, Task, TaskState

_MESSAGE = 10_000  # characters; a longer one belongs into a file that the message names
_PAYLOAD = 100_000  # bytes of JSON
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is misread aloud


class Refused(Exception):
    """A request that was not carried out; the message is the cause, the fix and an example."""


@dataclass(frozen=True, slots=True)
class Request:
    """One `schedule` call. `when` alone may be the user's whole sentence; then the message is what is left of it."""

    when: str
    message: str | None = None
    zone: str | None = None
    webhook: str | None = None
    payload: Any = None
    tags: tuple[str, ...] = ()
    id: str | None = None


class App:
    def __init__(self, store: Store, settings: Settings, clock: Clock, wake: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock
        self._wake = wake

    # -- schedule ------------------------------------------------------------------------------------------------

    async def schedule(self, request: Request) -> Scheduled:
        """Read, store, wake the loop, echo. Raises Refused; then nothing is stored."""
        zone = request.zone or self.settings.zone
        now = self.clock.now()
        reading = self._read(request.when, now, zone)
        self._check(request)
        first = nlp.next_time(reading.rule, now - timedelta(milliseconds=1))
        if first is None and reading.kind in ("once", "recurring"):
            raise Refused(f"'{_short(request.when)}' never rings; say a time ahead, for example 'tomorrow at 9'")
        if first is not None:
            first = (
                first
                if first.microsecond % 1000 == 0
                else first + timedelta(microseconds=1000 - first.microsecond % 1000)
            )
        message = request.message or reading.message or "Reminder"
        task = Task(
            id=request.id or _new_id(), message=message, rule=nlp.to_text(reading.rule), zone=reading.rule.zone,
            words=request.when, kind=reading.kind, state="active", due=first, created=now,
            webhook=request.webhook, payload=request.payload, tags=request.tags,
        )  # fmt: skip
        await self.store.add(task)
        self._wake()
        return await self._scheduled(task, reading, now)

    def _read(self, when: str, now: datetime, zone: str) -> Reading:
        try:
            found = nlp.read(when, now, zone)
        except ValueError as why:
            raise Refused(f"{why}") from None
        if isinstance(found, Unclear):
            choices = " or ".join(f"when={json.dumps(c, ensure_ascii=False)}" for c in found.choices[:3])
            raise Refused(
                f"not scheduled: {found.reason}. Try {choices}." if choices else f"not scheduled: {found.reason}."
            )
        return found

    def _check(self, request: Request) -> None:
        if request.message is not None and not request.message.strip():
            raise Refused(
                "the message is empty; leave it out to take it from the words, or say for example 'call Anna'"
            )
        if len(request.message or "") > _MESSAGE:
            raise Refused(
                f"the message has {len(request.message or '')} characters, more than {_MESSAGE}; keep the text in a file and name it"
            )
        if request.id is not None and not (
            0 < len(request.id) <= 64 and all(c.isalnum() or c in "-_" for c in request.id)
        ):
            raise Refused("an id has 1 to 64 letters, digits, '-' or '_'; for example 'standup'")
        if request.payload is not None and len(json.dumps(request.payload)) > _PAYLOAD:
            raise Refused(f"the payload is larger than {_PAYLOAD} bytes of JSON")
        if request.webhook and (why := allowed_webhook(self.settings, request.webhook)):
            raise Refused(why)

    async def _scheduled(self, task: Task, reading: Reading, now: datetime) -> Scheduled:
        answer = self._task(task, now)
        assumptions, warnings = list(reading.assumed), []
        if not self.settings.zone_known and reading.rule.zone == self.settings.zone:
            warnings.append(
                "this machine's zone could not be found, so times are read in UTC; set ALARUM_ZONE, for example Europe/Berlin"
            )
        beat = await self.store.last_beat()
        if beat is None or now - beat > 3 * BEAT:
            warnings.append("nothing is running that could ring; start 'alarum serve' or any client that uses alarum")
        if reading.confidence == "low":
            warnings.append("this was read with low confidence; check the next run")
        first = f", next on {nlp.say_time(task.due, task.zone)} ({task.zone})" if task.due else ""
        summary = f"Scheduled '{_short(task.message)}': {answer.reading}{first}."
        delivery = f"inbox and webhook of this task ({task.webhook})" if task.webhook else self.settings.target
        return Scheduled(summary=summary, task=answer, assumptions=assumptions, delivery=delivery, warnings=warnings)

    # -- query ---------------------------------------------------------------------------------------------------

    async def query(
        self, *, id: str | None = None, text: str | None = None, status: str | None = None, limit: int = 20
    ) -> Queried:
        """Tasks that match, and the inbox. Nothing is written."""
        if not 1 <= limit <= 200:
            raise Refused("limit goes from 1 to 200, for example 20")
        states: tuple[TaskState, ...]
        match status:
            case None if id is not None:
                states = ("active", "ended", "cancelled")
            case None | "active":
                states = ("active",)
            case "ended":
                states = ("ended",)
            case "cancelled":
                states = ("cancelled",)
            case "all":
                states = ("active", "ended", "cancelled")
            case _:
                raise Refused(f"'{status}' is no status; use active, ended, cancelled or all")
        now = self.clock.now()
        found = await self.store.find(Find(id=id, text=text, states=states, limit=limit))
        inbox = await self.store.runs(task_id=id, inbox=True, limit=limit)
        tasks = [self._task(task, now) for task in found.tasks]
        fired = f" {len(inbox)} in the inbox." if inbox else ""
        what = "task" if found.total == 1 else "tasks"
        ahead = (
            f" Next: '{_short(found.tasks[0].message)}' on {nlp.say_time(found.tasks[0].due, found.tasks[0].zone)}."
            if found.tasks and found.tasks[0].due
            else ""
        )
        return Queried(
            summary=f"{found.total} {what}.{ahead}{fired}",
            tasks=tasks,
            total=found.total,
            inbox=[fired_answer(run) for run in inbox],
        )

    async def inbox(self, acknowledge: list[str], *, everything: bool = False) -> Inbox:
        """What fired and waits; the runs named, or all that are shown, are marked as seen first."""
        ids = [run.id for run in await self.store.runs(inbox=True, limit=200)] if everything else acknowledge
        done = await self.store.acknowledge(ids, self.clock.now())
        waiting = await self.store.runs(inbox=True, limit=50)
        summary = f"{len(waiting)} waiting in the inbox" + (f"; {done} acknowledged." if ids else ".")
        return Inbox(summary=summary, fired=[fired_answer(run) for run in waiting], acknowledged=done)

    # -- cancel --------------------------------------------------------------------------------------------------

    async def cancel(self, what: str) -> Cancelled:
        """Cancel by id or by words of the description. Several matches are listed and refused."""
        now = self.clock.now()
        if not what.strip():
            raise Refused("say which task: an id, or words of its message; query lists them")
        known = await self.store.get(what)
        if known is None:
            known = await self._by_words(what)
        if known.state != "active":
            return Cancelled(summary=f"'{_short(known.message)}' is already {known.state}.", cancelled=[])
        before = await self.store.cancel(known.id)
        self._wake()
        if before is None:
            return Cancelled(summary=f"'{_short(known.message)}' is already over.", cancelled=[])
        answer = self._task(before, now).model_copy(update={"state": "cancelled", "next_runs": []})
        return Cancelled(summary=f"Cancelled '{_short(before.message)}' ({answer.reading}).", cancelled=[answer])

    async def _by_words(self, what: str) -> Task:
        found = await self.store.find(Find(text=what, limit=5))
        if found.total == 0:
            near = await self.store.find(Find(limit=3))
            listed = "; ".join(f"{t.id}: '{_short(t.message)}'" for t in near.tasks)
            raise Refused(
                f"no active task is called '{_short(what)}'. "
                + (f"There are {near.total}, for example {listed}." if listed else "There are none.")
            )
        if found.total > 1:
            listed = "; ".join(f"cancel({json.dumps(t.id)}) for '{_short(t.message)}'" for t in found.tasks)
            raise Refused(f"{found.total} tasks match '{_short(what)}'; nothing was cancelled. Call {listed}.")
        return found.tasks[0]

    # -- answers -------------------------------------------------------------------------------------------------

    def _task(self, task: Task, now: datetime) -> TaskAnswer:
        rule = nlp.from_text(task.rule)
        times: list[datetime] = []
        if task.state == "active" and task.due is not None:
            times = [task.due, *nlp.next_times(rule, max(task.due, now), 2)]
        return TaskAnswer(
            id=task.id, message=task.message, reading=nlp.say(rule, self.settings.zone), kind=task.kind, state=task.state,
            zone=task.zone, next_runs=[moment(t, task.zone) for t in times], tags=list(task.tags),
        )  # fmt: skip


def moment(at: datetime, zone: str) -> Time:
    return Time(
        local=at.astimezone(nlp.zone(zone)).isoformat(timespec="seconds"),
        utc=at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
    )


def fired_answer(run: Run) -> Fired:
    return Fired(
        id=run.id, task=run.task_id, message=run.message, scheduled_for=moment(run.scheduled, run.zone).local,
        rung_at=moment(run.rung, run.zone).local, late_seconds=round((run.rung - run.scheduled).total_seconds(), 3),
        run=run.number, missed=run.missed, state=run.state,
    )  # fmt: skip


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."
