"""One peer in a process of its own: `peer.py NAME URL COUNT FOLDER`: COUNT tasks due in the same second, each one POST.

Prints the due time (Unix seconds) once all are scheduled, then rings until it is killed. As many as PENDING says are
pending beside them: fewer than for Alarum, since some need minutes to take them. Jobs post with httpx2, the client that Alarum's own transport belongs to.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx2

PENDING = {"apscheduler3": 20_000, "huey": 20_000, "apscheduler4": 0}
LATER = timedelta(days=30)
_local = threading.local()


def post(url: str, number: int) -> None:
    """One client per thread, kept: what a careful user would write."""
    if not hasattr(_local, "client"):
        _local.client = httpx2.Client(trust_env=False, timeout=15)
    _local.client.post(url, content=b"x" * 650, headers={"webhook-id": f"peer-{number}"}).raise_for_status()


_shared = None


async def apost(url: str, number: int) -> None:
    global _shared
    if _shared is None:
        _shared = httpx2.AsyncClient(trust_env=False, timeout=60, limits=httpx2.Limits(max_connections=20))
    (await _shared.post(url, content=b"x" * 650, headers={"webhook-id": f"peer-{number}"})).raise_for_status()


def _due(count: int, per_second: float) -> datetime:
    return (datetime.now(timezone.utc) + timedelta(seconds=count / per_second + 3)).replace(microsecond=0)


def apscheduler3(url: str, count: int, folder: Path) -> None:
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(f"sqlite:///{folder}/aps.db")},
        executors={"default": ThreadPoolExecutor(20)},
        job_defaults={"misfire_grace_time": None},
        timezone=timezone.utc,
    )
    scheduler.start(paused=True)
    for n in range(PENDING["apscheduler3"]):
        scheduler.add_job(post, "date", run_date=datetime.now(timezone.utc) + LATER, args=[url, n])
    due = _due(count, 150)
    for n in range(count):
        scheduler.add_job(post, "date", run_date=due, args=[url, n])
    print(due.timestamp(), flush=True)
    scheduler.resume()
    threading.Event().wait()


def huey(url: str, count: int, folder: Path) -> None:
    from huey import SqliteHuey

    queue = SqliteHuey(filename=f"{folder}/huey.db", utc=True, fsync=True)
    task = queue.task()(post)
    for n in range(PENDING["huey"]):
        task.schedule(args=(url, n), eta=(datetime.now(timezone.utc) + LATER).replace(tzinfo=None))
    due = _due(count, 400)
    for n in range(count):
        task.schedule(args=(url, n), eta=due.replace(tzinfo=None))
    print(due.timestamp(), flush=True)
    queue.create_consumer(workers=20, periodic=False).run()


async def apscheduler4(url: str, count: int, folder: Path) -> None:
    from apscheduler import AsyncScheduler
    from apscheduler.datastores.sqlalchemy import SQLAlchemyDataStore
    from apscheduler.triggers.date import DateTrigger
    from sqlalchemy.ext.asyncio import create_async_engine

    engine = create_async_engine(f"sqlite+aiosqlite:///{folder}/aps4.db")
    async with AsyncScheduler(SQLAlchemyDataStore(engine)) as scheduler:
        due = _due(count, 60)
        for n in range(count):
            await scheduler.add_schedule(apost, DateTrigger(due), args=[url, n])
        print(due.timestamp(), flush=True)
        await scheduler.run_until_stopped()


if __name__ == "__main__":
    name, url, count, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4])
    if name == "apscheduler4":
        asyncio.run(apscheduler4(url, count, folder))
    else:
        {"apscheduler3": apscheduler3, "huey": huey}[name](url, count, folder)
    time.sleep(3600)
