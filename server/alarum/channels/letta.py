"""A message to a Letta agent (docs.letta.com, "Send Message" and "Send Message Async")."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from alarum.channels.attempt import Sending
from alarum.channels.base import HttpTarget, Post
from alarum.channels.fields import Url, bearer, encoded, json_headers, segment
from alarum.channels.secret import SecretName


class Letta(HttpTarget):
    """`background` starts a run of the agent and does not wait for its end; otherwise the agent's turn must fit the timeout.

    An agent takes one message at a time. `role` is that of a message that is waited for.
    """

    serial: ClassVar[bool] = True
    agent: str
    base_url: Url = "https://api.letta.com"
    token: SecretName | None = None
    background: bool = True
    role: Literal["user", "system"] = "user"

    def where(self, rest: str = "") -> str:
        return f"Letta agent {self.agent} at {self.base_url}"

    def post(self, sending: Sending) -> Post:
        base = f"{self.base_url.rstrip('/')}/v1/agents/{segment(self.agent)}/messages"
        body: dict[str, Any] = {"messages": [{"role": self.role, "content": sending.line}]}
        if self.background:
            base, body = f"{base}/async", {"input": sending.line}
        return Post(base, encoded(body), json_headers() + bearer(self.token))
