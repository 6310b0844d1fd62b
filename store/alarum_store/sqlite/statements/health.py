"""How targets are: what fails for long is paused, so that its runs wait and use up none of their tries."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from alarum_store.delivery import Claim, Health, Outcome
from alarum_store.sqlite.rows import at, to_ms

ASKED = "asked"  # the receiver answered, and wants the run again later: that is not a failure of the target
_FEWEST = 5  # failures, before a target counts as failing for long
_PROBE = 5 * 60_000  # milliseconds: how often a paused target is tried


# Whether a target is paused, by itself or by the name in front of its slash.
IS_PAUSED = "exists (select 1 from health h where h.paused is not null and (h.target = {target} or substr({target}, 1, length(h.target) + 1) = h.target || '/'))"


def key_paused(paused: Mapping[str, int | None], target: str) -> str | None:
    """The entry of `paused` that holds a target: its own, or that of its name."""
    name = target.partition("/")[0]
    return target if target in paused else name if name in paused else None


def paused(db: sqlite3.Connection) -> dict[str, int | None]:
    """The targets that are paused, each with when it is tried next."""
    return dict(db.execute("select target, probe from health where paused is not null").fetchall())


def probing(db: sqlite3.Connection, target: str, now: int) -> None:
    db.execute("update health set probe = ? where target = ?", (now + _PROBE, target))


def learn(db: sqlite3.Connection, outcomes: Sequence[tuple[Claim, Outcome]], pause_after: timedelta | None) -> None:
    """Remember since when a target fails; forget it when something succeeds there."""
    failing = {row[0] for row in db.execute("select target from health").fetchall()}
    for claim, outcome in outcomes:
        target = claim.run.target
        if outcome.moved_to is not None:
            continue  # it says nothing about the target
        if outcome.state == "delivered":
            if target in failing:
                db.execute("delete from health where target = ? and (paused is null or probe is not null)", (target,))
        elif not outcome.disables and outcome.error_class != ASKED:
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
            (now, now + _PROBE, target, _FEWEST, now - int(pause_after.total_seconds() * 1000)),
        )  # fmt: skip


def pause_target(db: sqlite3.Connection, target: str, now: datetime) -> bool:
    """By hand: nothing is tried there until it is resumed."""
    sql = "insert into health (target, paused) values (?, ?) on conflict (target) do update set paused = excluded.paused, probe = null"
    return db.execute(sql, (target, to_ms(now))).rowcount > 0


def resume_target(db: sqlite3.Connection, target: str) -> bool:
    return db.execute("delete from health where target = ?", (target,)).rowcount > 0


_LISTED = """
select target, max(since), max(failures), max(error), max(paused), max(probe), sum(waiting), sum(failed), max(last), max(notices),
    max(untold) from (
    select target, failing_since since, failures, error, paused, probe, 0 waiting, 0 failed, null last, 0 notices, null untold from health
    union all
    select target, null, 0, null, null, null, sum(state = 'waiting'), sum(state = 'failed'),
        max(iif(state = 'delivered', ended, null)), 0, null from runs where target <> '' group by target
    union all
    select target, null, 0, null, null, null, 0, 0, null, count(*), min(iif(attempts > 1, at, null)) from outbox group by target
) group by target order by target
"""


def select_health(db: sqlite3.Connection) -> list[Health]:
    """Every target that has runs, or fails, or is paused."""
    return [
        Health(r[0], at(r[1]), r[2], r[3], at(r[4]), at(r[5]), r[6], r[7], at(r[8]), r[9], at(r[10]))
        for r in db.execute(_LISTED).fetchall()
    ]
