"""Delivery: a bounded number of runs under way, in all and per target, each slot held until its outcome is durable."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from server.clock import Clock
from server.envelope import attempt_of, told
from server.obeying import obeyed
from server.policies import effective
from server.sending import Answer, Sending, clean
from server.settings import Settings
from server.targets import rest_of, slot_key
from store import ASKED, READY, Claim, Outcome, Room, Store, StoreError

log = logging.getLogger("alarum.delivery")

_LOST = 3  # tries that may be lost with the process that makes them, beside those of the policy


Unkept = tuple[Claim, Outcome, "asyncio.Future[bool]"]


class Channel(Protocol):
    """The code that knows how to reach targets."""

    def reaches(self, key: str) -> bool:
        """Whether this process can send to what `key` stands for. What it cannot reach it leaves to others."""
        ...

    async def send(self, sending: Sending) -> Answer:
        """One attempt. Never raises for what a receiver or the network does: that is the answer."""
        ...

    async def close(self) -> None: ...


def sending_of(claim: Claim, where: str, now: datetime) -> Sending:
    """The attempt that a claim is, at the place where its task goes."""
    return Sending(
        claim.run.id, where, rest_of(where), attempt_of(claim, now), claim.attempt, now, claim.task.message, lambda: told(claim, now), claim
    )  # fmt: skip


class Delivery:
    """Sends claimed runs. A target that was slow gets fewer slots until it answers again, so that it delays nobody else."""

    def __init__(
        self, store: Store, settings: Settings, clock: Clock, channel: Channel, owner: str, wake: Callable[[], None]
    ) -> None:
        self._store, self._settings, self._clock = store, settings, clock
        self._channel, self._owner, self._wake = channel, owner, wake
        self._busy: Counter[str] = Counter()
        self._caps: dict[str, int] = {}
        self._held: dict[str, datetime] = {}  # targets that asked to be left alone, and until when
        self._sending: set[asyncio.Task[None]] = set()
        self._outcomes: list[Unkept] = []
        self._stuck = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None
        self.gone: frozenset[str] = frozenset()

    def room(self) -> Room:
        """What may be claimed now."""
        now = self._clock.now()
        self._held = {target: until for target, until in self._held.items() if until > now}
        slots = self._settings.slots - len(self._sending)
        busy, caps = dict(self._busy), {**self._caps, **dict.fromkeys(self._held, 0)}
        return Room(
            self._owner, self._settings.lease, slots, self._settings.slots_per_target, busy, caps, self._channel.reaches, self._settings.alone
        )  # fmt: skip

    def can_take(self, ready: Sequence[str]) -> bool:
        """Whether there is a slot for any of these targets."""
        room = self.room()
        return room.slots > 0 and (len(ready) >= READY or any(room.free(target) > 0 for target in ready))

    def held_until(self, ready: Sequence[str]) -> datetime | None:
        """When the first of these targets is to be left alone no longer."""
        return min(
            (until for target, until in self._held.items() if target in ready or len(ready) >= READY), default=None
        )

    def start(self, claims: list[Claim]) -> None:
        for claim in claims:
            self._busy[claim.run.target] += 1
            sending = asyncio.create_task(self._deliver(claim))
            self._sending.add(sending)
            sending.add_done_callback(self._sending.discard)

    async def _deliver(self, claim: Claim) -> None:
        try:
            lease_ends = claim.run.try_at
            if lease_ends is not None and self._clock.now() >= lease_ends:
                return  # this process slept longer than its lease: somebody else sends it
            where = self._settings.goes_to(claim.task.webhook, claim.task.target)
            there = slot_key(where) if where else ""
            if there != claim.run.target:  # the task or the settings were changed since it rang
                outcome = self._moved(there)
            elif claim.tries > self._most(claim):
                now = self._clock.now()
                outcome = Outcome(
                    "failed",
                    now,
                    now,
                    error="its tries were lost with the processes that made them",
                    error_class="unknown",
                )
            else:
                outcome = self._understood(claim, await self._send(claim))
            await self._record(claim, outcome)
        finally:
            self._busy[claim.run.target] -= 1
            if not self._busy[claim.run.target]:
                del self._busy[claim.run.target]
            self._wake()

    def _moved(self, there: str) -> Outcome:
        """It goes to another target now, which takes it up, or to the inbox, which has it."""
        now = self._clock.now()
        if not there:
            return Outcome("delivered", now, now, note="its task goes to the inbox now", moved_to="")
        return Outcome(
            "failed", now, now, error=f"it goes to {there} now", error_class="moved", retry_at=now, moved_to=there
        )

    def _most(self, claim: Claim) -> int:
        """Tries that a run may have in all, with some more for those that were lost with their process."""
        return effective(self._settings.policies, claim.task.policies).max_attempts + _LOST

    async def _send(self, claim: Claim) -> Answer:
        started = self._clock.now()
        where = self._settings.goes_to(claim.task.webhook, claim.task.target)
        assert where is not None
        try:
            return await self._channel.send(sending_of(claim, where, started))
        except Exception as why:
            log.exception("run %s could not be sent", claim.run.id)
            return Answer(
                started, self._clock.now(), error=f"{type(why).__name__}: {why}"[:300], error_class="internal"
            )

    def _understood(self, claim: Claim, answer: Answer) -> Outcome:
        """The outcome of an answer; whatever a receiver says, there is one."""
        try:
            return self._outcome(claim, answer)
        except Exception as why:
            log.exception("the answer to run %s could not be followed", claim.run.id)
            error = f"its answer could not be followed: {type(why).__name__}"
            return self._outcome(claim, Answer(answer.started, answer.ended, answer.status, error, "internal"))

    def _outcome(self, claim: Claim, answer: Answer) -> Outcome:
        self._learn(claim.run.target, answer)
        if answer.error is not None:
            answer = replace(answer, error=clean(answer.error)[:300])
        say, note = None, answer.note
        if answer.said is not None:
            say, notes = obeyed(answer.said, claim.task, answer.ended, self._settings, done=answer.error is None)
            note = "; ".join(filter(None, [note, *notes])) or None
        if note:
            log.warning("run %s: %s", claim.run.id, note)
        if answer.error is None:
            return Outcome(
                "delivered", answer.started, answer.ended, answer.status, note=note, say=say, instance=answer.instance
            )
        retry, where = None, self._settings.goes_to(claim.task.webhook, claim.task.target)
        if answer.gone and where:
            self.gone |= {where}
        elif not answer.gone:
            chosen = effective(self._settings.policies, claim.task.policies)
            retry = chosen.retry(
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
            where if answer.gone else None, say=say, instance=answer.instance,
        )  # fmt: skip

    def _learn(self, target: str, answer: Answer) -> None:
        each = self._settings.slots_per_target
        if answer.hold > timedelta():
            self._held[target] = max(self._held.get(target, answer.ended), answer.ended + answer.hold)
        if answer.error_class in ("timeout", "connect"):
            self._caps[target] = max(1, self._caps.get(target, each) // 2)
        elif target in self._caps:
            self._caps[target] += 1
            if self._caps[target] >= each:
                del self._caps[target]

    async def _record(self, claim: Claim, outcome: Outcome) -> None:
        """Return when the outcome is kept; outcomes of the same moment share one statement and one commit."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._outcomes.append((claim, outcome, kept))
        self.keep()
        if not await kept:
            log.warning("run %s, attempt %s: its outcome was not kept in time", claim.run.id, claim.attempt)

    def keep(self) -> None:
        """Write down the outcomes that are not kept yet, if there are any."""
        if self._outcomes and (self._keeping is None or self._keeping.done()):
            self._stuck.clear()
            self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while self._outcomes:
            batch, self._outcomes = self._outcomes, []
            try:
                found = await self._store.finish([(c, o) for c, o, _ in batch], self._settings.pause_after)
            except StoreError as why:
                log.error("%s outcomes could not be kept: %s; the next turn tries again", len(batch), why)
                self._put_back(batch)
                self._stuck.set()
                return
            except Exception:
                log.exception("an outcome could not be written as it is")
                found = [await self._keep_plain(claim, outcome) for claim, outcome, _ in batch]
            for (_, _, kept), holds in zip(batch, found, strict=True):
                if not kept.done():
                    kept.set_result(holds)

    async def _keep_plain(self, claim: Claim, outcome: Outcome) -> bool:
        """One outcome by itself, and without what was said where that is what cannot be written."""
        for one in (outcome, replace(outcome, error=outcome.error and "failed", note=None, say=None, instance=None)):
            try:
                return (await self._store.finish([(claim, one)], self._settings.pause_after))[0]
            except Exception:
                log.exception("the outcome of run %s could not be written", claim.run.id)
        return False

    def _put_back(self, batch: list[Unkept]) -> None:
        """Once its lease is over an outcome is of no use: somebody else sends the run, with the same id."""
        now = self._clock.now()
        for claim, outcome, kept in batch:
            if claim.run.try_at is not None and now < claim.run.try_at:
                self._outcomes.append((claim, outcome, kept))
            elif not kept.done():
                kept.set_result(False)

    @property
    def stuck(self) -> bool:
        """Whether the last try to keep outcomes failed."""
        return self._stuck.is_set()

    @property
    def busy(self) -> int:
        return len(self._sending)

    async def settled(self) -> None:
        """Return when nothing is under way, or when outcomes cannot be kept."""
        stuck = asyncio.create_task(self._stuck.wait())
        while self._sending and not self._stuck.is_set():
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
                    await self._store.release(self._owner, self._clock.now(), sent=True)
                except StoreError as why:
                    log.error(
                        "%s runs could not be given back: %s; they come back when their lease ends", len(late), why
                    )
        await self._channel.close()
