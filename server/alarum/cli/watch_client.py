"""The client of `/watch`: the frames of a running server, over a WebSocket that is opened again after a break."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode, urlsplit

from alarum.app.watch import CURSOR, Watching

_AGAIN = 2.0  # seconds until a lost connection is made again


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
                    after = int(socket.response.headers.get(CURSOR, 0)) or None
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
