"""The official MCP conformance suite, run against the product and against the suite's own fixtures behind the product's door."""
