"""What the answer of a receiver changes: the state and the next time of its task, or its end; the state of an object."""

from __future__ import annotations

import json
import sqlite3

from alarum_store.delivery import Claim, ObjectState, Outcome, ReplyChanges
from alarum_store.model import Task
from alarum_store.sqlite.rows import ms, to_ms
from alarum_store.sqlite.statements import tasks


def carry_out(db: sqlite3.Connection, claim: Claim, outcome: Outcome) -> None:
    """In the transaction that records the outcome. What was cancelled meanwhile stays so."""
    now = to_ms(outcome.ended)
    if outcome.instance is not None:
        _keep(db, claim.task.namespace, outcome.instance)
    if outcome.say is not None:
        _obey(db, claim.task, outcome.say, now)


def _obey(db: sqlite3.Connection, task: Task, say: ReplyChanges, now: int) -> None:
    key = task.key
    if say.state is not None:
        db.execute(
            "update tasks set receiver_state = ?, version = version + 1 where key = ?",
            (json.dumps(say.state, ensure_ascii=False, separators=(",", ":")) if say.state else None, key),
        )
    if say.stop:
        _stop(db, key, say.why, now)
    elif say.next is not None:
        _come(db, task, say, now)


def _stop(db: sqlite3.Connection, key: int, why: str | None, now: int) -> None:
    why = f"its receiver ended it{f': {why}' if why else ''}"[:500]
    db.execute(
        "update tasks set state = 'ended', due = null, scheduled = null, wall = null, why = ?, updated = ?, version = version + 1 "
        "where key = ? and state in ('active', 'paused', 'ended')",
        (why, now, key),
    )
    tasks.take_back(db, key, why, now)


def _come(db: sqlite3.Connection, task: Task, say: ReplyChanges, now: int) -> None:
    """The next run comes at that time, unless the user gave the task another rule since. One that is held keeps it for later."""
    key = task.key
    rule = "" if say.rule is None else "rule = ?, kind = 'once', "
    args = () if say.rule is None else (say.rule,)
    db.execute(  # it goes on, so nobody is told that it ended with this run
        "delete from outbox where event = 'task.ended' and at = ? and json_extract(data, '$.task') = ? and json_extract(data, '$.namespace') = ?",
        (now, task.id, task.namespace),
    )
    db.execute(
        f"update tasks set {rule}due = ?, scheduled = null, wall = null, state = 'active', why = null, updated = ?, version = version + 1 "
        "where key = ? and rule = ? and (state = 'active' or state = 'ended' and why is null)",
        (*args, ms(say.next), now, key, task.rule),
    )
    db.execute(
        f"update tasks set {rule}scheduled = ?, wall = null, updated = ?, version = version + 1 where key = ? and rule = ? and state = 'paused'",
        (*args, ms(say.next), now, key, task.rule),
    )


def _keep(db: sqlite3.Connection, namespace: str, instance: ObjectState) -> None:
    db.execute(
        "insert into objects (namespace, target, name, state) values (?, ?, ?, ?) "
        "on conflict (namespace, target, name) do update set state = excluded.state",
        (namespace, instance.target, instance.name, json.dumps(instance.state, ensure_ascii=False)),
    )
