"""The two ways to run as an MCP server: streamable HTTP for many clients, stdio for the one that started it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp

from alarum.alarm.loop import STUCK
from alarum.app.runtime import Runtime, runtime
from alarum.clock import Clock, SystemClock
from alarum.mcp.server import create_server
from alarum.mcp.stdio import client, end_process
from alarum.settings.settings import Settings
from alarum.web.access import HEALTH, KNOWN, Access, AllowedNames, is_loopback
from alarum.web.connection_limits import bounded
from alarum.web.watch_socket import WatchSocket

_BACKLOG = 128
_BODY = 1_000_000  # bytes of a request
_FRAME = 4096  # bytes that a client of the WebSocket may send at once; it has nothing to say


def _banner(settings: Settings, url: str) -> str:
    zone = settings.zone if settings.zone_known else "UTC (this machine's zone could not be found; set ALARUM_ZONE)"
    header = ' --header "Authorization: Bearer TOKEN"' if settings.tokens else ""
    watch = f"alarum watch --server {url}{' --token TOKEN' if settings.tokens else ''}"
    return (
        f"Alarum listens at   {url}\n"
        f"database            {settings.database}\n"
        f"default zone        {zone}\n"
        f"reminders go to     {settings.target}\n"
        f"connect Claude Code claude mcp add --transport http alarum {url}{header}\n"
        f"follow reminders    {watch}\n"
    )


class _Health:
    """`/health`: 200 while the alarm loop turns and the store can be written, else 503; never authenticated, names nobody's tasks.

    Whoever asks under a name that is not known here gets no more than the status.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock, self._since = clock, clock.now()
        self.running: Runtime | None = None

    async def answer(self, request: Request) -> Response:
        turned = self.running.loop.turned if self.running else None
        alive = self._clock.now() - (turned or self._since) < STUCK
        trouble = self.running.store.upkeep.trouble() if self.running else None
        status = 200 if alive and trouble is None else 503
        if not getattr(request.state, KNOWN, True):
            return Response(status_code=status)
        said = trouble or ("ok" if alive else "the alarm loop does not turn")
        return JSONResponse({"status": said, "last_turn": turned and turned.isoformat()}, status)


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that is bound. Raises OSError where it cannot be, OverflowError for a number that is not a port."""
    bound = socket.socket(
        socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
    )  # or asyncio sets no TCP_NODELAY
    try:
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(_BACKLOG)
    except BaseException:
        bound.close()
        raise
    return bound


def http_app(
    settings: Settings, clock: Clock, host: str, port: int, running: Runtime
) -> tuple[ASGIApp, Callable[[], None]]:
    """The whole HTTP server as an ASGI application on a runtime, and what ends its streams before it stops.

    Host and Origin must be names of this machine or of the settings (DNS rebinding); tokens, where the settings have
    any, guard everything but /health.
    """
    health = _Health(clock)
    health.running = running

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Runtime]:
        yield running

    mcp = create_server(opened, settings.zone, events=settings.mcp_events, targets=tuple(settings.targets))
    mcp.custom_route(HEALTH, methods=["GET"])(health.answer)
    return guarded(mcp, settings, host, port, lambda: running)


def guarded(
    mcp: MCPServer[Any], settings: Settings, host: str, port: int, running: Callable[[], Runtime | None] = lambda: None
) -> tuple[ASGIApp, Callable[[], None]]:
    """An MCP server behind the names and the tokens of the settings."""
    names = AllowedNames.of(
        {"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host}, port, settings.hosts
    )
    checked = TransportSecuritySettings(enable_dns_rebinding_protection=False)  # Access has done it, on every route
    app = mcp.streamable_http_app(transport_security=checked, max_request_body_size=_BODY)
    watching = WatchSocket(running)
    app.router.routes.append(WebSocketRoute("/watch", watching.serve))
    return Access(app, settings.tokens, names, settings.limits), watching.close


def _refusal(settings: Settings, host: str) -> str | None:
    """Why a server may not be opened like this."""
    if settings.tokens or is_loopback(host) and not settings.hosts:
        return None
    where = f"at {host}" if not is_loopback(host) else f"under the name {settings.hosts[0]} (ALARUM_HOSTS)"
    return (
        f"{where} others could use it, so set ALARUM_TOKENS first, for example ALARUM_TOKENS=anna=$(openssl rand -hex 24); "
        "or omit --host and ALARUM_HOSTS to serve this machine only"
    )


async def serve_http(settings: Settings, host: str, port: int) -> int:
    """Serve until stopped. 1 where that is refused, 3 where this machine cannot. Raises StoreError."""
    if why_not := _refusal(settings, host):
        print(f"alarum: {why_not}", file=sys.stderr)
        return 1
    import uvicorn

    clock = SystemClock()
    failed = asyncio.Event()
    async with runtime(settings, clock, on_failure=lambda why: failed.set()) as running:
        try:
            bound = bound_socket(host, port)
        except (OSError, OverflowError) as why:
            print(
                f"alarum: cannot listen at {host}:{port}: {why}; stop what uses it, perhaps another alarum, or choose another --port",
                file=sys.stderr,
            )
            return 3
        app, end_streams = http_app(settings, clock, host, port := bound.getsockname()[1], running)
        config = uvicorn.Config(
            app,
            log_config=None,
            timeout_graceful_shutdown=3,
            http=bounded(settings.connections),
            server_header=False,
            ws_max_size=_FRAME,
        )

        class Quiet(uvicorn.Server):
            """Looks around once a second, not ten times: an idle server costs next to nothing."""

            @contextlib.contextmanager
            def capture_signals(self) -> Iterator[None]:
                """Without raising the signal again at the end: what is open here is closed first."""
                before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
                try:
                    yield
                finally:
                    for number, handler in before.items():
                        signal.signal(number, handler)

            async def main_loop(self) -> None:
                ticks = 0
                while not await self.on_tick(ticks) and not failed.is_set():
                    ticks += 10  # tenths of a second; at every tenth the Date header is made again
                    await asyncio.sleep(1)
                end_streams()

        shown = (
            (settings.hosts or ("127.0.0.1",))[0] if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
        )
        print(_banner(settings, f"http://{shown}:{port}/mcp"), flush=True)
        await Quiet(config).serve([bound])
    return 0


async def serve_stdio(settings: Settings) -> int:
    """Serve the client on stdin and stdout; everything else goes to stderr."""
    mcp = create_server(
        lambda: runtime(settings, on_failure=end_process),
        settings.zone,
        events=settings.mcp_events,
        targets=tuple(settings.targets),
    )
    low = mcp._lowlevel_server  # MCPServer's own run_stdio_async takes no streams
    async with client() as (incoming, outgoing):
        await low.run(incoming, outgoing, low.create_initialization_options())
    return 0
