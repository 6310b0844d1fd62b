"""MCP Events (SEP-3415, `io.modelcontextprotocol/events`, beta), as an opt-in: a client lists, polls or streams what fires."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal

from mcp.server.context import ServerRequestContext
from mcp.server.extension import Extension, MethodBinding
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS, Notification, NotificationParams, RequestParams
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alarum.alarm.payload import EVENT, occurrence
from alarum.app.follow import WatchFilter, fired_after, follow, is_cursor
from alarum.app.runtime import Runtime
from alarum.mcp.request_context import app_in
from alarum.settings.limits import LimitReached

_VERSIONS = frozenset({"2026-07-28"})
_NOT_FOUND = -32011
_POLL = timedelta(seconds=5)
_HEARTBEAT = 15.0  # seconds; a stream may be silent for 30 at most
_SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId"


class Arguments(BaseModel):
    """Which reminders a subscription is for; all of them when nothing is said."""

    model_config = ConfigDict(extra="forbid")

    task: str | None = Field(None, description="Only those of the task with this id.")
    tag: str | None = Field(None, description="Only those of tasks with this tag.")
    text: str | None = Field(None, description="Only those whose message has these words.")


class SubscriptionRequest(RequestParams):
    name: str
    arguments: dict[str, Any] | None = None
    cursor: str | None = None
    max_age_ms: int | None = Field(None, ge=0, le=10**12)
    max_events: int | None = Field(None, ge=1)


class EventsListParams(RequestParams):
    cursor: str | None = None


class EventParams(NotificationParams):
    model_config = ConfigDict(extra="allow")


class EventNotification(Notification[EventParams, str]):
    method: str
    params: EventParams


class Events(Extension):
    """`reminder.due` by poll and by push. Cursors are the order of ringing, so a break loses nothing that is still kept."""

    identifier = "io.modelcontextprotocol/events"

    def methods(self) -> Sequence[MethodBinding]:
        return (
            MethodBinding("events/list", EventsListParams, self._list, _VERSIONS),
            MethodBinding("events/poll", SubscriptionRequest, self._poll, _VERSIONS),
            MethodBinding("events/stream", SubscriptionRequest, self._stream, _VERSIONS),
        )

    async def _list(self, ctx: ServerRequestContext[Runtime], params: EventsListParams) -> dict[str, Any]:
        described = {
            "name": EVENT, "description": "A reminder fired.", "delivery": ["push", "poll"],
            "inputSchema": Arguments.model_json_schema(), "payloadSchema": {"type": "object", "properties": {"message": {"type": "string"}}},
        }  # fmt: skip
        return {"events": [described]}

    async def _poll(self, ctx: ServerRequestContext[Runtime], params: SubscriptionRequest) -> dict[str, Any]:
        running, app = ctx.lifespan_context, app_in(ctx)
        which, after, truncated = await _start(ctx, params)
        events: list[dict[str, Any]] = []
        more = False
        if params.cursor is not None:
            found, after, more = await fired_after(
                running, app.namespace, which, after, min(params.max_events or 50, 200)
            )
            events = [occurrence(run, task, app.clock.now()) for run, task in found]
            events = [{k: v for k, v in event.items() if k != "cursor"} for event in events]
        wait = int(_POLL / timedelta(milliseconds=1))
        cursor = str((await app.cursors()).cursor(after))
        return {"events": events, "cursor": cursor, "truncated": truncated, "hasMore": more, "nextPollMs": wait}

    async def _stream(self, ctx: ServerRequestContext[Runtime], params: SubscriptionRequest) -> dict[str, Any]:
        running, app = ctx.lifespan_context, app_in(ctx)
        which, after, truncated = await _start(ctx, params)
        cursors = await app.cursors()
        sending, position, stop = asyncio.Lock(), str(cursors.cursor(after)), asyncio.Event()

        async def send(kind: Literal["active", "event", "heartbeat"], body: dict[str, Any]) -> None:
            tagged = EventParams.model_validate({**body, "_meta": {_SUBSCRIPTION: ctx.request_id}})
            async with sending:
                note = EventNotification(method=f"notifications/events/{kind}", params=tagged)
                await ctx.session.send_notification(note, related_request_id=ctx.request_id)  # type: ignore[arg-type]

        async def heartbeat() -> None:
            while True:
                await asyncio.sleep(_HEARTBEAT)
                await send("heartbeat", {"cursor": position})

        async def events() -> None:
            nonlocal position
            await send("active", {"cursor": position, "truncated": truncated})
            beating = asyncio.create_task(heartbeat())
            try:
                async for run, task in follow(running, app.namespace, which, after, stop):
                    position = str(cursors.cursor(run.sequence))
                    await send("event", occurrence(run, task, app.clock.now(), position))
            finally:
                beating.cancel()

        try:
            with app.shared.quotas.following(app.namespace, app.settings.limits_of(app.namespace)):
                await events()
        except LimitReached as why:
            raise MCPError(INVALID_PARAMS, f"{why}") from None
        return {}


async def _start(ctx: ServerRequestContext[Runtime], params: SubscriptionRequest) -> tuple[WatchFilter, int, bool]:
    """What is wanted, the sequence to begin after, and whether runs that the cursor asked for are omitted."""
    running, app = ctx.lifespan_context, app_in(ctx)
    if params.name != EVENT:
        raise MCPError(_NOT_FOUND, f"there is no event '{params.name}'; there is {EVENT}", {"kind": "event"})
    try:
        chosen = Arguments.model_validate(params.arguments or {})
    except ValidationError as why:
        first = why.errors()[0]
        raise MCPError(INVALID_PARAMS, f"arguments: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    newest = await running.store.runs.last_sequence(app.namespace)
    after, truncated = newest, False
    if params.cursor is not None:
        sequence = (await app.cursors()).sequence(int(params.cursor)) if is_cursor(params.cursor) else None
        if sequence is None:
            raise MCPError(INVALID_PARAMS, "that cursor is not of this server; begin with null")
        after = min(sequence, newest)
    if params.cursor is not None and params.max_age_ms is not None:
        oldest = app.clock.now() - timedelta(milliseconds=params.max_age_ms)
        while skipped := await running.store.runs.find(namespace=app.namespace, after=after, limit=500):
            old = [run for run in skipped if run.rung < oldest]
            truncated = truncated or bool(old)
            after = old[-1].sequence if old else after
            if len(old) < len(skipped):
                break
    return WatchFilter(chosen.task, chosen.tag, chosen.text), after, truncated
