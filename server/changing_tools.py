"""The MCP tools that change or end a task: `cancel` and `update`."""

from typing import Annotated, Any, Literal

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.types import ToolAnnotations
from pydantic import Field

from server.answers import Cancelled, Updated
from server.changes import change
from server.changing import Edit
from server.connection import app_of, translated
from server.errors import Refused
from server.policies import Policies
from server.runtime import Runtime


def add_cancel(mcp: MCPServer[Runtime]) -> None:
    @mcp.tool(
        title="Cancel a reminder",
        description="Cancel a task by its id, or by words of its message when they fit only one. Its history stays. Cancelling twice is no error.",
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
        ),
    )
    async def cancel(
        ctx: Context[Runtime],
        task: Annotated[str | None, Field(description="The task's id, or words of its message.")] = None,
        all: Annotated[bool | None, Field(description="Cancel every task that fits `task` and `tag`.")] = None,
        tag: Annotated[str | None, Field(description="With `all`: only tasks with this tag.")] = None,
        dry_run: Annotated[bool | None, Field(description="With `all`: only say which.")] = None,
    ) -> Cancelled:
        app = app_of(ctx)
        with translated():
            if not all:
                return await app.cancel(task or "")
            if not task and not tag:
                raise Refused("say which: words in `task`, or a `tag`; to cancel everything pass task='*'")
            words = None if task in (None, "*") else task
            done = await app.bulk("cancel", text=words, tag=tag, dry_run=bool(dry_run))
            return Cancelled(summary=done.summary, cancelled=done.tasks, dry_run=done.dry_run)


def add_update(mcp: MCPServer[Runtime]) -> None:
    @mcp.tool(
        title="Change a reminder",
        description=(
            "Change a task, named by its id or by words of its message: set fields (when, message, ...; what is left out stays), "
            "or do an `action`: pause (with `until` for a time), resume, snooze (needs `until`: puts off what has fired, or else the "
            "next run), skip_next, run_now, acknowledge. Times in the user's own words: 'tomorrow at 9', 'in 10 minutes'."
        ),
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=False
        ),
    )
    async def update(
        ctx: Context[Runtime],
        task: Annotated[str, Field(description="The task's id, words of its message, or the id of a run that fired.")],
        action: Annotated[
            Literal["pause", "resume", "snooze", "skip_next", "run_now", "acknowledge"] | None,
            Field(description="Left out: set the fields that are given."),
        ] = None,
        until: Annotated[
            str | None, Field(description="For pause and snooze: the user's words, e.g. 'in 10 minutes'.")
        ] = None,
        when: Annotated[str | None, Field(description="The new time, in the user's own words.")] = None,
        message: Annotated[str | None, Field(description="The new message.")] = None,
        timezone: Annotated[str | None, Field(description="IANA zone of `when`. Left out: the task's.")] = None,
        webhook: Annotated[str | None, Field(description="The new URL to POST to.")] = None,
        payload: Annotated[dict[str, Any] | None, Field(description="The new JSON to hand over.")] = None,
        tags: Annotated[list[str] | None, Field(description="The new tags, all of them.")] = None,
        policies: Annotated[Policies | None, Field(description="Policies to set; the others stay.")] = None,
        priority: Annotated[int | None, Field(description="-9 to 9.")] = None,
    ) -> Updated:
        chosen = policies.model_dump(exclude_none=True) if policies else None
        edit = Edit(
            when, message, timezone, webhook, payload, None, None if tags is None else tuple(tags), chosen, priority
        )
        with translated():
            return await change(app_of(ctx), task, action, until, edit)
