"""The commands that work on the store directly: schedule, query, cancel, watch."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from server.answers import Fired, Inbox, Queried, Scheduled
from server.app import App
from server.clock import SystemClock
from server.describe import fired
from server.errors import Refused
from server.runtime import runtime
from server.scheduling import Request
from server.settings import Settings
from store import Run, StoreError


async def schedule(settings: Settings, request: Request, as_json: bool) -> int:
    async with runtime(settings, ring=False) as running:
        return await _answered(running.app.schedule(request), as_json)


async def query(settings: Settings, text: str | None, status: str | None, as_json: bool) -> int:
    async with runtime(settings, ring=False) as running:
        app: App = running.app
        known = await running.store.get(text) if text else None
        return await _answered(
            app.query(id=text if known else None, text=None if known else text, status=status), as_json
        )


async def cancel(settings: Settings, what: str, as_json: bool) -> int:
    async with runtime(settings, ring=False) as running:
        return await _answered(running.app.cancel(what), as_json)


async def inbox(settings: Settings, acknowledge: list[str], everything: bool, as_json: bool) -> int:
    async with runtime(settings, ring=False) as running:
        return await _answered(running.app.inbox(acknowledge, everything=everything), as_json)


async def _answered(call: Awaitable[Any], as_json: bool) -> int:
    """Print an answer, or the reason of a refusal on stderr. 0 or 1."""
    try:
        answer = await call
    except (Refused, StoreError) as why:
        print(f"alarum: {why}", file=sys.stderr)
        return 1
    if as_json:
        print(answer.model_dump_json(indent=2))
        return 0
    print(answer.summary)
    match answer:
        case Scheduled():
            print(f"id        {answer.task.id}")
            for time in answer.task.next_runs:
                print(f"next      {time.local}")
            print(f"delivery  {answer.delivery}")
            for line in answer.assumptions:
                print(f"assumed   {line}")
            for line in answer.warnings:
                print(f"warning   {line}", file=sys.stderr)
        case Queried():
            for task in answer.tasks:
                ahead = task.next_runs[0].local if task.next_runs else "-"
                print(f"{task.id:10} {task.state:9} {ahead:25} {task.message}  [{task.reading}]")
            _fired(answer.inbox)
        case Inbox():
            _fired(answer.fired)
    return 0


def _fired(runs: list[Fired]) -> None:
    for run in runs:
        print(f"fired      {run.state:9} {run.scheduled_for:25} {run.message}  [{run.id}]")


async def watch(settings: Settings, backlog: bool) -> int:
    """Print one line per fired reminder, for ever. This process rings too, so watching alone is enough.

    With `backlog`, what fired before and was not acknowledged comes first.
    """
    clock = SystemClock()
    async with runtime(settings, clock) as running:
        last = await running.store.last_sequence()
        if backlog:
            for run in await running.store.runs(inbox=True, limit=1000):
                _line(run)
        wake = asyncio.Event()
        while True:
            try:
                for run in await running.store.runs(after=last, limit=200):
                    _line(run)
                    last = run.sequence
            except StoreError as why:
                print(f"alarum: {why}", file=sys.stderr)
            await clock.wait(wake, timedelta(milliseconds=200))


def _line(run: Run) -> None:
    shown = fired(run)
    missed = f", answers for {run.missed} missed" if run.missed else ""
    print(
        f"{shown.scheduled_for} {' '.join(run.message.split())} (run {run.number} of {run.task_id}{missed}; stop: alarum cancel {run.task_id})",
        flush=True,
    )
