"""The only place that asks the system what time it is, and the only one that waits for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Protocol

Glance = Callable[[], bool]


class Clock(Protocol):
    def now(self) -> datetime:
        """The present moment, aware UTC."""
        ...

    async def wait(
        self, wake: asyncio.Event, longest: timedelta, *, exact: bool = False, glance: Glance | None = None
    ) -> None:
        """Return when `wake` is set or when `longest` is over, whichever comes first.

        With `exact` to a fraction of a millisecond; or earlier, when `glance`, called each second, says so.
        """
        ...


_SPIN = 0.002  # seconds
_GLANCE = 1.0  # seconds


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)

    async def wait(
        self, wake: asyncio.Event, longest: timedelta, *, exact: bool = False, glance: Glance | None = None
    ) -> None:
        loop = asyncio.get_running_loop()
        timer = None

        def look() -> None:
            nonlocal timer
            if glance and glance():
                wake.set()
            else:
                timer = loop.call_later(_GLANCE, look)

        if glance:
            timer = loop.call_later(_GLANCE, look)
        end = loop.time() + longest.total_seconds()
        # Timers of an event loop come up to some milliseconds late: the last stretch is spent turning the loop.
        rest = longest.total_seconds() - (_SPIN if exact else 0)
        if rest > 0 and not wake.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await wake.wait()
        while exact and not wake.is_set() and loop.time() < end:
            await asyncio.sleep(0)
        if timer:
            timer.cancel()
        wake.clear()


class SetClock:
    """A clock that stands still until it is set: for tests and for trying things out."""

    def __init__(self, now: datetime) -> None:
        self._now = now.astimezone(timezone.utc)

    def now(self) -> datetime:
        return self._now

    def set(self, now: datetime) -> None:
        self._now = now.astimezone(timezone.utc)

    def tick(self, step: timedelta) -> datetime:
        self._now += step
        return self._now

    async def wait(
        self, wake: asyncio.Event, longest: timedelta, *, exact: bool = False, glance: Glance | None = None
    ) -> None:
        await wake.wait()
        wake.clear()


def local_zone() -> tuple[str, bool]:
    """The IANA name of this machine's zone, and False when it could not be found and UTC stands in."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
    except Exception:  # tzlocal raises several kinds for a machine whose zone is set in an odd way
        name = None
    return (name, True) if name else ("UTC", False)
