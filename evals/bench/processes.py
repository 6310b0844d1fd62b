"""Whole processes: the time from start to the first delivery, memory and processor time when idle, and a kill in a burst."""

from __future__ import annotations

import asyncio
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from alarum.app.request import Request
from alarum.app.runtime import runtime
from evals.bench.burst import PATIENCE, fill, settings
from evals.bench.receiver import Receiver

_SETTLE = 15.0  # seconds until a process is idle: imports, and the walk over times ahead
_WATCHED = 30.0  # seconds of idling that are measured


def start(folder: str, *command: str) -> subprocess.Popen[bytes]:
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("ALARUM_")},
        "ALARUM_DB": str(settings(folder).database),
        "ALARUM_ZONE": "UTC",
        "ALARUM_WEBHOOK_SECRET": "whsec_" + base64.b64encode(bytes(32)).decode(),
        "ALARUM_WEBHOOK_HOSTS": "127.0.0.1",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "alarum", *command], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


async def prepared(folder: str, pending: int, due: int, url: str, ahead: timedelta) -> None:
    async with runtime(settings(folder), ring=False) as running:
        await fill(running, pending)
        at = datetime.now(timezone.utc) + ahead
        await running.app.schedule_many([Request(when=at, message=f"due {n}", webhook=url) for n in range(due)])


async def restart(receiver: Receiver, pending: int) -> float:
    """Seconds from the start of `alarum watch` to the first delivery of what is overdue."""
    with tempfile.TemporaryDirectory() as folder:
        await prepared(folder, pending, 1, receiver.url(), timedelta(milliseconds=1))
        receiver.report()
        begun, process = time.time(), start(folder, "watch")
        try:
            while not receiver.count():
                await asyncio.sleep(0.005)
        finally:
            process.kill()
            process.wait()
        return receiver.report()[0][0] - begun


@dataclass(frozen=True)
class Idle:
    """Resident megabytes, and the part of one core that an idle process takes."""

    megabytes: float
    core: float


async def idle(receiver: Receiver, pending: int, *command: str) -> Idle:
    with tempfile.TemporaryDirectory() as folder:
        await prepared(folder, pending, 0, receiver.url(), timedelta(0))
        process = start(folder, *command)
        try:
            await asyncio.sleep(_SETTLE + pending / 25_000)
            used = _seconds(process.pid)
            await asyncio.sleep(_WATCHED)
            core = (_seconds(process.pid) - used) / _WATCHED
            pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
        finally:
            process.kill()
            process.wait()
    return Idle(pages * os.sysconf("SC_PAGESIZE") / 1e6, core)


def _seconds(pid: int) -> float:
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9  # finer than the ticks of stat


async def killed(receiver: Receiver, due: int = 2000) -> tuple[int, int, int]:
    """Kill -9 in the middle of a burst, and start again: lost, duplicates, and delivery slots."""
    with tempfile.TemporaryDirectory() as folder:
        await prepared(folder, 0, due, receiver.url(), timedelta(seconds=3))
        receiver.report()
        process = start(folder, "watch")
        while receiver.count() < due // 2:
            await asyncio.sleep(0.005)
        process.kill()
        process.wait()
        process, give_up, arrivals = start(folder, "watch"), time.monotonic() + PATIENCE, Counter[str]()
        try:
            while len(arrivals) < due and time.monotonic() < give_up:
                await asyncio.sleep(0.5)
                arrivals.update(name for _, name in receiver.report())
            await asyncio.sleep(2)
            arrivals.update(name for _, name in receiver.report())
        finally:
            process.kill()
            process.wait()
    return due - len(arrivals), sum(arrivals.values()) - len(arrivals), settings(".").slots_per_target
