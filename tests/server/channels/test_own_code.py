"""Functions and objects of the user's own: what they are given, what they may ask for, what is kept."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest

from alarum.app.request import Request
from alarum.errors import Refused
from tests.server.channels import plants
from tests.server.channels.conftest import Channel
from tests.support.moments import ROOT

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]
HERE = "tests.server.channels.plants"


@pytest.fixture(autouse=True)
def _seen() -> Iterator[None]:
    plants.seen.clear()
    plants.blocked.clear()
    yield
    plants.blocked.set()


def function(name: str, **more: str) -> dict[str, str]:
    return {"channel": "function", "function": f"{HERE}:{name}", **more}


async def test_a_function_is_given_its_context_and_its_state_comes_back(opened: Open) -> None:
    it = await opened(function("water", path=str(ROOT)))
    await it.send(when="every minute", payload={"a": 1}, tags=("home",))
    await it.turn("anna", "1 minute")
    first, second = plants.seen
    assert (first.task, first.message, first.payload, first.tags) == ("anna", "call Anna", {"a": 1}, ("home",))
    assert (first.run, first.attempt, first.is_retry, first.run_id) == (1, 1, False, "anna_20261120T090100000Z")
    assert first.scheduled_for.isoformat() == "2026-11-20T09:01:00+00:00"
    assert (second.run, second.state) == (2, {"litres": 4})


async def test_a_function_that_raises_is_tried_again_and_its_state_is_as_before(opened: Open) -> None:
    it = await opened(function("broken"))
    run = await it.send()
    assert (run.attempts[0].error, run.attempts[0].error_class) == ("RuntimeError: the pump is broken", "function")
    await it.turn("anna", "10 seconds")
    assert [(call.attempt, call.is_retry) for call in plants.seen] == [(1, False), (2, True)]
    assert (await it.running.app.query(id="anna")).tasks[0].receiver_state is None


async def test_what_a_function_returns_has_a_say_like_the_answer_of_a_webhook(opened: Open) -> None:
    it = await opened(function("dry"))
    await it.send()
    task = (await it.running.app.query(id="anna")).tasks[0]
    assert (task.next_runs[0].local, task.state, task.receiver_state) == (
        "2026-11-20T10:31:00+01:00",
        "active",
        {"dry": True},
    )


async def test_a_function_may_end_its_task(opened: Open) -> None:
    it = await opened(function("done"))
    await it.send(when="every minute")
    task = (await it.running.app.query(id="anna")).tasks[0]
    assert (task.state, task.why) == ("ended", "its receiver ended it: wet enough")


async def test_a_function_may_ask_for_another_try(opened: Open) -> None:
    it = await opened(function("later"))
    run = await it.send()
    assert (run.delivery, run.attempts[0].error) == (
        "waiting",
        "the receiver asks for another try: the tank is filling",
    )
    assert (await it.turn("anna", "9 minutes")).delivery == "waiting"
    assert (await it.turn("anna", "3 minutes")).delivery == "delivered"


async def test_a_function_that_does_not_end_meets_its_timeout(opened: Open) -> None:
    run = await (await opened(function("slow", timeout="10ms"))).send()
    assert (run.attempts[0].error_class, run.delivery) == ("timeout", "waiting")


@pytest.mark.parametrize("where", ["no.such:thing", f"{HERE}:nothing", "nothing"])
async def test_code_that_is_not_there_is_a_failure_that_says_so(opened: Open, where: str) -> None:
    run = await (await opened({"channel": "function", "function": where})).send()
    assert where in str(run.attempts[0].error)


async def test_the_state_of_an_object_is_kept_and_each_has_its_own(opened: Open) -> None:
    it = await opened({"channel": "object", "class": f"{HERE}:Room"})
    await it.send("it/kitchen/light", when="every minute")
    await it.turn("anna", "1 minute")
    await it.send("it/bath/light", id="bath")
    store = it.running.store
    assert await store.targets.object_state("it", "kitchen") == {"lights": 3}
    assert await store.targets.object_state("it", "bath") == {"lights": 1}
    assert await store.targets.object_state("it", "bath", "another") is None


async def test_a_call_that_fails_leaves_the_object_as_it_was(opened: Open) -> None:
    it = await opened({"channel": "object", "class": f"{HERE}:Room"})
    await it.send("it/kitchen/light")
    run = await it.send("it/kitchen/dim", id="dim")
    assert run.attempts[0].error == "RuntimeError: no dimmer"
    spoilt = await it.send("it/kitchen/spoil", id="spoil")
    assert "attributes of Room are not JSON" in str(spoilt.attempts[0].error)
    assert await it.running.store.targets.object_state("it", "kitchen") == {"lights": 1}


@pytest.mark.parametrize("where", ["it", "it/kitchen", "it/kitchen/_secret", "it/kitchen/a/b", "it//light"])
async def test_a_call_without_object_and_function_is_refused(opened: Open, where: str) -> None:
    with pytest.raises(Refused, match="rooms/kitchen/water"):
        await (await opened({"channel": "object", "class": f"{HERE}:Room"})).send(where)


async def test_a_method_that_is_not_there_is_a_failure_that_says_so(opened: Open) -> None:
    run = await (await opened({"channel": "object", "class": f"{HERE}:Room"})).send("it/kitchen/fly")
    assert run.attempts[0].error == "ValueError: Room has no method 'fly'"


async def test_a_function_that_hears_of_failures_is_given_what_happened(opened: Open) -> None:
    it = await opened(function("water"), failures="it", webhook_hosts=("127.0.0.1",))
    await it.running.app.schedule(
        Request(
            when="in 1 minute",
            message="call Anna",
            id="anna",
            webhook="http://127.0.0.1:1/",
            policies={"max_attempts": 1},
        )
    )
    await it.turn_all("1 minute")
    [told] = plants.seen
    assert (told.payload["type"], told.payload["data"]["task"]) == ("run.exhausted", "anna")
