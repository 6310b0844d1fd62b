"""Where runs go: a target of the settings by name, with what it is asked for behind a slash, or a URL of the task's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from alarum.channels import channel
from alarum.channels.base import Target
from alarum.channels.fields import public

INBOX = "inbox"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def read_targets(tables: Any, env: Mapping[str, str], where: str = "") -> dict[str, Target]:
    """The `[targets.NAME]` of the file `where`. Raises ValueError naming the target and what would be right."""
    if not isinstance(tables, dict):
        raise ValueError('targets are tables; for example [targets.phone] with channel = "webhook" below it')
    found = {}
    for name, values in tables.items():
        try:
            found[name] = _target(name, values, env)
        except ValueError as why:
            raise ValueError(f"{where}{': ' if where else ''}[targets.{name}]: {why}") from None
    return found


def checked_name(name: str) -> str:
    """The name of a target. Raises ValueError."""
    if not _NAME.fullmatch(name) or name == INBOX:
        raise ValueError(
            f"a target has a name of small letters, digits, '-' and '_', other than 'inbox', not '{name}'; for example phone"
        )
    return name


def _target(name: str, values: Any, env: Mapping[str, str]) -> Target:
    checked_name(name)
    if not isinstance(values, dict) or not isinstance(values.get("channel"), str):
        raise ValueError('it needs a channel; for example channel = "webhook"')
    kind = channel(values["channel"])
    try:
        return kind.model_validate({k: v for k, v in values.items() if k != "channel"}, context={"env": env})
    except ValidationError as why:
        raise ValueError(_explained(why, kind)) from None


def _explained(why: ValidationError, kind: type[Target]) -> str:
    """The first thing that is wrong, what is unknown before what is missing. The value is not repeated: it may be a secret."""
    errors = why.errors(include_input=False, include_url=False)
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])
    name = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(field.alias or n for n, field in kind.model_fields.items())
        return f"there is no '{name}' in this channel; there are {known}"
    if first["type"] == "missing":
        return f"it needs {name}"
    message = _PLAIN.get(first["type"]) or first["msg"].removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


_PLAIN = {
    "string_type": "it must be text in quotes, for example \"5s\"", "tuple_type": "it must be a list, for example [\"a\", \"b\"]",
    "bool_parsing": "it must be true or false", "bool_type": "it must be true or false", "dict_type": "it must be a table, for example {a = \"b\"}",
}  # fmt: skip


def key_of(target: str) -> str:
    """What shares delivery slots and health: the target, or of one that takes something behind a slash all but its last part."""
    return target.rpartition("/")[0] or target


@lru_cache(maxsize=4096)
def address(url: str) -> str:
    """Host and port of a URL: what shares delivery slots."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def slot_key(where: str) -> str:
    """What shares delivery slots with a URL or a target."""
    return address(where) if "://" in where else key_of(where)


def in_namespace(namespace: str, place: str) -> str:
    """What stands for a place that tasks of a namespace name themselves: another namespace has its own."""
    return f"{namespace}~{place}" if namespace else place


def without_namespace(place: str) -> str:
    """The same without the namespace in front."""
    return place.rpartition("~")[2] if ":" in place else place


def rest_of(where: str) -> str:
    """What a target is asked for, behind its name and a slash."""
    return "" if "://" in where else where.partition("/")[2]


def shown(where: str | None) -> str:
    """A place as it may be shown: a URL without its query."""
    return public(where) if where else INBOX


def name_of(target: str) -> str:
    """The name in the settings; "" for what stands for a URL."""
    name = target.partition("/")[0]
    return "" if ":" in name else name
