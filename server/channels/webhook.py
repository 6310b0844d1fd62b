"""Delivery by webhook: one signed POST (Standard Webhooks 1.0), whose body is an occurrence of the MCP Events extension."""

from __future__ import annotations

import base64
import hashlib
import hmac
from functools import cached_property
from typing import ClassVar

from server.channels.base import HttpTarget, Post
from server.channels.fields import Url, encoded, header_lines, public
from server.secret import Secret, SecretName, signing_key
from server.sending import Sending

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


def signer(*secrets: Secret | None) -> Signer:
    """The signer of those that there are. Raises Missing."""
    return Signer(*(signing_key(secret.reveal()) for secret in secrets if secret is not None and secret.is_set))


class Webhook(HttpTarget):
    """`secret` signs; with `old_secret` a second signature by the key that is being replaced goes along."""

    listens: ClassVar[bool] = True
    url: Url
    secret: SecretName
    old_secret: SecretName | None = None

    def where(self, rest: str = "") -> str:
        return f"webhook {public(self.url)}"

    def post(self, sending: Sending) -> Post:
        return signed(self.url, sending, self._signer)

    @cached_property
    def _signer(self) -> Signer:
        """Signs with the newest key first. Raises Missing."""
        self.secret.reveal()
        return signer(self.secret, self.old_secret)


class Named(Webhook):
    """A URL that a task names: it may only lead where the settings let every task go."""

    def named(self) -> str:
        return ""


def signed(url: str, sending: Sending, by: Signer | None) -> Post:
    """The POST of an occurrence, signed where there is a secret. The timestamp is that of the attempt."""
    body = encoded(sending.body)
    timestamp = int(sending.now.timestamp())
    headers = [*_JSON, (b"webhook-id", sending.id.encode()), (b"webhook-timestamp", b"%d" % timestamp)]
    if by is not None:
        headers.append((b"webhook-signature", by.sign(sending.id, timestamp, body)))
    return Post(url, body, headers)
