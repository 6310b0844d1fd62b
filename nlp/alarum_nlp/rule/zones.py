"""Zones by name: IANA keys and fixed offsets; the nearest names for what is unknown."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_NO_ZONES = frozenset({"localtime", "posixrules", "Factory", "posix", "right"})
_OFFSET = re.compile(r"^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$", re.IGNORECASE)


@lru_cache(maxsize=512)
def zone(name: str) -> tzinfo:
    """The zone of an IANA key or a fixed offset such as "+02:00".

    Raises ValueError with the nearest names when there is none.
    """
    if name == "UTC":
        return timezone.utc
    fixed = _OFFSET.match(name)
    if fixed:
        sign = -1 if fixed[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(fixed[2]), minutes=int(fixed[3] or 0)))
    try:
        if name in _NO_ZONES or name.startswith(
            ("posix/", "right/")
        ):  # files beside those of zones, different on each machine
            raise ValueError
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones() - _NO_ZONES), n=3, cutoff=0.5)
        city = cities().get(name.lower().replace(" ", "_"))
        near = [city, *near] if city else near
        hint = f"; did you mean {', '.join(dict.fromkeys(near))}?" if near else "; try 'Europe/Berlin'"
        raise ValueError(f"unknown zone '{name}'{hint}") from None


@lru_cache(maxsize=1)
def cities() -> dict[str, str]:
    """IANA keys by the city in them, in lower case with underscores."""
    cities: dict[str, str] = {}
    for key in sorted(available_timezones()):
        if "/" in key and not key.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")):
            cities.setdefault(key.rsplit("/", 1)[1].lower(), key)
    return cities


@lru_cache(maxsize=1)
def keys() -> dict[str, str]:
    """IANA keys by their lower case."""
    return {key.lower(): key for key in available_timezones()}


def known(name: str) -> bool:
    """Whether a name is an IANA key, whatever its case."""
    return name.lower() in keys()
