"""What the alarm loop does next. Pure: what is known and the moment go in; sleep until, or act, and why, come out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

LOOK = timedelta(seconds=1)  # how soon a write by another process is noticed, and a jump of the clock
HEARTBEAT = timedelta(seconds=20)  # how often the loop says that it is alive


@dataclass(frozen=True, slots=True)
class LoopState:
    """What the loop knows after it has asked the store.

    `due` is the next moment at which something is to be rung, tried again or taken over here. `can_send` says that runs
    are ready and a slot is free for one of them; `held_until` is when the first target of those that are ready may be
    sent to again. `rang` says that this pass rang since `began`, and found nothing more; `upkeep_waits` that upkeep has
    more to do.
    """

    due: datetime | None
    began: datetime
    can_send: bool = False
    held_until: datetime | None = None
    rang: bool = False
    upkeep_waits: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """Make another pass now. With `ring` it rings first: the store is not asked again what is due."""

    why: str
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Sleep:
    """Sleep until a moment, or until something wakes the loop. `exact`: a due time ends it, which is to be met.

    With `ring` the next pass rings first, as something is known to be due then.
    """

    until: datetime
    why: str
    exact: bool = False
    ring: bool = False


def decide(state: LoopState, now: datetime) -> Act | Sleep:
    """The next thing to do. Nothing is rung before its time: a sleep that ends in a ring ends at the due time."""
    due = state.due
    if due is not None and due <= now or state.can_send:
        if not state.rang:
            return Act("something is due or ready", ring=True)
        if due is not None and state.began < due <= now:
            return Act("it came due while what was due before rang", ring=True)
        until = now + LOOK if due is None or due <= now else min(due, now + LOOK)
        return Sleep(until, "what is ready waits for a slot, or for another process", exact=True)
    if state.upkeep_waits:
        return Act("upkeep has more to do")
    soonest = min((at for at in (due, state.held_until) if at is not None), default=None)
    if soonest is not None and soonest - now <= LOOK:
        return Sleep(soonest, "something comes due within a second", exact=True, ring=True)
    heartbeat = now + HEARTBEAT
    if soonest is not None and soonest < heartbeat:
        return Sleep(soonest, "nothing is due before then")
    return Sleep(heartbeat, "nothing is due before the next heartbeat")
