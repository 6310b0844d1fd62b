"""The configuration file: settings by the names of their variables in small letters, and the targets.

zone = "Europe/Berlin"
default_target = "phone"

[targets.phone]
channel = "webhook"
url = "https://example.com/hook"
secret = "env:PHONE_SECRET"
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alarum.settings.renamed import new_key

# Secrets are not among them: they come from the environment and from files.
_KEYS = (
    "db", "zone", "namespace", "webhook", "webhook_hosts", "default_target", "failures", "lifecycle", "reach", "policies", "hosts",
    "tokens_file", "mcp_events", "slots", "slots_per_target", "timeout", "lease", "grace", "pause_after", "min_interval", "keep_runs", "keep_tasks",
    "max_tasks", "max_bytes", "max_waiting", "max_subscriptions", "max_sessions", "max_calls", "max_connections",
)  # fmt: skip


def config_path(env: Mapping[str, str]) -> Path:
    """Where the configuration is looked for: ALARUM_CONFIG, or alarum/alarum.toml in the user's configuration folder."""
    if named := env.get("ALARUM_CONFIG"):
        return Path(named).expanduser()
    home = env.get("HOME") or os.path.expanduser("~")
    return Path(env.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")) / "alarum" / "alarum.toml"


def read_config(env: Mapping[str, str]) -> tuple[dict[str, str], Any]:
    """What the file sets, as variables, and its tables of targets. Raises ValueError naming the file and what is wrong."""
    path = config_path(env)
    try:
        values = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if env.get("ALARUM_CONFIG"):
            raise ValueError(f"there is no configuration file {path}; create it, or unset ALARUM_CONFIG") from None
        return {}, {}
    except (OSError, ValueError) as why:
        raise ValueError(f"{path} cannot be read: {why}") from None
    targets = values.pop("targets", {})
    written = {}
    for given, value in values.items():
        name = new_key(given)
        if name not in _KEYS:
            table = "; a target is written [targets.NAME], with an s" if name == "target" else ""
            raise ValueError(
                f"{path}: there is no setting '{name}'; there are {', '.join(_KEYS)}, and [targets.NAME]{table}"
            )
        written[f"ALARUM_{name.upper()}"] = _text(value)
    return written, targets


def secret_names(env: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that the targets of the configuration name as secrets. Raises ValueError for a file that cannot be read."""
    found: list[str] = []
    left: list[Any] = [read_config(env)[1]]
    while left:
        value = left.pop()
        if isinstance(value, (dict, list)):
            left += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and value.startswith("env:"):
            found.append(value.removeprefix("env:"))
    return tuple(sorted(set(found)))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
