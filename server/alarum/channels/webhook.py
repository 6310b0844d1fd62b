"""Delivery by webhook: one signed POST (Standard Webhooks 1.0), whose body is an occurrence of the MCP Events extension."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cached_property
from typing import ClassVar
from urllib.parse import quote

from alarum.channels.attempt import Sending
from alarum.channels.base import HttpTarget, Post
from alarum.channels.fields import Url, bearer, encoded, header_lines, public
from alarum.channels.secret import Secret, SecretName, signing_key

_SAFE = "".join(map(chr, range(0x21, 0x7F))).replace("%", "")
_JSON = header_lines(user_agent="alarum", content_type="application/json")


class Signer:
    """The `webhook-signature` of a body (Standard Webhooks, "Signature scheme"): v1, HMAC-SHA256, base64.

    With several keys, as while one replaces another, a signature by each, parted by spaces.
    """

    def __init__(self, *keys: bytes) -> None:
        self._keyed = [hmac.new(key, digestmod=hashlib.sha256) for key in keys]

    def sign(self, message_id: str, timestamp: int, body: bytes) -> bytes:
        signed = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
        return b" ".join([_signature(keyed, signed) for keyed in self._keyed])


def _signature(keyed: hmac.HMAC, signed: bytes) -> bytes:
    mac = keyed.copy()
    mac.update(signed)
    return b"v1," + base64.b64encode(mac.digest())


class Signed(HttpTarget):
    """A target whose POST is that of a webhook and whose answer has a say: signed where it has a `secret`.

    With `old_secret` a second signature by the key that is being replaced goes along.
    """

    listens: ClassVar[bool] = True
    secret: SecretName | None = None
    old_secret: SecretName | None = None

    def signed(self, url: str, sending: Sending, token: Secret | None = None) -> Post:
        """The POST of an occurrence to `url`. The timestamp is that of the attempt. Raises Missing."""
        body = encoded(sending.body)
        timestamp = int(sending.now.timestamp())
        message_id = quote(sending.id, safe=_SAFE)  # ids of old tasks may have letters that no header can hold
        headers = [*_JSON, (b"webhook-id", message_id.encode()), (b"webhook-timestamp", b"%d" % timestamp)]
        if self._signer is not None:
            headers.append((b"webhook-signature", self._signer.sign(message_id, timestamp, body)))
        return Post(url, body, headers + bearer(token))

    @cached_property
    def _signer(self) -> Signer | None:
        """Signs with the newest key first."""
        if self.secret is None:
            return None
        old = [self.old_secret] if self.old_secret is not None and self.old_secret.is_set else []
        return Signer(*(signing_key(secret.reveal()) for secret in (self.secret, *old)))


class Webhook(Signed):
    """A URL of the operator's; the `secret` that signs is needed."""

    url: Url
    secret: SecretName

    def where(self, rest: str = "") -> str:
        return f"webhook {public(self.url)}"

    def post(self, sending: Sending) -> Post:
        return self.signed(self.url, sending)


class TaskWebhook(Webhook):
    """A URL that a task names: it may only lead where the settings let every task go."""

    def named(self) -> str:
        return ""
