"""A message into a managed agent session of Anthropic (beta `managed-agents-2026-04-01`): it wakes the agent."""

from __future__ import annotations

from alarum.channels.attempt import Sending
from alarum.channels.base import HttpTarget, Post
from alarum.channels.fields import Url, encoded, json_headers, segment
from alarum.channels.secret import SecretName


class Anthropic(HttpTarget):
    session: str
    token: SecretName
    base_url: Url = "https://api.anthropic.com"

    def where(self, rest: str = "") -> str:
        return f"Anthropic session {self.session} at {self.base_url}"

    def post(self, sending: Sending) -> Post:
        event = {"type": "user.message", "content": [{"type": "text", "text": sending.line}]}
        headers = json_headers(
            x_api_key=self.token.reveal(), anthropic_version="2023-06-01", anthropic_beta="managed-agents-2026-04-01"
        )  # fmt: skip
        url = f"{self.base_url.rstrip('/')}/v1/sessions/{segment(self.session)}/events"
        return Post(url, encoded({"events": [event]}), headers)
