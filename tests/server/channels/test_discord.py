"""Discord: who gets it, what is sent, the heartbeat channel as fallback, and the rate limits as Discord states them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from alarum.errors import Refused
from alarum.settings.target_names import read_targets
from tests.server.channels.conftest import ENV, Channel
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]


def table(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {
        "channel": "discord",
        "token": "env:TOKEN",
        "base_url": receiver.url.removesuffix("/hook") + "/api/v10",
        **more,
    }


async def test_a_direct_message_opens_its_channel_first(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"id": "900", "type": 1}), (200, {}, {"id": "1"})]
    run = await (await opened(table(receiver, to="user/42"))).send()
    assert run.delivery == "delivered"
    assert receiver.paths == ["/api/v10/users/@me/channels", "/api/v10/channels/900/messages"]
    assert receiver.body(0) == {"recipient_id": "42"}
    sent = receiver.body()
    nonce = sent.pop("nonce")
    assert sent == {"content": "call Anna", "enforce_nonce": True, "allowed_mentions": {"parse": []}}
    assert 0 < len(nonce) <= 25
    head = receiver.posts[0][0]
    assert (head["authorization"], head["user-agent"].split()[0]) == ("Bot s3cret-t0ken", "DiscordBot")


async def test_a_post_in_a_channel_that_the_task_names_has_the_same_nonce_in_every_try(
    opened: Open, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}), (200, {}, {"id": "1"})]
    it = await opened(table(receiver))
    await it.send("it/channel/77")
    assert (await it.turn("anna", "10 seconds")).delivery == "delivered"
    assert receiver.paths == ["/api/v10/channels/77/messages"] * 2
    assert receiver.body(0)["nonce"] == receiver.body(1)["nonce"]


async def test_a_task_for_the_agent_itself_is_posted_where_it_reads(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"id": "1"})]
    await (await opened(table(receiver, to="agent", heartbeat="5"))).send()
    assert receiver.paths == ["/api/v10/channels/5/messages"]
    assert receiver.body()["content"].startswith(
        'Task for the agent: Reminder due: 2026-11-20T10:01:00+01:00 "call Anna"'
    )


@pytest.mark.parametrize("where", ["open", "post"])
async def test_what_reaches_nobody_goes_to_the_heartbeat_channel(opened: Open, receiver: Receiver, where: str) -> None:
    refused: Any = (403, {}, {"code": 50007, "message": "Cannot send messages to this user"})
    receiver.answers = [refused] if where == "open" else [(200, {}, {"id": "900"}), refused]
    receiver.answers.append((200, {}, {"id": "1"}))
    run = await (await opened(table(receiver, to="user/42", heartbeat="5"))).send()
    assert receiver.paths[-1] == "/api/v10/channels/5/messages"
    assert receiver.body()["content"] == "user 42 could not be reached (403): call Anna"
    assert (run.delivery, run.why) == (
        "delivered",
        "user 42 could not be reached (403); it went to the heartbeat channel",
    )


async def test_without_a_heartbeat_channel_it_is_a_failure(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(403, {}, {"message": "Missing Access"})]
    run = await (await opened(table(receiver, to="channel/42"))).send()
    assert (run.delivery, run.attempts[0].status) == ("waiting", 403)


async def test_429_waits_as_long_as_discord_says_and_holds_up_the_target(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(429, {}, {"message": "You are being rate limited.", "retry_after": 64.57, "global": False})]
    it = await opened(table(receiver, to="channel/7"))
    await it.send()
    await it.send(id="second")
    assert len(receiver.posts) == 1  # the second was held, and lost no try
    assert (await it.turn("second", "4 seconds")).delivery == "waiting"
    assert len(receiver.posts) == 1
    assert (await it.turn("second", "70 seconds")).delivery == "delivered"
    assert len((await it.history("second"))[-1].attempts) == 1


async def test_an_empty_bucket_is_respected_before_discord_complains(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset-after": "90.5"}, {"id": "1"})]
    it = await opened(table(receiver, to="channel/7"))
    assert (await it.send()).delivery == "delivered"
    assert (await it.send(id="second")).delivery == "waiting"
    assert (await it.turn("second", "91 seconds")).delivery == "delivered"
    assert len(receiver.posts) == 2


async def test_a_long_message_is_cut_where_discord_would_refuse_it(opened: Open, receiver: Receiver) -> None:
    await (await opened(table(receiver, to="channel/7"))).send(message="x" * 5000)
    assert len(receiver.body()["content"]) == 2000


@pytest.mark.parametrize("where", ["it", "it/nobody", "it/user/../..", "it/agent"])
async def test_a_wrong_address_is_refused_when_it_is_scheduled(opened: Open, receiver: Receiver, where: str) -> None:
    with pytest.raises(Refused, match=r"user|heartbeat"):
        await (await opened(table(receiver))).send(where)


def test_a_wrong_address_in_the_settings_is_refused() -> None:
    with pytest.raises(ValueError, match="write user/ID"):
        read_targets({"it": {"channel": "discord", "token": "env:TOKEN", "to": "anna"}}, ENV)
