"""Who may use the HTTP server: names of this server, pages of it and of no other, bearer tokens, each of one namespace."""

from __future__ import annotations

import hmac
import json
import math
import re
import time
from collections import Counter, OrderedDict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from alarum.settings.limits import Bucket, Limits

HEALTH = "/health"  # answers without a token, and names nobody's tasks
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::\d{1,5})?")  # RFC 9110, section 7.2
KNOWN = "alarum.known"  # in the state of a request: whether its Host is a name of this server
_HEADER = b"alarum-namespace"
_SESSION = b"mcp-session-id"
_ONCE = (
    b"host",
    b"origin",
    b"authorization",
    _HEADER,
    _SESSION,
)  # where one stands there twice, the SDK and this file would take different ones
_MOST_SESSIONS = 100_000
_IDLE = 1800.0  # seconds, after which the SDK closes a session
_OPENING = 1_000_000  # bytes that are looked at to see whether a request opens a session; more is refused anyway


@dataclass(frozen=True, slots=True)
class AllowedNames:
    """The names by which this server is reached: of the Host header, and the origins of its own pages (RFC 6454)."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, names: Collection[str], port: int, public: Collection[str] = ()) -> AllowedNames:
        """Of this machine's `names` at `port`, and of the operator's `public` names: "name", "name:port", or a whole origin.

        A public name is one of a proxy that speaks TLS, or is reached at `port` itself.
        """
        hosts = {name.lower() for name in names}
        origins = {_origin("http", name, port) for name in hosts}
        for entry in map(str.lower, public):
            if "://" in entry:
                parts = urlsplit(entry)
                hosts.add(_bracketed(parts.hostname or ""))
                origins.add(entry.rstrip("/"))
                continue
            entry = f"[{entry}]" if entry.count(":") > 1 and not entry.startswith("[") else entry  # an IPv6 address
            name, colon, own = entry.rpartition(":") if not entry.endswith("]") else (entry, "", "")
            bare, at = (name, int(own)) if colon and own.isdecimal() else (entry, None)
            hosts.add(bare)
            origins |= {_origin("https", bare, at or 443), _origin("http", bare, at or port)}
        return cls(frozenset(hosts), frozenset(origins))

    def host(self, header: bytes) -> bool:
        found = _HOST.fullmatch(header.decode("latin-1").lower())
        return found is not None and found["name"] in self.hosts

    def origin(self, header: bytes | None) -> bool:
        return header is None or header.decode("latin-1").lower() in self.origins


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _origin(scheme: str, name: str, port: int) -> str:
    return f"{scheme}://{name}" if port == {"http": 80, "https": 443}[scheme] else f"{scheme}://{name}:{port}"


class Access:
    """Lets a request through that came under a name of this server, from no foreign page, and, where there are tokens, with one
    (RFC 6750), in the namespace of that token and no other, and within its limits.
    """

    def __init__(
        self, app: ASGIApp, tokens: Mapping[str, str], names: AllowedNames, limits: Limits | None = None
    ) -> None:
        self._app, self._names, self._limits = app, names, limits or Limits()
        self._sessions: OrderedDict[bytes, tuple[bytes, float]] = OrderedDict()
        self._open: Counter[bytes] = Counter()
        self._buckets: dict[bytes, Bucket] = {}
        self._tokens = {token.encode(): namespace.encode() for token, namespace in tokens.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refused = self._foreign(scope)
        if scope["path"] == HEALTH and scope["type"] == "http":
            state = {**scope.get("state", {}), KNOWN: refused is None}
            await self._app({**scope, "state": state}, receive, send)
        elif refused is not None:
            await _refuse(refused, scope, receive, send)
        elif not self._tokens:
            await self._app(scope, receive, send)
        else:
            await self._with_token(scope, receive, send)

    def _foreign(self, scope: Scope) -> Response | None:
        """The refusal of a request, before its token is looked at; None where there is none."""
        given = Counter(name for name, _ in scope["headers"] if name in _ONCE)
        if twice := [name.decode() for name, count in given.items() if count > 1]:
            return JSONResponse({"error": f"the header {twice[0]} stands there more than once"}, 400)
        headers = dict(scope["headers"])
        if not self._names.host(headers.get(b"host", b"")):
            return JSONResponse(
                {"error": "this server is not known by that name; its operator adds names with ALARUM_HOSTS"}, 421
            )
        if not self._names.origin(headers.get(b"origin")):
            return JSONResponse({"error": "a page of another site may not use this server"}, 403)
        return None

    async def _with_token(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        namespace = self._known(headers.get(b"authorization", b""))
        if namespace is None:
            await _refuse(_unknown(), scope, receive, send)
            return
        if scope["type"] == "http" and headers.get(_HEADER, namespace) != namespace:
            await _refuse(JSONResponse({"error": "this token belongs to another namespace"}, 403), scope, receive, send)
            return
        session, now = headers.get(_SESSION), time.monotonic()
        if session is not None and self._sessions.get(session, (namespace,))[0] != namespace:
            await _refuse(JSONResponse({"error": "no such session"}, 404), scope, receive, send)
            return
        if session is not None and session in self._sessions:
            self._sessions[session] = namespace, now
            self._sessions.move_to_end(session)
        if (wait := self._buckets.setdefault(namespace, Bucket(self._limits, now)).take(self._limits, now)) > 0:
            body = {"error": f"more than {self._limits.calls} calls a second (ALARUM_MAX_CALLS); wait {wait:.2g} s"}
            await _refuse(JSONResponse(body, 429, {"Retry-After": str(math.ceil(wait))}), scope, receive, send)
            return
        if session is None and self._is_full(namespace, now):
            opens, receive = await _opens_session(receive)
            if opens:
                body = {
                    "error": f"this namespace has {self._limits.sessions} sessions (ALARUM_MAX_SESSIONS); close one, or wait until one is idle"
                }
                await _refuse(JSONResponse(body, 429, {"Retry-After": "60"}), scope, receive, send)
                return
        kept = [(name, value) for name, value in scope["headers"] if name != _HEADER]
        tracked = self._remembering(namespace, session, scope.get("method") == "DELETE", send)
        await self._app({**scope, "headers": [*kept, (_HEADER, namespace)]}, receive, tracked)

    def _is_full(self, namespace: bytes, now: float) -> bool:
        while self._sessions and now - next(iter(self._sessions.values()))[1] > _IDLE:
            self._forget(next(iter(self._sessions)))
        return self._limits.sessions is not None and self._open[namespace] >= self._limits.sessions

    def _remembering(self, namespace: bytes, session: bytes | None, ends: bool, send: Send) -> Send:
        """Passes a response on, and notes whose session it opens or ends: the handshake era binds no session to its user."""

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                opened = next(
                    (value for name, value in message.get("headers", ()) if name.lower() == _SESSION), session
                )
                if opened is not None and (message["status"] == 404 or ends and message["status"] < 300):
                    self._forget(opened)
                elif opened is not None and message["status"] < 300:
                    self._forget(opened)  # it was used last now
                    self._sessions[opened] = namespace, time.monotonic()
                    self._open[namespace] += 1
                    if len(self._sessions) > _MOST_SESSIONS:
                        self._forget(next(iter(self._sessions)))
            await send(message)

        return passed

    def _forget(self, session: bytes) -> None:
        if (known := self._sessions.pop(session, None)) is not None:
            self._open[known[0]] -= 1
            if self._open[known[0]] <= 0:
                del self._open[known[0]]

    def _known(self, header: bytes) -> bytes | None:
        kind, _, given = header.partition(b" ")
        found = None
        for token, namespace in self._tokens.items():  # all of them, so that the time taken says nothing
            if hmac.compare_digest(token, given.strip()) and kind.lower() == b"bearer":
                found = namespace
        return found


def _unknown() -> Response:
    body = {"error": "invalid_token", "error_description": "send Authorization: Bearer and a token of this server"}
    return JSONResponse(body, 401, {"WWW-Authenticate": 'Bearer realm="alarum"'})


async def _refuse(answer: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await answer(scope, receive, send)


async def _opens_session(receive: Receive) -> tuple[bool, Receive]:
    """Whether the body of a request is that of `initialize`, and the same body once more."""
    read: list[Message] = []
    size = 0
    while size <= _OPENING:
        message = await receive()
        read.append(message)
        size += len(message.get("body", b""))
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    body = b"".join(message.get("body", b"") for message in read)

    async def again() -> Message:
        return read.pop(0) if read else await receive()

    return _initializes(body), again


def _initializes(body: bytes) -> bool:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return any(
        isinstance(one, dict) and one.get("method") == "initialize"
        for one in (said if isinstance(said, list) else [said])
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens at `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
