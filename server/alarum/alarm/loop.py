"""The alarm loop: ring what is due, deliver what was rung, sleep until there is more."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from datetime import datetime, timedelta

from alarum.alarm.clock_corrections import AHEAD, ClockCorrection
from alarum.alarm.delivery import Delivery, Dispatcher
from alarum.alarm.dispatcher import TargetDispatcher
from alarum.alarm.lifecycle import LifecycleNotices
from alarum.alarm.loop_setup import setup_of
from alarum.alarm.planner import TaskPlanner
from alarum.alarm.zone_changes import ZoneChanges
from alarum.clock import Clock
from alarum.settings.settings import Settings
from alarum_store import Store, StoreError, TurnResult, Wake

log = logging.getLogger("alarum.alarms")

LOOK = timedelta(seconds=1)  # how soon a write by another process is noticed, and a jump of the clock
HEARTBEAT = timedelta(seconds=20)  # how often the loop says that it is alive
STUCK = timedelta(seconds=30)  # without a turn of the loop
_PURGE = timedelta(minutes=1)
_FIRST, _MOST = 16, 512  # rung in one transaction: few at first, so that a burst starts at once, then ever more
_FORGET = 500  # rows forgotten in one turn


class AlarmLoop:
    """Rings and delivers. Any number of processes may run one on the same store: each occurrence rings once."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, dispatcher: Dispatcher | None = None) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._wake = asyncio.Event()
        dispatcher = dispatcher or TargetDispatcher(settings, clock, store)
        self._delivery = Delivery(store, settings, clock, dispatcher, self._owner, self.wake)
        self._notices = LifecycleNotices(store, settings, clock, dispatcher, self._owner, self.wake)
        self._rederive = ZoneChanges(store, clock)
        self._beat: datetime | None = None
        self._purged: datetime | None = None
        self._mark: object = None  # of the store when it was last asked for `_known`
        self._known: Wake | None = None
        self._slept = self._came_to = clock.now()
        self._stopping = False
        self._batch = _FIRST
        self._at_once = False  # ring without asking first when the next time is
        self._setup = setup_of(settings)
        self._rewind = ClockCorrection(store)
        self.wakeups: set[asyncio.Event] = set()  # set when something rang here, for whoever wants to look
        self.turned: datetime | None = None  # the last turn that reached its end

    def turns(self, now: datetime) -> bool:
        """Whether this loop turned lately, so that what is due here rings."""
        return self.turned is not None and timedelta() <= now - self.turned < STUCK

    def wake(self, due: datetime | None = None) -> None:
        """Look again now: something was scheduled or cancelled here, or a slot is free.

        What is `due` no earlier than what is known to come next is no reason to look: the glance of the next second
        sees that the store was written.
        """
        known = self._known.due if self._known else None
        if due is None or known is None or due < known:
            self._wake.set()

    async def turn(self) -> None:
        """Ring and deliver all that is due at this moment, and wait for the outcomes. One turn of the loop."""
        await self._keep_up(self._clock.now())
        while True:
            rung = await self._ring()
            if rung.moved or rung.claims:
                continue
            if self._delivery.outcomes.stuck:
                return
            if self._delivery.busy:
                await self._delivery.settled()
            elif not await self._notices.tell():
                return

    async def _ring(self) -> TurnResult:
        now, delivery = self._clock.now(), self._delivery
        delivery.outcomes.keep()
        room = None if self._stopping else delivery.room()
        planning = TaskPlanner(self._settings, now, delivery.gone)
        rung = await self._store.loop.turn(now, planning, room, self._batch)
        self._batch = min(2 * self._batch, _MOST) if rung.moved >= self._batch else _FIRST
        if rung.moved:
            for wakeup in self.wakeups:
                wakeup.set()
        delivery.start(rung.claims)
        self.turned = now
        return rung

    async def _keep_up(self, now: datetime) -> bool:
        """Signs of life, forgetting what is old, following the zone rules. True when there is more to do at once."""
        went_back = self._came_to - now > AHEAD
        if self._beat is None or went_back or not timedelta() <= now - self._beat < HEARTBEAT:
            before = await self._store.loop.heartbeat(self._owner, now, self._setup)
            if went_back:
                self._delivery.forget_waits()
            if before is not None and before - now > AHEAD:  # or else another process has set it right
                await self._rewind.carry_out(max(before, self._came_to), now)
                self._known = None
            self._beat = now
            self._delivery.gone = await self._store.targets.disabled()
        self._came_to = now
        if self._purged is None or not timedelta() <= now - self._purged < _PURGE:
            keep = self._settings
            runs = now - keep.keep_runs if keep.keep_runs else None
            tasks = now - keep.keep_tasks if keep.keep_tasks else None
            if await self._store.upkeep.purge(runs, tasks, _FORGET) < _FORGET:
                self._purged = now
            await self._notices.forget(now)
        return await self._rederive.step(now)

    async def run(self) -> None:
        """Turn for ever. Errors of the store are logged and tried again; the loop never dies of one task."""
        while True:
            pause, exact = LOOK, False
            try:
                pause, exact = await self._step()
            except StoreError as why:
                log.error("%s (trying again in a second)", why)
            except Exception:
                log.exception("a turn of the loop failed; trying again in a second")
            await self._clock.wait(self._wake, pause, exact=exact, glance=self._glance if pause > LOOK else None)

    async def _step(self) -> tuple[timedelta, bool]:
        """One pass; returns how long to sleep, and whether that ends at a due time and has to be exact.

        A long sleep is watched over by `_glance`: the clock may jump, and other processes write into the store. What is
        ready and has no slot waits for one to be free.
        """
        more = await self._keep_up(self._clock.now())
        delivery = self._delivery
        rang = self._at_once or delivery.busy > 0
        began = self._clock.now()
        if rang:
            rung = await self._ring()
            self._at_once = bool(rung.moved or rung.claims)
            if self._at_once:
                return timedelta(), False
        now = self._clock.now()
        mark = self._store.loop.change_marker(now)
        if self._known is None or mark != self._mark:
            self._known = await self._store.loop.next_wake()
            if delivery.gone:
                delivery.gone = await self._store.targets.disabled()  # somebody may have taken it back
        self._mark, wake, now = mark, self._known, self._clock.now()
        self.turned = now
        due = wake.soonest(self._settings.reaches)
        if due is not None and due <= now or delivery.can_take(wake.ready):
            self._notices.start()
            since = due is not None and began < due <= now  # it came due while what was due before rang
            self._at_once = since or not rang  # what was not taken just now waits for a slot, or for another process
            if self._at_once:
                return timedelta(), False
            coming = due - now if due is not None and due > now else LOOK
            return min(coming, LOOK), True
        if more:
            return timedelta(), False
        soonest = min(filter(None, (due, delivery.held_until(wake.ready))), default=None)
        self._slept, ahead = now, HEARTBEAT if soonest is None else soonest - now
        self._at_once = ahead <= LOOK
        return (ahead, True) if self._at_once else (min(ahead, HEARTBEAT), False)

    def _glance(self) -> bool:
        """While nothing is to be done: has another process written, is something due soon, has the clock jumped?"""
        now = self._clock.now()
        self.turned = now
        due = self._known.due if self._known else None
        return (
            now < self._slept
            or due is not None
            and due <= now + LOOK
            or self._store.loop.change_marker(now) != self._mark
        )

    async def close(self) -> None:
        """Claim nothing more, let what is being sent finish, and give back the rest."""
        self._stopping = True
        await self._notices.close()
        await self._delivery.close(self._settings.grace.total_seconds())
        if self._beat is not None:
            try:
                await self._store.loop.leave(self._owner)
            except StoreError as why:
                log.error("%s (the loop ends all the same)", why)
