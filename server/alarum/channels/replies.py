"""What the reply to a request means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2

from alarum.channels.attempt import LONGEST_WAIT, AttemptResult, reply_result
from alarum.channels.reply_directives import parse_reply
from alarum.channels.secret import Missing
from alarum.http.address_guard import NotAllowed
from alarum.http.transport import Reply

# What a request may raise, and what is an answer therefore.
FAILURES = (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError)


def _is_json(reply: Reply) -> bool:
    return bool(reply.body) and "json" in (reply.header(b"content-type") or "").lower()


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def json_of(reply: Reply) -> Any:
    """The JSON of a reply; None where it is none."""
    if not _is_json(reply):
        return None
    try:
        return json.loads(reply.body, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None


def usual(reply: Reply, started: datetime, ended: datetime, listens: bool) -> AttemptResult:
    """What HTTP says: 2xx is done, 410 wants no more, 429 and 503 may name a wait (RFC 9110, 15 and 10.2.3).

    With `listens` the body of a 2xx may say more.
    """
    status, fine = reply.status, 200 <= reply.status < 300
    if fine and not (listens and reply.body):
        return AttemptResult(started, ended, status)
    if fine:
        said_json = json_of(reply)
        note = (
            "its JSON cannot be read"
            if said_json is None and _is_json(reply) and reply.body.strip() != b"null"
            else None
        )
        return replace(reply_result(said_json, started, ended, status), note=note)
    said = parse_reply(json_of(reply), fine=False)
    wait = retry_after(reply.header(b"retry-after"), ended)
    if said is not None and said.retry_after is not None:
        wait = max(wait, min(said.retry_after, LONGEST_WAIT))
    error = f"the receiver answered {status}"
    if 300 <= status < 400:
        error += ", a redirect; redirects are not followed, so name the URL that it leads to"
    if said is not None and said.reason:
        error += f": {said.reason}"
    hold = wait if status in (429, 503) else timedelta()
    return AttemptResult(started, ended, status, error, "http", wait, status == 410, hold)


def failed(started: datetime, ended: datetime, why: Exception) -> AttemptResult:
    return AttemptResult(started, ended, error=f"{type(why).__name__}: {why}"[:300], error_class=error_class(why))


def error_class(why: Exception) -> str:
    """The kind of a failure in one word: not_allowed, settings, timeout, connect, protocol, network or request."""
    if isinstance(why, NotAllowed):
        return "not_allowed"
    if isinstance(why, Missing):
        return "settings"
    if isinstance(why, httpx2.ConnectError):
        return "connect"
    if isinstance(why, (httpx2.TimeoutException, TimeoutError)):
        return "timeout"
    if isinstance(why, httpx2.ProtocolError):
        return "protocol"
    return "network" if isinstance(why, (httpx2.NetworkError, OSError)) else "request"


def retry_after(value: str | None, now: datetime) -> timedelta:
    """How long a `Retry-After` header asks to wait (RFC 9110, 10.2.3): seconds or a date; nothing for garbage."""
    if not value:
        return timedelta()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), LONGEST_WAIT)
    try:
        wait = parsedate_to_datetime(value) - now
    except (ValueError, TypeError):
        return timedelta()
    return min(max(wait, timedelta()), LONGEST_WAIT)
