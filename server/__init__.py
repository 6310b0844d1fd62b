"""MCP tools, the alarm loop, delivery, settings and the command line. Nothing is imported here: starting must be quick."""

__version__ = "0.1.0"
