"""How much each namespace may take of a server that several share: refused plainly, and what is kept goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from alarum.errors import Refused
from alarum_store import Store, Usage

_FRESH = timedelta(seconds=10)  # how long a count is good; what this process adds is counted along


@dataclass(frozen=True, slots=True)
class Limits:
    """Of a namespace: tasks that are not over, bytes of what is kept of all, runs that wait to be sent, streams and named
    watchers, sessions, and calls. None is without a limit.
    """

    tasks: int | None = 10_000
    bytes: int | None = 100_000_000
    waiting: int | None = 100_000
    subscriptions: int | None = 100
    sessions: int | None = 50
    calls: int | None = 20  # a second
    burst: int = 200


class LimitReached(Refused):
    """A limit of the namespace is reached."""


class Bucket:
    """Calls of a namespace: so many a second, and a burst beyond that (a token bucket)."""

    __slots__ = ("_at", "_left")

    def __init__(self, limits: Limits, now: float) -> None:
        self._left, self._at = float(limits.burst), now

    def take(self, limits: Limits, now: float) -> float:
        """0 where a call may go on, else the seconds until one may. `now` is in seconds, of a clock that never goes back."""
        if limits.calls is None:
            return 0.0
        self._left = min(float(limits.burst), self._left + max(0.0, now - self._at) * limits.calls)
        self._at = now
        if self._left < 1:
            return (1 - self._left) / limits.calls
        self._left -= 1
        return 0.0


class Quotas:
    """What the namespaces of a process have taken, as far as there are limits."""

    def __init__(self) -> None:
        self._usage: dict[str, tuple[Usage, datetime]] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._following: Counter[str] = Counter()

    @asynccontextmanager
    async def taken(
        self,
        store: Store,
        namespace: str,
        limits: Limits,
        now: datetime,
        *,
        tasks: int = 0,
        size: int = 0,
        runs: int = 0,
    ) -> AsyncIterator[None]:
        """While so much more is kept. Raises TooMany where it is over a limit. One after the other: none is counted twice."""
        async with self._turns.setdefault(namespace, asyncio.Lock()):
            known = self._usage.get(namespace)
            fresh = known is not None and timedelta() <= now - known[1] < _FRESH
            usage, at = known if known is not None and fresh else (await store.upkeep.usage(namespace), now)
            why_not = _over(_more(usage, tasks, size, runs), limits, tasks, size)
            if why_not and fresh:  # something may have been cancelled since
                usage, at = await store.upkeep.usage(namespace), now
                why_not = _over(_more(usage, tasks, size, runs), limits, tasks, size)
            if why_not:
                raise LimitReached(why_not)
            self._usage.pop(namespace, None)
            yield
            self._usage[namespace] = _more(usage, tasks, size, runs), at

    @contextmanager
    def following(self, namespace: str, limits: Limits | None, count: int = 1) -> Iterator[None]:
        """While something is followed. Raises TooMany."""
        self.follow(namespace, limits, count)
        try:
            yield
        finally:
            self.follow(namespace, None, -count)

    def follow(self, namespace: str, limits: Limits | None, count: int) -> None:
        """Count subscriptions, or with a negative number what ended. Raises TooMany."""
        wanted = self._following[namespace] + count
        if limits is not None and limits.subscriptions is not None and count > 0 and wanted > limits.subscriptions:
            raise LimitReached(
                _limit_reached(
                    "subscriptions", limits.subscriptions, "ALARUM_MAX_SUBSCRIPTIONS", "end one that is not needed"
                )
            )
        self._following[namespace] = wanted
        if wanted <= 0:
            del self._following[namespace]


def _more(usage: Usage, tasks: int, size: int, runs: int) -> Usage:
    return replace(usage, tasks=usage.tasks + tasks, bytes=usage.bytes + size, waiting=usage.waiting + runs)


def _over(usage: Usage, limits: Limits, tasks: int, size: int) -> str | None:
    """Which limit would be exceeded, and what to do about it."""
    if tasks and limits.tasks is not None and usage.tasks > limits.tasks:
        instead = "cancel what is not needed any more, for example cancel(task='*', tag='old', all=true)"
        return _limit_reached("tasks", limits.tasks, "ALARUM_MAX_TASKS", instead)
    if size and limits.bytes is not None and usage.bytes > limits.bytes:
        return _limit_reached(
            "bytes of tasks", limits.bytes, "ALARUM_MAX_BYTES", "keep payloads in files, and name these"
        )
    if limits.waiting is not None and usage.waiting > limits.waiting:
        instead = "look with query(history=true) for what they wait"
        return _limit_reached("runs that wait to be sent", limits.waiting, "ALARUM_MAX_WAITING", instead)
    return None


def _limit_reached(what: str, limit: int, setting: str, instead: str) -> str:
    return f"this namespace may have {limit} {what}, and nothing was added ({setting}); {instead}"
