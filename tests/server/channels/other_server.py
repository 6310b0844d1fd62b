"""Another MCP server, with a tool that notes what it is called with in the file named by NOTES. Run on stdio, or as `app(...)` over HTTP."""

from __future__ import annotations

import os
from typing import Any

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

other: MCPServer[Any] = MCPServer("other", log_level="ERROR")


@other.tool()
def note(message: str, who: str = "", about: dict[str, Any] | None = None) -> dict[str, Any]:
    """Note something; says how many notes there are."""
    if message == "wrong":
        raise ToolError("this cannot be noted")
    path = os.environ["NOTES"]
    with open(path, "a") as file:
        file.write(f"{message}|{who}|{(about or {}).get('run_id', '')}\n")
    with open(path) as file:
        return {"state": {"notes": len(file.readlines())}}


if __name__ == "__main__":
    other.run("stdio")
