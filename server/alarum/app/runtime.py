"""A running Alarum: store, application and alarm loop, opened and closed together."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import anyio

from alarum.alarm.delivery import Dispatcher
from alarum.alarm.loop import AlarmLoop
from alarum.app.app import App
from alarum.app.context import Shared
from alarum.clock import Clock, SystemClock
from alarum.settings.settings import Settings
from alarum_store import SqliteStore, Store

OnFailure = Callable[[BaseException], None]


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


def _failure(loop: asyncio.Task[None] | None) -> BaseException | None:
    """Why the alarm loop has ended by itself."""
    return loop.exception() if loop and loop.done() and not loop.cancelled() else None


def _cancelling() -> OnFailure:
    """Cancels the task that calls this."""
    owner = asyncio.current_task()

    def cancel(why: BaseException) -> None:
        if owner:
            owner.cancel()

    return cancel


@contextlib.asynccontextmanager
async def runtime(
    settings: Settings,
    clock: Clock | None = None,
    *,
    ring: bool = True,
    dispatcher: Dispatcher | None = None,
    on_failure: OnFailure | None = None,
) -> AsyncIterator[Runtime]:
    """Open the store and, with `ring`, start the alarm loop; both are closed at the end.

    A test passes a `SetClock` and `ring=False`, and turns the loop itself with `loop.turn()`; `dispatcher` takes the
    place of the channels. `on_failure` is called when the loop cannot go on; by default the task that opened the runtime
    is cancelled. Either way the reason is raised at the end. Raises StoreError when the database cannot be used,
    OutdatedProcess where a newer version has upgraded it meanwhile.
    """
    clock = clock or SystemClock()
    store = await SqliteStore.open(settings.database, lifecycle=settings.lifecycle, failures=settings.failures)
    alarms = AlarmLoop(store, settings, clock, dispatcher)
    loop = asyncio.create_task(alarms.run()) if ring else None
    if loop:
        tell = on_failure or _cancelling()
        loop.add_done_callback(lambda done: tell(why) if (why := _failure(done)) else None)
    try:
        yield Runtime(App(store, settings, clock, alarms.wake, shared=Shared(alarms.turns)), alarms, store)
    except asyncio.CancelledError:
        if _failure(loop) is None:
            raise
    finally:
        with anyio.CancelScope(shield=True):  # a client that is gone cancels all, and what is held is given back first
            if loop:
                loop.cancel()
                await asyncio.wait([loop])
            await alarms.close()
            await store.close()
    if why := _failure(loop):
        raise why
