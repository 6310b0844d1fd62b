"""After a clock that was ahead: what was planned from the false time is derived again from the right one."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from alarum.alarm.payload import utc
from alarum.alarm.planner import onward, rule_of
from alarum_store import Store, Task, run_id

log = logging.getLogger("alarum.clock")

AHEAD = timedelta(seconds=5)  # a clock that goes back by less was only set right
_FAR = timedelta(hours=6)  # a clock that goes back by more was false in all that it said
_BATCH = 200


class ClockCorrection:
    """Tasks ring again at the times that are still to come, and what is scheduled for such a time waits for it.

    Where the clock goes back by a few hours it may be the new time that is false: what rang on time does not ring again.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    async def carry_out(self, before: datetime, now: datetime) -> None:
        """Set right what was done while the clock said up to `before`; it says `now`."""
        held = await self._store.loop.hold_back(now)
        moved, after = 0, 0
        while tasks := await self._store.loop.changed_after(now, after, _BATCH):
            for task in tasks:
                rang = await self._store.loop.rang_on_time(task.key) if before - now <= _FAR else None
                newer = await self._again(task, now, max(now, rang or now))
                moved += newer is not None and await self._store.tasks.change(newer)
            after = tasks[-1].key
        again = "on time does not ring again" if before - now <= _FAR else "comes again at its right time"
        what = (
            f"the clock of this machine was ahead until {utc(before)} and went back to {utc(now)}: {moved} tasks were derived again, "
            f"{held} deliveries wait for their times; what had rung {again}; pauses and snoozes that ended meanwhile are over"
        )
        log.warning("%s", what)
        await self._store.upkeep.note(now, what)

    async def _again(self, task: Task, now: datetime, after: datetime) -> Task | None:
        """A task that rang at a time that is still to come, as it goes on `after` a moment; None where that changes nothing."""
        try:
            newer = onward(task, rule_of(task.rule), after)
            while newer.due is not None and await self._is_skipped(newer, newer.due, now):
                newer = onward(task, rule_of(task.rule), newer.due)
        except (ValueError, OverflowError):
            return None  # it is set aside when it comes due
        if newer.due is None or task.occurrence is not None and task.occurrence <= newer.due:
            return None
        if task.state == "paused":
            return replace(task, scheduled=newer.due, wall=newer.wall, updated=now)
        return None if task.scheduled is not None else replace(newer, updated=now)

    async def _is_skipped(self, task: Task, at: datetime, now: datetime) -> bool:
        """Whether an occurrence was skipped on request, before the clock was false."""
        run = await self._store.runs.get(run_id(task.namespace, task.id, at), task.namespace)
        return run is not None and run.state == "skipped" and run.rung <= now
