"""Reading an HTTP/1.1 answer: its head, and its body up to a size and no further."""

from __future__ import annotations

import asyncio

_BODY = 65_536  # bytes of an answer that are read; a longer one is cut off with its connection


class Broken(Exception):
    """The connection ended before anything of an answer came."""


async def read_head(reader: asyncio.StreamReader) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as why:
        if not why.partial:
            raise Broken("the receiver closed the connection without an answer") from None
        raise
    first, *lines = head[:-4].split(b"\r\n")
    version, _, rest = first.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit() or not 100 <= int(rest[:3]) <= 599:
        raise ValueError(f"its first line is {first[:60]!r}")
    headers = []
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise ValueError(f"a header line is {line[:60]!r}")
        headers.append((name, value.strip()))
    return int(rest[:3]), version, headers


async def read_body(reader: asyncio.StreamReader, status: int, headers: dict[bytes, bytes]) -> tuple[bytes, bool]:
    """The body up to the cap, and whether it was read to its end (RFC 9112, 6.3)."""
    if status in (204, 304):
        return b"", headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return await _chunks(reader)
    length = headers.get(b"content-length")
    if length is None:
        body = await _up_to(reader, _BODY)
        return body, False
    if not length.isdigit():
        raise ValueError(f"its content-length is {length[:20]!r}")
    size = min(int(length), _BODY)
    return await reader.readexactly(size), size == int(length)


async def _up_to(reader: asyncio.StreamReader, size: int) -> bytes:
    parts, left = [], size
    while left > 0 and (part := await reader.read(left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


async def _chunks(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    parts: list[bytes] = []
    left = _BODY
    while True:
        size = int((await reader.readuntil(b"\r\n")).split(b";")[0], 16)
        if size == 0:
            while await reader.readuntil(b"\r\n") != b"\r\n":
                pass
            return b"".join(parts), True
        if size > left:
            return b"".join([*parts, await _up_to(reader, left)]), False
        parts.append(await reader.readexactly(size))
        left -= size
        await reader.readexactly(2)
