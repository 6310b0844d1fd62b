"""What a receiver asked for in its answer, as changes of its task: words become times by the same language as everywhere."""

from __future__ import annotations

from datetime import datetime, timedelta

import alarum_nlp as nlp
from alarum.alarm.planner import rounded_up, upcoming
from alarum.channels.reply_directives import ReplyDirectives
from alarum.settings.settings import Settings
from alarum_nlp import Unclear
from alarum_store import ReplyChanges, Task

_MS = timedelta(milliseconds=1)


def apply_reply(
    said: ReplyDirectives, task: Task, now: datetime, settings: Settings, *, done: bool
) -> tuple[ReplyChanges | None, list[str]]:
    """What is to be changed, and what of the answer could not be followed, in words.

    An attempt that is not `done` changes the state alone: the run comes again.
    """
    notes = [f"of the answer, {what}, so it was ignored" for what in said.ignored]
    if not done:
        return (ReplyChanges(state=said.state) if said.state is not None else None), notes
    when, rule = None, None
    if said.next is not None and not said.stop:
        try:
            when, rule = _next(said.next, task, now, settings)
        except (ValueError, OverflowError) as why:
            notes.append(f"of the answer, next={said.next[:80]!r} was not followed: {why}")
    if said.reason is not None:
        notes.append(f"its receiver says: {said.reason}")
    say = ReplyChanges(said.state, when, rule, said.stop, said.reason)
    return (None if say == ReplyChanges(why=said.reason) else say), notes


def _next(words: str, task: Task, now: datetime, settings: Settings) -> tuple[datetime, str | None]:
    """The moment that words mean; and of a task without repetition its new rule. Raises ValueError."""
    found = nlp.read(words, now, task.zone)
    if isinstance(found, Unclear):
        raise ValueError(found.reason)
    when = upcoming(found.rule, now - _MS)
    if found.kind != "once" or when is None:
        raise ValueError("it is not one moment ahead, such as 'in 30 minutes' or 'tomorrow at 9'")
    when = max(when, rounded_up(now + settings.min_interval))  # as often as any task may ring, and no oftener
    return when, None if task.kind == "recurring" else nlp.to_text(found.rule)
