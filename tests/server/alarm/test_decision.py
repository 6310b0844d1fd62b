"""What the loop does next, as a table: what is known and the moment in; sleep or act, and why, out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarum.alarm.decision import HEARTBEAT, LOOK, Act, LoopState, Sleep, decide
from tests.support.moments import AT as NOW


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        # nothing is due
        ({}, Sleep(at(20), "nothing is due before the next heartbeat")),
        ({"due": at(3600)}, Sleep(at(20), "nothing is due before the next heartbeat")),
        ({"due": at(20)}, Sleep(at(20), "nothing is due before the next heartbeat")),
        ({"due": at(7)}, Sleep(at(7), "nothing is due before then")),
        ({"due": at(7), "upkeep_waits": True}, Act("upkeep has more to do")),
        # something comes soon: the sleep ends exactly then, and the pass behind it rings first
        ({"due": at(1)}, Sleep(at(1), "something comes due within a second", exact=True, ring=True)),
        ({"due": at(0.25)}, Sleep(at(0.25), "something comes due within a second", exact=True, ring=True)),
        # a target asked to be left alone
        ({"held_until": at(5)}, Sleep(at(5), "nothing is due before then")),
        ({"held_until": at(5), "due": at(9)}, Sleep(at(5), "nothing is due before then")),
        ({"held_until": at(0.5)}, Sleep(at(0.5), "something comes due within a second", exact=True, ring=True)),
        # something is due, and this pass has not rung
        ({"due": at(0)}, Act("something is due or ready", ring=True)),
        ({"due": at(-60), "upkeep_waits": True}, Act("something is due or ready", ring=True)),
        ({"can_send": True}, Act("something is due or ready", ring=True)),
        # it has rung: what was not taken waits for a slot or for another process
        ({"due": at(-60), "rang": True}, Sleep(at(1), "what is ready waits for a slot, or for another process", exact=True)),
        ({"can_send": True, "rang": True, "due": at(0.3)}, Sleep(at(0.3), "what is ready waits for a slot, or for another process", exact=True)),
        ({"can_send": True, "rang": True, "due": at(300)}, Sleep(at(1), "what is ready waits for a slot, or for another process", exact=True)),
        ({"due": at(-0.01), "rang": True}, Act("it came due while what was due before rang", ring=True)),
    ],
)  # fmt: skip
def test_what_is_next(known: dict[str, Any], expected: Act | Sleep) -> None:
    state = LoopState(**{"due": None, "began": at(-0.05), **known})
    assert decide(state, NOW) == expected


seconds = st.floats(-100, 100).map(at)
states = st.builds(
    LoopState, st.none() | seconds, st.floats(-1, 0).map(at), st.booleans(), st.none() | seconds, st.booleans(), st.booleans()
)  # fmt: skip


@given(states)
def test_a_sleep_ends_by_the_next_heartbeat_and_never_behind_a_due_time(state: LoopState) -> None:
    step = decide(state, NOW)
    if isinstance(step, Sleep):
        assert step.until <= NOW + HEARTBEAT
        if state.due is not None and state.due > NOW:
            assert step.until <= max(state.due, NOW)


@given(states)
def test_a_pass_that_found_nothing_to_ring_does_not_keep_the_loop_busy(state: LoopState) -> None:
    """Acting again at once needs news: something came due since it rang, or upkeep has more."""
    step = decide(state, NOW)
    if state.rang and isinstance(step, Act):
        assert state.upkeep_waits or (state.due is not None and state.began < state.due <= NOW)
    if state.rang and isinstance(step, Sleep) and state.can_send:
        assert step.until > NOW or step.until == state.due
        assert step.until <= NOW + LOOK
