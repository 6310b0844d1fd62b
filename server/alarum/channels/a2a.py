"""A message to an agent that speaks A2A, protocol 1.0 or 0.3 (a2a-protocol.org), over JSON-RPC or HTTP+JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import HttpTarget, Post
from alarum.channels.fields import Url, bearer, encoded, json_headers, public
from alarum.channels.replies import json_of
from alarum.channels.secret import SecretName
from alarum.http.transport import Reply


class A2A(HttpTarget):
    """`url` is that of the agent's interface as its card says; with `binding` "rest" the base of its paths.

    The `messageId` is that of the run in every attempt. Nothing waits for the agent's answer. `context` continues a conversation.
    """

    url: Url
    version: Literal["1.0", "0.3"] = "1.0"
    binding: Literal["jsonrpc", "rest"] = "jsonrpc"
    token: SecretName | None = None
    context: str | None = None

    def where(self, rest: str = "") -> str:
        return f"A2A {self.version} agent {public(self.url)}"

    def post(self, sending: Sending) -> Post:
        params = self._new(sending) if self.version == "1.0" else self._old(sending)
        headers = json_headers(**({"a2a_version": "1.0"} if self.version == "1.0" else {})) + bearer(self.token)
        if self.binding == "rest":
            path = "/message:send" if self.version == "1.0" else "/v1/message:send"
            return Post(self.url.rstrip("/") + path, encoded(params), headers)
        method = "SendMessage" if self.version == "1.0" else "message/send"
        return Post(
            self.url, encoded({"jsonrpc": "2.0", "id": sending.id, "method": method, "params": params}), headers
        )

    def _new(self, sending: Sending) -> dict[str, Any]:
        message = {
            "messageId": sending.id,
            "role": "ROLE_USER",
            "parts": [{"text": sending.line}],
            "metadata": _about(sending),
        }
        return {"message": {**message, **self._context()}, "configuration": {"returnImmediately": True}}

    def _old(self, sending: Sending) -> dict[str, Any]:
        part = {"text": sending.line} if self.binding == "rest" else {"kind": "text", "text": sending.line}
        if self.binding == "rest":  # its REST paths carry the protocol buffers of 0.3
            message = {"messageId": sending.id, "role": "ROLE_USER", "content": [part], "metadata": _about(sending)}
        else:
            message = {
                "kind": "message",
                "messageId": sending.id,
                "role": "user",
                "parts": [part],
                "metadata": _about(sending),
            }
        return {"message": {**message, **self._context()}, "configuration": {"blocking": False}}

    def _context(self) -> dict[str, str]:
        return {"contextId": self.context} if self.context else {}

    def understood(self, reply: Reply, sending: Sending, answer: AttemptResult) -> AttemptResult:
        """An error of JSON-RPC comes with status 200 (jsonrpc.org, section 5.1)."""
        said = json_of(reply)
        error = said.get("error") if isinstance(said, dict) and self.binding == "jsonrpc" else None
        if answer.error is None and error:
            what = f"{error.get('code')} {error.get('message')}" if isinstance(error, dict) else str(error)
            return replace(answer, error=f"the agent answered with an error: {what}"[:300], error_class="agent")
        return answer


def _about(sending: Sending) -> dict[str, Any]:
    """The reminder itself, for an agent that reads data."""
    return {"alarum": sending.body.get("data")}
