"""The alarm loop: ring what is due, deliver what was rung, sleep until there is more."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from datetime import datetime, timedelta

from nlp import Rule, from_text, next_time, next_times
from server.clock import Clock
from server.settings import Settings
from server.webhook import Webhook
from store import Claim, Outcome, Run, RunState, Store, StoreError, Task

log = logging.getLogger("alarum.alarms")

LOOK = timedelta(seconds=1)  # how soon a write by another process is noticed
BEAT = timedelta(seconds=10)  # how often the loop says that it is alive
LEASE = timedelta(seconds=60)  # longer than the slowest attempt, so that only a dead process loses its claim
SLOTS = 50  # deliveries at once
_COUNTED = 1000  # missed occurrences are counted up to here


def run_id(task: Task, scheduled: datetime) -> str:
    """The id of an occurrence: the same in every attempt, on every process, after every crash."""
    return f"{task.id}_{scheduled:%Y%m%dT%H%M%S}{scheduled.microsecond // 1000:03}Z"


class Alarms:
    """Rings and delivers. Any number of processes may run one on the same store: each occurrence rings once."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._webhook = Webhook(settings.webhook_secret, clock) if settings.webhook_secret else None
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Look again now: something was scheduled or cancelled here."""
        self._wake.set()

    async def turn(self) -> None:
        """Ring and deliver all that is due at this moment, and wait for the outcomes. One turn of the loop."""
        await self.ring()
        while await self.deliver():
            await asyncio.gather(*self._sending)

    async def ring(self) -> int:
        """Make a run of every occurrence that is due; returns how many."""
        now, rung = self._clock.now(), 0
        while tasks := await self._store.due(now, 200):
            done = await asyncio.gather(*(self._ring(task, now) for task in tasks))
            rung += sum(done)
            if not any(done):
                break  # another process rings these, or they are set aside until the next turn
        return rung

    async def _ring(self, task: Task, now: datetime) -> bool:
        assert task.due is not None
        try:
            rule = from_text(task.rule)
            run, following = self._occurrence(task, rule, now)
        except (ValueError, OverflowError):
            log.exception("task %s has a rule that cannot be read; it does not ring until it is mended", task.id)
            return False
        return await self._store.ring(task, run, following)

    def _occurrence(self, task: Task, rule: Rule, now: datetime) -> tuple[Run, datetime | None]:
        """The run of the latest occurrence that is due, and the next time after it.

        Occurrences that passed while nothing ran are answered by one run, which says how many there were.
        """
        assert task.due is not None
        scheduled, missed = task.due, 0
        following = next_time(rule, scheduled)
        if following is not None and following <= now:
            passed = [t for t in next_times(rule, scheduled, _COUNTED) if t <= now]
            missed, scheduled = len(passed), passed[-1]
            following = next_time(rule, now)
        state: RunState = "waiting" if self._url(task) else "delivered"
        return Run(run_id(task, scheduled), task.id, task.runs + 1, scheduled, now, state, missed), following

    def _url(self, task: Task) -> str | None:
        return task.webhook or self._settings.webhook

    async def deliver(self) -> int:
        """Claim waiting runs as far as slots are free and start sending them; returns how many."""
        free = SLOTS - len(self._sending)
        if free <= 0 or self._webhook is None:
            return 0
        claims = await self._store.claim(self._owner, self._clock.now(), LEASE, free)
        for claim in claims:
            sending = asyncio.create_task(self._send(claim))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)
        return len(claims)

    async def _send(self, claim: Claim) -> None:
        url = self._url(claim.task)
        assert self._webhook is not None
        now = self._clock.now()
        if url is None:
            outcome = Outcome("delivered", now, now)
        else:
            outcome = await self._webhook.send(claim, url)
        if outcome.state == "failed":
            log.warning(
                "run %s, attempt %s: %s; %s",
                claim.run.id,
                claim.attempt,
                outcome.error,
                f"again at {outcome.retry_at}" if outcome.retry_at else "it stays as failed",
            )
        await self._store.finish(claim, outcome)
        self._wake.set()

    async def run(self) -> None:
        """Turn for ever. Errors of the store are logged and tried again; the loop never dies of one task."""
        beat: datetime | None = None
        while True:
            pause = LOOK
            try:
                now = self._clock.now()
                if beat is None or not timedelta() <= now - beat < BEAT:
                    await self._store.beat(self._owner, now)
                    beat = now
                busy = await self.ring() + await self.deliver()
                pause = await self._pause(busy > 0)
            except (StoreError, OSError, ValueError, RuntimeError) as why:
                log.error("the store could not be used: %s; trying again in a second", why)
            except Exception:
                log.exception("a turn of the loop failed; trying again in a second")
            await self._clock.wait(self._wake, pause)

    async def _pause(self, busy: bool) -> timedelta:
        """Until the next due moment, a second at most: then the clock and other processes' writes are looked at again.

        What is due and could not be taken (no secret here, no slot, a rule that cannot be read) waits a second too.
        """
        wake = await self._store.next_wake()
        if wake is None:
            return LOOK
        ahead = wake - self._clock.now()
        return min(LOOK, ahead) if busy or ahead > timedelta() else LOOK

    async def close(self) -> None:
        """Claim nothing more and finish what is being sent."""
        if self._sending:
            await asyncio.gather(*self._sending, return_exceptions=True)
        if self._webhook:
            await self._webhook.close()
