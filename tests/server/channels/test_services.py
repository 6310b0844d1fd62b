"""Functions of HTTP services, and of objects behind a URL pattern: the exact request, and one call at a time per object."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from standardwebhooks import Webhook

from alarum.app.request import Request
from alarum.errors import Refused
from alarum.settings.target_names import read_targets
from tests.faults.receivers import OK, hosted, request
from tests.server.channels.conftest import ENV, Channel
from tests.support.moments import SECRET
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]


def base(receiver: Receiver) -> str:
    return receiver.url.removesuffix("/hook")


async def test_a_service_is_called_at_the_function_that_the_task_names(opened: Open, receiver: Receiver) -> None:
    it = await opened({"channel": "service", "url": f"{base(receiver)}/fn/{{function}}", "token": "env:TOKEN"})
    assert (await it.send("it/close_month", payload={"month": 11})).delivery == "delivered"
    assert receiver.paths == ["/fn/close_month"]
    assert receiver.posts[0][0]["authorization"] == "Bearer s3cret-t0ken"
    assert "webhook-signature" not in receiver.posts[0][0]
    assert receiver.body()["data"]["payload"] == {"month": 11}


async def test_a_service_may_have_a_usual_function_and_a_secret(opened: Open, receiver: Receiver) -> None:
    url = f"{base(receiver)}/fn/{{function}}"
    it = await opened({"channel": "service", "url": url, "function": "tick", "secret": "env:SIGN"})
    await it.send()
    assert receiver.paths == ["/fn/tick"]
    headers, body = receiver.posts[0]
    assert Webhook(SECRET).sign(headers["webhook-id"], it.clock.now(), body.decode()) == headers["webhook-signature"]


async def test_what_a_service_answers_has_a_say(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"state": {"page": 2}, "next": "in 5 minutes"})]
    it = await opened({"channel": "service", "url": f"{base(receiver)}/fn/{{function}}"})
    await it.send("it/poll")
    await it.turn("anna", "5 minutes")
    assert receiver.body()["data"]["state"] == {"page": 2}


async def test_an_object_is_called_at_its_own_url(opened: Open, receiver: Receiver) -> None:
    it = await opened(
        {"channel": "object", "url": f"{base(receiver)}/rooms/{{object}}/{{function}}", "token": "env:TOKEN"}
    )
    await it.send("it/Küche/water")
    assert receiver.paths == ["/rooms/K%C3%BCche/water"]
    assert it.running.app.settings.serial("it/Küche")


async def test_a_service_without_a_function_is_refused(opened: Open, receiver: Receiver) -> None:
    it = await opened({"channel": "service", "url": f"{base(receiver)}/fn/{{function}}"})
    with pytest.raises(Refused, match="billing/close_month"):
        await it.send()


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"channel": "object"}, "either url or class"),
        ({"channel": "object", "url": "https://x.example/{object}"}, "{function}"),
        ({"channel": "service", "url": "https://{function}.example/x"}, "a host that is fixed"),
        ({"channel": "service", "url": "ftp://x.example/{function}"}, "http or https"),
        (
            {"channel": "service", "url": "https://x.example/{function}", "name": "x"},
            "there is no 'name' in this channel",
        ),
        ({"channel": "letta"}, "it needs agent"),
        ({"channel": "pigeon"}, "there is no channel 'pigeon'"),
        ({"channel": "webhook", "url": "https://x.example/", "secret": SECRET}, "env:NAME or file:/path"),
        ({"channel": "webhook", "url": "https://user:pw@x.example/", "secret": "env:SIGN"}, "no user and password"),
        ({"channel": "a2a", "url": "https://x.example/", "version": "2.0"}, "version"),
        ({"channel": "mcp", "tool": "x"}, "either url or command"),
    ],
)
def test_a_target_that_cannot_be_is_refused_with_what_would_be_right(table: dict[str, str], why: str) -> None:
    with pytest.raises(ValueError, match=r"\[targets.it\]") as refused:
        read_targets({"it": table}, ENV)
    assert why in str(refused.value)
    assert SECRET not in str(refused.value)
    assert ENV["TOKEN"] not in str(refused.value)


def test_a_secret_that_is_no_key_makes_one_target_unusable_and_nothing_else() -> None:
    table = {"channel": "webhook", "url": "https://x.example/", "secret": "env:TOKEN"}
    target = read_targets({"it": table}, ENV)["it"]
    assert target.missing() == "the secret env:TOKEN must be 'whsec_' and base64"
    replaced = read_targets({"it": {**table, "secret": "env:SIGN", "old_secret": "env:GONE"}}, ENV)["it"]
    assert replaced.missing() is None  # the key that was replaced may be taken away


async def test_calls_of_one_object_come_one_after_another_and_of_others_beside_them(opened: Open) -> None:
    under_way: dict[bytes, int] = {}
    most: dict[bytes, int] = {}
    all_at_once = 0

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal all_at_once
        while True:
            name = (await request(reader)).split(b"/")[2]
            under_way[name] = under_way.get(name, 0) + 1
            most[name] = max(most.get(name, 0), under_way[name])
            all_at_once = max(all_at_once, sum(under_way.values()))
            for _ in range(50):
                await asyncio.sleep(0)
            under_way[name] -= 1
            writer.write(OK)
            await writer.drain()

    async with hosted(slow) as port:
        it = await opened({"channel": "object", "url": f"http://127.0.0.1:{port}/rooms/{{object}}/{{function}}"})
        for number in range(8):
            await it.running.app.schedule(
                Request(when="in 1 minute", message="x", target=f"it/{'kitchen' if number % 2 else 'bath:1'}/light")
            )
        await it.turn_all("1 minute")
    assert most == {b"kitchen": 1, b"bath%3A1": 1}
    assert all_at_once == 2
