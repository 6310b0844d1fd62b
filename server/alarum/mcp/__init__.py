"""The MCP server: tools, resources, subscriptions, events."""
