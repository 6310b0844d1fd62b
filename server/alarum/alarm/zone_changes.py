"""Wall-clock intent survives a change of zone rules: times ahead are derived again at the start and when tzdata changes."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import zoneinfo
from datetime import datetime, timedelta

import alarum_nlp as nlp
from alarum.alarm.planner import moved
from alarum.clock import Clock
from alarum_store import Store

log = logging.getLogger("alarum.zones")

_LOOK = timedelta(hours=1)  # how often the tz database is looked at
_BATCH = 200  # tasks in one step, so that ringing is never kept waiting


def zone_rules_fingerprint() -> str:
    """What changes when the tz database does: its files on the search path, and the version of the tzdata package."""
    seen = []
    for folder in zoneinfo.TZPATH:
        for name in (".", "tzdata.zi", "+VERSION", "Europe", "America"):
            try:
                seen.append(f"{os.stat(os.path.join(folder, name)).st_mtime_ns}")
            except OSError:
                seen.append("-")
    try:
        seen.append(importlib.metadata.version("tzdata"))
    except importlib.metadata.PackageNotFoundError:
        seen.append("-")
    return " ".join(seen)


class ZoneChanges:
    """Walks over the tasks with a wall-clock time ahead, a batch at a time; a batch costs next to nothing when all fit."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock
        self._after: int | None = 0  # the next batch starts behind this key; None when there is nothing to do
        self._fingerprint = zone_rules_fingerprint()
        self._looked: datetime | None = None

    async def step(self, now: datetime) -> bool:
        """One batch. True when there is more to do."""
        if self._looked is None or not timedelta() <= now - self._looked < _LOOK:
            self._looked = now
            found = zone_rules_fingerprint()
            if found != self._fingerprint:
                log.warning("the tz database has changed; the times ahead are derived again")
                self._fingerprint, self._after = found, 0
                nlp.forget_zones()
        if self._after is None:
            return False
        tasks = await self._store.loop.wall_clock_tasks(self._after, _BATCH)
        for task in tasks:
            if task.occurrence is None or task.occurrence <= now:
                continue  # it rings as it was derived
            try:
                newer = moved(task)
            except (ValueError, OverflowError):
                continue  # it is set aside when it comes due
            if newer is not None and await self._store.tasks.change(newer):
                log.warning("task %s moved with its zone's rules from %s to %s", task.id, task.due, newer.due)
        self._after = tasks[-1].key if len(tasks) == _BATCH else None
        return self._after is not None
