"""Outcomes of attempts on their way into the store: those of the same moment share one commit, and none is lost to an error."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta

from alarum.clock import Clock
from alarum_store import Claim, Outcome, Store, StoreError

log = logging.getLogger("alarum.delivery")

Unkept = tuple[Claim, Outcome, "asyncio.Future[bool]"]


class OutcomeWriter:
    """Keeps them. While the store cannot be written they wait here, as long as their claims hold."""

    def __init__(self, store: Store, clock: Clock, pause_after: timedelta | None) -> None:
        self._store, self._clock, self._pause_after = store, clock, pause_after
        self._waiting: list[Unkept] = []
        self._stuck = asyncio.Event()
        self._keeping: asyncio.Task[None] | None = None

    async def record(self, claim: Claim, outcome: Outcome) -> None:
        """Return when the outcome is kept; outcomes of the same moment share one statement and one commit."""
        kept: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((claim, outcome, kept))
        self.keep()
        if not await kept:
            log.warning("run %s, attempt %s: its outcome was not kept in time", claim.run.id, claim.attempt)

    def keep(self) -> None:
        """Write down the outcomes that are not kept yet, if there are any."""
        if self._waiting and (self._keeping is None or self._keeping.done()):
            self._stuck.clear()
            self._keeping = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                found = await self._store.loop.finish([(c, o) for c, o, _ in batch], self._pause_after)
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
                return (await self._store.loop.finish([(claim, one)], self._pause_after))[0]
            except Exception:
                log.exception("the outcome of run %s could not be written", claim.run.id)
        return False

    def _put_back(self, batch: list[Unkept]) -> None:
        """Once its lease is over an outcome is of no use: somebody else sends the run, with the same id."""
        now = self._clock.now()
        for claim, outcome, kept in batch:
            if claim.run.try_at is not None and now < claim.run.try_at:
                self._waiting.append((claim, outcome, kept))
            elif not kept.done():
                kept.set_result(False)

    @property
    def stuck(self) -> bool:
        """Whether the last try to keep outcomes failed."""
        return self._stuck.is_set()

    async def are_stuck(self) -> None:
        """Return when they cannot be kept."""
        await self._stuck.wait()
