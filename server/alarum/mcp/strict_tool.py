"""A tool whose arguments are checked as a model needs it: unknown names refused with the nearest, errors in plain words."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, cast

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp.types import ToolAnnotations
from pydantic import ValidationError

from alarum.wording import short

# Names that models give from other tools, where spelling does not help.
_OTHER_NAMES = {
    "time": "when", "at": "when", "date": "when", "datetime": "when", "schedule": "when", "cron": "when", "delay": "when", "window": "when",
    "title": "message", "content": "message", "description": "message", "task_id": "task", "reminder_id": "task", "name": "message",
    "tz": "timezone", "time_zone": "timezone", "zone": "timezone", "url": "webhook", "callback": "webhook", "q": "text",
    "search": "text", "query": "text", "words": "text", "state": "status", "data": "payload", "ids": "acknowledge", "duration": "until",
    "page": "offset", "confirm": "all", "operation": "action", "snooze_until": "until", "label": "tags", "labels": "tags",
}  # fmt: skip


_NAMED = 3  # unknown fields


class StrictTool(Tool):
    """Registered through `MCPServer(tools=[...])`; see `strict_tool`."""

    async def run(self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False) -> Any:
        known = list(self.parameters.get("properties", {}))
        if unknown := [name for name in arguments if name not in known]:
            said = "; ".join(_unknown(name, known) for name in unknown[:_NAMED])
            more = f"; and {len(unknown) - _NAMED} more that are not known" if len(unknown) > _NAMED else ""
            raise ToolError(f"{self.name} was not carried out: {said}. The fields are {', '.join(known)}{more}.")
        try:
            return await super().run(arguments, context, convert_result)
        except ToolError as why:
            if isinstance(why.__cause__, ValidationError):
                raise ToolError(f"{self.name} was not carried out: {_plain(why.__cause__)}.") from why.__cause__
            raise


def strict_tool(fn: Callable[..., Any], *, title: str, description: str, annotations: ToolAnnotations) -> StrictTool:
    """The tool of a function, its schema flat and without what says nothing (titles, defaults of null)."""
    made = cast(StrictTool, StrictTool.from_function(fn, title=title, description=description, annotations=annotations))
    made.parameters = {**_bare(made.parameters), "additionalProperties": False}
    if published := made.fn_metadata.output_schema:
        made.fn_metadata.output_schema = _whole(_bare(published), published.get("$defs", {}))
    return made


def _whole(schema: Any, named: dict[str, Any]) -> Any:
    """A schema of answers without references, which clients resolve again for every answer, and without null: answers omit what is empty."""
    if isinstance(schema, list):
        return [_whole(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if name := str(schema.get("$ref", "")).rpartition("/")[2]:
        return _whole({**_bare(named[name]), **{k: v for k, v in schema.items() if k != "$ref"}}, named)
    branches = [one for one in schema.get("anyOf", []) if one != {"type": "null"}]
    if len(branches) == 1:
        return _whole({**branches[0], **{k: v for k, v in schema.items() if k != "anyOf"}}, named)
    return {key: _whole(value, named) for key, value in schema.items() if key != "$defs"}


def _bare(schema: Any) -> Any:
    """A schema without generated titles, and without defaults of null."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    bare = {
        key: {name: _bare(sub) for name, sub in value.items()} if key in ("properties", "$defs") else _bare(value)
        for key, value in schema.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    return bare


def _unknown(name: str, known: list[str]) -> str:
    name = short(name)
    usual = _OTHER_NAMES.get(name.lower())
    close = [usual] if usual in known else get_close_matches(name.lower(), known, 1, 0.6)
    meant = close[0] if close else None
    return f"there is no field '{name}'" + (f"; did you mean '{meant}'?" if meant else "")


def _plain(why: ValidationError) -> str:
    """What is wrong with the arguments, a line for each, without the marks of the validator."""
    lines: dict[str, list[str]] = {}
    for error in why.errors(include_url=False):
        name = str(error["loc"][0]) if error["loc"] else "arguments"
        lines.setdefault(name, []).append(error["msg"].removeprefix("Value error, ").removeprefix("Input "))
        if error["type"] != "missing":
            lines[name][-1] += f" (got {error['input']!r:.80})"
    return "; ".join(f"'{name}' {_needed(said)}" for name, said in lines.items())


def _needed(said: list[str]) -> str:
    return "is missing" if said == ["Field required"] else " or ".join(dict.fromkeys(said))
