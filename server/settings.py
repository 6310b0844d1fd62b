"""Settings from the environment (`ALARUM_...`), with defaults that make a fresh install useful."""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nlp import duration
from nlp import zone as zone_of
from server.policies import DEFAULTS, Policies, from_words, policies

_TIMEOUT = timedelta(seconds=15)
_LEASE = timedelta(seconds=60)


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`webhook_hosts` are the hosts that a call may name as a webhook, as "host" or "host:port"; "*" allows any, empty none."""

    database: Path
    zone: str
    zone_known: bool = True  # False: this machine's zone could not be found, and UTC stands in
    webhook: str | None = None
    webhook_secret: bytes | None = None
    webhook_hosts: tuple[str, ...] = ()
    policies: Policies = DEFAULTS
    namespace: str = ""
    tokens: Mapping[str, str] = field(default_factory=dict)  # who may use the HTTP server: bearer token to namespace
    hosts: tuple[str, ...] = ()  # names by which clients reach the HTTP server, beside those of this machine
    events: bool = False  # whether the MCP Events extension is served
    slots: int = 200  # deliveries under way in all
    slots_per_target: int = 100  # and to one host and port
    timeout: timedelta = _TIMEOUT  # of one attempt as a whole; Standard Webhooks asks for 15 to 30 s
    lease: timedelta = _LEASE  # longer than any attempt, so that only a dead process loses its claim
    grace: timedelta = timedelta(seconds=5)  # how long a stopping process waits for what it is sending
    min_interval: timedelta = timedelta(seconds=1)  # the shortest time between two runs of a task
    keep_runs: timedelta | None = timedelta(days=90)
    keep_tasks: timedelta | None = timedelta(days=365)  # after they ended or were cancelled

    def url(self, own: str | None) -> str | None:
        """Where a task is sent: to its own webhook, or to the default one; None for the inbox alone."""
        return own or self.webhook

    @property
    def target(self) -> str:
        """Where a reminder goes by default, in words."""
        return f"inbox and webhook {_public(self.webhook)}" if self.webhook else "inbox"


def _public(url: str | None) -> str:
    """A URL without what may be secret in it: user, password and query."""
    parts = urlsplit(url or "")
    return f"{parts.scheme}://{parts.hostname}{f':{parts.port}' if parts.port else ''}{parts.path}"


def read_settings(
    env: Mapping[str, str] | None = None, database: str | None = None, namespace: str | None = None
) -> Settings:
    """The settings of this process. Raises SettingsError."""
    env = dict(os.environ if env is None else env)
    if namespace is not None:
        env["ALARUM_NAMESPACE"] = namespace
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
    return Settings(Path(path), zone, known, webhook, secret, hosts, **_loop(env), **_door(env))


_LENGTHS = ("timeout", "lease", "grace", "min_interval", "keep_runs", "keep_tasks")


def _loop(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the alarm loop, as far as they are set. Raises SettingsError naming the variable."""
    found: dict[str, Any] = {}
    name = ""
    try:
        if value := env.get(name := "ALARUM_POLICIES"):
            chosen = policies(from_words(value))
            found["policies"] = DEFAULTS.model_copy(update=chosen.model_dump(exclude_none=True))
        if value := env.get(name := "ALARUM_NAMESPACE"):
            found["namespace"] = checked_namespace(value)
        for field in ("slots", "slots_per_target"):
            if value := env.get(name := f"ALARUM_{field.upper()}"):
                if not value.isdigit() or not 1 <= int(value) <= 1000:
                    raise ValueError(f"'{value}' must be a number from 1 to 1000, for example 100")
                found[field] = int(value)
        for field in _LENGTHS:
            if value := env.get(name := f"ALARUM_{field.upper()}"):
                forever = value == "forever" and field.startswith("keep_")
                found[field] = None if forever else duration(value)
    except ValueError as why:
        raise SettingsError(f"{name}: {why}") from None
    if found.get("lease", _LEASE) < found.get("timeout", _TIMEOUT) + timedelta(seconds=1):
        raise SettingsError(
            "ALARUM_LEASE must be longer than ALARUM_TIMEOUT, or runs are sent twice; for example 60s and 15s"
        )
    return found


_TOKEN = re.compile(r"(?:(?P<namespace>[A-Za-z0-9_-]{1,64})=)?(?P<token>\S{16,})")


def _door(env: Mapping[str, str]) -> dict[str, Any]:
    """Who may use the HTTP server, and what it serves beside the tools. Raises SettingsError."""
    text = env.get("ALARUM_TOKENS", "")
    if file := env.get("ALARUM_TOKENS_FILE"):
        try:
            text += "," + Path(file).read_text()
        except OSError as why:
            raise SettingsError(
                f"ALARUM_TOKENS_FILE: {why}; name a file with a line NAMESPACE=TOKEN for each user"
            ) from None
    tokens = {}
    for part in filter(None, re.split(r"[,\s]+", text)):
        match = _TOKEN.fullmatch(part)
        if match is None:
            raise SettingsError(
                "ALARUM_TOKENS: a token has at least 16 characters, with a namespace in front if it has one of its own; for example anna=$(openssl rand -hex 24)"
            )
        tokens[match["token"]] = match["namespace"] or ""
    hosts = tuple(h.strip().lower() for h in env.get("ALARUM_HOSTS", "").split(",") if h.strip())
    return {"tokens": tokens, "hosts": hosts, "events": env.get("ALARUM_EVENTS", "") not in ("", "0", "no", "off")}


def checked_namespace(text: str) -> str:
    """A checked namespace. Raises ValueError."""
    if len(text) > 64 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
        raise ValueError(f"a namespace has up to 64 letters, digits, '-' or '_', not '{text}'; for example anna")
    return text


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
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return f"'{url}' is no URL"
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return f"'{url}' must be an http or https URL without a user in it; for example https://example.com/hook"
    if "*" in settings.webhook_hosts or host in settings.webhook_hosts or f"{host}:{port}" in settings.webhook_hosts:
        return None
    return f"webhooks to '{host}' are not allowed here; the operator can allow them with ALARUM_WEBHOOK_HOSTS={host}"
