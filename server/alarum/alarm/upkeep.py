"""What the alarm loop does now and then: heartbeats, setting a false clock right, forgetting what is old, zone changes."""

from __future__ import annotations

from datetime import datetime, timedelta

from alarum.alarm.clock_corrections import AHEAD, ClockCorrection
from alarum.alarm.decision import HEARTBEAT
from alarum.alarm.delivery import Delivery
from alarum.alarm.lifecycle import LifecycleNotices
from alarum.alarm.loop_setup import setup_of
from alarum.alarm.zone_changes import ZoneChanges
from alarum.clock import Clock
from alarum.settings.settings import Settings
from alarum_store import Store

_PURGE = timedelta(minutes=1)
_FORGET = 500  # rows forgotten in one pass


class Upkeep:
    """The upkeep of one alarm loop."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, owner: str, delivery: Delivery, notices: LifecycleNotices
    ) -> None:
        self._store, self._settings, self._owner = store, settings, owner
        self._delivery, self._notices = delivery, notices
        self._setup = setup_of(settings)
        self._zone_changes = ZoneChanges(store, clock)
        self._clock_correction = ClockCorrection(store)
        self._came_to = clock.now()
        self._heartbeat: datetime | None = None
        self._purged: datetime | None = None
        self.corrected = False  # since this was last set back: times of tasks and runs may be others now

    @property
    def is_announced(self) -> bool:
        """Whether others know of this loop."""
        return self._heartbeat is not None

    async def step(self, now: datetime) -> bool:
        """Do what it is time for. True when there is more to do at once."""
        went_back = self._came_to - now > AHEAD
        if went_back or _is_over(self._heartbeat, HEARTBEAT, now):
            await self._beat(now, went_back)
        self._came_to = now
        if _is_over(self._purged, _PURGE, now):
            await self._purge(now)
        return await self._zone_changes.step(now)

    async def _beat(self, now: datetime, went_back: bool) -> None:
        before = await self._store.loop.heartbeat(self._owner, now, self._setup)
        if went_back:
            self._delivery.forget_waits()
        if before is not None and before - now > AHEAD:  # or else another process has set it right
            await self._clock_correction.carry_out(max(before, self._came_to), now)
            self.corrected = True
        self._heartbeat = now
        self._delivery.disabled = await self._store.targets.disabled()

    async def _purge(self, now: datetime) -> None:
        keep = self._settings
        runs = now - keep.keep_runs if keep.keep_runs else None
        tasks = now - keep.keep_tasks if keep.keep_tasks else None
        if await self._store.upkeep.purge(runs, tasks, _FORGET) < _FORGET:
            self._purged = now
        await self._notices.forget(now)


def _is_over(last: datetime | None, interval: timedelta, now: datetime) -> bool:
    """Whether it is time again; also where the clock went back behind the last time."""
    return last is None or not timedelta() <= now - last < interval
