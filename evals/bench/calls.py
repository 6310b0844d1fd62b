"""A `schedule` call as a client waits for it, over stdio and HTTP, beside a tool of the same SDK that does nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from mcp import Client, StdioServerParameters

_NOTHING = """
import sys
from typing import Annotated, Any
from mcp.server import MCPServer
from pydantic import BaseModel, Field

class Done(BaseModel):
    summary: str

mcp = MCPServer("nothing", version="1", log_level="WARNING")

@mcp.tool()
async def schedule(when: Annotated[str, Field(description="when")]) -> Done:
    "Do nothing."
    return Done(summary="done")

if len(sys.argv) > 1:
    import uvicorn
    uvicorn.run(mcp.streamable_http_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
else:
    mcp.run()
"""
_ARGUMENTS = {"when": "remind me to call my friend every monday at 10:00"}
_PAIRS = 300


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.asynccontextmanager
async def _serving(command: list[str], port: int, env: dict[str, str]) -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(*command, env=env, stdout=asyncio.subprocess.DEVNULL)
    try:
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        await process.wait()


async def _timed(client: Client) -> float:
    begun = time.perf_counter()
    answer = await client.call_tool("schedule", _ARGUMENTS)
    assert not answer.is_error, answer.content
    return time.perf_counter() - begun


async def _beside(ours: Client, nothing: Client) -> tuple[float, float]:
    """The median of a call of each, in turns."""
    for _ in range(20):
        await _timed(ours)
        await _timed(nothing)
    pairs = [(await _timed(ours), await _timed(nothing)) for _ in range(_PAIRS)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


async def calls(mode: str) -> tuple[tuple[float, float], tuple[float, float]]:
    """Medians in seconds, ours and the tool that does nothing: over stdio, over HTTP. `mode` is that of the client."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "nothing.py")
        script.write_text(_NOTHING)
        env = {**os.environ, "ALARUM_DB": str(Path(folder, "a.db")), "ALARUM_ZONE": "Europe/Berlin"}
        server = [sys.executable, "-m", "alarum"]
        async with (
            Client(StdioServerParameters(command=server[0], args=server[1:], env=env), mode=mode) as ours,
            Client(StdioServerParameters(command=sys.executable, args=[str(script)], env=env), mode=mode) as nothing,
        ):
            stdio = await _beside(ours, nothing)
        one, two = _free_port(), _free_port()
        async with (
            _serving([*server, "serve", "--port", str(one)], one, env) as here,
            _serving([sys.executable, str(script), str(two)], two, env) as there,
            Client(here, mode=mode) as ours,
            Client(there, mode=mode) as nothing,
        ):
            return stdio, await _beside(ours, nothing)
