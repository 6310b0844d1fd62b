"""One drill: tasks, a receiver, and server processes that are killed with -9 at random moments."""

from __future__ import annotations

import asyncio
import base64
import os
import random
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

from alarum.app.app import App
from alarum.app.request import Request
from alarum.clock import SystemClock
from alarum.settings.settings import Settings
from alarum_nlp import Repeat, to_text
from alarum_store import SqliteStore, Task
from evals.bench.receiver import Receiver
from evals.crash.calls import DAILY, Calls

KEY = bytes(32)
_ALIVE = (0.1, 3.0)  # seconds after its start at which a process is killed
_REPEATING = 10  # tasks that ring every second, for a fifth of all runs
_PATIENCE = 300.0  # seconds for the last process to finish what is left


@dataclass
class Result:
    """What came of it. `explained`: duplicates of a run of whose earlier attempt the outcome was lost in a crash."""

    kills: int
    occurrences: int
    delivered: int
    lost: int
    rung_twice: int
    duplicates: int
    most_duplicates_of_one_run: int
    unexplained: int
    unknown_attempts: int
    calls_answered: int
    answers_broken: int
    seconds: float


class Drill:
    """`runs` occurrences over one store in `folder`, and `kills` processes over the time in which they come due."""

    def __init__(self, folder: Path, kills: int, runs: int, chance: random.Random) -> None:
        self._database = folder / "crash.db"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self._kills, self._runs, self._chance = kills, runs, chance
        self._env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("ALARUM_")},
            "ALARUM_DB": str(self._database),
            "ALARUM_ZONE": "UTC",
            "ALARUM_WEBHOOK_SECRET": "whsec_" + base64.b64encode(KEY).decode(),
            "ALARUM_WEBHOOK_HOSTS": "127.0.0.1",
        }

    async def carry_out(self) -> Result:
        start, receiver = datetime.now(timezone.utc), Receiver.start()
        self._calls = Calls(f"http://127.0.0.1:{self._port}/mcp", receiver.url())
        try:
            expected = await self._schedule(receiver.url())
            for _ in range(self._kills):
                await self._one_life()
            await self._finish()
            return await self._count(expected, receiver.report(), start)
        finally:
            receiver.stop()

    async def _schedule(self, url: str) -> dict[str, int]:
        """Tasks whose runs come due, in bursts, while processes live and die. Task ids to the runs expected of each."""
        store = await SqliteStore.open(self._database)
        settings = Settings(self._database, "UTC", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",))
        app = App(store, settings, SystemClock())
        start = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=1)
        lasts = max(2, int(self._kills * (_ALIVE[1] / 2 + 0.1)))
        each = self._runs // 5 // _REPEATING
        rule = Repeat("second", "UTC", start=start.replace(tzinfo=None), count=each)
        repeating = [
            Task(f"every-{n}", f"repeating {n}", to_text(rule), "UTC", "", "recurring", "active", start, start, webhook=url,
                 policies={"misfire": "all"})
            for n in range(_REPEATING)
        ]  # fmt: skip
        await store.tasks.add_many(repeating)
        single = [
            Request(
                when=start + timedelta(seconds=self._chance.randrange(lasts)),
                message=f"single {n}",
                webhook=url,
                policies={"misfire": "all"},
            )
            for n in range(self._runs - each * _REPEATING)
        ]
        ids = await app.schedule_many(single)
        for name in DAILY:  # for the calls, far from ringing by themselves
            await app.schedule(
                Request(when=f"every day at {(start + timedelta(hours=8)).hour}:30", message=name, id=name)
            )
        await store.close()
        return {**dict.fromkeys(ids, 1), **{task.id: each for task in repeating}}

    def _started(self) -> subprocess.Popen[bytes]:
        """A process that rings: the server, or the lighter `watch`, by chance."""
        command = ["serve", "--port", str(self._port)] if self._chance.random() < 0.5 else ["watch"]
        return subprocess.Popen(
            [sys.executable, "-m", "alarum", *command],
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    async def _one_life(self) -> None:
        """A process is killed while it rings, delivers and, as a server, answers calls."""
        process = self._started()
        calling = asyncio.create_task(self._calling(process))
        await asyncio.sleep(self._chance.uniform(*_ALIVE))
        process.kill()
        process.wait()
        await calling

    async def _calling(self, process: subprocess.Popen[bytes]) -> None:
        """Asks as soon as there is a server and as long as it lives; what is answered is counted."""
        while process.poll() is None:
            await self._calls.until_killed()
            await asyncio.sleep(0.05)

    async def _finish(self) -> None:
        process, store = self._started(), await SqliteStore.open(self._database)
        try:
            for _ in range(int(_PATIENCE * 4)):
                await asyncio.sleep(0.25)
                found = await store.upkeep.statistics(datetime.now(timezone.utc))
                if found.tasks.get("active", 0) <= len(DAILY) and not found.runs.get("waiting"):
                    return
        finally:
            await store.close()
            process.terminate()
            process.wait()

    async def _count(self, expected: dict[str, int], arrivals: list[tuple[float, str]], start: datetime) -> Result:
        store = await SqliteStore.open(self._database)
        broken = await self._calls.broken(store)
        runs = [
            r for r in await store.runs.find(limit=100 * self._runs) if r.state != "missed" and r.task_id in expected
        ]
        unknown = {
            r.id: sum(a.error_class == "unknown" for a in await store.runs.attempts(r.id))
            for r in runs
            if r.attempts > 1
        }
        await store.close()
        arrivals = [(at, name) for at, name in arrivals if name.rpartition("_")[0] in expected]
        times, rung = Counter(name for _, name in arrivals), Counter(run.task_id for run in runs)
        delivered = {run.id for run in runs if run.state == "delivered"}
        moments = Counter((run.task_id, run.scheduled) for run in runs)
        return Result(
            kills=self._kills, occurrences=sum(expected.values()), delivered=len(delivered & set(times)),
            lost=sum(max(0, due - rung[task]) for task, due in expected.items()),
            rung_twice=sum(n - 1 for n in moments.values()) + sum(max(0, rung[task] - due) for task, due in expected.items()),
            duplicates=sum(n - 1 for n in times.values()), most_duplicates_of_one_run=max(times.values(), default=1) - 1,
            unexplained=sum(max(0, n - 1 - unknown.get(name, 0)) for name, n in times.items()) + len(set(times) - {r.id for r in runs}),
            unknown_attempts=sum(unknown.values()), calls_answered=sum(self._calls.answered.values()), answers_broken=broken, seconds=round((datetime.now(timezone.utc) - start).total_seconds()),
        )  # fmt: skip
