"""What goes to a channel and what comes back: one attempt at one message, and its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from alarum_nlp import duration
from alarum_store import ASKED, Claim, ObjectState

_STATE = 65_536  # bytes of JSON that a receiver may ask to be given again
DEEP = 50  # levels of JSON
_REASON = 300  # characters
_NEXT = 200
LONGEST_WAIT = timedelta(hours=24)  # that a receiver is granted


@dataclass(frozen=True, slots=True)
class ReplyDirectives:
    """What a receiver answered of its own accord. `next` is words; `state` as it is to be from now on; {} forgets it."""

    state: dict[str, Any] | None = None
    next: str | None = None
    stop: bool = False
    retry_after: timedelta | None = None
    reason: str | None = None
    ignored: tuple[str, ...] = ()  # what of it could not be used, and why


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What one attempt came to. `wait` is what the receiver asked for; `gone` means it wants no more, ever.

    `hold` is how long nothing else may be sent to the target either; `note` is worth keeping though all is well.
    """

    started: datetime
    ended: datetime
    status: int | None = None
    error: str | None = None
    error_class: str | None = None
    wait: timedelta = timedelta()
    gone: bool = False
    hold: timedelta = timedelta()
    said: ReplyDirectives | None = None
    note: str | None = None
    instance: ObjectState | None = None


@dataclass(frozen=True, slots=True)
class Sending:
    """One attempt. `id` never changes for a run; `rest` is what the target is asked for, behind its name and a slash.

    `text` is for people, `tell` makes the line for agents. `claim` is None for what is not a reminder: a notice to the
    operator, or a test.
    """

    id: str
    target: str
    rest: str
    body: dict[str, Any]
    attempt: int
    now: datetime
    text: str
    tell: Callable[[], str]
    claim: Claim | None = None

    @property
    def line(self) -> str:
        """For agents: with when, how late, which run, how to stop it; the stored text is marked as such."""
        return self.tell()

    @property
    def payload(self) -> Any:
        return self.claim.task.payload if self.claim else None


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def clean(text: str) -> str:
    """A text of others as it may be kept and logged: without control characters, and so that it is valid Unicode."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return "".join(c if c.isprintable() else " " for c in whole)


def kept_json(value: object, depth: int = DEEP) -> bool:
    """Whether a value is JSON that the store, and whoever reads it again, can keep: finite, not too deep, valid Unicode."""
    if depth == 0:
        return False
    if isinstance(value, dict):
        return all(isinstance(n, str) and kept_json(n, depth) and kept_json(v, depth - 1) for n, v in value.items())
    if isinstance(value, (list, tuple)):
        return all(kept_json(v, depth - 1) for v in value)
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= c <= "\udfff" for c in value)
    return value is None or isinstance(value, (bool, int)) or (isinstance(value, float) and isfinite(value))


def parse_reply(body: object, *, fine: bool) -> ReplyDirectives | None:
    """What the JSON of an answer asks for; None where it asks for nothing.

    Of an answer that is not `fine` only `retry_after` and `reason` count: the errors of others have fields of these names.
    """
    if not isinstance(body, dict):
        return None
    ignored: list[str] = []
    state, words, stop, reason = (body.get(name) for name in ("state", "next", "stop", "reason"))
    if state is not None and not isinstance(state, dict):
        ignored.append("its state is not a JSON object")
        state = None
    if state is not None and not kept_json(state):
        ignored.append(f"its state is deeper than {DEEP} levels, or has a number or text that is not JSON")
        state = None
    if state is not None and len(_json(state).encode()) > _STATE:
        ignored.append(f"its state is larger than {_STATE} bytes")
        state = None
    if words is not None and not isinstance(words, str):
        ignored.append("its next is not text")
        words = None
    if words is not None and len(words) > _NEXT:
        ignored.append(f"its next is longer than {_NEXT} characters")
        words = None
    words = words and clean(words)
    if stop is not None and not isinstance(stop, bool):
        ignored.append("its stop is neither true nor false")
    wait = _wait(body.get("retry_after"), ignored)
    reason = clean(reason)[:_REASON].strip() or None if isinstance(reason, str) else None
    if not fine:
        return ReplyDirectives(retry_after=wait, reason=reason) if wait is not None or reason else None
    said = ReplyDirectives(state, words, stop is True, wait, reason, tuple(ignored))
    return None if said == ReplyDirectives() else said


def reply_result(body: object, started: datetime, ended: datetime, status: int | None = None) -> AttemptResult:
    """The answer that JSON gives where nothing went wrong: done, unless it asks for another try."""
    said = parse_reply(body, fine=True)
    if said is not None and said.retry_after is not None and not said.stop:
        error = f"the receiver asks for another try{f': {said.reason}' if said.reason else ''}"
        return AttemptResult(started, ended, status, error, ASKED, min(said.retry_after, LONGEST_WAIT), said=said)
    return AttemptResult(started, ended, status, said=said)


def _wait(value: object, ignored: list[str]) -> timedelta | None:
    """`retry_after` as words ("10m") or as seconds, as HTTP and Discord have it."""
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return duration(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1e9:
            return timedelta(seconds=value)
    except (ValueError, OverflowError):
        pass
    ignored.append(f"its retry_after {clean(str(value))[:40]!r} is not a duration, such as '10m'")
    return None
