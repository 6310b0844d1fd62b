"""The channels, by the name that a target of the settings gives: one file each, and one line here."""

from __future__ import annotations

from importlib import import_module

from alarum.channels.base import Target

# What stands behind a name is imported when a target uses it: the clients of other protocols are heavy.
CHANNELS = {
    "webhook": "webhook:Webhook",
    "service": "service:Service",
    "object": "object:Object",
    "function": "function:Function",
    "letta": "letta:Letta",
    "a2a": "a2a:A2A",
    "anthropic": "anthropic:Anthropic",
    "openai": "openai:OpenAI",
    "mcp": "mcp_tool:McpTool",
    "discord": "discord:Discord",
    "apprise": "apprise:Apprise",
}


def channel(name: str) -> type[Target]:
    """The channel of that name. Raises ValueError naming those that there are."""
    if name not in CHANNELS:
        raise ValueError(f"there is no channel '{name}'; there are {', '.join(CHANNELS)}")
    module, _, kind = CHANNELS[name].partition(":")
    found: type[Target] = getattr(import_module(f"alarum.channels.{module}"), kind)
    return found
