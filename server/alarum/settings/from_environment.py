"""Reading settings from the environment (`ALARUM_...`) over those of a configuration file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from alarum.channels.base import Target
from alarum.channels.fields import http_url
from alarum.channels.object import Object
from alarum.channels.secret import signing_key
from alarum.channels.webhook import Webhook
from alarum.http.address_guard import egress_policy
from alarum.settings.from_file import config_path, read_config
from alarum.settings.limits import Limits
from alarum.settings.policies import DEFAULTS, policies, policies_from_words
from alarum.settings.renamed import take_renamed
from alarum.settings.settings import LEASE, TIMEOUT, Settings, checked_namespace, no_target
from alarum.settings.target_names import read_targets
from alarum_nlp import duration
from alarum_nlp import zone as zone_of


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what would be right."""


def read_settings(
    env: Mapping[str, str] | None = None, database: str | None = None, namespace: str | None = None, config: str | None = None
) -> Settings:  # fmt: skip
    """The settings of this process: of the environment, over those of the configuration file. Raises SettingsError."""
    env = dict(os.environ if env is None else env)
    if config is not None:
        env["ALARUM_CONFIG"] = config
    take_renamed(env)
    try:
        written, tables = read_config(env)
        targets = read_targets(tables, env, str(config_path(env)))
    except ValueError as why:
        raise SettingsError(f"{why}") from None
    try:
        return _settings(written | env, targets, database, namespace)
    except SettingsError as why:
        name = str(why).split(":")[0].split(" ")[0]
        if name in written and name not in env:  # it stands in the file by another name
            short = name.removeprefix("ALARUM_").lower()
            raise SettingsError(f"{config_path(env)}: {str(why).replace(name, short, 1)}") from None
        raise


def _settings(
    env: dict[str, str], targets: Mapping[str, Target], database: str | None, namespace: str | None
) -> Settings:
    """Raises SettingsError naming the variable."""
    if namespace is not None:
        env["ALARUM_NAMESPACE"] = namespace
    zone, known = env.get("ALARUM_ZONE", ""), True
    if not zone:
        from alarum.clock import local_zone

        zone, known = local_zone()
    try:
        zone_of(zone)
    except ValueError as why:
        raise SettingsError(f"ALARUM_ZONE: {why}") from None
    data = env.get("XDG_DATA_HOME") or os.path.join(env.get("HOME") or os.path.expanduser("~"), ".local", "share")
    path = database or env.get("ALARUM_DB") or os.path.join(data, "alarum", "alarum.db")
    if url := re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]+):", path):  # of one letter it is a drive
        raise SettingsError(
            f"ALARUM_DB: a {url[1]}: URL is not served; tasks are kept in a SQLite file, for example ALARUM_DB=/var/lib/alarum/alarum.db"
        )
    loop = _loop(env)
    try:
        return Settings(
            Path(path).expanduser(), zone, known, targets=targets, **_goes(env, targets), **loop, **_door(env)
        )
    except SettingsError:
        raise
    except ValueError as why:
        raise SettingsError(f"{why}") from None


def _goes(env: Mapping[str, str], targets: Mapping[str, Target]) -> dict[str, Any]:
    """Where reminders go and may go. Raises SettingsError naming the variable."""
    webhook = env.get("ALARUM_WEBHOOK") or None
    try:
        webhook = webhook and http_url(webhook)
    except ValueError as why:
        raise SettingsError(f"ALARUM_WEBHOOK {why}") from None
    hosts, reach = _listed(env, "ALARUM_WEBHOOK_HOSTS"), _listed(env, "ALARUM_REACH")
    try:
        egress_policy(reach)
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
            if why_not := no_target(where, targets, inbox=name == "default_target"):
                raise SettingsError(f"ALARUM_{name.upper()}: {why_not}")
    lifecycle, failures = (found.get(name, "").partition("/")[0] for name in ("lifecycle", "failures"))
    if lifecycle and not isinstance(targets[lifecycle], Webhook):
        raise SettingsError(f"ALARUM_LIFECYCLE: '{lifecycle}' is not a webhook; events are signed, so give them one")
    if failures and isinstance(targets[failures], Object) and targets[failures].own:
        raise SettingsError(
            f"ALARUM_FAILURES: '{failures}' is an object, whose state is that of tasks; give a function or another channel"
        )
    return found


def _listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in env.get(name, "").split(",") if part.strip())


_LENGTHS = ("timeout", "lease", "grace", "min_interval", "keep_runs", "keep_tasks", "pause_after")


def _loop(env: Mapping[str, str]) -> dict[str, Any]:
    """The settings of the alarm loop, as far as they are set. Raises SettingsError naming the variable."""
    found: dict[str, Any] = {}
    name = ""
    try:
        if value := env.get(name := "ALARUM_POLICIES"):
            chosen = policies(policies_from_words(value))
            found["policies"] = DEFAULTS.model_copy(update=chosen.model_dump(exclude_none=True))
        if value := env.get(name := "ALARUM_NAMESPACE"):
            found["namespace"] = checked_namespace(value)
        for field, most in (("slots", 1000), ("slots_per_target", 1000), ("connections", 50_000)):
            if value := env.get(name := f"ALARUM_{'MAX_' if field == 'connections' else ''}{field.upper()}"):
                if not value.isdecimal() or not 1 <= int(value) <= most:
                    raise ValueError(f"'{value}' must be a number from 1 to {most}, for example 100")
                found[field] = int(value)
        limits: dict[str, Any] = {}
        for field in _LIMITS:
            if value := env.get(name := f"ALARUM_MAX_{field.upper()}"):
                limits[field] = _limit(value)
        found["limits"] = replace(Limits(), **limits)
        for field in _LENGTHS:
            if value := env.get(name := f"ALARUM_{field.upper()}"):
                forever = (value == "forever" and field.startswith("keep_")) or (
                    value == "never" and field == "pause_after"
                )
                found[field] = None if forever else duration(value)
    except ValueError as why:
        raise SettingsError(f"{name}: {why}") from None
    if found.get("lease", LEASE) < found.get("timeout", TIMEOUT) + timedelta(seconds=1):
        raise SettingsError(
            "ALARUM_LEASE must be longer than ALARUM_TIMEOUT, or runs are sent twice; for example 60s and 15s"
        )
    return found


_LIMITS = ("tasks", "bytes", "waiting", "subscriptions", "sessions", "calls")


def _limit(text: str) -> int | None:
    """A number, or "none" for no limit. Raises ValueError."""
    if text == "none":
        return None
    number, unit = (text[:-2], 1_000_000) if text.upper().endswith("MB") else (text, 1)
    if not number.isdecimal() or int(number) < 1:
        raise ValueError(f"'{text}' must be a number of 1 or more, or none; for example 1000")
    return int(number) * unit


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
        "mcp_events": env.get("ALARUM_MCP_EVENTS", "") not in ("", "0", "no", "off"),
    }


def _secrets(text: str | None) -> tuple[bytes, ...]:
    """The keys of Standard Webhooks secrets, parted by spaces or commas, the newest first."""
    try:
        return tuple(signing_key(part) for part in re.split(r"[,\s]+", text or "") if part)
    except ValueError as why:
        raise SettingsError(f"ALARUM_WEBHOOK_SECRET {why}") from None
