"""A running Alarum: store, application and alarm loop, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio

from alarum.alarm.delivery import Dispatcher
from alarum.alarm.loop import AlarmLoop
from alarum.app.app import App
from alarum.app.context import Shared
from alarum.clock import Clock, SystemClock
from alarum.settings.settings import Settings
from alarum_store import SqliteStore, Store


@dataclass(frozen=True, slots=True)
class Runtime:
    app: App
    loop: AlarmLoop
    store: Store


def stopped() -> asyncio.Event:
    """Set when this process is asked to end (SIGTERM, SIGINT), so that it can finish what it holds."""
    event = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):  # Windows: the process ends, and its claims come back by lease
            asyncio.get_running_loop().add_signal_handler(number, event.set)
    return event


@contextlib.asynccontextmanager
async def runtime(
    settings: Settings, clock: Clock | None = None, *, ring: bool = True, dispatcher: Dispatcher | None = None
) -> AsyncIterator[Runtime]:
    """Open the store and, with `ring`, start the alarm loop; both are closed at the end.

    A test passes a `SetClock` and `ring=False`, and turns the loop itself with `alarms.turn()`; `dispatcher` takes the
    place of the webhook.
    Raises StoreError when the database cannot be used.
    """
    clock = clock or SystemClock()
    store = await SqliteStore.open(settings.database, lifecycle=settings.lifecycle, failures=settings.failures)
    alarms = AlarmLoop(store, settings, clock, dispatcher)
    loop = asyncio.create_task(alarms.run()) if ring else None
    try:
        yield Runtime(App(store, settings, clock, alarms.wake, shared=Shared(alarms.turns)), alarms, store)
    finally:
        with anyio.CancelScope(shield=True):  # a client that is gone cancels all, and what is held is given back first
            if loop:
                loop.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await loop
            await alarms.close()
            await store.close()
