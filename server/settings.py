"""Settings from the environment (`ALARUM_...`), with defaults that make a fresh install useful."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from nlp import zone as zone_of


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`webhook_hosts` are the hosts that a call may name as a webhook, as "host" or "host:port"; empty allows none."""

    database: Path
    zone: str
    zone_known: bool = True  # False: this machine's zone could not be found, and UTC stands in
    webhook: str | None = None
    webhook_secret: bytes | None = None
    webhook_hosts: tuple[str, ...] = ()

    @property
    def target(self) -> str:
        """Where a reminder goes by default, in words."""
        return f"inbox and webhook {_public(self.webhook)}" if self.webhook else "inbox"


def _public(url: str | None) -> str:
    """A URL without what may be secret in it: user, password and query."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def read_settings(env: Mapping[str, str] | None = None, database: str | None = None) -> Settings:
    """The settings of this process. Raises SettingsError."""
    env = os.environ if env is None else env
    zone, known = env.get("ALARUM_ZONE", ""), True
    if not zone:
        from server.clock import local_zone

        zone, known = local_zone()
    try:
        zone_of(zone)
    except ValueError as why:
        raise SettingsError(f"ALARUM_ZONE: {why}") from None
    webhook = env.get("ALARUM_WEBHOOK") or None
    if webhook and urlsplit(webhook).scheme not in ("http", "https"):
        raise SettingsError(
            f"ALARUM_WEBHOOK must be an http or https URL, not '{webhook}'; for example https://example.com/hook"
        )
    hosts = tuple(h.strip().lower() for h in env.get("ALARUM_WEBHOOK_HOSTS", "").split(",") if h.strip())
    secret = _secret(env.get("ALARUM_WEBHOOK_SECRET"))
    if (webhook or hosts) and secret is None:
        raise SettingsError(
            "ALARUM_WEBHOOK_SECRET is needed to sign webhooks; make one with: echo whsec_$(head -c 32 /dev/urandom | base64)"
        )
    data = env.get("XDG_DATA_HOME") or os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local", "share")
    path = database or env.get("ALARUM_DB") or os.path.join(data, "alarum", "alarum.db")
    return Settings(Path(path), zone, known, webhook, secret, hosts)


def _secret(text: str | None) -> bytes | None:
    """The key of a Standard Webhooks secret: "whsec_" and base64 of 24 to 64 bytes."""
    if not text:
        return None
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        raise SettingsError("ALARUM_WEBHOOK_SECRET must be 'whsec_' and base64") from None
    if not 24 <= len(key) <= 64:
        raise SettingsError(f"ALARUM_WEBHOOK_SECRET holds {len(key)} bytes; Standard Webhooks wants 24 to 64")
    return key


def allowed_webhook(settings: Settings, url: str) -> str | None:
    """Why a URL from a call may not be used, or None when it may."""
    parts = urlsplit(url)
    try:
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return f"'{url}' is no URL"
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return f"'{url}' must be an http or https URL without a user in it; for example https://example.com/hook"
    if host in settings.webhook_hosts or f"{host}:{port}" in settings.webhook_hosts:
        return None
    return f"webhooks to '{host}' are not allowed here; the operator can allow them with ALARUM_WEBHOOK_HOSTS={host}"
