"""Settings that had another name before. The old name still counts, with a warning."""

from __future__ import annotations

import logging

log = logging.getLogger("alarum.settings")

RENAMED = {"ALARUM_EVENTS": "ALARUM_MCP_EVENTS"}  # by the old name of the variable


def take_renamed(env: dict[str, str]) -> None:
    """Give what is set under an old name its new one, in place. A value under the new name wins."""
    for old, new in RENAMED.items():
        if old in env:
            value = env.pop(old)
            env.setdefault(new, value)
            log.warning("the setting %s is now called %s; please rename it", old, new)


def new_key(name: str) -> str:
    """The present name of a key of the configuration file."""
    new = RENAMED.get(f"ALARUM_{name.upper()}")
    if new is None:
        return name
    key = new.removeprefix("ALARUM_").lower()
    log.warning("the setting '%s' of the configuration file is now called '%s'; please rename it", name, key)
    return key
