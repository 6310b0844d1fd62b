"""How the store and its loops are."""

from __future__ import annotations

from alarum.alarm.loop_setup import is_alive
from alarum.app.answers import StatisticsAnswer
from alarum.app.context import Context
from alarum.wording import local_text


async def statistics(context: Context) -> StatisticsAnswer:
    """Totals, and whether an alarm loop is running."""
    now = context.clock.now()
    found = await context.store.upkeep.statistics(now, context.settings.reaches)
    loops = await context.store.loop.loops()
    living = [loop for loop in loops if is_alive(loop, now)]
    alive, seen = bool(living) or context.shared.turns(now), max((loop.seen for loop in loops), default=None)
    lag = found.lag.total_seconds()
    state = "rings" if alive else "no alarm loop is running"
    return StatisticsAnswer(
        summary=f"{state}; {found.tasks.get('active', 0)} active tasks, {found.due} due, {found.failed_24h} failed in 24 h, lag {lag:g} s.",
        tasks=found.tasks, runs=found.runs, due=found.due, ready=found.ready, failed_24h=found.failed_24h, lag_seconds=lag,
        last_turn=None if seen is None else local_text(seen, context.settings.zone), loops=len(living), damaged=found.damaged, alive=alive,
    )  # fmt: skip
