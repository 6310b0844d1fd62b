"""How this Alarum is started by others: the command, and the settings that go along."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path


def command() -> list[str]:
    """What starts this Alarum: the script of a checkout, the installed command, or this Python."""
    checkout = Path(__file__).resolve().parent.parent / "alarum"
    if checkout.is_file() and os.access(checkout, os.X_OK):
        return [str(checkout)]
    if found := shutil.which("alarum"):
        return [found]
    return [sys.executable, "-m", "server.cli"]


def settings_set(env: Mapping[str, str], names: tuple[str, ...] | None = None) -> dict[str, str]:
    """The ALARUM_ variables that are set, or those of `names`."""
    env = {**env, **{name: os.path.abspath(env[name]) for name in ("ALARUM_DB", "ALARUM_CONFIG") if env.get(name)}}
    chosen = names or tuple(sorted(name for name in env if name.startswith("ALARUM_")))
    return {name: env[name] for name in chosen if env.get(name)}


def write(path: Path, text: str) -> None:
    """Put a file in its place at once, readable by its owner only: settings may hold secrets."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(new, path)
