"""Discord, as a bot: a direct message, a post in a channel, a task for the agent itself (discord.com/developers/docs).

What can be sent to nobody there goes to the heartbeat channel, so that somebody sees it.
"""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

from pydantic import field_validator

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import ChannelContext, HttpTarget, Post
from alarum.channels.fields import Url, encoded, header_lines
from alarum.channels.replies import FAILURES, failed, json_of, usual
from alarum.channels.secret import SecretName
from alarum.http.transport import Reply

_MOST = 2000  # characters of a message
_UNREACHABLE = (400, 403, 404)  # no such user or channel, or it takes nothing from this bot


class Discord(HttpTarget):
    """`to` is "user/ID", "channel/ID" or "agent", where a task names nothing behind the slash (discord/user/ID).

    "agent" posts into the `heartbeat` channel, marked as a task for the agent that reads there.
    """

    token: SecretName
    to: str | None = None
    heartbeat: str | None = None
    base_url: Url = "https://discord.com/api/v10"

    @field_validator("to")
    @classmethod
    def _is_address(cls, to: str | None) -> str | None:
        if to is not None:
            _address(to)
        return to

    def where(self, rest: str = "") -> str:
        return f"Discord {rest or self.to or ''}".strip()

    def check(self, rest: str) -> None:
        if not (rest or self.to):
            raise ValueError("say to whom, as in discord/user/123, discord/channel/123 or discord/agent")
        if _address(rest or self.to or "")[0] == "agent" and not self.heartbeat:
            raise ValueError("a task for the agent itself goes to the heartbeat channel; set heartbeat to its id")

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        """All of it within one timeout, however many requests it takes."""
        try:
            async with asyncio.timeout(self.seconds(context)):
                return await self._sent(sending, context)
        except TimeoutError:
            return failed(
                sending.now, context.clock.now(), TimeoutError(f"not done within {self.seconds(context):g} s")
            )
        except FAILURES as why:
            return failed(sending.now, context.clock.now(), why)

    async def _sent(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        self.check(sending.rest)
        kind, number = _address(sending.rest or self.to or "")
        if kind == "agent":
            return await self._post(self.heartbeat or "", f"Task for the agent: {sending.line}", sending, context)
        channel: str | AttemptResult = number if kind == "channel" else await self._opened(number, sending, context)
        answer = (
            channel if isinstance(channel, AttemptResult) else await self._post(channel, sending.text, sending, context)
        )
        if answer.status in _UNREACHABLE and self.heartbeat and self.heartbeat != number:
            return await self._fallen_back(answer, f"{kind} {number}", sending, context)
        return answer

    async def _fallen_back(
        self, first: AttemptResult, whom: str, sending: Sending, context: ChannelContext
    ) -> AttemptResult:
        """The heartbeat channel gets what could not be delivered, and hears why."""
        why = f"{whom} could not be reached ({first.status})"
        answer = await self._post(self.heartbeat or "", f"{why}: {sending.text}", sending, context)
        return answer if answer.error else replace(answer, note=f"{why}; it went to the heartbeat channel")

    async def _opened(self, user: str, sending: Sending, context: ChannelContext) -> str | AttemptResult:
        """The channel of direct messages with a user ("Create DM"), or what went wrong."""
        reply = await self.reply(self._request("/users/@me/channels", {"recipient_id": user}), context)
        found = json_of(reply)
        if 200 <= reply.status < 300 and isinstance(found, dict) and isinstance(found.get("id"), str):
            return str(found["id"])
        answer = _limited(reply, usual(reply, sending.now, context.clock.now(), False))
        return answer if answer.error else replace(answer, error="the answer names no channel", error_class="protocol")

    async def _post(self, channel: str, text: str, sending: Sending, context: ChannelContext) -> AttemptResult:
        """One message. Its nonce keeps Discord from posting a message twice that is sent again within minutes."""
        nonce = hashlib.sha256(f"{sending.id}/{channel}".encode()).hexdigest()[:25]
        body: dict[str, Any] = {
            "content": text if len(text) <= _MOST else text[: _MOST - 1] + "…", "nonce": nonce, "enforce_nonce": True,
            "allowed_mentions": {"parse": []},
        }  # fmt: skip
        reply = await self.reply(self._request(f"/channels/{channel}/messages", body), context)
        return _limited(reply, usual(reply, sending.now, context.clock.now(), False))

    def _request(self, path: str, body: dict[str, Any]) -> Post:
        headers = header_lines(
            authorization=f"Bot {self.token.reveal()}", content_type="application/json",
            user_agent="DiscordBot (https://github.com/alarum-mcp/alarum, 1)",
        )  # fmt: skip
        return Post(self.base_url.rstrip("/") + path, encoded(body), headers)


def _address(to: str) -> tuple[str, str]:
    """The kind of an address and its number. Raises ValueError."""
    kind, _, number = to.partition("/")
    if to != "agent" and (kind not in ("user", "channel") or not (number.isascii() and number.isdigit())):
        raise ValueError(
            f"'{to}' is not an address; write user/ID, channel/ID or agent, with the number that Discord shows"
        )
    return kind, number


def _limited(reply: Reply, answer: AttemptResult) -> AttemptResult:
    """Rate limits as Discord states them: of a bucket that is empty ("X-RateLimit-Remaining"), or with 429 in seconds."""
    if answer.status == 429:
        return replace(answer, hold=max(answer.hold, answer.wait))
    after = reply.header(b"x-ratelimit-reset-after")
    if reply.header(b"x-ratelimit-remaining") == "0" and after:
        try:
            return replace(answer, hold=timedelta(seconds=min(max(float(after), 0.0), 3600)))
        except (ValueError, OverflowError):
            return answer
    return answer
