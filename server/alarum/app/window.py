"""What happens in a window of time: occurrences ahead, and runs that were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import alarum_nlp as nlp
from alarum.app.answers import Queried, Window
from alarum.app.context import Context
from alarum.app.find_task import format_call
from alarum.app.occurrences import occurrences
from alarum.errors import Refused
from alarum.wording import local_text, say_task_time, short
from alarum_nlp import Interval, Unclear
from alarum_store import TASK_STATES, TaskFilter

MOST_TASKS = 5_000  # that are looked at for a window


async def query_window(
    context: Context, find: TaskFilter, words: str, timezone: str | None, *, asked_state: bool
) -> Queried:
    """What happens in a stretch of time: occurrences ahead, and runs that were."""
    now, zone = context.clock.now(), timezone or context.settings.zone
    asked = _interval(context, words, zone)
    whole = replace(find, limit=MOST_TASKS, offset=0)
    ahead = await context.store.tasks.find(replace(whole, states=("active", "paused"), before=asked.end))
    everything = await context.store.tasks.find(replace(whole, states=find.states if asked_state else TASK_STATES))
    matching = {task.id for task in everything.tasks}
    runs = await context.store.runs.find(
        namespace=context.namespace, limit=MOST_TASKS, between=(asked.start, asked.end)
    )
    tasks = [task for task in ahead.tasks if task.id in matching]
    again = [(run, due) for run, due in await context.store.runs.snoozed(context.namespace) if run.task_id in matching]
    happening, warnings = occurrences(tasks, [r for r in runs if r.task_id in matching], again, asked, now)
    if everything.total > MOST_TASKS:
        warnings.append(f"only {MOST_TASKS} of {everything.total} tasks were looked at; name words or a tag")
    page = happening[find.offset : find.offset + find.limit]
    following = find.offset + len(page)
    what = "occurrence" if len(happening) == 1 else "occurrences"
    ends = asked.end - timedelta(minutes=1) if local_text(asked.end, zone)[11:16] == "00:00" else asked.end
    start, end = (say_task_time(at.replace(second=0, microsecond=0), zone) for at in (asked.start, ends))
    first = next((o for o in happening if o.state == "ahead"), None)
    soonest = f" Next: '{short(first.message)}' at {first.local}." if first else ""
    return Queried(
        summary=f"{len(happening)} {what} from {start} to {end} ({zone}).{soonest}", now=context.here(), total=len(happening),
        window=Window(start=local_text(asked.start, zone), end=local_text(asked.end, zone), zone=zone), occurrences=page,
        next_offset=following if page and following < len(happening) else None, assumptions=list(asked.assumed),
        warnings=warnings,
    )  # fmt: skip


def _interval(context: Context, words: str, zone: str) -> Interval:
    found = nlp.interval(words, context.clock.now(), zone)
    if isinstance(found, Unclear):
        choices = " or ".join(format_call("query", when=choice) for choice in found.choices[:3])
        raise Refused(f"{found.reason}. Say it for example as {choices}.")
    return found
