"""Who may use the HTTP server: bearer tokens, each of one namespace. Without tokens only this machine is served."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OPEN = frozenset({"/health"})  # answers without a token, and names nobody's tasks
_HEADER = b"alarum-namespace"
_SESSION = b"mcp-session-id"
_MOST_SESSIONS = 100_000


class Access:
    """Lets a request through that carries a known token (RFC 6750), in the namespace of that token and no other."""

    def __init__(self, app: ASGIApp, tokens: Mapping[str, str], names: Collection[str] = ()) -> None:
        self._app = app
        self._names = frozenset(names)
        self._sessions: dict[bytes, bytes] = {}
        self._tokens = {token.encode(): namespace.encode() for token, namespace in tokens.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not self._is_ours(dict(scope["headers"])):
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] not in ("http", "websocket") or not self._tokens or scope["path"] in _OPEN:
            await self._app(scope, receive, send)
            return
        namespace = self._known(dict(scope["headers"]).get(b"authorization", b""))
        asked = dict(scope["headers"]).get(_HEADER, namespace)
        session = dict(scope["headers"]).get(_SESSION)
        if namespace is not None and asked != namespace and scope["type"] == "http":
            await JSONResponse({"error": "this token is of another namespace"}, 403)(scope, receive, send)
            return
        if namespace is not None and self._sessions.get(session or b"", namespace) != namespace:
            await JSONResponse({"error": "no such session"}, 404)(scope, receive, send)
        elif namespace is not None:
            kept = [(name, value) for name, value in scope["headers"] if name != _HEADER]
            await self._app(
                {**scope, "headers": [*kept, (_HEADER, namespace)]}, receive, self._remembering(namespace, send)
            )
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            body = {
                "error": "invalid_token",
                "error_description": "send Authorization: Bearer and a token of this server",
            }
            await JSONResponse(body, 401, {"WWW-Authenticate": 'Bearer realm="alarum"'})(scope, receive, send)

    def _remembering(self, namespace: bytes, send: Send) -> Send:
        """Passes a response on, and notes whose session it opens: the handshake era binds no session to its user."""

        async def passed(message: Message) -> None:
            if message["type"] == "http.response.start":
                for name, value in message.get("headers", ()):
                    if name.lower() == _SESSION:
                        self._sessions[value] = namespace
                        while len(self._sessions) > _MOST_SESSIONS:
                            self._sessions.pop(next(iter(self._sessions)))
            await send(message)

        return passed

    def _is_ours(self, headers: dict[bytes, bytes]) -> bool:
        """Whether a WebSocket is opened under a name of this server, and by no page of another: browsers let any page try."""
        if not self._names:
            return True
        origin = headers.get(b"origin")
        asked = [f"//{headers.get(b'host', b'').decode('latin-1')}", *([origin.decode("latin-1")] if origin else [])]
        return all(_host(url) in self._names for url in asked)

    def _known(self, header: bytes) -> bytes | None:
        kind, _, given = header.partition(b" ")
        found = None
        for token, namespace in self._tokens.items():  # all of them, so that the time taken says nothing
            if hmac.compare_digest(token, given.strip()) and kind.lower() == b"bearer":
                found = namespace
        return found


def _host(url: str) -> str:
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a server that listens at `host`."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
