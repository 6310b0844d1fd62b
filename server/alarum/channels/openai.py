"""A message into an agent session of OpenAI (beta `agents=v1`), with the id of the run as its idempotency key."""

from __future__ import annotations

from alarum.channels.attempt import Sending
from alarum.channels.base import HttpTarget, Post
from alarum.channels.fields import Url, bearer, encoded, json_headers, segment
from alarum.channels.secret import SecretName


class OpenAI(HttpTarget):
    session: str
    token: SecretName
    base_url: Url = "https://api.openai.com"

    def where(self, rest: str = "") -> str:
        return f"OpenAI agent session {self.session} at {self.base_url}"

    def post(self, sending: Sending) -> Post:
        event = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": sending.line}]}
        headers = json_headers(openai_beta="agents=v1", idempotency_key=sending.id) + bearer(self.token)
        url = f"{self.base_url.rstrip('/')}/v1/agents/sessions/{segment(self.session)}/events"
        return Post(url, encoded({"events": [event]}), headers)
