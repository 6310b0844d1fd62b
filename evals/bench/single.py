"""A single task on an idle server: how long after its due time the POST is begun."""

from __future__ import annotations

import asyncio
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from alarum.alarm.loop import AlarmLoop
from alarum.app.request import Request
from alarum.app.scheduler import Scheduler
from alarum.channels.attempt import AttemptResult, Sending
from alarum.clock import SystemClock
from alarum.settings.settings import Settings
from alarum.settings.target_names import address
from alarum_store import SqliteStore


class _Noting:
    """A channel that notes when it is called, which is where a POST would begin."""

    def __init__(self) -> None:
        self.late: list[float] = []

    def reaches(self, key: str) -> bool:
        return True

    async def send(self, sending: Sending) -> AttemptResult:
        claim = sending.claim
        assert claim is not None
        self.late.append(time.time() - claim.run.scheduled.timestamp())
        now = datetime.now(timezone.utc)
        return AttemptResult(now, now, 204)

    async def close(self) -> None:
        """Nothing is held."""


async def lateness(count: int = 200) -> list[float]:
    """Seconds, sorted, of tasks that come due one at a time at odd milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        url = "http://127.0.0.1:9/hook"
        settings = Settings(Path(folder) / "a.db", "UTC", webhook=url)
        store, noting = await SqliteStore.open(settings.database), _Noting()
        alarms = AlarmLoop(store, settings, SystemClock(), noting)
        start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=2)
        ats = [start + timedelta(milliseconds=157 * n) for n in range(count)]
        await store.tasks.add_many(
            Scheduler(settings, start - timedelta(hours=1), "").tasks(
                Request(when=at, message=address(url)) for at in ats
            )
        )
        loop = asyncio.create_task(alarms.run())
        while len(noting.late) < count:
            await asyncio.sleep(0.5)
        loop.cancel()
        await alarms.close()
        await store.close()
    return sorted(noting.late)
