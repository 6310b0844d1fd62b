"""The tool `inbox`."""

from typing import Annotated

from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import Field

from alarum.app.answers import Inbox
from alarum.app.runtime import Runtime
from alarum.mcp.request_context import app_of, translated
from alarum.mcp.strict_tool import StrictTool, strict_tool


def inbox_tool() -> StrictTool:
    async def inbox(
        ctx: Context[Runtime],
        acknowledge: Annotated[
            list[str] | None,
            Field(description="What to mark as seen: ids of runs; or tasks, by id or words: all that fired of them."),
        ] = None,
        all: Annotated[bool | None, Field(description="Mark everything that waits as seen, and list it.")] = None,
        limit: Annotated[int | None, Field(description="At most this many, 1 to 200. Default: 50.")] = None,
    ) -> Inbox:
        with translated():
            return await app_of(ctx).inbox(
                acknowledge or [], everything=bool(all), limit=50 if limit is None else limit
            )

    return strict_tool(
        inbox,
        title="Look at what fired",
        description=(
            "Reminders that fired and wait for acknowledgement, with when they were due and how late they rang. Tell the user, then "
            "acknowledge them by their ids, so that they are not told again; to have one come again use update with action='snooze'."
        ),
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )
