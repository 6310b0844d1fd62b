"""The inbox: what fired and waits for acknowledgement."""

from __future__ import annotations

from collections.abc import Sequence

from alarum.app.answers import Inbox
from alarum.app.context import Context
from alarum.app.to_answer import fired
from alarum.errors import Refused
from alarum_store import Run


async def inbox(context: Context, acknowledge: Sequence[str], *, everything: bool = False, limit: int = 50) -> Inbox:
    """What fired and waits; the runs named, or all that wait, are marked as seen first. Raises Refused.

    A task may be named too, by its id or by words: then all that fired of it.
    """
    if not 1 <= limit <= 200:
        raise Refused("limit goes from 1 to 200, for example 50")
    ids: list[str] = []
    for one in acknowledge:
        if await context.store.runs.get(one, context.namespace):
            ids.append(one)
        elif await context.store.tasks.get(named := await context.fired_one(one), context.namespace):
            ids += await context.waiting_of(named)
        else:
            raise Refused(
                f"no run or task has the id '{one}'; nothing was acknowledged. inbox() lists what waits, with ids."
            )
    done = 0
    marked: list[Run] = []
    while everything and (more := await context.store.runs.find(namespace=context.namespace, inbox=True, limit=1000)):
        marked = [*more, *marked]  # the newest come first
        done += await context.store.runs.acknowledge([run.id for run in more], context.clock.now(), context.namespace)
    done += await context.store.runs.acknowledge(ids, context.clock.now(), context.namespace)
    total, _ = await context.store.runs.waiting(context.namespace)
    waiting = (
        marked[-limit:]
        if everything
        else await context.store.runs.find(namespace=context.namespace, inbox=True, limit=limit)
    )
    told = f"; {done} acknowledged." if ids or everything else "."
    newest = f" The newest {len(waiting)} are shown." if (done if everything else total) > len(waiting) else ""
    return Inbox(
        summary=f"{total} waiting in the inbox{told}{newest}", now=context.here(), total=total,
        fired=[fired(run) for run in waiting], acknowledged=done, warnings=await context.loop_warnings(lambda what: False),
    )  # fmt: skip
