"""How this Alarum is started by others: the command, and the settings that go along."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from alarum.settings.renamed import take_renamed

_WORD = re.compile(r"""[^\s"',=<>\[\]]+""")
_SAFE = re.compile(r"-[a-zA-Z]*[PI][a-zA-Z]*")  # -P, and -I, which implies it


def command() -> list[str]:
    """What starts this Alarum: the script of a checkout, the installed command, or this Python.

    A client starts it in the folder that its user works in: a module there must not be taken for one of ours (`-P`).
    """
    checkout = Path(__file__).resolve().parents[3] / "alarum"
    if checkout.is_file() and os.access(checkout, os.X_OK):
        return [str(checkout)]
    if found := shutil.which("alarum"):
        return [found]
    beside = Path(sys.executable).parent / ("alarum.exe" if sys.platform == "win32" else "alarum")
    if beside.is_file() and os.access(beside, os.X_OK):
        return [str(beside)]
    return [sys.executable, "-P", "-m", "alarum"]


def fault_of_call(text: str) -> str:
    """What is wrong with how a configuration starts Alarum, as the end of a sentence; "" when nothing is.

    Before the packages had names of their own the module was `server.cli`. Without `-P` or `-I` Python looks for a
    module first in the folder that it is started in (docs.python.org/3/using/cmdline.html#cmdoption-P).
    """
    words = [word for word in _WORD.findall(text) if word not in ("string", "/string")]  # those of a property list
    for n, word in enumerate(words):
        module = word[2:] if word.startswith("-m") and word != "-m" else "".join(words[n + 1 : n + 2]) * (word == "-m")
        if module == "server.cli":
            return "starts alarum by its old module server.cli, which is no longer there"
        if module == "alarum":
            options = takewhile(lambda option: option.startswith("-"), reversed(words[:n]))
            if not any(_SAFE.fullmatch(option) for option in options):
                return "starts alarum by a call that runs an alarum.py of the folder it is opened in"
    return ""


def settings_set(env: Mapping[str, str], names: tuple[str, ...] | None = None) -> dict[str, str]:
    """The ALARUM_ variables that are set, or those of `names`."""
    env = {**env, **{name: os.path.abspath(env[name]) for name in ("ALARUM_DB", "ALARUM_CONFIG") if env.get(name)}}
    take_renamed(env)
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
