"""Many tasks due in the same second, delivered signed to a loopback receiver, beside the HTTP client alone."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx2

from alarum.app.request import Request
from alarum.app.runtime import Runtime, runtime
from alarum.http.address_guard import egress_policy
from alarum.http.transport import Timeouts, Transport
from alarum.settings.settings import Settings
from evals.bench.receiver import Receiver

PATIENCE = 120.0  # seconds until a measure is given up
SLOTS = Settings(Path("bench.db"), "UTC").slots_per_target  # of a server with default settings
_HEADERS = {
    "user-agent": "alarum", "content-type": "application/json", "webhook-id": "bare-12345678_20260101T000000000Z",
    "webhook-timestamp": "1800000000", "webhook-signature": "v1," + "x" * 44,
}  # fmt: skip


@dataclass(frozen=True)
class Burst:
    """Seconds after the due time, and deliveries per second until the last of the healthy ones."""

    rate: float
    first: float
    p50: float
    p99: float
    last: float


def settings(folder: str) -> Settings:
    return Settings(Path(folder) / "bench.db", "UTC", webhook_secrets=(bytes(32),), webhook_hosts=("127.0.0.1",))


async def client_alone(receiver: Receiver, requests: int) -> float:
    """POSTs per second of the HTTP client with a body and headers like ours, as many at once as deliveries go."""
    left = list(range(requests))
    body = b"x" * 650
    async with httpx2.AsyncClient(
        transport=Transport(Timeouts(), egress_policy(["127.0.0.1"])), trust_env=False, timeout=None
    ) as client:

        async def work() -> None:
            while left:
                left.pop()
                (await client.post(receiver.url(), content=body, headers=_HEADERS)).raise_for_status()

        start = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(SLOTS)))
        rate = requests / (time.perf_counter() - start)
    receiver.report()
    return rate


async def fill(running: Runtime, pending: int) -> None:
    """Tasks that are due in a month and later."""
    start = datetime.now(timezone.utc) + timedelta(days=30)
    for first in range(0, pending, 50_000):
        some = range(first, min(pending, first + 50_000))
        await running.app.schedule_many(
            [Request(when=start + timedelta(seconds=n), message=f"pending {n}") for n in some]
        )


async def burst(receiver: Receiver, running: Runtime, due: int, hanging: int = 0) -> Burst:
    """Schedule `due` tasks for the same second, `hanging` more for a host that never answers, and let them ring."""
    receiver.report()
    at = (datetime.now(timezone.utc) + timedelta(seconds=2)).replace(microsecond=0)
    url, stuck = receiver.url(), receiver.url("/hang", 1)
    step = due // hanging if hanging else due + 1
    requests = [
        Request(when=at, message=f"due {n}", webhook=stuck if n % step == 1 and hanging else url)
        for n in range(due + hanging)
    ]
    healthy = sum(r.webhook == url for r in requests)
    ids = await running.app.schedule_many(requests)
    names = {i for i, r in zip(ids, requests, strict=True) if r.webhook == url}
    loop = asyncio.create_task(running.loop.run())
    give_up = time.monotonic() + PATIENCE
    try:
        await asyncio.sleep((at - datetime.now(timezone.utc)).total_seconds())
        while await asyncio.to_thread(receiver.count) < healthy and time.monotonic() < give_up:
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.2)
    finally:
        loop.cancel()
    arrivals = [(t, name) for t, name in await asyncio.to_thread(receiver.report) if name.split("_")[0] in names]
    late = sorted(t - at.timestamp() for t, _ in arrivals)
    if len(late) != healthy or len({name for _, name in arrivals}) != healthy:
        print(f"!! {len(late)} arrivals of {healthy}", file=sys.stderr)
    return Burst(healthy / late[-1], late[0], late[len(late) // 2], late[int(len(late) * 0.99)], late[-1])


async def measure(receiver: Receiver, pending: int, due: int, hanging: int = 0) -> Burst:
    """One burst on a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = replace(settings(folder), grace=timedelta(0)) if hanging else settings(folder)
        async with runtime(chosen, ring=False) as running:
            await fill(running, pending)
            return await burst(receiver, running, due, hanging)
