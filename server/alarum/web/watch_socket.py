"""`/watch`: a WebSocket frame per fired reminder."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable

from starlette.websockets import WebSocket, WebSocketDisconnect

from alarum.alarm.payload import line, occurrence
from alarum.app.app import App
from alarum.app.cursors import Cursors
from alarum.app.follow import WatchFilter, is_cursor
from alarum.app.runtime import Runtime
from alarum.app.watch import CURSOR, Watching, beginning, checked_watcher, watched
from alarum.errors import Refused
from alarum.settings.settings import checked_namespace
from alarum_store import Run, Task


class WatchSocket:
    """The endpoint. `running` gives the runtime, once there is one.

    The query says what to watch: `task`, `tag`, `text`; and from where: `backlog=1`, `after=CURSOR`, or `name`, under
    which the store remembers how far was read. Every frame is an EventOccurrence (SEP-3415) with its cursor.
    """

    def __init__(self, running: Callable[[], Runtime | None]) -> None:
        self._running = running
        self._stop = asyncio.Event()

    def close(self) -> None:
        """End every stream; the clients connect again to who comes next."""
        self._stop.set()

    async def serve(self, socket: WebSocket) -> None:
        running = self._running()
        if running is None:
            await socket.close(1013, "not ready")
            return
        try:
            chosen = socket.headers.get("alarum-namespace")
            app = running.app.within(checked_namespace(chosen)) if chosen else running.app
            cursors = await app.cursors()
            how = _asked(socket, cursors)
            await checked_watcher(app, how.name)
            limits = app.settings.limits_of(app.namespace)
            with app.shared.quotas.following(app.namespace, limits):
                await self._serve(socket, running, app, how, cursors)
        except (ValueError, Refused) as why:
            await socket.close(1008, str(why)[:120])

    async def _serve(self, socket: WebSocket, running: Runtime, app: App, how: Watching, cursors: Cursors) -> None:
        begins = await beginning(running, app.namespace, how)
        await socket.accept(headers=[(CURSOR.lower().encode(), str(cursors.cursor(begins)).encode())])
        stop = asyncio.Event()
        client_gone = asyncio.create_task(_until_gone(socket, stop, self._stop))
        try:
            await self._send(socket, app, cursors, watched(running, app.namespace, how, begins, stop))
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client is gone; what it has not read stays unread
        finally:
            client_gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await client_gone
            with contextlib.suppress(RuntimeError, WebSocketDisconnect):
                await socket.close(1001)

    async def _send(
        self, socket: WebSocket, app: App, cursors: Cursors, fired: AsyncIterator[tuple[Run, Task]]
    ) -> None:
        async for run, task in fired:
            now = app.clock.now()
            frame = {**occurrence(run, task, now, str(cursors.cursor(run.sequence))), "line": line(run, task, now)}
            await socket.send_text(json.dumps(frame, ensure_ascii=False))


def _asked(socket: WebSocket, cursors: Cursors) -> Watching:
    asked = socket.query_params
    if unknown := set(asked) - {"task", "tag", "text", "backlog", "after", "name"}:
        raise ValueError(f"there is no '{sorted(unknown)[0]}'; use task, tag, text, backlog, after, name")
    after = asked.get("after")
    if after is not None and not is_cursor(after):
        raise ValueError("after is the cursor of a frame, for example 42")
    begins = None if after is None else cursors.sequence(int(after))
    if after is not None and begins is None:
        raise ValueError("this cursor belongs to another server; omit after, or watch under a name")
    which = WatchFilter(asked.get("task"), asked.get("tag"), asked.get("text"))
    return Watching(which, asked.get("backlog") == "1", asked.get("name"), begins)


async def _until_gone(socket: WebSocket, stop: asyncio.Event, closing: asyncio.Event) -> None:
    """Set `stop` when the client leaves or the server ends."""
    leaving = asyncio.create_task(_drained(socket))
    ending = asyncio.create_task(closing.wait())
    try:
        await asyncio.wait({leaving, ending}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        ending.cancel()
        stop.set()


async def _drained(socket: WebSocket) -> None:
    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
