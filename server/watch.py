"""`alarum watch`: one line per fired reminder, for an agent's background monitor. This process rings too."""

from __future__ import annotations

import sys

from server.alarms import BEAT
from server.clock import SystemClock
from server.describe import fired
from server.runtime import runtime, stopped
from server.settings import Settings
from store import Run, Store, StoreError


async def watch(settings: Settings, backlog: bool) -> int:
    """Print a line per fired reminder until stopped; with `backlog`, first what fired before and was not acknowledged."""
    clock = SystemClock()
    async with runtime(settings, clock) as running:
        last = await running.store.last_sequence()
        if backlog:
            for run in await running.store.runs(namespace=settings.namespace, inbox=True, limit=1000):
                _line(run)
        stop, seen = stopped(), object()

        def news() -> bool:
            return stop.is_set() or running.store.mark(clock.now()) != seen

        while not stop.is_set():
            if news():
                seen = running.store.mark(clock.now())
                last = await _news(running.store, settings.namespace, last)
            await clock.wait(running.alarms.rang, BEAT, glance=news)
    return 0


async def _news(store: Store, namespace: str, last: int) -> int:
    """Print what has fired since the sequence `last`; the newest sequence."""
    try:
        for run in await store.runs(namespace=namespace, after=last, limit=1000):
            if run.state != "skipped":
                _line(run)
            last = run.sequence
    except StoreError as why:
        print(f"alarum: {why}", file=sys.stderr)
    return last


def _line(run: Run) -> None:
    shown = fired(run)
    missed = f", answers for {run.missed} missed" if run.missed else ""
    print(
        f"{shown.scheduled_for} {' '.join(run.message.split())} (run {run.number} of {run.task_id}{missed}; stop: alarum cancel {run.task_id})",
        flush=True,
    )
