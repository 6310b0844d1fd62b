"""The settings of a process, with defaults that make a fresh install useful, and what they allow."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from alarum.channels.base import Target
from alarum.channels.fields import public
from alarum.channels.secret import Secret
from alarum.channels.webhook import TaskWebhook, Webhook
from alarum.http.address_guard import EgressPolicy, egress_policy, literal, normal_host
from alarum.safe_text import visible
from alarum.settings.limits import Limits
from alarum.settings.policies import DEFAULTS, Policies
from alarum.settings.target_names import INBOX, in_namespace, name_of, rest_of, slot_key
from alarum_nlp import duration

TIMEOUT = timedelta(seconds=15)
LEASE = timedelta(seconds=60)
_PLACES = 10_000
_URL = 2000  # characters


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
    mcp_events: bool = False  # whether the MCP Events extension is served
    slots: int = 200  # deliveries under way in all
    slots_per_target: int = 100  # and to one target, or to one host and port
    timeout: timedelta = TIMEOUT  # of one attempt as a whole; Standard Webhooks asks for 15 to 30 s
    lease: timedelta = LEASE  # longer than any attempt, so that only a dead process loses its claim
    grace: timedelta = timedelta(seconds=5)  # how long a stopping process waits for what it is sending
    pause_after: timedelta | None = timedelta(days=1)  # of nothing but failures, a target is paused
    min_interval: timedelta = timedelta(seconds=1)  # the shortest time between two runs of a task
    limits: Limits = field(default_factory=Limits)  # of each namespace, where tokens tell these apart
    connections: int = 500  # to the HTTP server at once
    keep_runs: timedelta | None = timedelta(days=90)
    keep_tasks: timedelta | None = timedelta(days=365)  # after they ended or were cancelled

    def goes_to(self, webhook: str | None, target: str | None) -> str | None:
        """Where a task with these is sent, as text: its own URL or target, else the default; None for the inbox alone."""
        where = webhook or target or self.default_target or self.webhook
        return None if where == INBOX else where

    def limits_of(self, namespace: str) -> Limits | None:
        """How much a namespace may take; without tokens there is nobody to be protected from it."""
        return self.limits if self.tokens and namespace in self.tokens.values() else None

    def key(self, where: str | None, namespace: str) -> str:
        """What shares delivery slots and health: a target of the settings, or of a namespace host and port; "" for the inbox."""
        if where is None:
            return ""
        return in_namespace(namespace, slot_key(where)) if self._is_named(where) else slot_key(where)

    def disabled_key(self, where: str, namespace: str) -> str:
        """What a place that wants no more is kept as."""
        return in_namespace(namespace, where) if self._is_named(where) else where

    def _is_named(self, where: str) -> bool:
        """Whether a place is one that a task names itself, and not the operator's."""
        return "://" in where and where != self.webhook

    def target_at(self, where: str) -> Target | None:
        """The target that a URL or the text of a target means; None for one that these settings do not have."""
        if where in self._found:
            return self._found[where]
        if "://" in where:
            target: Target | None = _called(where, self._secrets, operator=where == self.webhook)
        else:
            target = self.targets.get(where.partition("/")[0])
        if target is not None:
            if len(self._found) >= _PLACES:
                self._found.clear()
            self._found[where] = target
        return target

    @cached_property
    def _found(self) -> dict[str, Target]:
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

    def serial(self, key: str) -> bool:
        """Whether a target takes one run at a time."""
        target = self.targets.get(name_of(key))
        return target is not None and target.serial

    @cached_property
    def _secrets(self) -> tuple[Secret, ...]:
        keys = ["whsec_" + base64.b64encode(key).decode() for key in self.webhook_secrets]
        return tuple(Secret("env:ALARUM_WEBHOOK_SECRET", key) for key in keys)

    def __post_init__(self) -> None:
        """Raises ValueError where an attempt could outlast its claim: then it would be made twice."""
        for name, target in self.targets.items():
            if target.timeout is not None and duration(target.timeout) + timedelta(seconds=1) > self.lease:
                raise ValueError(
                    f"[targets.{name}]: timeout must be shorter than the lease, which is {self.lease}; for example ALARUM_LEASE=10m"
                )

    @cached_property
    def egress(self) -> EgressPolicy:
        """What deliveries may reach beside public addresses: what is named, and addresses that a call may name."""
        addresses = [host for host in self.webhook_hosts if _names_address(host)]
        return egress_policy([*self.reach, *addresses])

    @property
    def target(self) -> str:
        """Where a reminder goes by default, in words."""
        return self.describe(self.goes_to(None, None))

    def describe(self, where: str | None) -> str:
        """A place in words, without what may be secret."""
        if where is None:
            return INBOX
        if "://" in where:
            return f"{INBOX} and webhook {public(where)}"
        target = self.target_at(where)
        return f"{INBOX} and {where}" + (f" ({target.where(rest_of(where))})" if target else "")


def _called(url: str, secrets: tuple[Secret, ...], *, operator: bool) -> Target:
    first, *old = secrets or (Secret("env:ALARUM_WEBHOOK_SECRET", None),)
    kind = Webhook if operator else TaskWebhook
    return kind.model_construct(url=url, secret=first, old_secret=old[0] if old else None)


def _names_address(host: str) -> bool:
    """Whether an entry of `webhook_hosts` is an address or this machine, with or without a port."""
    name = host.rpartition(":")[0] if host.count(":") == 1 else host
    return literal(name) is not None or normal_host(name) == "localhost"


def no_target(where: str, targets: Mapping[str, Target], *, inbox: bool) -> str | None:
    """Why a target that is named cannot be used."""
    if inbox and where == INBOX:
        return None
    name, _, rest = where.partition("/")
    if name not in targets:
        if ":" in name:
            return "a URL is given as a webhook; a target is a name of the settings"
        none = "none is set up; write [targets.NAME] into ~/.config/alarum/alarum.toml"
        known = f"there are {', '.join(targets)}" if targets else none
        known += f", or '{INBOX}' for the inbox alone" if inbox else ""
        return f"there is no target '{name}'; {known}"
    try:
        targets[name].check(rest)
    except ValueError as why:
        return f"target '{name}': {why}"
    return None


def checked_namespace(text: str) -> str:
    """A checked namespace. Raises ValueError."""
    if len(text) > 64 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in text):
        raise ValueError(f"a namespace has up to 64 letters, digits, '-' or '_', not '{text}'; for example anna")
    return text


def refused_target(settings: Settings, where: str) -> str | None:
    """Why a target from a call may not be used, or None when it may."""
    return no_target(where, settings.targets, inbox=True)


def _is_host(host: str) -> bool:
    """Whether a host is an address, or labels of letters, digits and hyphens (RFC 1123, section 2.1), of any alphabet (RFC 5890)."""
    labels = host.removesuffix(".").split(".")
    named = all(0 < len(one) <= 63 and one[0] != "-" and all(c.isalnum() or c in "-_" for c in one) for one in labels)
    return ":" in host or named and len(host) <= 253


def allowed_webhook(settings: Settings, url: str) -> str | None:
    """Why a URL from a call may not be used, or None when it may."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return f"'{public(url)[:80]}' is not a URL; for example https://example.com/hook"
    if visible(url) != url or any(c.isspace() for c in url) or len(url) > _URL:
        return f"a URL has no spaces or control characters in it, and up to {_URL} characters; for example https://example.com/hook"
    if port == 0 or host and not _is_host(host):
        return f"'{public(url)[:80]}' has an impossible host or port; for example https://example.com/hook"
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        return (
            f"'{public(url)}' must be an http or https URL without a user in it; for example https://example.com/hook"
        )
    if "*" in settings.webhook_hosts or host in settings.webhook_hosts or f"{host}:{port}" in settings.webhook_hosts:
        port = port or (443 if parts.scheme == "https" else 80)
        return settings.egress.refused_at_once(host, port)
    return f"webhooks to '{host}' are not allowed here; the operator can allow them with ALARUM_WEBHOOK_HOSTS={host}"
