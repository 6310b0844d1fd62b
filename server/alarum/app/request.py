"""One `schedule` call, and what is wrong with one apart from its time."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from alarum.channels.reply_directives import DEEP, kept_json
from alarum.errors import Refused
from alarum.settings.policies import policies
from alarum.settings.settings import Settings, allowed_webhook, refused_target

_MESSAGE = 10_000  # characters; a longer one belongs into a file that the message names
_DATA = 100_000  # bytes of JSON in a payload, and in metadata
_TAGS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
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


def check(settings: Settings, request: Request) -> None:
    """Raises Refused for what is wrong with a request apart from its time."""
    _check_text(request)
    _check_names(request)
    _check_data(request)
    if not -9 <= request.priority <= 9:
        raise Refused(f"a priority goes from -9 to 9, not {request.priority}; 0 is usual, higher goes first")
    if request.policies:
        try:
            policies(request.policies)
        except ValueError as why:
            raise Refused(f"{why}") from None
    _check_place(settings, request)


def _check_names(request: Request) -> None:
    if request.id is not None and not _is_name(request.id):
        raise Refused("an id has 1 to 64 letters from a to z, digits, '-' or '_'; for example 'standup'")
    if request.idempotency_key is not None and not 0 < len(request.idempotency_key) <= 200:
        raise Refused("an idempotency key has 1 to 200 characters; for example a UUID")
    if len(request.tags) > _TAGS or any(not 0 < len(tag) <= 64 for tag in request.tags):
        raise Refused(f"a task has up to {_TAGS} tags of 1 to 64 characters; for example tags=['home']")


def _check_data(request: Request) -> None:
    for name, data in (("payload", request.payload), ("metadata", request.metadata)):
        if data is None:
            continue
        if not kept_json(data):
            raise Refused(
                f"the {name} is deeper than {DEEP} levels, or has a number or text that is not JSON; keep it in a file and name that"
            )
        if len(_json(name, data)) > _DATA:
            raise Refused(f"the {name} is larger than {_DATA} bytes of JSON; keep it in a file and name that")


def _check_place(settings: Settings, request: Request) -> None:
    if request.webhook and request.target:
        raise Refused("say webhook or target, not both: a URL to POST to, or the name of a target")
    if request.webhook and (why_not := allowed_webhook(settings, request.webhook)):
        raise Refused(why_not)
    if request.target and (why_not := refused_target(settings, request.target)):
        raise Refused(why_not)


def _check_text(request: Request) -> None:
    """Raises Refused for text that is not valid Unicode: nothing could be kept of it."""
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
    message = request.message
    if message is not None and not message.strip():
        raise Refused("the message is empty; omit it to take it from the words, or say for example 'call Anna'")
    if message is not None and len(message) > _MESSAGE:
        raise Refused(
            f"the message has {len(message)} characters, more than {_MESSAGE}; keep the text in a file and name it"
        )


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 64 and text.isascii() and all(c.isalnum() or c in "-_" for c in text)


def _json(name: str, data: Any) -> bytes:
    try:
        return json.dumps(data, allow_nan=False).encode()
    except (TypeError, ValueError) as why:
        raise Refused(f"the {name} is not JSON: {why}; for example {{'list': ['milk']}}") from None
