"""Zone names: IANA keys, places, abbreviations and offsets in a phrase; nearest names for what is unknown."""

from __future__ import annotations

import re
from datetime import timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from nlp.lexicon import AMBIGUOUS_ZONES, PLACES, ZONE_ABBREVIATIONS
from nlp.scan import Tokens

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
        city = _cities().get(name.lower().replace(" ", "_"))
        near = [city, *near] if city else near
        hint = f"; did you mean {', '.join(dict.fromkeys(near))}?" if near else "; try 'Europe/Berlin'"
        raise ValueError(f"unknown zone '{name}'{hint}") from None


@lru_cache(maxsize=1)
def _cities() -> dict[str, str]:
    cities: dict[str, str] = {}
    for key in sorted(available_timezones()):
        if "/" in key and not key.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")):
            cities.setdefault(key.rsplit("/", 1)[1].lower(), key)
    return cities


@lru_cache(maxsize=1)
def _keys() -> dict[str, str]:
    return {key.lower(): key for key in available_timezones()}


def known(name: str) -> bool:
    """Whether a name is an IANA key, whatever its case."""
    return name.lower() in _keys()


def _digits_offset(t: Tokens, i: int) -> str:
    """ "-0500", "+05:30" behind a clock (RFC 5322, ISO 8601); "" when it is something else."""
    number = t.words[i + 1]
    if t.kinds[i + 1] == "num" and len(number) == 4 and number.isdigit():
        number = f"{number[:2]}:{number[2:]}"
    elif t.kinds[i + 1] == "num" and len(number) < 3 and number.isdigit() and t.words[i - 1].count(":") == 2:
        number = f"{int(number):02}:00"
    elif t.kinds[i + 1] != "clock":
        return ""
    return f"{t.words[i]}{number:0>5}" if int(number[:2].rstrip(":")) <= 14 and int(number[-2:]) < 60 else ""


def place(t: Tokens, i: int) -> str | None:
    """The zone of a place that is named at token `i` with a capital letter; None when no such place is known."""
    for size in (2, 1):
        name = " ".join(t.words[i : i + size]).strip()
        if t.capital(i) and (key := _of_place(name)):
            return key
    return None


def _of_place(name: str) -> str | None:
    """The zone of a city, a country or a region, in lower case."""
    return PLACES.get(name) or _cities().get(name.replace(" ", "_"))


def zone_phrase(t: Tokens, i: int, *, after_clock: bool) -> tuple[str | tuple[str, ...], int] | None:
    """A zone in a phrase; a tuple of names where the words could mean several."""
    word = t.words[i]
    if word in ("timezone", "tz", "zone") and t.kinds[i + 1] == "path":
        i, word = i + 1, t.words[i + 1]
    if t.kinds[i] == "path":
        name = _keys().get(word)
        return (name, i + 1 + (t.words[i + 1] in ("time", "timezone"))) if name else None
    if after_clock and word in ("+", "-") and t.glued(i + 1) and (offset := _digits_offset(t, i)):
        return offset, i + 2
    if word in ("utc", "gmt") and t.words[i + 1] in ("+", "-") and t.kinds[i + 2] in ("num", "clock"):
        sign, number = t.words[i + 1], t.words[i + 2]
        hours, _, minutes = number.partition(":")
        if int(hours) <= 14:
            return f"{sign}{int(hours):02}:{minutes or '00'}", i + 3
    if not after_clock and word not in ("utc", "gmt"):
        return None
    if word in AMBIGUOUS_ZONES:
        return AMBIGUOUS_ZONES[word], i + 1
    if word in ZONE_ABBREVIATIONS and not (
        word in ("et", "ct", "mt", "pt", "west", "eat", "z") and t.text[t.starts[i]].islower()
    ):
        return ZONE_ABBREVIATIONS[word], i + 1
    start = i + 1 if word == "in" else i
    for size in (2, 1):
        if key := _of_place(" ".join(t.words[start : start + size])):
            j = start + size
            if t.words[j] == "time":
                return key, j + 1
            if word in ("eastern", "pacific", "central", "mountain") and t.words[i - 1] in ("am", "pm", "m", "."):
                return key, j
            if t.words[j] in ("standard", "daylight", "summer") and t.words[j + 1] == "time":
                return key, j + 2
    return None
