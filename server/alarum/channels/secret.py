"""Secrets of the settings: named where they are used, read from the environment or a file, shown nowhere."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo


class Missing(ValueError):
    """A secret that is not there; the message says where it was looked for."""


class Secret:
    """A text that is only shown by where it comes from."""

    __slots__ = ("_value", "source")

    def __init__(self, source: str, value: str | None) -> None:
        self.source, self._value = source, value

    def reveal(self) -> str:
        """The secret itself. Raises Missing."""
        if not self._value:
            raise Missing(f"the secret {self.source} is not set")
        return self._value

    @property
    def is_set(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Secret({self.source})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.source, self._value) == (other.source, other._value)

    def __hash__(self) -> int:
        return hash(self.source)


def secret(text: str, env: Mapping[str, str]) -> Secret:
    """What "env:NAME" or "file:/path" names. Raises ValueError for anything else, so that no secret stands in settings."""
    kind, _, where = text.partition(":")
    if kind == "env" and where:
        return Secret(text, env.get(where, "").strip() or None)
    if kind == "file" and where:
        try:
            return Secret(text, Path(where).expanduser().read_text().strip() or None)
        except (OSError, UnicodeDecodeError):
            return Secret(text, None)
    raise ValueError("a secret is not written here; name where it is, as env:NAME or file:/path/to/it")


def _named(value: Any, info: ValidationInfo) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ValueError("name where the secret is, as env:NAME or file:/path/to/it")
    return secret(value, (info.context or {}).get("env", os.environ))


SecretName = Annotated[Secret, PlainValidator(_named)]


def fault_of_secret(secret: Secret, *, key: bool, needed: bool) -> str | None:
    """Why a secret cannot be used, as a `key` of Standard Webhooks too; one that is not `needed` may be missing."""
    if not secret.is_set:
        return f"the secret {secret.source} is not set" if needed else None
    try:
        _ = signing_key(secret.reveal()) if key else None
    except ValueError as why:
        return f"the secret {secret.source} {why}"
    return None


@lru_cache(maxsize=256)
def signing_key(text: str) -> bytes:
    """The key of a Standard Webhooks secret: "whsec_" and base64 of 24 to 64 bytes. Raises ValueError without showing it."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("must be 'whsec_' and base64") from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"holds {len(key)} bytes; Standard Webhooks wants 24 to 64")
    return key
