"""`alarum watch`: one line per fired reminder, for an agent's background monitor. This process rings too."""

from __future__ import annotations

import json

from alarum.alarm.payload import line, occurrence
from alarum.app.runtime import runtime, stopped
from alarum.app.watch import Watching, beginning, checked_watcher, watched
from alarum.cli.watch_client import frames
from alarum.clock import SystemClock
from alarum.safe_text import visible
from alarum.settings.settings import Settings


async def watch(settings: Settings, how: Watching, as_json: bool) -> int:
    """Print a line per fired reminder until stopped."""
    clock = SystemClock()
    async with runtime(settings, clock) as running:
        await checked_watcher(running.app, how.name)
        after = await beginning(running, settings.namespace, how)
        async for run, task in watched(running, settings.namespace, how, after, stopped()):
            now = clock.now()
            if as_json:
                text = visible(json.dumps(occurrence(run, task, now, str(run.sequence)), ensure_ascii=False))
            else:
                text = line(run, task, now)
            print(text, flush=True)
    return 0


async def watch_server(url: str, token: str | None, how: Watching, as_json: bool) -> int:
    """The same through the WebSocket of a running server: it rings, and this process only prints. Connects again after a break."""
    async for occurred in frames(url, token, how):
        print(visible(json.dumps(occurred, ensure_ascii=False) if as_json else occurred["line"]), flush=True)
    return 0
