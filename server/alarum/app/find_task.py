"""Which task somebody means: by id, by the beginning of an id, or by words; and which ones come close."""

from __future__ import annotations

import asyncio
import json
import re
from difflib import get_close_matches

from alarum.errors import Ambiguous, Refused, Unknown
from alarum.wording import short
from alarum_store import TASK_STATES, Store, Task, TaskFilter, TaskState, plain

_OPEN: tuple[TaskState, ...] = ("active", "paused")
_GONE: tuple[TaskState, ...] = ("cancelled",)
_ORDER: tuple[tuple[TaskState, ...], ...] = (_OPEN, ("ended", "damaged"), _GONE)
_PREFIX = 3  # letters of an id that are enough to mean it
_LISTED = 5
_WORDS = 40  # of a search
_MISSPELT = 4  # words that are compared
_COMPARED = 200  # tasks that a misspelt word is compared with
_READ = 200  # characters of each
_VOCABULARY = 500  # different words in all
_CLOSE = 0.75
_WORD = re.compile(r"[^\W_]+")


def few_words(text: str) -> str:
    """The text of a search. Raises Refused for one that is a document."""
    if len(text.split()) > _WORDS or len(text) > 1000:
        raise Refused(
            f"that is too long to search for; name up to {_WORDS} words of the message, for example 'dentist'"
        )
    return text


def format_call(tool: str, **arguments: object) -> str:
    """A call as it would be written: cancel(task="k4t9")."""
    given = ", ".join(f"{n}={json.dumps(v, ensure_ascii=False)}" for n, v in arguments.items() if v is not None)
    return f"{tool}({given})"


async def find_one(store: Store, namespace: str, what: str, verb: str) -> Task:
    """The one task that `what` means. What is open comes before what is over.

    `verb` is the call that was made ("cancel", "update", or an action of update), for the calls in the error.
    Raises Unknown naming the nearest ones, Ambiguous naming the calls that would mean one of them.
    """
    if known := await store.tasks.get(what, namespace):
        return known
    few_words(what)
    changing = verb in ("update", "pause", "resume", "skip_next")
    for states in _ORDER[:2] if changing else _ORDER:
        found = await store.tasks.find(TaskFilter(namespace, text=what, states=states, limit=_LISTED, named=True))
        if found.total == 1 or found.total and states == _GONE:  # to cancel them again changes nothing
            return found.tasks[0]
        if found.total:
            raise _ambiguous(what, verb, found.tasks, found.total)
    if begun := await by_prefix(store, namespace, what):
        if len(begun) == 1:
            return begun[0]
        raise _ambiguous(what, verb, begun[:_LISTED], len(begun))
    raise Unknown(await _nothing(store, namespace, what, verb))


async def by_prefix(store: Store, namespace: str, prefix: str) -> list[Task]:
    """The tasks whose id begins so, in any state; none for a beginning that is too short to mean one."""
    if len(prefix) < _PREFIX:
        return []
    found = await store.tasks.find(TaskFilter(namespace, prefix=prefix, states=TASK_STATES, limit=50))
    return found.tasks


async def nearest(store: Store, namespace: str, what: str, limit: int = 3) -> list[Task]:
    """Active tasks that share a word with `what`, or are spelt like it; the closest first."""
    some = await store.tasks.find(TaskFilter(namespace, text=what, some=True, limit=50))
    near = some.tasks or (await store.tasks.find(TaskFilter(namespace, limit=_COMPARED))).tasks
    close = await asyncio.to_thread(_close, near, what)  # some milliseconds, however many and however long they are
    ranked = sorted(near, key=lambda task: -close.get(task.key, 0))
    return [task for task in ranked if some.tasks or task.key in close][:limit]


def _close(tasks: list[Task], what: str) -> dict[int, int]:
    """How many words of each task are spelt like one of `what`, of those that have any."""
    there = {task.key: _words(f"{task.id} {task.message[:_READ]} {task.words[:_READ]}") for task in tasks}
    known = sorted(set().union(*there.values()))[:_VOCABULARY] if there else []
    alike: set[str] = set()
    for word in sorted(_words(what))[:_MISSPELT]:
        alike.update(get_close_matches(word, [one for one in known if abs(len(one) - len(word)) <= 2], 3, _CLOSE))
    return {key: n for key, words in there.items() if (n := len(alike & words))}


def _words(text: str) -> set[str]:
    return {plain(word) for word in _WORD.findall(text)[:_WORDS]} - {""}


def _call(verb: str, task: str, **more: object) -> str:
    if verb == "cancel":
        return format_call(verb, task=task, **more)
    return format_call("update", task=task, action=None if verb == "update" else verb, **more)


def _ambiguous(what: str, verb: str, tasks: list[Task], total: int) -> Ambiguous:
    choices = {t.id: f"{short(t.message)} ({short(t.words)})" for t in tasks}
    if verb in ("update", "snooze"):  # calls with more to them than the task
        listed = "; ".join(f"task={json.dumps(t.id)} for '{short(t.message)}' ({short(t.words)})" for t in tasks)
        text = f"{total} tasks match '{short(what)}'; nothing was changed. Make the same call with {listed}."
        return Ambiguous(text, choices)
    done = "cancelled" if verb == "cancel" else "changed"
    listed = "; ".join(f"{_call(verb, t.id)} for '{short(t.message)}' ({short(t.words)})" for t in tasks)
    everything = f"; or {_call(verb, what, all=True)} for all {total}" if verb in ("cancel", "pause", "resume") else ""
    more = f" These are the first {len(tasks)}." if total > len(tasks) else ""
    return Ambiguous(
        f"{total} tasks match '{short(what)}'; nothing was {done}. Call {listed}{everything}.{more}",
        choices,
    )


async def _nothing(store: Store, namespace: str, what: str, verb: str) -> str:
    text = f"no task is called '{short(what)}'."
    if near := await nearest(store, namespace, what):
        listed = "; ".join(f"{_call(verb, t.id)} for '{short(t.message)}'" for t in near)
        return f"{text} The nearest: {listed}."
    first = await store.tasks.find(TaskFilter(namespace, limit=3))
    listed = "; ".join(f"{t.id}: '{short(t.message)}'" for t in first.tasks)
    return f"{text} " + (
        f"There are {first.total}, for example {listed}; query() lists them." if listed else "There are none."
    )
