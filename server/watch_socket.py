"""`/watch`: a WebSocket frame per fired reminder, and the client of it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.app import App
from server.cursor import Cursors
from server.envelope import line, occurrence
from server.errors import Refused
from server.following import Wanted, is_cursor
from server.runtime import Runtime
from server.settings import checked_namespace
from server.watch import Watching, beginning, known_name, watched
from store import Run, Task

_CURSOR = "Alarum-Cursor"  # the header of the answer that says after which run the frames begin
_AGAIN = 2.0  # seconds until a lost connection is made anew


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
            await known_name(app, how.name)
            limits = app.settings.limits_of(app.namespace)
            with app.shared.rooms.following(app.namespace, limits):
                await self._serve(socket, running, app, how, cursors)
        except (ValueError, Refused) as why:
            await socket.close(1008, str(why)[:120])

    async def _serve(self, socket: WebSocket, running: Runtime, app: App, how: Watching, cursors: Cursors) -> None:
        begins = await beginning(running, app.namespace, how)
        await socket.accept(headers=[(_CURSOR.lower().encode(), str(cursors.cursor(begins)).encode())])
        stop = asyncio.Event()
        listening = asyncio.create_task(_until_gone(socket, stop, self._stop))
        try:
            await self._send(socket, app, cursors, watched(running, app.namespace, how, begins, stop))
        except (WebSocketDisconnect, RuntimeError):
            pass  # the client is gone; what it has not read stays unread
        finally:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
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
        raise ValueError("this cursor is not of this server; leave after out, or watch under a name")
    which = Wanted(asked.get("task"), asked.get("tag"), asked.get("text"))
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


async def frames(url: str, token: str | None, how: Watching) -> AsyncIterator[dict[str, Any]]:
    """The frames of a server at `url` (http or https, as its banner says). After a break it goes on where it was."""
    from websockets.asyncio.client import connect
    from websockets.exceptions import ConnectionClosed, InvalidStatus

    after, told = how.after, False
    while True:
        asked = {
            "task": how.which.task, "tag": how.which.tag, "text": how.which.text, "name": how.name,
            "backlog": "1" if how.backlog and after is None else None, "after": None if after is None else str(after),
        }  # fmt: skip
        parts = urlsplit(url)
        query = urlencode({k: v for k, v in asked.items() if v is not None})
        where = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/watch?{query}"
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with connect(where, additional_headers=headers, proxy=None) as socket:
                if after is None and socket.response is not None:  # where to go on, also when nothing comes
                    after = int(socket.response.headers.get(_CURSOR, 0)) or None
                async for text in socket:
                    frame = json.loads(text)
                    yield frame
                    after = int(frame["cursor"])
        except ConnectionClosed as why:
            if why.rcvd and why.rcvd.code == 1008:
                raise ValueError(why.rcvd.reason) from None
        except InvalidStatus as why:
            if why.response.status_code in (401, 403):
                raise ValueError(
                    f"{url} does not take this token; give the one of ALARUM_TOKENS with --token"
                ) from None
        except OSError:  # the server is not there now; it comes back, and nothing that rang meanwhile is lost
            if not told:
                print(f"alarum: nothing answers at {url}; waiting for it", file=sys.stderr)
            told = True
        await asyncio.sleep(_AGAIN)
