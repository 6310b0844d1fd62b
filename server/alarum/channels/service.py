"""A function of a named HTTP service: the task says which, as in the target "billing/close_month"."""

from __future__ import annotations

from pydantic import field_validator

from alarum.channels.attempt import Sending
from alarum.channels.base import Post
from alarum.channels.fields import Url, public, segment
from alarum.channels.secret import SecretName
from alarum.channels.webhook import Signed


class Service(Signed):
    """`url` has `{function}` in it; `function` is the one that is called where a task names none.

    The POST is that of a webhook: signed with `secret`, with `token` as a bearer token, and what it answers has a say.
    """

    url: Url
    function: str | None = None
    token: SecretName | None = None

    @field_validator("url")
    @classmethod
    def _has_function(cls, url: str) -> str:
        if "{function}" not in url:
            raise ValueError("it needs {function} in it; for example https://example.com/functions/{function}")
        return url

    def where(self, rest: str = "") -> str:
        function = rest or self.function
        return f"service {public(self.url.replace('{function}', segment(function)) if function else self.url)}"

    def check(self, rest: str) -> None:
        if rest in (".", ".."):
            raise ValueError(f"'{rest}' is not a function")
        if not (rest or self.function):
            raise ValueError("say which function, behind a slash; for example billing/close_month")

    def post(self, sending: Sending) -> Post:
        self.check(sending.rest)
        function = sending.rest or self.function or ""
        return self.signed(self.url.replace("{function}", segment(function)), sending, self.token)
