"""Calling the user's own Python code: what it is given, what it may ask for, and what its end means."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import importlib
import inspect
import logging
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from alarum.channels.attempt import AttemptResult, Sending, reply_result
from alarum.channels.reply_directives import kept_json
from alarum.clock import Clock
from alarum_store import ObjectState

log = logging.getLogger("alarum.functions")
_SAYS = ("state", "next", "stop", "retry_after", "reason")


@dataclass
class Called:
    """The context of a call: which task and run, and what the code may ask for.

    `state` is the task's: what is changed in it is there again at the next run. Times are aware.
    """

    task: str
    message: str
    words: str
    tags: tuple[str, ...]
    payload: Any
    zone: str
    run: int
    run_id: str
    attempt: int
    scheduled_for: datetime
    now: datetime
    state: dict[str, Any]
    object: str | None = None
    _said: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def is_retry(self) -> bool:
        return self.attempt > 1

    @property
    def late(self) -> timedelta:
        return max(timedelta(), self.now - self.scheduled_for)

    def stop(self, reason: str | None = None) -> None:
        """End the task: it rings no more."""
        self._said |= {"stop": True, "reason": reason}

    def next(self, when: str | datetime | timedelta) -> None:
        """The next run comes then: words ("in 30 minutes"), an aware datetime, or a length of time from the end of the call."""
        if isinstance(when, timedelta):
            when = f"in {max(1, round(when.total_seconds()))} seconds"
        self._said["next"] = when.isoformat(timespec="seconds") if isinstance(when, datetime) else when

    def retry(self, after: str | timedelta, reason: str | None = None) -> None:
        """Not done yet: the same run again after a length of time. It counts as a try."""
        wait: object = after.total_seconds() if isinstance(after, timedelta) else after
        self._said |= {"retry_after": wait, "reason": reason}


def call_context(sending: Sending, name: str | None = None) -> Called:
    """The context of an attempt; of a test or a notice without a task, whose body is the payload then."""
    claim = sending.claim
    if claim is None:
        at = sending.now
        return Called(
            "test", sending.text, "", (), sending.body, "UTC", 0, sending.id, sending.attempt, at, at, {}, name
        )
    task, run = claim.task, claim.run
    return Called(
        task.id, task.message, task.words, task.tags, copy.deepcopy(task.payload), task.zone, run.number, run.id, claim.tries,
        run.scheduled, sending.now, copy.deepcopy(task.receiver_state or {}), name,
    )  # fmt: skip


def imported(where: str, path: str | None) -> Any:
    """What "package.module:name" names; `path` is looked in too. Raises ValueError."""
    module, _, name = where.partition(":")
    if not module or not name:
        raise ValueError(f"'{where}' names no code; write package.module:name, for example home.plants:water")
    if path and path not in sys.path:
        sys.path.append(path)
    try:
        value: Any = importlib.import_module(module)
        for part in name.split("."):
            value = getattr(value, part)
    except Exception as why:  # whatever its module does when it is imported
        raise ValueError(f"'{where}' cannot be imported: {type(why).__name__}: {why}") from why
    return value


async def call(
    code: Callable[[Called], Any],
    given: Called,
    clock: Clock,
    timeout: float,
    instance: Callable[[], ObjectState] | None = None,
) -> AttemptResult:
    """Call the code and say what came of it. An exception is a failure that is tried again."""
    started, before = clock.now(), copy.deepcopy(given.state)
    try:
        async with asyncio.timeout(timeout):
            returned = await _run(code, given)
        asked = _asked(given, before, returned)
        kept = instance() if instance else None
        answer = reply_result(asked, started, clock.now())
    except TimeoutError:
        return AttemptResult(started, clock.now(), error=f"timed out after {timeout:g} s", error_class="timeout")
    except asyncio.CancelledError as why:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise  # this process ends
        return _broken(code, given, started, clock, why)
    except (Exception, SystemExit) as why:
        return _broken(code, given, started, clock, why)
    return replace(answer, instance=kept)


def _broken(code: object, given: Called, started: datetime, clock: Clock, why: BaseException) -> AttemptResult:
    log.warning("%s failed for run %s", getattr(code, "__qualname__", code), given.run_id, exc_info=why)
    return AttemptResult(started, clock.now(), error=f"{type(why).__name__}: {why}"[:300], error_class="function")


async def _run(code: Callable[[Called], Any], given: Called) -> Any:
    if inspect.iscoroutinefunction(code) or inspect.iscoroutinefunction(getattr(code, "__call__", None)):  # noqa: B004
        return await code(given)
    returned = await _in_thread(code, given)
    return await returned if inspect.isawaitable(returned) else returned


async def _in_thread(code: Callable[[Called], Any], given: Called) -> Any:
    """In a thread of its own that holds up no end of the process: a function may hang for ever."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(result: Any, why: BaseException | None) -> None:
        if not done.done():
            done.set_exception(why) if why is not None else done.set_result(result)

    def work() -> None:
        result, why = None, None
        try:
            result = code(given)
        except BaseException as error:
            why = RuntimeError(f"{type(error).__name__}: {error}") if isinstance(error, StopIteration) else error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, result, why)

    threading.Thread(target=work, name=f"alarum-function {given.run_id}", daemon=True).start()
    return await done


def _asked(given: Called, before: dict[str, Any], returned: Any) -> dict[str, Any]:
    """What was asked for, by methods or by returning what a webhook would answer. Raises ValueError for state that is not JSON."""
    asked = {name: value for name, value in given._said.items() if value is not None}
    if isinstance(returned, dict):
        asked = {**{name: returned[name] for name in _SAYS if name in returned}, **asked}
    if given.state != before:
        asked["state"] = given.state
    if not kept_json(asked):
        raise ValueError(
            "the state is not JSON: it has an object, a number or a text that JSON does not know, or is too deep"
        )
    return asked
