"""The tool `schedule`."""

# No postponed annotations here: the descriptions in them name this server's zone.
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from mcp.server.elicitation import AcceptedElicitation, ElicitationResult
from mcp.server.mcpserver import Context, Resolve
from mcp.types import ToolAnnotations
from pydantic import Field

from alarum.app.answers import Scheduled
from alarum.app.request import Request
from alarum.app.runtime import Runtime
from alarum.mcp.elicitation import Choice, ask_when
from alarum.mcp.request_context import app_of, translated
from alarum.mcp.strict_tool import StrictTool, strict_tool
from alarum.mcp.tools.fields import target_field
from alarum.settings.policies import PoliciesText, policies_from_text

FORMS = (
    "Forms: 'tomorrow at 9', 'in 45 minutes', 'next friday at noon', 'on 24 december at 18:00', '2027-03-01T09:00', "
    "'every monday at 10:00', 'weekdays at 9', 'every other tuesday at 6pm', 'last friday of the month at 17:00', "
    "'every 15 minutes between 9 and 17 on weekdays', 'every day at 8 until 1 march', cron ('0 9 * * 1-5'), '@daily'. "
    "'30m' is once, 'every 30m' repeats."
)

_POLICIES = (
    "How failures and missed times are treated, as 'name=value, name=value', e.g. 'misfire=skip, max_attempts=3': misfire (all, once, skip), "
    "misfire_grace, overlap (allow, skip, queue), max_attempts, delay, backoff (fixed, linear, exponential), max_delay, jitter, "
    "max_duration, rate_limit, rate_interval, rate_window (sliding, fixed). Rarely needed."
)


def schedule_tool(zone: str, targets: Sequence[str] = ()) -> StrictTool:
    async def schedule(
        ctx: Context[Runtime],
        chosen: Annotated[ElicitationResult[Choice], Resolve(ask_when)],
        when: Annotated[
            str | None,
            Field(
                description="The user's own words: when, or the whole sentence. Omitted, or 'unscheduled': kept for later, with `message`."
            ),
        ] = None,
        message: Annotated[
            str | None,
            Field(
                description="What to be reminded of, complete in itself, without the time. Default: what remains of the sentence."
            ),
        ] = None,
        timezone: Annotated[
            str | None, Field(description=f"IANA zone of the user's words, e.g. America/New_York. Default: {zone}.")
        ] = None,
        id: Annotated[str | None, Field(description="Custom task id. Default: a short one is generated.")] = None,
        if_exists: Annotated[
            Literal["error", "replace", "keep"] | None,
            Field(description="What to do when the id exists. Default: error."),
        ] = None,
        tags: Annotated[list[str] | None, Field(description="Words to group tasks by, e.g. ['home'].")] = None,
        webhook: Annotated[
            str | None,
            Field(
                description="URL to POST to when it fires, if this server allows its host. Default: the default target."
            ),
        ] = None,
        target: Annotated[str | None, Field(description=target_field(targets))] = None,
        payload: Annotated[dict[str, Any] | None, Field(description="JSON to hand over with the reminder.")] = None,
        metadata: Annotated[
            dict[str, Any] | None, Field(description="JSON to keep with the task, not handed over.")
        ] = None,
        priority: Annotated[
            int | None, Field(description="-9 to 9; when several runs are due, higher priority is sent first.")
        ] = None,
        policies: Annotated[PoliciesText, Field(description=_POLICIES)] = None,
        run_now: Annotated[bool | None, Field(description="Also run it once at once.")] = None,
        idempotency_key: Annotated[
            str | None, Field(description="The same key gives the same task again, however often it is called.")
        ] = None,
    ) -> Scheduled:
        if isinstance(chosen, AcceptedElicitation) and chosen.data.choice:
            message, when = message or app_of(ctx).beside(when or "", timezone), chosen.data.choice
        with translated():
            request = Request(
                when=when,
                message=message,
                zone=timezone,
                webhook=webhook,
                target=target or None,
                payload=payload,
                tags=tuple(tags or ()),
                id=id,
                metadata=metadata,
                if_exists=if_exists or "error",
                idempotency_key=idempotency_key,
                policies=policies_from_text(policies),
                priority=priority or 0,
                run_now=bool(run_now),
            )
            return await app_of(ctx).schedule(request)

    return strict_tool(
        schedule,
        title="Schedule a reminder",
        description=(
            "Schedule a reminder or a recurring task. Pass the user's words, do not compute times: `when` is the time in their words, or the whole "
            "sentence ('remind me to call my friend every monday at 10:00'); then the message is what is left of it. "
            f"{FORMS} Times without a zone are read in {zone}. Omit what the user did not say. Look with query first "
            "whether it exists already; to change one use update. The answer shows what was understood, the next runs and "
            "every assumption: tell the user. Refused when unclear, naming the calls that would be understood."
        ),
        annotations=ToolAnnotations(
            read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=True
        ),
    )
