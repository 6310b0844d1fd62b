"""HTTP/1.1 for deliveries, as a transport of httpx2: few allocations, one total deadline, a cap on what is read.

The stock pool walks over all its connections for every request, and a response may drip for ever: its timeouts are
per read. Here an exchange as a whole has a deadline, and a receiver's answer is read up to a size and no further.
Where a connection may go is checked when it is made, and it is made to the address that was checked.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from alarum.http.address_guard import EgressPolicy, NotAllowed, Resolver, allowed, resolve
from alarum.http.response import Broken, read_body, read_head

_HEAD = 32_768  # bytes of status line and headers

_IDLE = 100  # connections kept per origin
_ORIGINS = 64
_EVERY = 32  # connections put back between two looks at them all

_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]  # scheme, host, port


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: for reaching the receiver, for the head of its answer, for the exchange as a whole."""

    connect: float = 5.0
    first_byte: float = 10.0
    whole: float = 15.0


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes

    def header(self, name: bytes) -> str | None:
        """The value of a header, by its name in lower case."""
        return next((v.decode("latin-1") for n, v in self.headers if n.lower() == name), None)


@dataclass(slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    def close(self) -> None:
        self.writer.close()

    @property
    def usable(self) -> bool:
        # What came without having been asked for would be taken for the next answer; the reader has no public way to see it.
        return not (
            getattr(self.reader, "_buffer", b"")
            or self.reader.at_eof()
            or self.writer.is_closing()
            or self.reader.exception()
        )


def origin_of(url: httpx2.URL) -> Origin:
    """What a connection belongs to (RFC 9110, 4.3.1)."""
    return url.scheme, url.host, url.port or _PORTS.get(url.scheme, 80)


class Transport(httpx2.AsyncBaseTransport):
    """Connections are kept per origin and egress policy, so that what one target may reach is of no use to another.

    `egress` and `timeouts` are for requests that name none of their own.
    """

    def __init__(self, timeouts: Timeouts, egress: EgressPolicy, resolver: Resolver = resolve) -> None:
        self._timeouts, self._egress, self._resolver = timeouts, egress, resolver
        self._idle: dict[tuple[Origin, EgressPolicy], list[_Connection]] = {}
        self._tls: ssl.SSLContext | None = None
        self._kept = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """One exchange for a client of httpx2."""
        url = request.url
        reply = await self.exchange(
            origin_of(url), request.method, url.raw_path, request.headers.raw, await request.aread()
        )
        return httpx2.Response(reply.status, headers=reply.headers, stream=httpx2.ByteStream(reply.body))

    async def exchange(
        self, origin: Origin, method: str, path: bytes, headers: Sequence[tuple[bytes, bytes]], body: bytes, egress: EgressPolicy | None = None,
        timeouts: Timeouts | None = None,
    ) -> Reply:  # fmt: skip
        """One exchange. Raises NotAllowed, and httpx2's TimeoutException, ConnectError, RemoteProtocolError and ReadError."""
        times = timeouts or self._timeouts
        lines = [b"%s %s HTTP/1.1" % (method.encode(), path), *(b"%s: %s" % header for header in headers), b"\r\n"]
        head = b"\r\n".join(lines)
        if head.count(b"\n") != len(lines) or head.count(b"\r") != len(lines):
            raise ValueError("a header has a line break in it")
        data = head + body
        first = min(times.first_byte, times.whole)
        try:
            async with asyncio.timeout(first) as limit:
                return await self._exchange(origin, data, egress or self._egress, times, limit)
        except TimeoutError:
            raise httpx2.ReadTimeout(
                f"no answer within {first:g} s, or none that is complete within {times.whole:g} s"
            ) from None
        except Broken as why:
            raise httpx2.ReadError(str(why)) from why
        except NotAllowed:
            raise
        except (ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as why:
            raise httpx2.RemoteProtocolError(f"not an HTTP answer: {why}") from why
        except OSError as why:
            raise httpx2.ReadError(f"{type(why).__name__}: {why}") from why

    async def _exchange(
        self, origin: Origin, data: bytes, egress: EgressPolicy, times: Timeouts, limit: asyncio.Timeout
    ) -> Reply:
        while True:
            connection = await self._checkout(origin, egress, times.connect)
            reused, connection.used = connection.used, True
            try:
                reply, keep = await _talk(connection, data, limit, times.whole - times.first_byte)
            except (Broken, ConnectionError):
                connection.close()
                if not reused:
                    raise
                continue  # the receiver closed an idle connection just then: the same request on a new one
            except BaseException:
                connection.close()
                raise
            idle = self._idle.setdefault((origin, egress), [])
            if keep and len(idle) < _IDLE:
                idle.append(connection)
                self._sweep()
            else:
                connection.close()
            return reply

    def _sweep(self) -> None:
        """Now and then close what was closed by the other side, and of very many origins the oldest."""
        self._kept += 1
        if self._kept % _EVERY:
            return
        for key, idle in list(self._idle.items()):
            for connection in [c for c in idle if not c.usable]:
                idle.remove(connection)
                connection.close()
            if not idle:
                del self._idle[key]
        while len(self._idle) > _ORIGINS:
            for connection in self._idle.pop(next(iter(self._idle))):
                connection.close()

    async def _checkout(self, origin: Origin, egress: EgressPolicy, connect: float) -> _Connection:
        idle = self._idle.get((origin, egress), [])
        while idle:
            connection = idle.pop()
            if connection.usable:
                return connection
            connection.close()
        try:
            async with asyncio.timeout(connect):
                return await self._connected(origin, egress)
        except TimeoutError:
            raise httpx2.ConnectTimeout(f"no connection within {connect:g} s") from None
        except OSError as why:
            raise httpx2.ConnectError(f"{type(why).__name__}: {why}") from why

    async def _connected(self, origin: Origin, egress: EgressPolicy) -> _Connection:
        """A connection to one of the addresses that the host has now and that may be reached, the first that answers."""
        scheme, host, port = origin
        if scheme not in _PORTS:
            raise NotAllowed(f"'{scheme}' is not a scheme for webhooks; use https or http")
        if scheme == "https" and self._tls is None:
            self._tls = ssl.create_default_context()
        tls: dict[str, Any] = {"ssl": self._tls, "server_hostname": host.rstrip(".")} if scheme == "https" else {}
        failed: OSError | None = None
        for address in await allowed(host, port, egress, self._resolver):
            try:
                reader, writer = await asyncio.open_connection(address, port, limit=_HEAD, **tls)
            except OSError as why:
                failed = why
            else:
                return _Connection(reader, writer)
        assert failed is not None
        raise failed

    async def aclose(self) -> None:
        connections = [c for idle in self._idle.values() for c in idle]
        self._idle.clear()
        for connection in connections:
            connection.close()
        await asyncio.gather(*(c.writer.wait_closed() for c in connections), return_exceptions=True)


async def _talk(connection: _Connection, data: bytes, limit: asyncio.Timeout, more: float) -> tuple[Reply, bool]:
    """Send a request and read its answer; also whether the connection may be used again (RFC 9112, 9.3).

    Once the head is there the limit is `more` seconds later.
    """
    connection.writer.write(data)
    await connection.writer.drain()
    status, version, headers = await read_head(connection.reader)
    while 100 <= status < 200:
        status, version, headers = await read_head(connection.reader)
    found = {name.lower(): value for name, value in headers}
    if more > 0 and status not in (204, 304) and found.get(b"content-length") != b"0":
        when = limit.when()
        limit.reschedule(None if when is None else when + more)
    body, whole = await read_body(connection.reader, status, found)
    keep = whole and version != b"HTTP/1.0" and b"close" not in found.get(b"connection", b"").lower()
    return Reply(status, headers, body), keep
