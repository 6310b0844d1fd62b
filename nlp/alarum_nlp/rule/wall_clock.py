"""The one place where wall-clock time becomes an instant. A skipped time is the first valid moment after; a
repeated one is its first pass."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from alarum_nlp.rule.zones import zone as zone_of


def exact(at: datetime, zone: str) -> datetime:
    """The UTC instant of a local (naive) or exact (aware) time in `zone`."""
    if at.tzinfo is not None:
        return at.astimezone(timezone.utc)
    there = zone_of(zone)
    first = at.replace(tzinfo=there, fold=0)
    instant = first.astimezone(timezone.utc)
    if instant.astimezone(there).replace(tzinfo=None) == at:
        return instant
    return _end_of_gap(at, zone)


def _end_of_gap(at: datetime, zone: str) -> datetime:
    """The instant when the skipped time `at` was skipped: bisect for where the offset changes."""
    there = zone_of(zone)
    low = at.replace(tzinfo=there, fold=1).astimezone(timezone.utc) - timedelta(hours=3)
    high = at.replace(tzinfo=there, fold=0).astimezone(timezone.utc) + timedelta(hours=3)
    before = low.astimezone(there).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(there).utcoffset() == before:
            low = middle
        else:
            high = middle
    return (
        high.replace(microsecond=0)
        if high.microsecond == 0
        else (high - timedelta(microseconds=high.microsecond))
        + (
            timedelta(seconds=1)
            if (high - timedelta(microseconds=high.microsecond)).astimezone(there).utcoffset() == before
            else timedelta()
        )
    )


def local(at: datetime, zone: str) -> datetime:
    """The naive local time of an aware instant."""
    return at.astimezone(zone_of(zone)).replace(tzinfo=None)


def wall(at: datetime, zone: str) -> datetime:
    """Naive local time of either kind of time."""
    return local(at, zone) if at.tzinfo else at
