"""Telling the operator what happens to tasks and runs: from the outbox of the store, until each notice was told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from alarum.alarm.delivery import Dispatcher
from alarum.alarm.payload import utc
from alarum.channels.attempt import AttemptResult, Sending
from alarum.clock import Clock
from alarum.settings.settings import Settings
from alarum.settings.target_names import key_of, rest_of, shown
from alarum_store import Notice, Store, StoreError

log = logging.getLogger("alarum.notices")

_AT_ONCE = 50
_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)  # waits between tries
_KEPT = timedelta(days=7)  # what could not be told for so long is given up


class LifecycleNotices:
    """Tells `settings.lifecycle` everything and `settings.failures` what failed for good, each notice at least once."""

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
        self._telling: asyncio.Task[None] | None = None
        self._wanted = bool(settings.lifecycle or settings.failures)

    def start(self) -> None:
        """Tell in the background what is to be told now; the loop is woken at the end."""
        if self._wanted and (self._telling is None or self._telling.done()):
            self._telling = asyncio.create_task(self._all())

    async def _all(self) -> None:
        try:
            while await self.tell():
                pass
        except StoreError as why:
            log.error("notices could not be told: %s; the next turn tries again", why)
            return
        self._wake()

    async def tell(self) -> int:
        """Tell some of what is to be told now; returns how many."""
        if not self._wanted:
            return 0
        notices = await self._store.targets.take_notices(self._owner, self._clock.now(), self._settings.lease, _AT_ONCE)
        alone = [n for n in notices if self._settings.serial(key_of(n.target))]
        await asyncio.gather(self._one_by_one(alone), *(self._tell(n) for n in notices if n not in alone))
        return len(notices)

    async def _one_by_one(self, notices: list[Notice]) -> None:
        for notice in notices:
            await self._tell(notice)

    async def _tell(self, notice: Notice) -> None:
        now = self._clock.now()
        try:
            answer = await self._dispatcher.send(notice_sending(notice, now))
        except Exception as why:
            log.exception("notice %s could not be sent", notice.sequence)
            answer = AttemptResult(now, now, error=str(why))
        again = None
        if answer.error is not None and not answer.gone:
            wait = min(_FIRST * 2 ** min(notice.attempts - 1, 20), _LONGEST)
            again = self._clock.now() + max(wait, answer.wait)
            log.warning("%s was not told to %s: %s", notice.event, notice.target, answer.error)
        await self._store.targets.notified(self._owner, notice, again)

    async def forget(self, now: datetime) -> None:
        if (lost := await self._store.targets.forget_notices(now - _KEPT)) > 0:
            log.error("%s notices could not be told for %s and were dropped", lost, _KEPT)

    async def close(self) -> None:
        if self._telling is not None and not self._telling.done():
            self._telling.cancel()
            await asyncio.wait({self._telling})


def notice_sending(notice: Notice, now: datetime) -> Sending:
    """A notice as a message: the payload that Standard Webhooks recommends, and a sentence for people."""
    if "target" in notice.data:
        notice = replace(notice, data={**notice.data, "target": shown(notice.data["target"])})
    data = {name: utc(value) if isinstance(value, datetime) else value for name, value in notice.data.items()}
    body: dict[str, Any] = {"type": notice.event, "timestamp": utc(notice.at), "data": data}
    number = f"notice_{notice.sequence}_{notice.at:%Y%m%dT%H%M%SZ}"
    words = sentence(notice)
    return Sending(number, notice.target, rest_of(notice.target), body, notice.attempts, now, words, lambda: words)


def sentence(notice: Notice) -> str:
    data = notice.data
    if notice.event == "target.paused":
        return f"Nothing has arrived at {data['target']} since {utc(data['failing_since'])} ({data['error']}). It is paused; its reminders wait, and one is tried every few minutes."
    if notice.event == "target.gone":
        return f"{data['target']} answered 410 Gone: nothing is sent there any more. If that is wrong: alarum targets resume {data['target']}"
    what = f"'{data.get('message', '')}' ({data.get('task')})"
    where = f" to {data['target']}" if data.get("target") else ""
    if notice.event == "run.exhausted":
        return f"The reminder {what} could not be delivered{where}: {data.get('why')}. To send it again: alarum redeliver {data.get('run_id')}"
    return f"{notice.event}: {what}{': ' if data.get('why') else ''}{data.get('why') or ''}"
