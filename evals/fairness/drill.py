"""One drill: a server with two tokens. One namespace has a run every 50 ms; the other hangs, bursts, repeats and misspells."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import socket
import string
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx2

from alarum.app.app import App
from alarum.app.interface import Application
from alarum.app.request import Request
from alarum.cli.remote_app import remote
from alarum.clock import SystemClock
from alarum.settings.settings import Settings
from alarum_store import SqliteStore
from evals.bench.receiver import Receiver

KEY = bytes(32)
WORST, OTHER = "worst-0123456789abcdef", "other-0123456789abcdef"
_EVERY = timedelta(milliseconds=50)
_HANGING = 250  # hosts that take a request and never answer
_BURST = 2000
_HOSTILE = (
    "9:00 and " * 222,
    "noon and (" * 200,
    "put " + "a, " * 600 + "calendar",
    "1st, " * 400,
    "RRULE:FREQ=SECONDLY;COUNT=10000",
)
_MISSPELT = "dentits apointment wiht docter smiht on fridya mornign"


@dataclass
class Result:
    """Lateness in seconds, of a run at its receiver. `calls` are those that the worst namespace made, `refused` those by a limit."""

    expected: int
    arrived: int
    p50_quiet: float
    p99_quiet: float
    p50_beside: float
    p99_beside: float
    max_beside: float
    calls: int
    refused: int
    health: int


class Drill:
    def __init__(self, folder: Path, seconds: int) -> None:
        self._folder, self._seconds = folder, seconds
        self._chance = random.Random(1)
        self._calls = self._refused = 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ALARUM_")},
            "ALARUM_DB": str(folder / "fair.db"), "ALARUM_ZONE": "UTC", "ALARUM_TOKENS": f"worst={WORST},other={OTHER}",
            "ALARUM_WEBHOOK_SECRET": "whsec_" + base64.b64encode(KEY).decode(), "ALARUM_WEBHOOK_HOSTS": "127.0.0.1",
        }  # fmt: skip

    async def carry_out(self) -> Result:
        receiver = Receiver.start()
        command = [sys.executable, "-m", "alarum", "serve", "--port", str(self._port)]
        store = await SqliteStore.open(self._folder / "fair.db")
        server = subprocess.Popen(command, env=self._env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        settings = Settings(self._folder / "fair.db", "UTC", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",))
        app = App(store, settings, SystemClock())
        try:
            while await self._health() != 200:
                await asyncio.sleep(0.2)
            quiet = await self._half(app, receiver)
            async with self._worst(app, receiver):
                beside = await self._half(app, receiver)
                health = await self._health()
        finally:
            server.terminate()
            server.wait()
            await store.close()
            receiver.stop()
        expected = 2 * int(timedelta(seconds=self._seconds) / _EVERY)
        p50_quiet, p99_quiet, p50_beside, p99_beside = (
            round(_part(half, p), 4) for half in (quiet, beside) for p in (0.5, 0.99)
        )
        return Result(
            expected=expected, arrived=len(quiet) + len(beside), p50_quiet=p50_quiet, p99_quiet=p99_quiet, p50_beside=p50_beside, p99_beside=p99_beside,
            max_beside=round(max(beside), 4), calls=self._calls, refused=self._refused, health=health,
        )  # fmt: skip

    async def _health(self) -> int:
        try:
            async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
                return (await http.get(f"http://127.0.0.1:{self._port}/health")).status_code
        except httpx2.HTTPError:
            return 0

    async def _half(self, app: App, receiver: Receiver) -> list[float]:
        """The lateness of a run every 50 ms."""
        start = datetime.now(timezone.utc) + timedelta(seconds=3)
        ats = [start + n * _EVERY for n in range(int(timedelta(seconds=self._seconds) / _EVERY))]
        other = app.within("other")
        ids = await other.schedule_many([Request(when=at, message="quiet", webhook=receiver.url()) for at in ats])
        due = dict(zip(ids, ats))
        await asyncio.sleep(self._seconds + 3 + 5)
        found: dict[str, float] = {}
        for at, name in receiver.report():
            task = name.removeprefix("other~").rpartition("_")[0]
            if task in due:
                found.setdefault(task, at - due[task].timestamp())
        return list(found.values())

    @contextlib.asynccontextmanager
    async def _worst(self, app: App, receiver: Receiver) -> AsyncIterator[None]:
        """All at once: hosts that hang, a burst now and then, hostile words, misspelt searches, half of a request."""
        servers = [await asyncio.start_server(_hang, "127.0.0.1", 0) for _ in range(_HANGING)]
        ports = [server.sockets[0].getsockname()[1] for server in servers]
        worst, now = app.within("worst"), datetime.now(timezone.utc) + timedelta(seconds=2)
        hanging = [
            Request(
                when=now + timedelta(seconds=n % self._seconds), message="hangs", webhook=f"http://127.0.0.1:{port}/"
            )
            for n, port in enumerate(4 * ports)
        ]
        bursts = [
            Request(when=now + timedelta(seconds=5 + 10 * burst), message="burst", webhook=receiver.url())
            for burst in range(self._seconds // 10)
            for _ in range(_BURST)
        ]
        await worst.schedule_many(hanging + bursts)
        loops = [asyncio.create_task(self._calling()) for _ in range(4)] + [asyncio.create_task(self._half_open())]
        try:
            yield
        finally:
            for task in loops:
                task.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            for server in servers:
                server.close()

    async def _calling(self) -> None:
        async with remote(f"http://127.0.0.1:{self._port}/mcp", WORST) as there:
            while True:
                self._calls += 1
                try:
                    await self._call(there)
                except Exception:
                    self._refused += 1
                    await asyncio.sleep(0.02)

    async def _call(self, there: Application) -> None:
        match self._calls % 3:
            case 0:
                await there.schedule(Request(when=self._chance.choice(_HOSTILE)))
            case 1:
                await there.query(text=_MISSPELT)
            case _:
                words = ("".join(self._chance.choices(string.ascii_lowercase, k=5)) for _ in range(1500))
                await there.schedule(Request(when="every day at 9", message=" ".join(words)))

    async def _half_open(self) -> None:
        """A thousand connections that never finish their request."""
        held: list[socket.socket] = []
        try:
            while True:
                held.append(one := socket.socket())
                one.setblocking(False)
                with contextlib.suppress(OSError):
                    await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", self._port))
                    await asyncio.get_running_loop().sock_sendall(one, b"POST /mcp HTTP/1.1\r\nHost: ")
                while len(held) > 800:
                    held.pop(0).close()
                await asyncio.sleep(0.01)
        finally:
            for one in held:
                one.close()


async def _hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        await reader.read()
    writer.close()


def _part(values: list[float], part: float) -> float:
    return sorted(values)[min(len(values) - 1, int(part * len(values)))]
