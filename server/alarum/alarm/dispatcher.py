"""The channels of one process: what they share, and which of the targets they reach."""

from __future__ import annotations

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import ChannelContext
from alarum.clock import Clock
from alarum.http import address_guard
from alarum.http.transport import Timeouts, Transport
from alarum.settings.settings import Settings
from alarum_store import Store

_CONNECT = 5.0  # seconds


class TargetDispatcher:
    """Sends to the targets of the settings, and to the URLs that tasks name."""

    def __init__(self, settings: Settings, clock: Clock, store: Store) -> None:
        self._settings, self._clock = settings, clock
        whole = settings.timeout.total_seconds()
        times = Timeouts(min(_CONNECT, whole), whole * 2 / 3, whole)
        transport = Transport(times, settings.egress, address_guard.resolve)
        self._context = ChannelContext(clock, transport, store, settings.egress, times, address_guard.resolve)

    def reaches(self, key: str) -> bool:
        return self._settings.reaches(key)

    async def send(self, sending: Sending) -> AttemptResult:
        target = self._settings.target_at(sending.target)
        if target is None:
            now = self._clock.now()
            return AttemptResult(
                now, now, error=f"there is no target '{sending.target}' in the settings", error_class="settings"
            )
        return await target.send(sending, self._context)

    async def close(self) -> None:
        await self._context.transport.aclose()
