"""The application of a running server, reached over HTTP: each call is carried out as a tool call."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any, TypeVar, Unpack

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from alarum.app.answers import (
    Answer,
    Cancelled,
    Inbox,
    Queried,
    Redelivered,
    Scheduled,
    StatisticsAnswer,
    TargetsAnswer,
    Tested,
    Updated,
)
from alarum.app.interface import Application, Bulk, TaskQuery
from alarum.app.request import Request
from alarum.app.task_edits import Edit
from alarum.errors import Refused
from alarum.settings.policies import policies_as_text

A = TypeVar("A", bound=Answer)


class RemoteApp:
    """An `Application` at the other end of a connection. Raises Refused with the server's own words."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def _call(self, answer: type[A], tool: str, **arguments: Any) -> A:
        given = {name: value for name, value in arguments.items() if value is not None and value is not False}
        try:
            result = await self._client.call_tool(tool, given)
        except MCPError as why:
            raise Refused(f"the server said: {why}") from None
        if result.is_error:
            text = " ".join(getattr(part, "text", "") for part in result.content)
            raise Refused(text.removeprefix(f"Error executing tool {tool}: "))
        return answer.model_validate(result.structured_content)

    async def schedule(self, request: Request) -> Scheduled:
        return await self._call(
            Scheduled, "schedule", when=request.when, message=request.message, timezone=request.zone, webhook=request.webhook, target=request.target,
            payload=request.payload, metadata=request.metadata, tags=list(request.tags) or None, id=request.id,
            if_exists=request.if_exists, idempotency_key=request.idempotency_key, policies=policies_as_text(request.policies),
            priority=request.priority or None, run_now=request.run_now,
        )  # fmt: skip

    async def query(self, **asked: Unpack[TaskQuery]) -> Queried:
        return await self._call(Queried, "query", **asked)

    async def inbox(self, acknowledge: Sequence[str], *, everything: bool = False, limit: int = 50) -> Inbox:
        return await self._call(Inbox, "inbox", acknowledge=list(acknowledge) or None, all=everything, limit=limit)

    async def cancel(self, what: str) -> Cancelled:
        return await self._call(Cancelled, "cancel", task=what)

    async def edit(self, what: str, change: Edit) -> Updated:
        return await self._call(
            Updated, "update", task=what, when=change.when, message=change.message, timezone=change.zone, webhook=change.webhook, target=change.target,
            payload=change.payload, metadata=change.metadata, tags=None if change.tags is None else list(change.tags),
            policies=policies_as_text(change.policies), priority=change.priority,
        )  # fmt: skip

    async def pause(self, what: str, until: str | None = None) -> Updated:
        return await self._call(Updated, "update", task=what, action="pause", until=until)

    async def resume(self, what: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="resume")

    async def snooze(self, what: str, until: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="snooze", until=until)

    async def skip_next(self, what: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="skip_next")

    async def run_now(self, what: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="run_now")

    async def redeliver_one(self, what: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="redeliver")

    async def acknowledge(self, what: str) -> Updated:
        return await self._call(Updated, "update", task=what, action="acknowledge")

    async def bulk(
        self, action: Bulk, *, text: str | None = None, tag: str | None = None, status: str | None = None, dry_run: bool = False
    ) -> Updated | Cancelled:  # fmt: skip
        if status is not None:
            raise _only_on_the_store("bulk with a status")
        if action == "cancel":
            return await self._call(Cancelled, "cancel", task=text, all=True, tag=tag, dry_run=dry_run)
        return await self._call(Updated, "update", action=action, task=text, all=True, tag=tag, dry_run=dry_run)

    async def statistics(self) -> StatisticsAnswer:
        raise _only_on_the_store("stats")

    async def redeliver(
        self, run_id: str | None = None, since: timedelta | None = None, target: str | None = None
    ) -> Redelivered:
        raise _only_on_the_store("redeliver")

    async def targets(self) -> TargetsAnswer:
        raise _only_on_the_store("targets")

    async def test_target(self, where: str) -> Tested:
        raise _only_on_the_store("targets")

    async def pause_target(self, key: str) -> TargetsAnswer:
        raise _only_on_the_store("targets")

    async def resume_target(self, key: str) -> TargetsAnswer:
        raise _only_on_the_store("targets")


def _only_on_the_store(command: str) -> Refused:
    """What concerns all namespaces is the operator's, who is where the store is."""
    return Refused(f"{command} works on the store; run it where the server runs, without --server and ALARUM_SERVER")


@contextlib.asynccontextmanager
async def remote(url: str, token: str | None, namespace: str | None = None) -> AsyncIterator[Application]:
    """The application at `url`, as the banner of `alarum serve` says. Raises Refused when nobody answers there."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"alarum-namespace": namespace} if namespace else {}
    async with httpx2.AsyncClient(headers=headers, timeout=30, trust_env=False) as http:
        client = Client(streamable_http_client(url, http_client=http))
        try:
            await client.__aenter__()
        except (BaseExceptionGroup, httpx2.HTTPError, OSError, MCPError) as why:
            nobody = f"no alarum answers at {url} ({_reason(why)}); start it with 'alarum serve', or omit --server"
            raise Refused(await _why_not(http, url) or nobody) from None
        try:
            yield RemoteApp(client)
        finally:
            await client.__aexit__(None, None, None)


async def _why_not(http: httpx2.AsyncClient, url: str) -> str | None:
    """What a server that does answer has against the call."""
    with contextlib.suppress(httpx2.HTTPError):
        status = (await http.post(url, json={})).status_code
        if status in (401, 403):
            return f"{url} does not take this token or namespace; give the token of ALARUM_TOKENS with --token"
        if status == 404:
            return f"there is nothing at {url}; the address of an alarum ends in /mcp, for example http://127.0.0.1:8765/mcp"
    return None


def _reason(why: BaseException) -> str:
    while isinstance(why, BaseExceptionGroup):
        why = why.exceptions[0]
    return str(why) or type(why).__name__
