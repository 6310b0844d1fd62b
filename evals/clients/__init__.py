"""Real MCP clients against a scripted stand-in for their model: they connect, see the tools, call them, and are woken."""
