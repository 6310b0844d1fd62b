"""The alarm loop: ring what is due, deliver what was rung, sleep until there is more."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from datetime import datetime, timedelta

from alarum.alarm.decision import LOOK, Act, LoopState, Sleep, decide
from alarum.alarm.delivery import Delivery, Dispatcher
from alarum.alarm.dispatcher import TargetDispatcher
from alarum.alarm.lifecycle import LifecycleNotices
from alarum.alarm.planner import TaskPlanner
from alarum.alarm.upkeep import Upkeep
from alarum.clock import Clock
from alarum.settings.settings import Settings
from alarum_store import OutdatedProcess, Store, StoreError, TurnResult, Wake

log = logging.getLogger("alarum.loop")

STUCK = timedelta(seconds=30)  # without a turn of the loop
_FIRST, _MOST = 16, 512  # rung in one transaction: few at first, so that a burst starts at once, then ever more


class AlarmLoop:
    """Rings and delivers. Any number of processes may run one on the same store: each occurrence rings once."""

    def __init__(self, store: Store, settings: Settings, clock: Clock, dispatcher: Dispatcher | None = None) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._wake = asyncio.Event()
        dispatcher = dispatcher or TargetDispatcher(settings, clock, store)
        self._delivery = Delivery(store, settings, clock, dispatcher, self._owner, self.wake)
        self._notices = LifecycleNotices(store, settings, clock, dispatcher, self._owner, self.wake)
        self._upkeep = Upkeep(store, settings, clock, self._owner, self._delivery, self._notices)
        self._marker: object = None  # of the store when it was last asked for `_known`
        self._known: Wake | None = None
        self._slept = clock.now()
        self._stopping = False
        self._batch = _FIRST
        self._ring_first = False  # the next pass does not ask what is due: something is known to be
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
        await self._keep_up()
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

    async def run(self) -> None:
        """Turn for ever. Errors of the store are logged and tried again; the loop never dies of one task.

        Raises OutdatedProcess where a newer version has migrated the database.
        """
        while True:
            step: Act | Sleep = Sleep(self._clock.now() + LOOK, "the last pass failed")
            try:
                step = await self.step()
            except OutdatedProcess:
                raise
            except StoreError as why:
                log.error("%s (trying again in a second)", why)
            except Exception:
                log.exception("a turn of the loop failed; trying again in a second")
            if isinstance(step, Act):
                await self._clock.wait(self._wake, timedelta())
            else:
                pause = max(step.until - self._clock.now(), timedelta())
                # A long sleep is watched over: the clock may jump, and other processes write into the store.
                glance = self._glance if pause > LOOK else None
                await self._clock.wait(self._wake, pause, exact=step.exact, glance=glance)

    async def step(self) -> Act | Sleep:
        """One pass: upkeep, ring what is known to be due, ask what is next. Returns what to do then."""
        upkeep_waits = await self._keep_up()
        rang, began = self._ring_first or self._delivery.busy > 0, self._clock.now()
        if rang:
            rung = await self._ring()
            self._ring_first = bool(rung.moved or rung.claims)
            if self._ring_first:
                return Act("it rang, and there may be more", ring=True)
        state = await self._look(began, rang=rang, upkeep_waits=upkeep_waits)
        now = self._clock.now()
        if state.can_send or state.due is not None and state.due <= now:
            self._notices.start()
        self._slept = self.turned = now
        step = decide(state, now)
        self._ring_first = step.ring
        return step

    async def _keep_up(self) -> bool:
        waits = await self._upkeep.step(self._clock.now())
        if self._upkeep.corrected:
            self._known, self._upkeep.corrected = None, False
        return waits

    async def _ring(self) -> TurnResult:
        now, delivery = self._clock.now(), self._delivery
        delivery.outcomes.keep()
        capacity = None if self._stopping else delivery.capacity()
        planner = TaskPlanner(self._settings, now, delivery.disabled)
        rung = await self._store.loop.turn(now, planner, capacity, self._batch)
        self._batch = min(2 * self._batch, _MOST) if rung.moved >= self._batch else _FIRST
        if rung.moved:
            for wakeup in self.wakeups:
                wakeup.set()
        delivery.start(rung.claims)
        self.turned = now
        return rung

    async def _look(self, began: datetime, *, rang: bool, upkeep_waits: bool) -> LoopState:
        """Ask the store what comes next, where it was written since it was asked last."""
        marker = self._store.loop.change_marker(self._clock.now())
        if self._known is None or marker != self._marker:
            self._known = await self._store.loop.next_wake()
            if self._delivery.disabled:
                self._delivery.disabled = await self._store.targets.disabled()  # somebody may have enabled it again
        self._marker = marker
        known = self._known
        return LoopState(
            known.soonest(self._settings.reaches), began, self._delivery.can_take(known.ready), self._delivery.held_until(known.ready),
            rang, upkeep_waits,
        )  # fmt: skip

    def _glance(self) -> bool:
        """While nothing is to be done: has another process written, is something due soon, has the clock jumped?"""
        now = self._clock.now()
        self.turned = now
        due = self._known.due if self._known else None
        marker = self._store.loop.change_marker(now)
        return now < self._slept or due is not None and due <= now + LOOK or marker != self._marker

    async def close(self) -> None:
        """Claim nothing more, let what is being sent finish, and give back the rest."""
        self._stopping = True
        await self._notices.close()
        await self._delivery.close(self._settings.grace.total_seconds())
        if self._upkeep.is_announced:
            try:
                await self._store.loop.leave(self._owner)
            except OutdatedProcess:
                pass  # it is said by whoever started the loop
            except StoreError as why:
                log.error("%s (the loop ends all the same)", why)
