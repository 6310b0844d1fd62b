"""Which task somebody means: by id, by the beginning of an id, or by words; and which ones come close."""

from __future__ import annotations

import json
from difflib import SequenceMatcher

from server.describe import short
from server.errors import Ambiguous, Unknown
from store import Find, Store, Task, TaskState, terms, wanted

_OPEN: tuple[TaskState, ...] = ("active", "paused")
_OVER: tuple[TaskState, ...] = ("ended", "cancelled", "damaged")
_PREFIX = 3  # letters of an id that are enough to mean it
_LISTED = 5
_COMPARED = 500  # tasks that a misspelt word is compared with
_CLOSE = 0.75


def said(tool: str, **arguments: object) -> str:
    """A call as it would be written: cancel(task="k4t9")."""
    given = ", ".join(f"{n}={json.dumps(v, ensure_ascii=False)}" for n, v in arguments.items() if v is not None)
    return f"{tool}({given})"


async def find_one(store: Store, namespace: str, what: str, verb: str) -> Task:
    """The one task that `what` means. What is open comes before what is over.

    `verb` is the call that was made ("cancel", "update", or an action of update), for the calls in the error.
    Raises Unknown naming the nearest ones, Ambiguous naming the calls that would mean one of them.
    """
    if known := await store.get(what, namespace):
        return known
    over: tuple[TaskState, ...] = ("ended",) if verb in ("update", "pause", "resume", "skip_next") else _OVER
    for states in (_OPEN, over):
        found = await store.find(Find(namespace, text=what, states=states, limit=_LISTED))
        if found.total == 1 or found.total and verb == "cancel" and states is over:
            return found.tasks[0]
        if found.total:
            raise _ambiguous(what, verb, found.tasks, found.total)
    if len(what) >= _PREFIX and (begun := await by_prefix(store, namespace, what)):
        if len(begun) == 1:
            return begun[0]
        raise _ambiguous(what, verb, begun[:_LISTED], len(begun))
    raise Unknown(await _nothing(store, namespace, what, verb))


async def by_prefix(store: Store, namespace: str, prefix: str) -> list[Task]:
    """The tasks whose id begins so, in any state."""
    found = await store.find(Find(namespace, prefix=prefix, states=(*_OPEN, *_OVER), limit=50))
    return found.tasks


async def nearest(store: Store, namespace: str, what: str, limit: int = 3) -> list[Task]:
    """Active tasks that share a word with `what`, or are spelt like it; the closest first."""
    some = await store.find(Find(namespace, text=what, some=True, limit=50))
    near = some.tasks or (await store.find(Find(namespace, limit=_COMPARED))).tasks
    words = wanted(what)

    def likeness(task: Task) -> float:
        there = [task.id.casefold(), *terms(task.message, task.words).split()]
        best = [max((SequenceMatcher(None, word, other).ratio() for other in there), default=0.0) for word in words]
        return sum(x for x in best if x >= _CLOSE)

    ranked = sorted(((likeness(task), task) for task in near), key=lambda pair: -pair[0])
    return [task for like, task in ranked if like][:limit] or [task for _, task in ranked if some.tasks][:limit]


def _call(verb: str, task: str, **more: object) -> str:
    if verb in ("cancel", "query"):
        return said(verb, **{"id" if verb == "query" else "task": task}, **more)
    return said("update", task=task, action=None if verb == "update" else verb, **more)


def _ambiguous(what: str, verb: str, tasks: list[Task], total: int) -> Ambiguous:
    done = {"cancel": "cancelled", "query": "shown"}.get(verb, "changed")
    listed = "; ".join(f"{_call(verb, t.id)} for '{short(t.message)}' ({short(t.words)})" for t in tasks)
    everything = f"; or {_call(verb, what, all=True)} for all {total}" if verb in ("cancel", "pause", "resume") else ""
    more = f" These are the first {len(tasks)}." if total > len(tasks) else ""
    return Ambiguous(
        f"{total} tasks match '{short(what)}'; nothing was {done}. Call {listed}{everything}.{more}",
        {t.id: f"{short(t.message)} ({short(t.words)})" for t in tasks},
    )


async def _nothing(store: Store, namespace: str, what: str, verb: str) -> str:
    text = f"no task is called '{short(what)}'."
    if near := await nearest(store, namespace, what):
        listed = "; ".join(f"{_call(verb, t.id)} for '{short(t.message)}'" for t in near)
        return f"{text} The nearest: {listed}."
    first = await store.find(Find(namespace, limit=3))
    listed = "; ".join(f"{t.id}: '{short(t.message)}'" for t in first.tasks)
    return f"{text} " + (
        f"There are {first.total}, for example {listed}; query() lists them." if listed else "There are none."
    )
