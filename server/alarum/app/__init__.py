"""What can be asked of Alarum, the same for MCP clients, the command line and the library."""
