"""HTTP connections: so many at once, and each has to say what it wants in time. A client that opens many and sends half of a
request holds up nobody else: the oldest of such connections goes first.
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_WAITS = (h11.IDLE, h11.SEND_BODY)  # states of a client that has not sent all of its request
PATIENCE = 15.0  # seconds for a whole request


class Bounded(H11Protocol):
    """A connection; the class knows all of one server."""

    most: ClassVar[int]
    patience: ClassVar[float]
    waiting: ClassVar[dict[Bounded, None]]  # whose next request is not complete, or not begun, the oldest first
    _limit: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > self.most:
            oldest = next(iter(self.waiting), self)
            oldest.transport.abort()
            self.waiting.pop(oldest, None)
        if not transport.is_closing():
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ready()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def _look(self) -> None:
        """Whether it is the client's turn: to complete a request, or to begin the next one."""
        if (
            self.transport.get_protocol() is self
            and self.conn.their_state in _WAITS
            and not self.transport.is_closing()
        ):
            self._wait()
        else:
            self._ready()

    def _wait(self) -> None:
        if self._limit is None:
            self.waiting[self] = None
            self._limit = self.loop.call_later(self.patience, self._too_late)

    def _ready(self) -> None:
        self.waiting.pop(self, None)
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None

    def _too_late(self) -> None:
        self._ready()
        self.transport.abort()


def bounded(most: int, patience: float = PATIENCE) -> type[H11Protocol]:
    """The protocol of a server with at most so many connections, and so many seconds for each request to be complete."""
    return type("Bounded", (Bounded,), {"most": most, "patience": patience, "waiting": {}})
