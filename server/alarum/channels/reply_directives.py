"""What a receiver asks for in its answer: state to be kept, the next time, the end of the task, another attempt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Any

from alarum_nlp import duration

_STATE = 65_536  # bytes of JSON that a receiver may ask to be given again
DEEP = 50  # levels of JSON
_REASON = 300  # characters
_NEXT = 200


@dataclass(frozen=True, slots=True)
class ReplyDirectives:
    """What a receiver answered of its own accord. `next` is words; `state` as it is to be from now on; {} forgets it."""

    state: dict[str, Any] | None = None
    next: str | None = None
    stop: bool = False
    retry_after: timedelta | None = None
    reason: str | None = None
    ignored: tuple[str, ...] = ()  # what of it could not be used, and why


def parse_reply(body: object, *, fine: bool) -> ReplyDirectives | None:
    """What the JSON of an answer asks for; None where it asks for nothing.

    Of an answer that is not `fine` only `retry_after` and `reason` count: the errors of others have fields of these names.
    """
    if not isinstance(body, dict):
        return None
    ignored: list[str] = []
    state, words, stop = _state(body.get("state"), ignored), _next(body.get("next"), ignored), body.get("stop")
    if stop is not None and not isinstance(stop, bool):
        ignored.append("its stop is neither true nor false")
    wait, reason = _wait(body.get("retry_after"), ignored), body.get("reason")
    reason = clean(reason)[:_REASON].strip() or None if isinstance(reason, str) else None
    if not fine:
        return ReplyDirectives(retry_after=wait, reason=reason) if wait is not None or reason else None
    asked = ReplyDirectives(state, words, stop is True, wait, reason, tuple(ignored))
    return None if asked == ReplyDirectives() else asked


def _state(value: object, ignored: list[str]) -> dict[str, Any] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        ignored.append("its state is not a JSON object")
    elif not kept_json(value):
        ignored.append(f"its state is deeper than {DEEP} levels, or has a number or text that is not JSON")
    elif len(_json(value).encode()) > _STATE:
        ignored.append(f"its state is larger than {_STATE} bytes")
    else:
        return value
    return None


def _next(value: object, ignored: list[str]) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        ignored.append("its next is not text")
    elif len(value) > _NEXT:
        ignored.append(f"its next is longer than {_NEXT} characters")
    else:
        return clean(value)
    return None


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


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
