"""What models see, kept for review: `python -m tests.server.mcp.snapshots` writes tests/server/mcp/tools.json and the README's reference."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp import Client

from alarum.mcp.server import create_server
from tests.support.moments import ROOT, ZONE

BEGIN, END = "<!-- tools: written by python -m tests.server.mcp.snapshots -->\n", "<!-- /tools -->\n"


async def published() -> dict[str, Any]:
    """The tools as a client lists them."""

    @asynccontextmanager
    async def nothing() -> AsyncIterator[Any]:
        yield None

    async with Client(create_server(nothing, ZONE)) as client:
        tools = (await client.list_tools()).tools
    return {t.name: t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in tools}


def reference(tools: dict[str, Any]) -> str:
    """The README's reference of the tools."""
    parts = []
    for name, tool in tools.items():
        fields = tool["inputSchema"]["properties"].items()
        rows = "".join(
            f"| `{field}` | {_kind(schema)} | {schema['description'].replace('|', chr(92) + '|')} |\n"
            for field, schema in fields
        )
        answer = ", ".join(f"`{field}`" for field in tool["outputSchema"]["properties"])
        parts.append(
            f"**`{name}`**: {tool['title'].lower()}\n\n| field | type | |\n|---|---|---|\n{rows}\nThe answer has {answer}.\n"
        )
    return "\n" + "\n".join(parts) + "\n"


def _kind(schema: dict[str, Any]) -> str:
    (branch,) = [b for b in schema.get("anyOf", [schema]) if b.get("type") != "null"]
    if "enum" in branch:
        return ", ".join(branch["enum"])
    return f"list of {branch['items']['type']}s" if branch["type"] == "array" else str(branch["type"])


def readme(tools: dict[str, Any]) -> str:
    """The README with its reference as it must be."""
    text = (ROOT / "README.md").read_text()
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + reference(tools) + END + rest.partition(END)[2]


if __name__ == "__main__":
    tools = asyncio.run(published())
    (ROOT / "tests/server/mcp/tools.json").write_text(json.dumps(tools, indent=2, ensure_ascii=False) + "\n")
    (ROOT / "README.md").write_text(readme(tools))
