"""The history of a task: its runs, every attempt, and why a run waits."""

from __future__ import annotations

from alarum.app.answers import RunAnswer
from alarum.app.context import Context
from alarum.app.find_task import format_call
from alarum.app.to_answer import run_answer
from alarum.errors import Refused
from alarum.settings.target_names import name_of, shown
from alarum.wording import local_text, short
from alarum_store import Run, TaskPage


async def history(context: Context, found: TaskPage, limit: int) -> list[RunAnswer]:
    """The runs of the one task that was found, oldest first. Raises Refused where it is not one."""
    if len(found.tasks) != 1:
        which = "; ".join(
            f"{format_call('query', id=t.id, history=True)} for '{short(t.message)}'" for t in found.tasks[:5]
        )
        raise Refused(
            f"history is that of one task, and {found.total} match; name its id" + (f": {which}" if which else "")
        )
    runs = await context.store.runs.find(task_id=found.tasks[0].id, namespace=context.namespace, limit=limit)
    ordered = sorted(runs, key=lambda run: run.scheduled)  # a run that was skipped in advance is recorded early
    whys = [await waits_for(context, run) for run in ordered]
    return [run_answer(run, await context.store.runs.attempts(run.id), why) for run, why in zip(ordered, whys)]


async def waits_for(context: Context, run: Run) -> str | None:
    """Why a run has not been sent yet; None for one that was, or is on its way."""
    now = context.clock.now()
    if run.state != "waiting" or run.held:
        return None
    if nothing := await context.loop_warnings(lambda what: False):
        return nothing[0]
    if {run.target, name_of(run.target)} & await context.store.targets.paused():
        return f"{shown(run.target)} is paused; alarum targets resume {shown(run.target)}"
    if why := context.settings.unreachable(run.target):
        return f"this process cannot send there: {why}; it waits for one that can"
    if run.try_at is not None and run.try_at > now:
        return f"it is tried again at {local_text(run.try_at, run.zone)}"
    return "it waits for its turn: for a free slot, or for the run before it"
