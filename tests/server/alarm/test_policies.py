"""What happens when deliveries fail, times are missed, or runs come too often; on the test runtime."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alarum.app.task_edits import Edit
from alarum.errors import Refused
from alarum.settings.policies import DEFAULTS, effective, policies, policies_from_words
from alarum.testing import trial
from tests.support.moments import TEN_UTC as NOW
from tests.support.moments import URL

pytestmark = pytest.mark.anyio
EXACT = {"jitter": 0}


def offsets(sent: list[Any]) -> list[float]:
    return [(s.at - sent[0].at).total_seconds() for s in sent]


@pytest.mark.parametrize(
    ("own", "waits"),
    [
        ({"backoff": "fixed", "delay": "10s", "max_attempts": 4}, [0, 10, 20, 30]),
        ({"backoff": "linear", "delay": "10s", "max_attempts": 4}, [0, 10, 30, 60]),
        ({"backoff": "exponential", "delay": "10s", "max_attempts": 4}, [0, 10, 30, 70]),
        ({"backoff": "exponential", "delay": "10s", "max_attempts": 5, "max_delay": "15s"}, [0, 10, 25, 40, 55]),
        ({"backoff": "fixed", "delay": "10s", "max_duration": "25s"}, [0, 10, 20]),
        ({"max_attempts": 1}, [0]),
    ],
)
async def test_retries_come_as_the_policy_says_and_end(own: dict[str, Any], waits: list[float]) -> None:
    async with trial(NOW, answer=lambda sent: 500) as alarum:
        await alarum.schedule("in 1 minute", message="x", webhook=URL, policies={**EXACT, **own})
        await alarum.advance("1d")
        assert offsets(alarum.sent) == waits
        (run,) = await alarum.runs()
        assert (run.state, run.why) == ("failed", "answered 500")


async def test_an_exhausted_run_can_be_sent_again_and_its_task_goes_on() -> None:
    async with trial(NOW, answer=lambda sent: 500) as alarum:
        made = await alarum.schedule("every day at 11:00", message="x", webhook=URL, policies={"max_attempts": 1})
        await alarum.advance("1 day 2h")
        assert [r.state for r in await alarum.runs()] == ["failed", "failed"]
        alarum.recorder.answer = lambda sent: 204
        assert (await alarum.app.redeliver(since=timedelta(hours=3))).redelivered == 1
        await alarum.turn()
        assert [r.state for r in await alarum.runs(made.id)] == ["failed", "delivered"]
        again, last = alarum.sent[-1], alarum.sent[-2]
        assert (again.run_id, again.attempt) == (last.run_id, 2)
        with pytest.raises(Refused, match="no failed run"):
            await alarum.app.redeliver("nothing")


def test_jitter_only_lengthens_and_is_the_same_for_whoever_computes_it() -> None:
    chosen = effective(DEFAULTS, {"jitter": 0.5, "delay": "100s", "backoff": "fixed"})
    waits = [(chosen.retry(f"run{n}", 1, NOW, NOW, timedelta()) or NOW) - NOW for n in range(200)]
    assert min(waits) >= timedelta(seconds=100)
    assert max(waits) <= timedelta(seconds=150)
    assert len(set(waits)) > 190
    assert chosen.retry("run7", 1, NOW, NOW, timedelta()) == NOW + waits[7]


def test_waits_cannot_overflow() -> None:
    chosen = effective(DEFAULTS, {"max_attempts": 100, "delay": "30d", "jitter": 0})
    assert chosen.retry("r", 99, NOW, NOW, timedelta()) == NOW + timedelta(hours=2)
    unbounded = policies({"max_attempts": 100, "delay": "30d"})
    assert effective(unbounded, None).retry("r", 99, NOW, NOW, timedelta()) == NOW + timedelta(days=30)


@pytest.mark.parametrize(
    ("misfire", "states", "scheduled"),
    [
        ("once", ["missed", "delivered"], [21, 23]),
        ("skip", ["missed"], [21]),
        ("all", ["delivered"] * 3, [21, 22, 23]),
    ],
)
async def test_what_was_missed_is_treated_as_the_policy_says_and_recorded(
    misfire: str, states: list[str], scheduled: list[int]
) -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every day at 9:00", message="x", policies={"misfire": misfire})
        await alarum.jump("3 days")
        runs = await alarum.runs()
        assert [r.state for r in runs] == states
        assert [r.scheduled.day for r in runs] == scheduled
        assert all(r.why for r in runs if r.state == "missed")
        (task,) = (await alarum.app.query()).tasks
        assert task.next_runs[0].utc == "2026-11-24T09:00:00Z"


async def test_what_is_within_its_grace_time_is_not_missed() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every 10 seconds", message="x", policies={"misfire": "skip", "misfire_grace": "30s"})
        await alarum.jump("1m")
        runs = await alarum.runs()
        assert [(r.state, r.missed) for r in runs] == [("missed", 2), *[("delivered", 0)] * 4]
        assert [r.number for r in runs if r.state == "delivered"] == [1, 2, 3, 4]


async def test_a_once_only_task_that_was_missed_rings_late_or_says_that_it_did_not() -> None:
    async with trial(NOW) as alarum:
        late = await alarum.schedule("today at 11:00", message="late")
        none = await alarum.schedule("today at 11:00", message="none", policies={"misfire": "skip"})
        await alarum.jump("2h")
        assert [(r.task_id, r.state) for r in sorted(await alarum.runs(), key=lambda r: r.state)] == [
            (late.id, "delivered"),
            (none.id, "missed"),
        ]
        waiting = {f.state for f in (await alarum.app.inbox([])).fired}
        assert waiting == {"rang", "missed"}  # a missed one is told, not hidden


async def test_a_long_gap_of_a_fast_task_is_counted_without_walking_all_of_it() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every second", message="tick")
        await alarum.jump("30 days")
        runs = await alarum.runs()
        assert runs[0].state == "missed"
        assert "1000 or more" in str(runs[0].why)
        assert [r.scheduled for r in runs][-1] <= alarum.clock.now()
        assert alarum.clock.now() - runs[-1].scheduled < timedelta(seconds=1)


async def test_overlap_skip_drops_a_run_while_the_one_before_is_still_tried() -> None:
    async with trial(NOW, answer=lambda sent: 500) as alarum:
        own = {"overlap": "skip", "delay": "25m", "backoff": "fixed", "max_attempts": 2, "jitter": 0}
        await alarum.schedule("every 10 minutes", message="x", webhook=URL, policies=own)
        await alarum.advance("55m")
        assert [r.state[0] for r in await alarum.runs()] == ["f", "s", "s", "w", "s"]


async def test_overlap_queue_keeps_the_order() -> None:
    async with trial(NOW, answer=lambda sent: 204 if sent.attempt == 2 else 500) as alarum:
        own = {"overlap": "queue", "delay": "25m", "backoff": "fixed", "jitter": 0}
        await alarum.schedule("every 10 minutes", message="x", webhook=URL, policies=own)
        await alarum.advance("2h")
        done = [s.scheduled for s in alarum.sent if s.attempt == 2]
        assert done == sorted(done)
        assert len(done) == 4
        assert len([r for r in await alarum.runs() if r.state == "waiting"]) == 12 - 4


async def test_a_rate_limit_is_kept_and_the_rest_says_why() -> None:
    async with trial(NOW) as alarum:
        own = {"rate_limit": 2, "rate_interval": "1h"}
        await alarum.schedule("every 10 minutes", message="x", policies=own)
        await alarum.advance("2h")
        runs = await alarum.runs()
        rung = [r.rung for r in runs if r.state == "delivered"]
        assert len(rung) == 4
        assert all(later - earlier >= timedelta(hours=1) for earlier, later in zip(rung, rung[2:]))
        assert all("limit of 2" in str(r.why) for r in runs if r.state == "skipped")


async def test_410_ends_the_target_until_a_task_is_updated() -> None:
    async with trial(NOW, answer=lambda sent: 410) as alarum:
        made = await alarum.schedule("every day at 11:00", message="x", webhook=URL)
        await alarum.advance("2 days 2h")
        assert len(alarum.sent) == 1
        runs = await alarum.runs()
        assert [r.state for r in runs] == ["failed"] * 3
        assert "410 Gone" in str(runs[1].why)
        alarum.recorder.answer = lambda sent: 204
        await alarum.app.edit(made.id, Edit(webhook=URL))
        await alarum.advance("1d")
        assert [r.state for r in await alarum.runs()][-1] == "delivered"


async def test_of_what_is_due_at_once_the_higher_priority_goes_first() -> None:
    async with trial(NOW, slots=1) as alarum:
        for priority in (0, 5, -3, 9):
            await alarum.schedule("in 1 minute", message=str(priority), webhook=URL, priority=priority)
        await alarum.advance("1m")
        assert [s.message for s in alarum.sent] == ["9", "5", "0", "-3"]


async def test_run_now_too() -> None:
    async with trial(NOW) as alarum:
        await alarum.schedule("every day at 12:00", message="x", webhook=URL, run_now=True)
        await alarum.advance("3h")
        assert [s.at.hour for s in alarum.sent] == [10, 12]
        assert [(r.number, r.origin) for r in await alarum.runs()] == [(1, "now"), (2, "rule")]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"max_attempts": 0}, "max_attempts"),
        ({"max_atempts": 3}, "there are max_attempts"),
        ({"delay": 5}, "delay"),
        ({"delay": "5"}, "for example 90s"),
        ({"backoff": "quadratic"}, "'fixed', 'linear' or 'exponential'"),
        ({"rate_limit": 3}, "both rate_limit and rate_interval"),
        ({"jitter": 2}, "jitter"),
    ],
)
async def test_a_policy_that_cannot_be_is_refused_with_what_would_be_right(values: dict[str, Any], says: str) -> None:
    async with trial(NOW) as alarum:
        with pytest.raises(Refused, match=says):
            await alarum.schedule("in 1 minute", message="x", policies=values)
        assert (await alarum.app.query(status="all")).total == 0


async def test_too_often_is_refused_with_the_number() -> None:
    async with trial(NOW, min_interval=timedelta(minutes=5)) as alarum:
        with pytest.raises(Refused, match=r"10s apart.*at least 5m.*'every 5 minutes'"):
            await alarum.schedule("every 10 seconds", message="x")
        await alarum.schedule("every 5 minutes", message="x")


def test_policies_in_one_line() -> None:
    assert policies_from_words("max_attempts=3, delay=10s") == {"max_attempts": "3", "delay": "10s"}
    assert policies(policies_from_words("max_attempts=3")).max_attempts == 3
    with pytest.raises(ValueError, match="name=value"):
        policies_from_words("max_attempts")
