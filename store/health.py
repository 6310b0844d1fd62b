"""How targets are: what fails for long is paused, so that its runs wait and use up none of their tries."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from store.delivering import Claim, Health, Outcome
from store.rows import at, to_ms

_FEWEST = 5  # failures, before a target counts as failing for long
PROBE = timedelta(minutes=5)  # how often a paused target is tried


def paused(db: sqlite3.Connection) -> dict[str, int | None]:
    """The targets that are paused, each with when it is tried next."""
    return dict(db.execute("select target, probe from health where paused is not null").fetchall())


def probing(db: sqlite3.Connection, target: str, now: int) -> None:
    db.execute("update health set probe = ? where target = ?", (now + int(PROBE.total_seconds() * 1000), target))


def learn(db: sqlite3.Connection, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None) -> None:
    """Remember since when a target fails; forget it when something succeeds there."""
    failing = {row[0] for row in db.execute("select target from health").fetchall()}
    for claim, outcome in outcomes:
        target = claim.run.target
        if outcome.state == "delivered":
            if target in failing:
                db.execute("delete from health where target = ?", (target,))
                failing.discard(target)
        elif not outcome.gone:
            _failed(db, target, to_ms(outcome.ended), outcome.error or "", pause_after)
            failing.add(target)


def _failed(db: sqlite3.Connection, target: str, now: int, error: str, pause_after: timedelta | None) -> None:
    db.execute(
        "insert into health (target, failing_since, failures, error) values (?, ?, 1, ?) on conflict (target) do update set "
        "failures = failures + 1, error = excluded.error, failing_since = coalesce(failing_since, excluded.failing_since)",
        (target, now, error[:300]),
    )
    if pause_after is not None:
        db.execute(
            "update health set paused = ?, probe = ? where target = ? and paused is null and failures >= ? and failing_since <= ?",
            (now, now + int(PROBE.total_seconds() * 1000), target, _FEWEST, now - int(pause_after.total_seconds() * 1000)),
        )  # fmt: skip


def pause(db: sqlite3.Connection, target: str, now: datetime) -> bool:
    """By hand: nothing is tried there until it is resumed."""
    sql = "insert into health (target, paused) values (?, ?) on conflict (target) do update set paused = excluded.paused, probe = null"
    return db.execute(sql, (target, to_ms(now))).rowcount > 0


def resume(db: sqlite3.Connection, target: str) -> bool:
    return db.execute("delete from health where target = ?", (target,)).rowcount > 0


_LISTED = """
select target, max(since), max(failures), max(error), max(paused), max(probe), sum(waiting), sum(failed), max(last) from (
    select target, failing_since since, failures, error, paused, probe, 0 waiting, 0 failed, null last from health
    union all
    select target, null, 0, null, null, null, sum(state = 'waiting'), sum(state = 'failed'),
        max(iif(state = 'delivered', ended, null)) from runs where target <> '' group by target
) group by target order by target
"""


def listed(db: sqlite3.Connection) -> list[Health]:
    """Every target that has runs, or fails, or is paused."""
    return [
        Health(r[0], at(r[1]), r[2], r[3], at(r[4]), at(r[5]), r[6], r[7], at(r[8]))
        for r in db.execute(_LISTED).fetchall()
    ]
