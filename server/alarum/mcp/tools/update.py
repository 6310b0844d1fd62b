"""The tool `update`."""

# No postponed annotations here: the descriptions in them name this server's zone.
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context, Resolve
from mcp.types import ToolAnnotations
from pydantic import Field

from alarum.app.answers import Updated
from alarum.app.runtime import Runtime
from alarum.app.task_edits import Edit
from alarum.app.update_call import carry_out_update
from alarum.mcp.elicitation import Choice, ask_which
from alarum.mcp.request_context import app_of, translated
from alarum.mcp.strict_tool import StrictTool, strict_tool
from alarum.mcp.tools.fields import target_field, which_task
from alarum.settings.policies import PoliciesText, policies_from_text


def update_tool(zone: str, targets: Sequence[str] = ()) -> StrictTool:
    async def update(
        ctx: Context[Runtime],
        chosen: Annotated[ElicitationResult[Choice], Resolve(ask_which)],
        task: Annotated[
            str | None, Field(description="The task's id, words of its message, or the id of a run that fired.")
        ] = None,
        action: Annotated[
            Literal["pause", "resume", "snooze", "skip_next", "run_now", "acknowledge", "redeliver"] | None,
            Field(description="Omitted: set the fields that are given."),
        ] = None,
        until: Annotated[
            str | None,
            Field(description="For pause and snooze: the user's words, e.g. 'in 10 minutes', 'monday at 9'."),
        ] = None,
        when: Annotated[
            str | None,
            Field(
                description="The new time, in the user's own words, and nothing else: only a time keeps the days, only days keep the time."
            ),
        ] = None,
        message: Annotated[str | None, Field(description="The new message.")] = None,
        timezone: Annotated[
            str | None,
            Field(
                description=f"IANA zone of `when`; alone, the same times in this zone. Default: the task's; new ones are in {zone}."
            ),
        ] = None,
        tags: Annotated[list[str] | None, Field(description="The new tags, all of them.")] = None,
        webhook: Annotated[str | None, Field(description="The new URL to POST to.")] = None,
        target: Annotated[str | None, Field(description=target_field(targets))] = None,
        payload: Annotated[dict[str, Any] | None, Field(description="The new JSON to hand over.")] = None,
        metadata: Annotated[dict[str, Any] | None, Field(description="The new JSON to keep.")] = None,
        priority: Annotated[int | None, Field(description="-9 to 9.")] = None,
        policies: Annotated[
            PoliciesText, Field(description="Policies to set, e.g. 'misfire=skip'; the others stay.")
        ] = None,
        all: Annotated[
            bool | None, Field(description="With pause and resume: every task that fits `task` and `tag`.")
        ] = None,
        tag: Annotated[str | None, Field(description="With `all`: only tasks with this tag.")] = None,
        dry_run: Annotated[bool | None, Field(description="With `all`: only say which.")] = None,
    ) -> Updated:
        with translated():
            edit = Edit(
                when=when,
                message=message,
                zone=timezone,
                webhook=webhook,
                target=target or None,
                payload=payload,
                metadata=metadata,
                tags=None if tags is None else tuple(tags),
                policies=policies_from_text(policies),
                priority=priority,
            )
            return await carry_out_update(
                app_of(ctx),
                which_task(task, chosen),
                action,
                until,
                edit,
                all=bool(all),
                tag=tag,
                dry_run=bool(dry_run),
            )

    return strict_tool(
        update,
        title="Change a reminder",
        description=(
            "Change a task, named by its id or by words of its message. Either set fields (when, message, ...; omitted fields keep their value), or do an "
            "`action`: pause (with `until` for a time), resume, snooze (needs `until`: puts off what has fired, or else the next run), "
            "skip_next, run_now, acknowledge, redeliver (sends again what failed). Times in the user's own words: 'tomorrow at 9', 'in 10 minutes', 'every friday at 17:00'. "
            "Where words fit several tasks, nothing is changed and they are listed."
        ),
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=True, idempotent_hint=False, open_world_hint=True
        ),
    )
