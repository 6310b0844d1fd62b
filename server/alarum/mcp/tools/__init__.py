"""The MCP tools. Each is one call of the application."""
