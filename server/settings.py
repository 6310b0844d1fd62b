"""Settings from the environment (`ALARUM_...`) and a configuration file, with defaults that make a fresh install useful."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from nlp import duration
from nlp import zone as zone_of
from server.channels.base import Target, http_url
from server.channels.webhook import Called, Webhook, public
from server.config import read_config
from server.guard import Permit, literal, permit, plain
from server.policies import DEFAULTS, Policies, from_words, policies
from server.secret import Secret, signing_key
from server.targets import INBOX, Place, address, key_of, name_of, read_targets

_TIMEOUT = timedelta(seconds=15)
_LEASE = timedelta(seconds=60)
_PLACES = 10_000


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what would be right."""


@dataclass(frozen=True)
class Settings:
    """`webhook_hosts` are the hosts that a call may name as a webhook, as "host" or "host:port"; "*" allows any, empty none.

    `reach` are names, addresses and networks that deliveries may go to though they are not public.
    """

    database: Path
    zone: str
    zone_known: bool = True  # False: this machine's zone could not be found, and UTC stands in
    webhook: str | None = None  # the default target as a URL
    webhook_secrets: tuple[bytes, ...] = field(
        default=(), repr=False
    )  # the newest first; while one replaces another both sign
    webhook_hosts: tuple[str, ...] = ()
    targets: Mapping[str, Target] = field(default_factory=dict)
    default_target: str | None = None
    failures: str | None = None  # the target that hears what failed for good
    lifecycle: str | None = None  # the target that hears everything that happens to tasks and runs
    reach: tuple[str, ...] = ()
    policies: Policies = DEFAULTS
    namespace: str = ""
    tokens: Mapping[str, str] = field(
        default_factory=dict, repr=False
    )  # who may use the HTTP server: bearer token to namespace
    hosts: tuple[str, ...] = ()  # names by which clients reach the HTTP server, beside those of this machine
    events: bool = False  # whether the MCP Events extension is served
    slots: int = 200  # deliveries under way in all
    slots_per_target: int = 100  # and to one target, or to one host and port
    timeout: timedelta = _TIMEOUT  # of one attempt as a whole; Standard Webhooks asks for 15 to 30 s
    lease: timedelta = _LEASE  # longer than any attempt, so that only a dead process loses its claim
    grace: timedelta = timedelta(seconds=5)  # how long a stopping process waits for what it is sending
    pause_after: timedelta | None = timedelta(days=1)  # of nothing but failures, a target is paused
    min_interval: timedelta = timedelta(seconds=1)  # the shortest time between two runs of a task
    keep_runs: timedelta | None = timedelta(days=90)
    keep_tasks: timedelta | None = timedelta(days=365)  # after they ended or were cancelled

    def goes_to(self, webhook: str | None, target: str | None) -> str | None:
        """Where a task with these is sent, as text: its own URL or target, else the default; None for the inbox alone."""
        where = webhook or target or self.default_target or self.webhook
        return None if where == INBOX else where

    def place(self, where: str) -> Place | None:
        """The place that a URL or a target means; None for a target that these settings do not have."""
        if where in self._places:
            return self._places[where]
        if "://" in where:
            place = Place(address(where), where, "", _called(where, self._secrets, operator=where == self.webhook))
        else:
            name, _, rest = where.partition("/")
            if name not in self.targets:
                return None
            place = Place(key_of(where), where, rest, self.targets[name])
        if len(self._places) >= _PLACES:
            self._places.clear()
        self._places[where] = place
        return place

    @cached_property
    def _places(self) -> dict[str, Place]:
        """Those that were asked for: it happens at every delivery."""
        return {}

    def reaches(self, key: str) -> bool:
        """Whether this process can send to what `key` stands for: it has the target, and its secrets."""
        return self.unreachable(key) is None

    def unreachable(self, key: str) -> str | None:
        """Why this process cannot send to what `key` stands for."""
        name = name_of(key)
        if not name:
            return None if self.webhook_secrets else "ALARUM_WEBHOOK_SECRET is not set here"
        if name not in self.targets:
            return f"there is no target '{name}' in the settings"
        return self.targets[name].missing()

    def alone(self, key: str) -> bool:
        """Whether a target takes one run at a time."""
        target = self.targets.get(name_of(key))
        return target is not None and target.alone

    @cached_property
    def _secrets(self) -> tuple[Secret, ...]:
        keys = ["whsec_" + base64.b64encode(key).decode() for key in self.webhook_secrets]
        return tuple(Secret("env:ALARUM_WEBHOOK_SECRET", key) for key in keys)

    @cached_property
    def permit(self) -> Permit:
        """What deliveries may reach beside public addresses: what is named, and addresses that a call may name."""
        addresses = [
            host
            for host in self.webhook_hosts
            if literal(host.rpartition(":")[0] or host) or plain(host) == "localhost"
        ]
        return permit([*self.reach, *addresses])

    @property
    def target(self) -> str:
        """Where a reminder goes by default, in words."""
        return self.said(self.goes_to(None, None))

    def said(self, where: str | None) -> str:
        """A place in words, without what may be secret."""
        if where is None:
            return INBOX
        if "://" in where:
            return f"{INBOX} and webhook {public(where)}"
        place = self.place(where)
        return f"{INBOX} and {where}" + (f" ({place.target.where()})" if place else "")


def _called(url: str, secrets: tuple[Secret, ...], *, operator: bool) -> Target:
    first, *old = secrets or (Secret("env:ALARUM_WEBHOOK_SECRET", None),)
    kind = Webhook if operator else Called
    return kind.model_construct(url=url, secret=first, old_secret=old[0] if old else None)


def read_settings(
    env: Mapping[str, str] | None = None, database: str | None = None, namespace: str | None = None, config: str | None = None
) -> Settings:  # fmt: skip
    """The settings of this process: of the environment, over those of the configuration file. Raises SettingsError."""
    env = dict(os.environ if env is None else env)
    if config is not None:
        env["ALARUM_CONFIG"] = config
    try:
        written, tables = read_config(env)
        targets = read_targets(tables, env)
    except ValueError as why:
        raise SettingsError(f"{why}") from None
    env = written | env
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
    data = env.get("XDG_DATA_HOME") or os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local", "share")
    path = database or env.get("ALARUM_DB") or os.path.join(data, "alarum", "alarum.db")
    loop = _loop(env)
    _fits(targets, loop.get("lease", _LEASE))
    return Settings(Path(path).expanduser(), zone, known, targets=targets, **_goes(env, targets), **loop, **_door(env))


def _goes(env: Mapping[str, str], targets: Mapping[str, Target]) -> dict[str, Any]:
    """Where reminders go and may go. Raises SettingsError naming the variable."""
    webhook = env.get("ALARUM_WEBHOOK") or None
    try:
        webhook = webhook and http_url(webhook)
    except ValueError as why:
        raise SettingsError(f"ALARUM_WEBHOOK {why}") from None
    hosts, reach = _listed(env, "ALARUM_WEBHOOK_HOSTS"), _listed(env, "ALARUM_REACH")
    try:
        permit(reach)
    except ValueError as why:
        raise SettingsError(f"ALARUM_REACH: {why}") from None
    secrets = _secrets(env.get("ALARUM_WEBHOOK_SECRET"))
    if (webhook or hosts) and not secrets:
        raise SettingsError(
            "ALARUM_WEBHOOK_SECRET is needed to sign webhooks; make one with: echo whsec_$(head -c 32 /dev/urandom | base64)"
        )
    found: dict[str, Any] = {"webhook": webhook, "webhook_hosts": hosts, "webhook_secrets": secrets, "reach": reach}
    for name in ("default_target", "failures", "lifecycle"):
        if where := env.get(f"ALARUM_{name.upper()}"):
            found[name] = where
            if why_not := _no_target(where, targets, inbox=name == "default_target"):
                raise SettingsError(f"ALARUM_{name.upper()}: {why_not}")
    return found


def _no_target(where: str, targets: Mapping[str, Target], *, inbox: bool) -> str | None:
    """Why a target that is named cannot be used."""
    if inbox and where == INBOX:
        return None
    name, _, rest = where.partition("/")
    if name not in targets:
        known = (
            f"there are {', '.join(targets)}"
            if targets
            else "none is set up; write [targets.NAME] into the configuration file"
        )
        return f"there is no target '{name}'; {known}"
    try:
        targets[name].check(rest)
    except ValueError as why:
        return f"target '{name}': {why}"
    return None


def _listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in env.get(name, "").split(",") if part.strip())


def _fits(targets: Mapping[str, Target], lease: timedelta) -> None:
    """An attempt that outlasts its lease would be made twice."""
    for name, target in targets.items():
        if target.timeout is not None and duration(target.timeout) + timedelta(seconds=1) > lease:
            raise SettingsError(
                f"[targets.{name}]: timeout must be shorter than ALARUM_LEASE, which is {lease}; for example ALARUM_LEASE=10m"
            )


_LENGTHS = ("timeout", "lease", "grace", "min_interval", "keep_runs", "keep_tasks", "pause_after")


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
                forever = (value == "forever" and field.startswith("keep_")) or (
                    value == "never" and field == "pause_after"
                )
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
    return {
        "tokens": tokens,
        "hosts": _listed(env, "ALARUM_HOSTS"),
        "events": env.get("ALARUM_EVENTS", "") not in ("", "0", "no", "off"),
    }


def checked_namespace(text: str) -> str:
    """A checked namespace. Raises ValueError."""
    if len(text) > 64 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
        raise ValueError(f"a namespace has up to 64 letters, digits, '-' or '_', not '{text}'; for example anna")
    return text


def _secrets(text: str | None) -> tuple[bytes, ...]:
    """The keys of Standard Webhooks secrets, parted by spaces or commas, the newest first."""
    try:
        return tuple(signing_key(part) for part in re.split(r"[,\s]+", text or "") if part)
    except ValueError as why:
        raise SettingsError(f"ALARUM_WEBHOOK_SECRET {why}") from None


def refused_target(settings: Settings, where: str) -> str | None:
    """Why a target from a call may not be used, or None when it may."""
    why_not = _no_target(where, settings.targets, inbox=True)
    return why_not and f"{why_not}, or '{INBOX}' for the inbox alone"


def allowed_webhook(settings: Settings, url: str) -> str | None:
    """Why a URL from a call may not be used, or None when it may."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return f"'{url}' is no URL; for example https://example.com/hook"
    if parts.scheme not in ("http", "https") or not host or parts.username:
        return f"'{url}' must be an http or https URL without a user in it; for example https://example.com/hook"
    if "*" in settings.webhook_hosts or host in settings.webhook_hosts or f"{host}:{port}" in settings.webhook_hosts:
        known = literal(host)
        port = port or (443 if parts.scheme == "https" else 80)
        return None if known is None else settings.permit.refusal(host, port, known)
    return f"webhooks to '{host}' are not allowed here; the operator can allow them with ALARUM_WEBHOOK_HOSTS={host}"
