"""The answer has a say: a receiver keeps state, names the next time, ends the task, or asks for another try."""

from __future__ import annotations

import json
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarum.channels.reply_directives import ReplyDirectives, parse_reply
from alarum.testing import Sent, Trial, trial
from tests.support.moments import NOW

pytestmark = pytest.mark.anyio
URL = "http://poller.example/"


async def local(alarum: Trial, task: str) -> list[str]:
    return [time.local[:19] for time in (await alarum.app.query(id=task, details=True)).tasks[0].next_runs]


async def state(alarum: Trial, task: str) -> tuple[str, str | None]:
    found = (await alarum.app.query(id=task)).tasks[0]
    return found.state, found.why


async def test_a_poller_paces_itself_and_ends_when_its_goal_is_met() -> None:
    def answer(sent: Sent) -> dict[str, Any]:
        pages.append(sent.at)
        if len(pages) == 4:
            return {"stop": True, "reason": "all pages are read", "state": {"page": 4}}
        return {"state": {"page": len(pages)}, "next": f"in {10 * len(pages)} minutes"}

    pages: list[Any] = []
    async with trial(NOW, "Europe/Berlin", answer=answer) as alarum:
        made = await alarum.schedule("in 1 hour", message="poll", webhook=URL)
        await alarum.advance("1 day")
        first = pages[0]
        assert [at - first for at in pages] == [timedelta(minutes=m) for m in (0, 10, 30, 60)]
        assert await state(alarum, made.id) == ("ended", "its receiver ended it: all pages are read")
        assert [r.number for r in await alarum.runs()] == [1, 2, 3, 4]
        task = (await alarum.app.query(id=made.id)).tasks[0]
        assert task.receiver_state == {"page": 4}


async def test_next_of_a_repetition_comes_beside_its_rhythm_and_the_rhythm_stays() -> None:
    answers: list[dict[str, Any]] = [{"next": "in 30 minutes"}]
    async with trial(NOW, "Europe/Berlin", answer=lambda sent: answers.pop() if answers else 204) as alarum:
        made = await alarum.schedule("every day at 11", message="look", webhook=URL)
        await alarum.advance("2 hours")
        await alarum.advance("1 day")
        times = [f"{run.scheduled.astimezone(NOW.tzinfo):%d %H:%M}" for run in await alarum.runs()]
        assert times == ["20 11:00", "20 11:30", "21 11:00"]
        assert (await local(alarum, made.id))[0] == "2026-11-22T11:00:00"
        assert (await alarum.app.query(id=made.id)).tasks[0].reading == "every day at 11:00"


async def test_next_may_leave_out_what_comes_sooner() -> None:
    async with trial(NOW, "Europe/Berlin", answer=lambda sent: {"next": "on monday at 11"}) as alarum:
        made = await alarum.schedule("every day at 11", message="look", webhook=URL)
        await alarum.advance("2 hours")
        assert (await local(alarum, made.id))[:2] == ["2026-11-23T11:00:00", "2026-11-24T11:00:00"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("every day at 9", "not one moment ahead"),
        ("blue", "no time"),
        ("yesterday at 9", "past"),
        ("2020-01-01T00:00", "past"),
    ],
)
async def test_next_that_is_not_understood_changes_nothing_and_is_told(words: str, why: str) -> None:
    async with trial(NOW, "Europe/Berlin", answer=lambda sent: {"next": words, "state": {"kept": True}}) as alarum:
        made = await alarum.schedule("every day at 11", message="look", webhook=URL)
        await alarum.advance("2 hours")
        [run] = await alarum.runs()
        assert run.state == "delivered"
        assert f"next={words!r} was not followed" in str(run.why)
        assert (await local(alarum, made.id))[0] == "2026-11-21T11:00:00"
        assert (await alarum.app.query(id=made.id)).tasks[0].receiver_state == {"kept": True}


async def test_next_is_never_sooner_than_any_task_may_ring() -> None:
    async with trial(NOW, answer=lambda sent: {"next": "now"}, min_interval=timedelta(minutes=5)) as alarum:
        await alarum.schedule("in 1 minute", message="look", webhook=URL)
        await alarum.advance("10 minutes")
        runs = await alarum.runs()
        assert [later.scheduled - earlier.scheduled for earlier, later in pairwise(runs)] == [timedelta(minutes=5)]


async def test_another_try_is_a_try_with_the_same_id_and_its_state_comes_along() -> None:
    answers: list[Any] = [204, {"retry_after": "10m", "reason": "not ready", "state": {"asked": 1}}]
    async with trial(NOW, answer=lambda sent: answers.pop()) as alarum:
        made = await alarum.schedule("in 1 minute", message="look", webhook=URL)
        await alarum.advance("1 hour")
        first, second = alarum.sent
        assert first.run_id == second.run_id
        assert timedelta(minutes=10) <= second.at - first.at <= timedelta(minutes=11.1)
        assert (await alarum.app.query(id=made.id)).tasks[0].receiver_state == {"asked": 1}


async def test_stop_takes_back_what_waits_and_snoozed_runs() -> None:
    def answer(sent: Sent) -> Any:
        return 500 if sent.attempt == 1 and sent.scheduled.minute == 1 else {"stop": True}

    async with trial(NOW, answer=answer) as alarum:
        made = await alarum.schedule("every minute", message="look", webhook=URL, policies={"delay": "10m"})
        await alarum.advance("5 minutes")
        assert [r.state for r in await alarum.runs()] == ["skipped", "delivered"]
        assert (await state(alarum, made.id))[0] == "ended"
        await alarum.advance("1 hour")
        assert len(alarum.sent) == 2


async def test_a_task_that_was_cancelled_meanwhile_stays_cancelled() -> None:
    async with trial(NOW, answer=lambda sent: {"next": "in 30 minutes", "state": {"a": 1}}) as alarum:
        made = await alarum.schedule("in 1 minute", message="look", webhook=URL)

        async def cancel(sent: Sent) -> None:
            await alarum.app.cancel(made.id)

        alarum.recorder.before = cancel
        await alarum.advance("2 hours")
        assert len(alarum.sent) == 1
        assert (await state(alarum, made.id))[0] == "cancelled"


async def test_a_task_that_is_held_keeps_the_next_time_for_later() -> None:
    async with trial(NOW, "Europe/Berlin", answer=lambda sent: {"next": "in 3 hours"}) as alarum:
        made = await alarum.schedule("every day at 11", message="look", webhook=URL)

        async def pause(sent: Sent) -> None:
            await alarum.app.pause(made.id)

        alarum.recorder.before = pause
        await alarum.advance("2 hours")
        assert (await state(alarum, made.id))[0] == "paused"
        await alarum.app.resume(made.id)
        assert (await local(alarum, made.id))[0] == "2026-11-20T14:00:00"


async def test_empty_state_forgets_and_no_state_keeps() -> None:
    answers: list[Any] = [{"state": {}}, 204, {"state": {"a": 1}}]
    async with trial(NOW, answer=lambda sent: answers.pop()) as alarum:
        made = await alarum.schedule("every minute for 3 minutes", message="look", webhook=URL)
        seen = []
        for _ in range(3):
            await alarum.advance("1 minute")
            seen.append((await alarum.app.query(id=made.id)).tasks[0].receiver_state)
        assert seen == [{"a": 1}, {"a": 1}, None]


@pytest.mark.parametrize(
    ("body", "ignored"),
    [
        ({"state": [1]}, "its state is not a JSON object"),
        ({"state": {"a": "x" * 70_000}}, "its state is larger than 65536 bytes"),
        ({"next": 5}, "its next is not text"),
        ({"stop": "yes"}, "its stop is neither true nor false"),
        ({"retry_after": "soon"}, "its retry_after 'soon' is not a duration"),
        ({"retry_after": True}, "is not a duration"),
        ({"retry_after": -1}, "is not a duration"),
    ],
)
def test_what_cannot_be_used_is_named_and_nothing_else_is_touched(body: dict[str, Any], ignored: str) -> None:
    said = parse_reply(body, fine=True)
    assert said is not None
    assert (said.state, said.next, said.stop, said.retry_after) == (None, None, False, None)
    assert ignored in said.ignored[0]


@pytest.mark.parametrize("body", [None, [], "ok", 5, {}, {"ok": True}, {"status": "received", "id": 7}])
def test_the_answers_of_others_say_nothing(body: object) -> None:
    assert parse_reply(body, fine=True) is None


def test_of_an_error_only_the_wait_and_the_reason_count() -> None:
    said = parse_reply(
        {"stop": True, "state": {"a": 1}, "next": "now", "retry_after": 1.5, "reason": "busy"}, fine=False
    )
    assert said == ReplyDirectives(retry_after=timedelta(seconds=1.5), reason="busy")


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)  # fmt: skip
names = st.sampled_from(["state", "next", "stop", "retry_after", "reason", "other"])


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(names, json_values))
def test_no_answer_can_do_harm(body: dict[str, Any]) -> None:
    said = parse_reply(body, fine=True)
    assert said is None or said.retry_after is None or said.retry_after >= timedelta()
    if said is not None and said.state is not None:
        assert len(json.dumps(said.state, ensure_ascii=False).encode()) <= 65_536
