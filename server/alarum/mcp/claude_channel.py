"""A Claude Code channel (research preview): an MCP server on stdio that puts what fires before the model by itself.

Claude Code takes channel messages only on a connection of the handshake era, so this one speaks no other.
"""

from __future__ import annotations

import asyncio

import anyio
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.runner import serve_loop
from mcp.shared.message import SessionMessage
from mcp.types import JSONRPCNotification

from alarum.alarm.payload import reminder
from alarum.app.follow import WatchFilter, follow
from alarum.app.runtime import Runtime, runtime
from alarum.mcp.server import create_server
from alarum.mcp.stdio import client, end_process
from alarum.settings.settings import Settings
from alarum_store import Run, Task

CHANNEL = "claude/channel"


def message(run: Run, task: Task, running: Runtime) -> JSONRPCNotification:
    """What the model sees: `<channel source="alarum" task="..." ...>the message</channel>`."""
    told = reminder(run, task, running.app.clock.now())
    meta = {
        name: str(told[name])
        for name in ("task", "run_id", "run", "scheduled_for", "now", "late_seconds", "stop", "acknowledge", "note")
    }
    return JSONRPCNotification(
        jsonrpc="2.0", method="notifications/claude/channel", params={"content": task.message, "meta": meta}
    )


async def serve_channel(settings: Settings) -> int:
    """Serve the client on stdin and stdout until it goes."""
    mcp = create_server(
        lambda: runtime(settings, on_failure=end_process), settings.zone, targets=tuple(settings.targets)
    )
    low = mcp._lowlevel_server
    async with (
        client() as (incoming, outgoing),
        low.lifespan(low) as running,
        outgoing.clone() as push,  # an unclosed clone would keep this process alive after the client is gone
        anyio.create_task_group() as group,
    ):
        group.start_soon(_push, running, push)
        await serve_loop(
            low, incoming, outgoing, lifespan_state=running,
            init_options=low.create_initialization_options(experimental_capabilities={CHANNEL: {}}),
        )  # fmt: skip
        group.cancel_scope.cancel()
    return 0


async def _push(running: Runtime, push: MemoryObjectSendStream[SessionMessage]) -> None:
    namespace, after = running.app.namespace, await running.store.runs.last_sequence(running.app.namespace)
    async for run, task in follow(running, namespace, WatchFilter(), after, asyncio.Event()):
        await push.send(SessionMessage(message(run, task, running)))
