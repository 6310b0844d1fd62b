"""A tool of another MCP server, over streamable HTTP or started on stdio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx2
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult
from pydantic import Field, model_validator

from alarum.channels.attempt import AttemptResult, Sending, reply_result
from alarum.channels.base import ChannelContext, Target, target_egress
from alarum.channels.fields import Url, bearer, public
from alarum.channels.replies import failed
from alarum.channels.secret import SecretName
from alarum.http.guarded_stream import GuardedTransport

_LEAVE = 3.0  # seconds, for taking leave of a server


class McpTool(Target):
    """Either `url` or `command`, and the `tool`. With `listens` what it answers as structured content has a say.

    `arguments` may hold "{message}", "{task}", "{run_id}", "{scheduled_for}", "{payload}" and "{reminder}"; without them the
    tool gets the payload of the task, or else the message as `message`.
    """

    url: Url | None = None
    command: tuple[str, ...] | None = None
    env: dict[str, SecretName] = Field(default_factory=dict)
    tool: str
    listens: bool = False
    arguments: dict[str, Any] | None = None
    token: SecretName | None = None

    @model_validator(mode="after")
    def _one_way(self) -> McpTool:
        if (self.url is None) == (not self.command):
            raise ValueError("a tool needs either url or command, for example command = ['npx', 'some-server']")
        return self

    def where(self, rest: str = "") -> str:
        return f"tool {self.tool} of {public(self.url) if self.url else (self.command or ('',))[0]}"

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        """One call. What it answered counts, whatever becomes of taking leave."""
        answer: asyncio.Future[CallToolResult] = asyncio.get_running_loop().create_future()

        async def session() -> None:
            async with self._client(context) as client:
                answer.set_result(await client.call_tool(self.tool, filled(self.arguments, sending)))

        calling = asyncio.create_task(session())
        try:
            both: set[asyncio.Future[Any]] = {calling, answer}
            await asyncio.wait(both, timeout=self.seconds(context), return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                await asyncio.wait({calling}, timeout=_LEAVE)
                return self._result(answer.result(), sending.now, context.clock.now())
            why = (
                TimeoutError(f"no answer within {self.seconds(context):g} s")
                if not calling.done()
                else calling.exception()
            )
            return failed(
                sending.now, context.clock.now(), _first(why or OSError("the server ended without an answer"))
            )
        finally:
            calling.cancel()
            await asyncio.wait({calling}, timeout=_LEAVE)
            if calling.done() and not calling.cancelled():
                calling.exception()  # it was told, or came after the answer

    def _result(self, result: CallToolResult, started: datetime, ended: datetime) -> AttemptResult:
        if result.is_error:
            text = " ".join(getattr(part, "text", "") for part in result.content)
            return AttemptResult(
                started, ended, error=f"the tool answered with an error: {text}"[:300], error_class="tool"
            )
        return reply_result(result.structured_content if self.listens else None, started, ended)

    @contextlib.asynccontextmanager
    async def _client(self, context: ChannelContext) -> AsyncIterator[Client]:
        if self.command:
            env = {name: value.reveal() for name, value in self.env.items()}
            server = StdioServerParameters(command=self.command[0], args=list(self.command[1:]), env=env or None)
            async with Client(server) as client:
                yield client
            return
        url = self.url or ""
        headers = [(b"accept-encoding", b"identity"), *bearer(self.token)]
        transport = GuardedTransport(target_egress(context.egress, self.reach, url), context.resolver)
        async with (
            httpx2.AsyncClient(
                transport=transport, headers=headers, timeout=self.seconds(context), trust_env=False
            ) as http,
            Client(streamable_http_client(url, http_client=http, terminate_on_close=False)) as client,
        ):
            yield client


def _first(why: BaseException) -> Exception:
    while isinstance(why, BaseExceptionGroup):
        why = why.exceptions[0]
    return why if isinstance(why, Exception) else OSError(str(why))


def filled(arguments: dict[str, Any] | None, sending: Sending) -> dict[str, Any]:
    """The arguments of a call, with what stands in braces filled in; a whole "{payload}" or "{reminder}" stays JSON."""
    payload = sending.payload
    if arguments is None:
        return payload if isinstance(payload, dict) else {"message": sending.text}
    data = sending.body.get("data") or {}
    values = {"message": sending.text, "payload": payload, "reminder": data}
    values |= {name: data.get(name, "") for name in ("task", "run_id", "scheduled_for")}
    filled: dict[str, Any] = _fill(arguments, values)
    return filled


def _fill(value: Any, values: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: _fill(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [_fill(one, values) for one in value]
    if not isinstance(value, str):
        return value
    if value.startswith("{") and value[1:-1] in values:
        return values[value[1:-1]]
    for name, one in values.items():
        if isinstance(one, str):
            value = value.replace("{" + name + "}", one)
    return value
