"""Writes the published tools to tests/server/tools.json, for review: `python -m tests.server.snapshots`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client

from server.mcp_server import create_server
from tests.conftest import ROOT


async def published() -> dict[str, Any]:
    @asynccontextmanager
    async def nothing() -> AsyncIterator[Any]:
        yield None

    async with Client(create_server(nothing, "Europe/Berlin")) as client:
        tools = (await client.list_tools()).tools
    return {t.name: t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in tools}


if __name__ == "__main__":
    text = json.dumps(asyncio.run(published()), indent=2, ensure_ascii=False)
    (ROOT / "tests/server/tools.json").write_text(text + "\n")
