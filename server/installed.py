"""How this Alarum is started by others: the command, and the settings that go along."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

_WORD = re.compile(r"""[^\s"',=<>\[\]]+""")
_SAFE = re.compile(r"-[a-zA-Z]*[PI][a-zA-Z]*")  # -P, and -I, which implies it


def command() -> list[str]:
    """What starts this Alarum: the script of a checkout, the installed command, or this Python.

    A client starts it in the folder that its user works in: a module there must not be taken for one of ours (`-P`).
    """
    checkout = Path(__file__).resolve().parent.parent / "alarum"
    if checkout.is_file() and os.access(checkout, os.X_OK):
        return [str(checkout)]
    if found := shutil.which("alarum"):
        return [found]
    beside = Path(sys.executable).parent / ("alarum.exe" if sys.platform == "win32" else "alarum")
    if beside.is_file() and os.access(beside, os.X_OK):
        return [str(beside)]
    return [sys.executable, "-P", "-m", "server.cli"]


def is_unsafe(text: str) -> bool:
    """Whether a configuration starts Alarum so that the folder it is started in may bring its own modules."""
    words = [word for word in _WORD.findall(text) if word not in ("string", "/string")]  # those of a property list
    for n, word in enumerate(words):
        if word == "-mserver.cli" or word == "-m" and words[n + 1 : n + 2] == ["server.cli"]:
            options = takewhile(lambda option: option.startswith("-"), reversed(words[:n]))
            if not any(_SAFE.fullmatch(option) for option in options):
                return True
    return False


def settings_set(env: Mapping[str, str], names: tuple[str, ...] | None = None) -> dict[str, str]:
    """The ALARUM_ variables that are set, or those of `names`."""
    env = {**env, **{name: os.path.abspath(env[name]) for name in ("ALARUM_DB", "ALARUM_CONFIG") if env.get(name)}}
    chosen = names or tuple(sorted(name for name in env if name.startswith("ALARUM_")))
    return {name: env[name] for name in chosen if env.get(name)}


def write(path: Path, text: str) -> None:
    """Put a file in its place at once, readable by its owner only: settings may hold secrets."""
    for folder in reversed([folder for folder in path.parents if not folder.exists()]):
        folder.mkdir(mode=0o700, exist_ok=True)
    new = path.with_name(path.name + ".new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    os.replace(new, path)
