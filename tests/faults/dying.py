"""Run in a process of its own: an Alarum that kills itself with -9 at a named step of its first delivery.

Arguments: the database, the receiver's URL, and "claimed", "posted", "recording", "ringing" or "migrating".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from alarum.alarm.dispatcher import TargetDispatcher
from alarum.alarm.loop import AlarmLoop
from alarum.channels.attempt import AttemptResult, Sending
from alarum.clock import SystemClock
from alarum.settings.settings import Settings
from alarum_store import SqliteStore
from alarum_store.sqlite import migrations
from alarum_store.sqlite.statements import claiming, ringing

database, url, step = Path(sys.argv[1]), sys.argv[2], sys.argv[3]


def die(*_: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


class Dying(TargetDispatcher):
    async def send(self, sending: Sending) -> AttemptResult:
        if step == "claimed":
            die()
        answer = await super().send(sending)
        return die() if step == "posted" else answer


def dying_after(work: Any) -> Any:
    """The statement is carried out, and its transaction is never committed."""

    def carried_out(db: sqlite3.Connection, *args: Any, **kwargs: Any) -> Any:
        work(db, *args, **kwargs)
        return die()

    return carried_out


async def main() -> None:
    if step == "recording":
        claiming.finish = dying_after(claiming.finish)
    if step == "ringing":
        ringing._carry_out = dying_after(ringing._carry_out)
    if step == "migrating":
        half = migrations.MIGRATIONS[1].split(";")[:12]
        migrations.MIGRATIONS = (migrations.MIGRATIONS[0], ";".join([*half, "select die()"]))  # type: ignore[assignment]
        connect = sqlite3.connect

        def connected(*args: Any, **kwargs: Any) -> sqlite3.Connection:
            db: sqlite3.Connection = connect(*args, **kwargs)
            db.create_function("die", 0, die)
            return db

        sqlite3.connect = connected  # type: ignore[assignment]
    clock = SystemClock()
    store = await SqliteStore.open(database)
    settings = Settings(database, "UTC", webhook=url, webhook_secrets=(bytes(32),))
    alarms = AlarmLoop(store, settings, clock, Dying(settings, clock, store))
    await alarms.turn()
    await alarms.close()
    await store.close()


asyncio.run(main())
