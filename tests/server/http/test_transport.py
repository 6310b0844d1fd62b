"""The HTTP transport against real sockets on loopback that behave badly."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest

from alarum.http.address_guard import egress_policy
from alarum.http.transport import Timeouts, Transport

pytestmark = pytest.mark.anyio
Behave = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def receiver(behave: Behave, deadline: float = 5) -> AsyncIterator[Callable[[], Awaitable[httpx2.Response]]]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with httpx2.AsyncClient(
        transport=Transport(Timeouts(1, deadline, deadline), egress_policy(["127.0.0.1"])),
        trust_env=False,
        timeout=None,
    ) as client:
        yield lambda: client.post(f"http://127.0.0.1:{port}/hook", content=b"{}")
    server.close()


def says(answer: bytes, *, then_close: bool = False) -> Behave:
    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await request(reader):
            writer.write(answer)
            await writer.drain()
            if then_close:
                return

    return behave


async def request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(2)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", 200, b"ok"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\n\r\n", 200, b"abcde"),
        (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n", 202, b""),
        (b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n", 302, b""),
    ],
)
async def test_answers_are_read_and_the_connection_is_used_again(answer: bytes, status: int, body: bytes) -> None:
    async with receiver(says(answer)) as post:
        for _ in range(3):
            got = await post()
            assert (got.status_code, got.content) == (status, body)


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async with receiver(says(b"HTTP/1.1 200 OK\r\n\r\nall of it", then_close=True)) as post:
        assert (await post()).content == b"all of it"
        assert (await post()).content == b"all of it"


async def test_a_closed_idle_connection_is_replaced_without_an_error() -> None:
    async with receiver(says(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", then_close=True)) as post:
        for _ in range(5):
            assert (await post()).status_code == 200


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/1.1 999 Odd\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort",
    ],
)
async def test_what_is_not_http_is_a_protocol_error(answer: bytes) -> None:
    async with receiver(says(answer, then_close=True)) as post:
        with pytest.raises(httpx2.RemoteProtocolError, match="not an HTTP answer"):
            await post()


async def test_a_receiver_that_closes_without_an_answer_is_an_error() -> None:
    async with receiver(says(b"", then_close=True)) as post:
        with pytest.raises(httpx2.ReadError, match="without an answer"):
            await post()


async def test_nobody_there_is_a_connect_error() -> None:
    async with httpx2.AsyncClient(transport=Transport(Timeouts(1), egress_policy(["127.0.0.1"]))) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.post("http://127.0.0.1:1/hook")


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab"])
async def test_a_receiver_that_hangs_or_drips_meets_the_deadline(first: bytes) -> None:
    never = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        writer.write(first)
        await writer.drain()
        await never.wait()

    async with receiver(behave, deadline=0.05) as post:
        with pytest.raises(httpx2.ReadTimeout, match="no answer within"):
            await post()
        never.set()


async def test_a_body_without_end_is_cut_and_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: x-none\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    async with receiver(says(head + bomb)) as post:
        assert len((await post()).content) <= 65_536
    async with receiver(says(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000, then_close=True)) as post:
        assert len((await post()).content) == 65_536
