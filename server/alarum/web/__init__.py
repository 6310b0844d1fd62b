"""The HTTP server: who may use it, how much of it, and the WebSocket."""
