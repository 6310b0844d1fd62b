"""The tool `cancel`."""

from typing import Annotated

from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context, Resolve
from mcp.types import ToolAnnotations
from pydantic import Field

from alarum.app.answers import Cancelled
from alarum.app.runtime import Runtime
from alarum.errors import Refused
from alarum.mcp.elicitation import Choice, ask_which
from alarum.mcp.request_context import app_of, translated
from alarum.mcp.strict_tool import StrictTool, strict_tool
from alarum.mcp.tools.fields import which_task


def cancel_tool() -> StrictTool:
    async def cancel(
        ctx: Context[Runtime],
        chosen: Annotated[ElicitationResult[Choice], Resolve(ask_which)],
        task: Annotated[
            str | None, Field(description="The task's id, or words of its message, e.g. 'dentist'.")
        ] = None,
        all: Annotated[
            bool | None, Field(description="Cancel every task that fits `task` and `tag`; task='*' means every one.")
        ] = None,
        tag: Annotated[str | None, Field(description="With `all`: only tasks with this tag.")] = None,
        dry_run: Annotated[bool | None, Field(description="With `all`: only say which.")] = None,
    ) -> Cancelled:
        app = app_of(ctx)
        with translated():
            if not all and (tag or dry_run):
                raise Refused("tag and dry_run go with all=true; one task is named by `task`")
            if not all:
                return await app.cancel(which_task(task, chosen) or "")
            done = await app.bulk("cancel", text=task, tag=tag, dry_run=bool(dry_run))
            return Cancelled(summary=done.summary, cancelled=done.tasks, dry_run=done.dry_run)

    return strict_tool(
        cancel,
        title="Cancel a reminder",
        description=(
            "Cancel a task by its id, or by words of its message when they fit only one; the answer shows what it was. Where several fit, nothing is "
            "cancelled and they are listed: ask the user. Its history stays. Cancelling twice is not an error. To move, hold or snooze "
            "a reminder use update instead."
        ),
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
        ),
    )
