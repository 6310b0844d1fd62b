"""What an alarm loop is set up with, as it is kept beside its sign of life, and where two of them differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta

from alarum.channels.secret import Secret
from alarum.settings.settings import Settings
from alarum.settings.target_names import name_of, shown
from alarum_store import Loop

SIGN = timedelta(seconds=60)  # how long a sign of life is good for


def is_alive(loop: Loop, now: datetime) -> bool:
    """Whether a loop rings: its process is there, and it has said so lately."""
    return not loop.dead and now - loop.seen <= SIGN


def setup_of(settings: Settings) -> dict[str, str]:
    """What decides where a run goes and how, without anything secret."""
    found = {
        "default target": shown(settings.goes_to(None, None)),
        "policies": _fingerprint(settings.policies.model_dump()),
    }
    for name, target in settings.targets.items():
        fields = {field: getattr(target, field) for field in type(target).model_fields}
        found[f"target {name}"] = _fingerprint({"channel": type(target).__name__, **fields})
    return found


def _fingerprint(values: Mapping[str, object]) -> str:
    """Equal for equal values; of a secret only where it is and whether it is there."""
    plain = {
        n: f"{v} {v.is_set}" if isinstance(v, Secret) else getattr(v, "__qualname__", repr(v))
        for n, v in values.items()
    }
    return hashlib.sha256(repr(sorted(plain.items())).encode()).hexdigest()[:12]


def differences(here: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """How the settings of the ringing process (`there`) differ from those of this one (`here`), in words."""
    found = []
    for name in sorted({*here, *there}):
        mine, its = here.get(name), there.get(name)
        if mine == its or not there:
            continue
        if name == "default target":
            found.append(f"the {name} is '{its}' there and '{mine}' here")
        elif its is None or mine is None:
            found.append(f"{name} is only {'here' if its is None else 'there'}")
        else:
            found.append(f"{name} is another there")
    return found


def concerns(name: str, where: str | None, named: bool) -> bool:
    """Whether a difference, in the words of `differences`, is about a task that goes to `where`, which it may have `named`."""
    if name.startswith("the default target"):
        return not named
    return name.startswith("policies") or where is not None and name.startswith(f"target {name_of(where)} ")


def process_of(loop: Loop) -> str:
    return loop.owner.partition("-")[0]


def describe_differences(loop: Loop, found: list[str]) -> str:
    """A sentence about a loop whose settings differ, and whose count."""
    return (
        f"the process that rings ({process_of(loop)}) has other settings than this one: {'; '.join(found)}. "
        "What it rings goes by its settings, until it is started again"
    )
