"""What every channel is: the settings of one kind of target, and the code that sends one message to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, urlsplit

import httpx2
from pydantic import AfterValidator, BaseModel, ConfigDict

from nlp import duration
from server.clock import Clock
from server.guard import NotAllowed, Permit, Resolver, literal, permit
from server.secret import Missing, Secret
from server.sending import LONGEST_WAIT, Answer, Sending, answered, heard
from server.transport import Origin, Reply, Timeouts, Transport, origin_of
from store import Store

MOST_SENT = 262_144  # bytes of a body: message, payload and kept state fit, each with its own limit
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Reach:
    """What channels share: the clock, the guarded transport, the store, what may be reached everywhere, the usual timeouts, the resolver."""

    clock: Clock
    transport: Transport
    store: Store
    permit: Permit
    timeouts: Timeouts
    resolver: Resolver


def _length(text: str) -> str:
    duration(text)
    return text


Length = Annotated[str, AfterValidator(_length)]


def http_url(text: str) -> str:
    """A checked URL of a target. Raises ValueError."""
    parts = urlsplit(text)
    if parts.username or parts.password:
        raise ValueError("must have no user and password in it; give them as a token of the target")
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in parts.netloc:
        raise ValueError(
            f"must be an http or https URL with a host that is fixed, not '{text}'; for example https://example.com/hook"
        )
    _ = parts.port
    return text


Url = Annotated[str, AfterValidator(http_url)]


class Target(BaseModel):
    """A target of the settings: what stands under `[targets.NAME]`. One subclass per channel.

    `reach` are names and networks that this target may reach though they are not public. `alone` targets take one run at
    a time, whoever sends it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    alone: ClassVar[bool] = False
    timeout: Length | None = None
    reach: tuple[str, ...] = ()

    @property
    def own(self) -> bool:
        """Whether it is the user's own code, in this process."""
        return False

    def where(self) -> str:
        """Where it leads, for people; without anything secret."""
        raise NotImplementedError

    def check(self, rest: str) -> None:
        """Raises ValueError where a task asks the target for something that it does not have."""
        if rest:
            raise ValueError(f"it takes nothing behind a slash, and got '{rest}'")

    def missing(self) -> str | None:
        """What is not set up, so that this process cannot send to it."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            for one in value if isinstance(value, tuple) else (value,):
                if isinstance(one, Secret) and not one.is_set:
                    return f"the secret {one.source} is not set"
        return None

    def seconds(self, reach: Reach) -> float:
        """How long one attempt may take in all."""
        return _seconds(self.timeout, reach.timeouts.whole)

    async def send(self, sending: Sending, reach: Reach) -> Answer:
        """One attempt. What a receiver or the network does is the answer, not an exception."""
        raise NotImplementedError


Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Post:
    """One request: headers as they are sent, their names in lower case, and a body."""

    url: str
    body: bytes
    headers: Headers
    method: str = "POST"


class HttpTarget(Target):
    """A target that is one POST with JSON: a channel says which, and what the reply means where that is not the usual."""

    listens: ClassVar[bool] = False  # whether what it answers has a say
    first_byte: Length | None = None
    connect: Length | None = None

    def named(self) -> str:
        """The URL as the operator wrote it: what it names may be reached."""
        return str(getattr(self, "url", None) or getattr(self, "base_url", ""))

    def post(self, sending: Sending) -> Post:
        raise NotImplementedError

    def understood(self, reply: Reply, sending: Sending, answer: Answer) -> Answer:
        """The answer as this channel means it; `answer` is what the status says."""
        return answer

    async def send(self, sending: Sending, reach: Reach) -> Answer:
        try:
            reply = await self.reply(self.post(sending), reach)
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as why:
            return failed(sending.now, reach.clock.now(), why)
        return self.understood(reply, sending, usual(reply, sending.now, reach.clock.now(), self.listens))

    async def reply(self, post: Post, reach: Reach) -> Reply:
        """One exchange. Raises what `Transport.exchange` raises, NotAllowed, Missing, ValueError."""
        if len(post.body) > MOST_SENT:
            raise ValueError(f"the body has {len(post.body)} bytes, more than {MOST_SENT}")
        where = parsed(post.url)
        headers = [(b"host", where.host), (b"content-length", b"%d" % len(post.body)), *post.headers]
        return await reach.transport.exchange(
            where.origin, post.method, where.path, headers, post.body, permitted(reach.permit, self.reach, self.named()), self._times(reach)
        )  # fmt: skip

    def _times(self, reach: Reach) -> Timeouts:
        usual = reach.timeouts
        if self.timeout is None and self.first_byte is None and self.connect is None:
            return usual
        whole = _seconds(self.timeout, usual.whole)
        return Timeouts(_seconds(self.connect, usual.connect), _seconds(self.first_byte, whole), whole)


@lru_cache(maxsize=1024)
def permitted(common: Permit, entries: tuple[str, ...], url: str) -> Permit:
    """What a target may reach: what is named for all, for it, and an address or port that its own URL names."""
    if not url:
        return common.beside(permit(entries))
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    named = [host] if literal(host) or host == "localhost" else []
    return common.beside(permit([*entries, *named])).beside(Permit(ports=frozenset({port})))


def _seconds(text: str | None, usual: float) -> float:
    return usual if text is None else duration(text).total_seconds()


@dataclass(frozen=True, slots=True)
class Where:
    """A URL in the parts that a request needs."""

    origin: Origin
    path: bytes
    host: bytes


@lru_cache(maxsize=1024)
def parsed(url: str) -> Where:
    """Raises httpx2.InvalidURL."""
    found = httpx2.URL(url)
    return Where(origin_of(found), found.raw_path, found.netloc)


def encoded(body: Any) -> bytes:
    """JSON as it is sent and signed."""
    return _encode(body).encode()


def header_lines(**headers: str) -> Headers:
    """Headers by their names, with "_" for "-"."""
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


def json_headers(**more: str) -> Headers:
    """Those of a request with JSON that wants JSON."""
    return header_lines(user_agent="alarum", content_type="application/json", accept="application/json", **more)


def bearer(token: Secret | None) -> Headers:
    return [] if token is None else header_lines(authorization=f"Bearer {token.reveal()}")


def segment(text: str) -> str:
    """A text as one segment of a path."""
    return quote(text, safe="")


def _is_json(reply: Reply) -> bool:
    return bool(reply.body) and "json" in (reply.header(b"content-type") or "").lower()


def said_in(reply: Reply) -> Any:
    """The JSON of a reply; None where it is none."""
    if not _is_json(reply):
        return None
    try:
        return json.loads(reply.body)
    except (ValueError, RecursionError):
        return None


def usual(reply: Reply, started: datetime, ended: datetime, listens: bool) -> Answer:
    """What HTTP says: 2xx is done, 410 wants no more, 429 and 503 may name a wait (RFC 9110, 15 and 10.2.3).

    With `listens` the body of a 2xx may say more.
    """
    status, fine = reply.status, 200 <= reply.status < 300
    if fine and not (listens and reply.body):
        return Answer(started, ended, status)
    if fine:
        note = "its JSON cannot be read" if _is_json(reply) and said_in(reply) is None else None
        return replace(answered(said_in(reply), started, ended, status), note=note)
    said = heard(said_in(reply), fine=False)
    wait = retry_after(reply.header(b"retry-after"), ended)
    if said is not None and said.retry_after is not None:
        wait = max(wait, min(said.retry_after, LONGEST_WAIT))
    error = f"the receiver answered {status}"
    if 300 <= status < 400:
        error += ", a redirect; redirects are not followed, so name the URL that it leads to"
    if said is not None and said.reason:
        error += f": {said.reason}"
    hold = wait if status in (429, 503) else timedelta()
    return Answer(started, ended, status, error, "http", wait, status == 410, hold)


def failed(started: datetime, ended: datetime, why: Exception) -> Answer:
    return Answer(started, ended, error=f"{type(why).__name__}: {why}"[:300], error_class=error_class(why))


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
