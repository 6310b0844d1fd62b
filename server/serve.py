"""The two ways to run as an MCP server: streamable HTTP for many clients, stdio for the one that started it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import WebSocketRoute
from starlette.types import ASGIApp

from server.access import Access, is_loopback
from server.clock import Clock, SystemClock
from server.mcp_server import create_server
from server.runtime import Runtime, runtime
from server.settings import Settings
from server.watch_socket import WatchSocket

_STUCK = timedelta(seconds=30)  # without a turn of the loop


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
    """`/health`: 200 while the alarm loop turns, 503 when it does not; never authenticated, names nobody's tasks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.running: Runtime | None = None

    async def answer(self, _: Request) -> JSONResponse:
        turned = self.running.alarms.turned if self.running else None
        alive = turned is not None and self._clock.now() - turned < _STUCK
        body = {"status": "ok" if alive else "the alarm loop does not turn", "last_turn": turned and turned.isoformat()}
        return JSONResponse(body, 200 if alive else 503)


def port_is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def http_app(settings: Settings, clock: Clock, host: str) -> tuple[ASGIApp, Callable[[], None]]:
    """The whole HTTP server as an ASGI application, and what ends its streams before it stops.

    Host and Origin must be names of this machine or of the settings (DNS rebinding); tokens, where the settings have
    any, guard everything but /health.
    """
    health = _Health(clock)

    @contextlib.asynccontextmanager
    async def opened() -> AsyncIterator[Runtime]:
        async with runtime(settings, clock) as running:
            health.running = running
            yield running

    mcp = create_server(opened, settings.zone, events=settings.events, targets=tuple(settings.targets))
    mcp.custom_route("/health", methods=["GET"])(health.answer)
    return guarded(mcp, settings, host, lambda: health.running)


def guarded(
    mcp: MCPServer[Any], settings: Settings, host: str, running: Callable[[], Runtime | None] = lambda: None
) -> tuple[ASGIApp, Callable[[], None]]:
    """An MCP server behind the transport security and the tokens of the settings."""
    names = {"127.0.0.1", "localhost", "[::1]", host, *settings.hosts}
    security = TransportSecuritySettings(
        allowed_hosts=[n for name in names for n in (name, f"{name}:*")],
        allowed_origins=[o for name in names for o in (f"http://{name}:*", f"https://{name}", f"https://{name}:*")],
    )
    app = mcp.streamable_http_app(transport_security=security)
    watching = WatchSocket(running)
    app.router.routes.append(WebSocketRoute("/watch", watching.serve))
    return Access(app, settings.tokens, names), watching.close


async def serve_http(settings: Settings, host: str, port: int) -> int:
    """Serve until stopped."""
    if not is_loopback(host) and not settings.tokens:
        print(
            f"alarum: at {host} others could use it, so set ALARUM_TOKENS first, for example ALARUM_TOKENS=anna=$(openssl rand -hex 24); "
            "or leave --host out to serve this machine only",
            file=sys.stderr,
        )
        return 1
    if not port_is_free(host, port):
        print(f"alarum: {host}:{port} is in use, perhaps by another alarum; stop it or choose --port", file=sys.stderr)
        return 1
    import uvicorn

    app, end_streams = http_app(settings, SystemClock(), host)
    shown = (settings.hosts or ("127.0.0.1",))[0] if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    print(_banner(settings, f"http://{shown}:{port}/mcp"), flush=True)
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3)

    class Quiet(uvicorn.Server):
        """Looks around once a second, not ten times: an idle server costs next to nothing."""

        async def main_loop(self) -> None:
            ticks = 0
            while not await self.on_tick(ticks):
                ticks += 10  # tenths of a second; at every tenth the Date header is made anew
                await asyncio.sleep(1)
            end_streams()

    await Quiet(config).serve()
    return 0


async def serve_stdio(settings: Settings) -> int:
    """Serve the client on stdin and stdout; everything else goes to stderr."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    await create_server(
        lambda: runtime(settings), settings.zone, events=settings.events, targets=tuple(settings.targets)
    ).run_stdio_async()
    return 0
