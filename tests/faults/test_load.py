"""Many at once, much overdue, somebody who floods, and receivers that hang: everyone gets a turn."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alarum.app.request import Request
from alarum.testing import Sent, trial
from tests.support.moments import TEN_UTC as NOW

pytestmark = pytest.mark.anyio
GOOD, BAD = "http://good.example/hook", "http://bad.example/hook"


async def test_ten_thousand_due_at_once_are_all_delivered_once() -> None:
    async with trial(NOW) as alarum:
        at = NOW + timedelta(minutes=1)
        await alarum.app.schedule_many([Request(when=at, message=f"m{n}", webhook=GOOD) for n in range(10_000)])
        await alarum.advance("1m")
        assert len({s.run_id for s in alarum.sent}) == len(alarum.sent) == 10_000
        assert (await alarum.app.statistics()).runs == {"delivered": 10_000}


async def test_a_hundred_thousand_overdue_at_the_start_ring_once_each() -> None:
    async with trial(NOW) as alarum:
        ats = [NOW + timedelta(milliseconds=n) for n in range(100_000)]
        await alarum.app.schedule_many([Request(when=at, message="m") for at in ats])
        await alarum.jump("1 day")
        found = await alarum.app.statistics()
        assert (found.runs, found.tasks) == ({"delivered": 100_000}, {"ended": 100_000})


async def test_repetitions_that_were_overdue_are_one_run_each() -> None:
    async with trial(NOW) as alarum:
        for n in range(200):
            await alarum.schedule("every minute", message=f"m{n}", webhook=GOOD)
        await alarum.jump("5 days")
        assert len(alarum.sent) == 400  # one that answers for the missed, one that is within its grace
        assert len({s.run_id for s in alarum.sent}) == 400


async def test_one_who_floods_does_not_keep_another_waiting() -> None:
    order: list[str] = []

    def answer(sent: Sent) -> int:
        order.append(sent.url)
        return 204

    async with trial(NOW, answer=answer, slots=10, slots_per_target=5) as alarum:
        at = NOW + timedelta(minutes=1)
        await alarum.app.schedule_many([Request(when=at, message=f"m{n}", webhook=BAD) for n in range(3000)])
        await alarum.schedule("in 1 minute", message="mine", webhook=GOOD)
        await alarum.advance("1m")
        assert order.index(GOOD) < 1000  # not behind all 3,000


async def test_a_target_that_times_out_gets_few_slots_until_it_answers() -> None:
    async with trial(NOW, answer=lambda sent: "timeout", slots_per_target=64) as alarum:
        own = {"max_attempts": 1}
        at = NOW + timedelta(minutes=1)
        await alarum.app.schedule_many(
            [Request(when=at, message=f"m{n}", webhook=BAD, policies=own) for n in range(100)]
        )
        await alarum.advance("1m")
        delivery = alarum.loop._delivery
        assert delivery is not None
        assert delivery.capacity().caps == {"bad.example:80": 1}
        alarum.recorder.answer = lambda sent: 204
        await alarum.app.schedule_many(
            [Request(when=at + timedelta(minutes=1), message=f"m{n}", webhook=BAD) for n in range(100)]
        )
        await alarum.advance("2m")
        assert delivery.capacity().caps == {}


async def test_retries_and_fresh_runs_share_the_slots() -> None:
    async with trial(NOW, answer=lambda sent: 500 if sent.attempt == 1 else 204, slots=4) as alarum:
        own = {"delay": "1m", "jitter": 0}
        for n in range(50):
            await alarum.schedule("every minute for 3 minutes", message=f"m{n}", webhook=GOOD, policies=own)
        await alarum.advance("10m")
        runs = await alarum.runs()
        assert {r.state for r in runs} == {"delivered"}
        assert {r.attempts for r in runs} == {2}
