"""The official MCP Inspector against real servers."""

from __future__ import annotations

from tests.support.processes import free_port, needs_npm, script


@needs_npm
def test_the_inspector_lists_and_calls_the_tools_strictly() -> None:
    assert "8 of 8" in script("inspector.sh", PORT=str(free_port()))
