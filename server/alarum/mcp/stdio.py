"""The client on stdin and stdout: what it sends that is not JSON-RPC is answered, and when it is gone the process ends."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from typing import Any, Self

import anyio
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp.types import PARSE_ERROR, ErrorData, JSONRPCError

from alarum.safe_text import visible

_GONE = (BrokenPipeError, ConnectionError, anyio.BrokenResourceError, anyio.ClosedResourceError)


class _Answering:
    """What a client sends; what cannot be read gets an error without an id (JSON-RPC 2.0, section 5)."""

    def __init__(self, incoming: Any, outgoing: Any) -> None:
        self._incoming, self._outgoing = incoming, outgoing

    @property
    def last_context(self) -> Any:
        return self._incoming.last_context

    async def receive(self) -> SessionMessage:
        while True:
            received = await self._incoming.receive()
            if not isinstance(received, Exception):
                message: SessionMessage = received
                return message
            text = "this line is not a JSON-RPC message; send one JSON object a line, in valid UTF-8 and without lone surrogates"
            error = JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=PARSE_ERROR, message=text))
            await self._outgoing.send(SessionMessage(error))

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def aclose(self) -> None:
        await self._incoming.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


@contextlib.asynccontextmanager
async def client() -> AsyncIterator[tuple[Any, Any]]:
    """The streams from and to the client. That it is gone ends what is done here, and is not an error."""
    try:
        async with stdio_server() as (incoming, outgoing):
            yield _Answering(incoming, outgoing), outgoing
    except* _GONE:
        pass


def end_process(why: BaseException) -> None:
    """End this process with a reason, at once: the thread that reads stdin cannot be interrupted.

    What it holds comes back as after a crash.
    """
    print(visible(f"alarum: {why}"), file=sys.stderr, flush=True)
    os._exit(3)
