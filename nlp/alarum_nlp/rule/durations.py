"""Lengths of time as people and RFC 3339 write them: "90s", "1h 30m", "250ms", "2 days", "PT1H30M"."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_NAMES = {
    "millisecond": "ms", "sec": "s", "second": "s", "min": "m", "minute": "m", "hr": "h", "hour": "h", "day": "d", "week": "w",
}  # fmt: skip
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]+)\s*,?\s*(?:and\s+)?")
_ISO = re.compile(r"p(?:(\d+)w)?(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?$")


def duration(text: str) -> timedelta:
    """The length of time that `text` says: units ms s m h d w, or ISO 8601. Raises ValueError; a bare number has no unit."""
    words = text.strip().lower()
    if iso := _ISO.match(words):
        units = (_UNITS[unit] for unit in ("w", "d", "h", "m", "s"))
        if any(iso.groups()):
            return sum((float(n) * unit for n, unit in zip(iso.groups(), units) if n), timedelta())
    total, end = timedelta(), 0
    while part := _PART.match(words, end):
        name = part[2] if part[2] in _UNITS else _NAMES.get(part[2].removesuffix("s"))
        if name is None:
            break
        try:
            total += float(part[1]) * _UNITS[name]
        except OverflowError:
            break
        end = part.end()
    if end == 0 or end < len(words):
        raise ValueError(f"'{text}' is not a duration; write a number and a unit, for example 90s, 5m, 1h30m or PT90S")
    return total


def say_duration(length: timedelta) -> str:
    """A length of time in the same notation: "1h30m"; it reads back as the same."""
    left, said = length // timedelta(milliseconds=1), ""
    for unit in ("d", "h", "m", "s", "ms"):
        size = _UNITS[unit] // timedelta(milliseconds=1)
        if left >= size:
            said, left = f"{said}{left // size}{unit}", left % size
    return said or "0s"
