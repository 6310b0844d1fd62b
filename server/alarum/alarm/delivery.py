"""Delivery: a bounded number of runs under way, in all and per target, each slot held until its outcome is durable."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from alarum.alarm.apply_reply import apply_reply
from alarum.alarm.outcome_writer import OutcomeWriter
from alarum.alarm.payload import agent_message, attempt_of
from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.reply_directives import clean
from alarum.clock import Clock
from alarum.settings.policies import Effective, effective
from alarum.settings.settings import Settings
from alarum.settings.target_names import rest_of
from alarum_store import ASKED, READY, Capacity, Claim, Outcome, Store, StoreError

log = logging.getLogger("alarum.delivery")

_SLOW = 10  # targets that time out share this part of the slots
_REMEMBERED = 10_000  # targets that timed out
_LOST = 3  # tries that may be lost with the process that makes them, beside those of the policy


class Dispatcher(Protocol):
    """The code that knows how to reach targets."""

    def reaches(self, key: str) -> bool:
        """Whether this process can send to what `key` stands for. What it cannot reach it leaves to others."""
        ...

    async def send(self, sending: Sending) -> AttemptResult:
        """One attempt. Never raises for what a receiver or the network does: that is the answer."""
        ...

    async def close(self) -> None: ...


def sending_of(claim: Claim, where: str, now: datetime) -> Sending:
    """The attempt that a claim is, at the place where its task goes."""
    return Sending(
        claim.run.id, where, rest_of(where), attempt_of(claim, now), claim.attempt, now, claim.task.message, lambda: agent_message(claim, now), claim
    )  # fmt: skip


class Delivery:
    """Sends claimed runs. A target that was slow gets fewer slots until it answers again, so that it delays nobody else."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        clock: Clock,
        dispatcher: Dispatcher,
        owner: str,
        wake: Callable[[], None],
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._dispatcher, self._owner, self._wake = dispatcher, owner, wake
        self._busy: Counter[str] = Counter()
        self._spaces: Counter[str] = Counter()  # runs under way of each namespace
        self._caps: dict[str, int] = {}
        self._held: dict[str, datetime] = {}  # targets that asked to be left alone, and until when
        self._sending: set[asyncio.Task[None]] = set()
        self.outcomes = OutcomeWriter(store, clock, settings.pause_after)
        self.disabled: frozenset[str] = frozenset()

    def capacity(self) -> Capacity:
        """What may be claimed now."""
        now = self._clock.now()
        self._held = {target: until for target, until in self._held.items() if until > now}
        slots = self._settings.slots - len(self._sending)
        busy, caps = dict(self._busy), {**self._caps, **dict.fromkeys(self._held, 0)}
        slow = max(1, self._settings.slots // _SLOW) - sum(n for target, n in busy.items() if target in self._caps)
        return Capacity(
            self._owner, self._settings.lease, slots, self._settings.slots_per_target, busy, caps, self._dispatcher.reaches, self._settings.serial,
            dict(self._spaces), frozenset(self._caps), slow,
        )  # fmt: skip

    def forget_waits(self) -> None:
        """The clock went back: until when a target is to be left alone was told by a false one."""
        self._held.clear()

    def can_take(self, ready: Sequence[tuple[str, str]]) -> bool:
        """Whether there is a slot for any of these namespaces and targets."""
        capacity = self.capacity()
        return capacity.slots > 0 and (len(ready) >= READY or any(capacity.free(target) > 0 for _, target in ready))

    def held_until(self, ready: Sequence[tuple[str, str]]) -> datetime | None:
        """When the first of these targets is to be left alone no longer."""
        targets = {target for _, target in ready}
        return min(
            (until for target, until in self._held.items() if target in targets or len(ready) >= READY), default=None
        )

    def start(self, claims: list[Claim]) -> None:
        for claim in claims:
            self._busy[claim.run.target] += 1
            self._spaces[claim.task.namespace] += 1
            sending = asyncio.create_task(self._deliver(claim))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _deliver(self, claim: Claim) -> None:
        try:
            lease_ends = claim.run.try_at
            if lease_ends is not None and self._clock.now() >= lease_ends:
                return  # this process slept longer than its lease: somebody else sends it
            await self.outcomes.record(claim, await self._attempted(claim))
        finally:
            self._busy[claim.run.target] -= 1
            if not self._busy[claim.run.target]:
                del self._busy[claim.run.target]
            self._spaces[claim.task.namespace] -= 1
            if not self._spaces[claim.task.namespace]:
                del self._spaces[claim.task.namespace]
            self._wake()

    async def _attempted(self, claim: Claim) -> Outcome:
        """What becomes of a claim; whatever a receiver says or a row holds, there is an outcome."""
        began = self._clock.now()
        try:
            where = self._settings.goes_to(claim.task.webhook, claim.task.target)
            there = self._settings.key(where, claim.task.namespace)
            if where is None or there != claim.run.target:  # the task or the settings were changed since it rang
                return self._moved(there)
            if claim.tries > _LOST and claim.tries > _LOST + self._policies(claim).max_attempts:
                return Outcome(
                    "failed",
                    began,
                    began,
                    error="every attempt was interrupted by a process crash",
                    error_class="unknown",
                )
            return self._outcome(claim, where, await self._send(claim, where, began))
        except Exception as why:
            log.exception("run %s could not be delivered", claim.run.id)
            error = f"{type(why).__name__}: {clean(str(why))}"[:300]
            return Outcome("failed", began, self._clock.now(), error=error, error_class="internal")

    def _policies(self, claim: Claim) -> Effective:
        return effective(self._settings.policies, claim.task.policies)

    def _moved(self, there: str) -> Outcome:
        """It goes to another target now, which takes it up, or to the inbox, which has it."""
        now = self._clock.now()
        if not there:
            return Outcome("delivered", now, now, note="its task goes to the inbox now", moved_to="")
        return Outcome("failed", now, now, error=f"it goes to {there} now", error_class="moved", moved_to=there)

    async def _send(self, claim: Claim, where: str, started: datetime) -> AttemptResult:
        try:
            return await self._dispatcher.send(sending_of(claim, where, started))
        except Exception as why:
            log.exception("run %s could not be sent", claim.run.id)
            return AttemptResult(
                started, self._clock.now(), error=f"{type(why).__name__}: {why}"[:300], error_class="internal"
            )

    def _outcome(self, claim: Claim, where: str, answer: AttemptResult) -> Outcome:
        self._learn(claim.run.target, answer)
        if answer.error is not None:
            answer = replace(answer, error=clean(answer.error)[:300])
        say, note = None, answer.note
        if answer.said is not None:
            say, notes = apply_reply(answer.said, claim.task, answer.ended, self._settings, done=answer.error is None)
            note = "; ".join(filter(None, [note, *notes])) or None
        if note:
            log.warning("run %s: %s", claim.run.id, note)
        if answer.error is None:
            return Outcome(
                "delivered", answer.started, answer.ended, answer.status, note=note, say=say, instance=answer.instance
            )
        retry = None
        mark = self._settings.disabled_key(where, claim.task.namespace)
        if answer.gone:
            self.disabled |= {mark}
        else:
            retry = self._policies(claim).retry(
                claim.run.id,
                claim.tries,
                claim.run.rung,
                answer.ended,
                answer.wait,
                exactly=answer.error_class == ASKED,
            )
        again = f"again at {retry:%Y-%m-%dT%H:%M:%SZ}" if retry else "it stays as failed; redeliver sends it again"
        log.warning(
            "run %s to %s, attempt %s: %s; %s", claim.run.id, claim.run.target, claim.attempt, answer.error, again
        )
        return Outcome(
            "failed", answer.started, answer.ended, answer.status, answer.error, answer.error_class, retry,
            mark if answer.gone else None, say=say, instance=answer.instance,
        )  # fmt: skip

    def _learn(self, target: str, answer: AttemptResult) -> None:
        each = self._settings.slots_per_target
        if answer.hold > timedelta():
            self._held[target] = max(self._held.get(target, answer.ended), answer.ended + answer.hold)
        if answer.error_class in ("timeout", "connect"):
            self._caps[target] = max(1, self._caps.pop(target, each) // 2)
            while len(self._caps) > _REMEMBERED:
                del self._caps[next(iter(self._caps))]
        elif target in self._caps:
            self._caps[target] += 1
            if self._caps[target] >= each:
                del self._caps[target]

    @property
    def busy(self) -> int:
        return len(self._sending)

    async def settled(self) -> None:
        """Return when nothing is under way, or when outcomes cannot be kept."""
        stuck = asyncio.create_task(self.outcomes.are_stuck())
        while self._sending and not self.outcomes.stuck:
            await asyncio.wait(
                {stuck, asyncio.ensure_future(asyncio.wait(self._sending))}, return_when=asyncio.FIRST_COMPLETED
            )
        stuck.cancel()

    async def close(self, patience: float) -> None:
        """Let what is under way finish for `patience` seconds, then give it back."""
        if self._sending:
            _, late = await asyncio.wait(self._sending, timeout=patience)
            for sending in late:
                sending.cancel()
            if late:
                await asyncio.wait(late)
                try:
                    await self._store.loop.release(self._owner, self._clock.now(), sent=True)
                except StoreError as why:
                    log.error(
                        "%s runs could not be given back: %s; they come back when their lease ends", len(late), why
                    )
        await self._dispatcher.close()
