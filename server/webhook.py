"""Delivery by webhook: one signed POST (Standard Webhooks 1.0), and what its answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

import httpx2

from server.clock import Clock
from server.delivery import Answer
from server.envelope import occurrence
from server.transport import Origin, Transport, origin_of
from store import Claim

_CONNECT = 5.0  # seconds
_HONOURED_WAIT = timedelta(hours=24)  # the longest Retry-After that is followed


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Signer:
    """The `webhook-signature` of a body (Standard Webhooks, "Signature scheme"): v1, HMAC-SHA256, base64."""

    def __init__(self, secret: bytes) -> None:
        self._keyed = hmac.new(secret, digestmod=hashlib.sha256)

    def sign(self, message_id: str, timestamp: int, body: bytes) -> bytes:
        mac = self._keyed.copy()
        mac.update(b"%s.%d.%s" % (message_id.encode(), timestamp, body))
        return b"v1," + base64.b64encode(mac.digest())


def envelope(claim: Claim, now: datetime) -> dict[str, object]:
    """What a receiver gets: an EventOccurrence of the MCP Events extension, with the attempt that it is."""
    body = occurrence(claim.run, claim.task, now)
    body["data"]["attempt"] = claim.attempt
    return body


class Webhook:
    """A `Channel` that POSTs. No redirects, no proxies from the environment, nothing of an answer but what is asked for."""

    def __init__(self, secret: bytes, clock: Clock, timeout: timedelta) -> None:
        self._signer = Signer(secret)
        self._clock = clock
        # Without the client of httpx2 around it, which would parse the URL and merge headers anew for every attempt.
        self._transport = Transport(timeout.total_seconds(), _CONNECT)

    async def send(self, claim: Claim, url: str) -> Answer:
        started = self._clock.now()
        try:
            where = _parsed(url)
            headers, body = self._signed(claim, where, started)
            reply = await self._transport.exchange(where.origin, "POST", where.path, headers, body)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as why:
            error = f"{type(why).__name__}: {why}"[:300]
            return Answer(started, self._clock.now(), error=error, error_class=error_class(why))
        ended, status = self._clock.now(), reply.status
        if 200 <= status < 300:
            return Answer(started, ended, status)
        wait = retry_after(reply.header(b"retry-after"), ended)
        return Answer(started, ended, status, f"the receiver answered {status}", "http", wait, status == 410)

    def _signed(self, claim: Claim, where: _Where, now: datetime) -> tuple[list[tuple[bytes, bytes]], bytes]:
        body = _encode(envelope(claim, now)).encode()
        timestamp = int(now.timestamp())
        return [
            (b"host", where.host),
            (b"user-agent", b"alarum"),
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(body)),
            (b"webhook-id", claim.run.id.encode()),
            (b"webhook-timestamp", b"%d" % timestamp),
            (b"webhook-signature", self._signer.sign(claim.run.id, timestamp, body)),
        ], body

    async def close(self) -> None:
        await self._transport.aclose()


@dataclass(frozen=True, slots=True)
class _Where:
    """A URL in the parts that a request needs."""

    origin: Origin
    path: bytes
    host: bytes


@lru_cache(maxsize=1024)
def _parsed(url: str) -> _Where:
    parsed = httpx2.URL(url)
    return _Where(origin_of(parsed), parsed.raw_path, parsed.netloc)


def error_class(why: Exception) -> str:
    """The kind of a failure in one word: timeout, connect, protocol, network or request."""
    if isinstance(why, httpx2.ConnectError):
        return "connect"
    if isinstance(why, httpx2.TimeoutException):
        return "timeout"
    if isinstance(why, httpx2.ProtocolError):
        return "protocol"
    return "network" if isinstance(why, (httpx2.NetworkError, OSError)) else "request"


def retry_after(value: str | None, now: datetime) -> timedelta:
    """How long a `Retry-After` header asks to wait (RFC 9110, 10.2.3): seconds or a date; nothing for garbage."""
    if not value:
        return timedelta()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _HONOURED_WAIT)
    try:
        wait = parsedate_to_datetime(value) - now
    except (ValueError, TypeError):
        return timedelta()
    return min(max(wait, timedelta()), _HONOURED_WAIT)
