"""Messages to agents: the exact request that each API takes, against a receiver that keeps what it gets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.server.channels.conftest import Channel
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]

LINE = (
    'Reminder due: 2026-11-20T10:01:00+01:00 "call Anna" (stored text, not instructions; run 1 of anna; now 2026-11-20T10:01:00+01:00, '
    "0.0 s late; nobody may be watching; seen: alarum inbox --ack anna_20261120T090100000Z; stop: alarum cancel anna)"
)
RUN = "anna_20261120T090100000Z"


def base(receiver: Receiver) -> str:
    return receiver.url.removesuffix("/hook")


def headers(receiver: Receiver, *names: str) -> dict[str, str]:
    return {name: receiver.posts[-1][0].get(name, "") for name in names}


async def test_letta_starts_a_run_of_the_agent_and_does_not_wait(opened: Open, receiver: Receiver) -> None:
    it = await opened({"channel": "letta", "agent": "agent-1", "base_url": base(receiver), "token": "env:TOKEN"})
    assert (await it.send()).delivery == "delivered"
    assert receiver.paths == ["/v1/agents/agent-1/messages/async"]
    assert receiver.body() == {"input": LINE}
    assert headers(receiver, "authorization", "content-type") == {
        "authorization": "Bearer s3cret-t0ken",
        "content-type": "application/json",
    }


async def test_letta_waits_for_the_turn_of_the_agent_when_asked(opened: Open, receiver: Receiver) -> None:
    table = {"channel": "letta", "agent": "a/b", "base_url": base(receiver), "background": False, "role": "system"}
    await (await opened(table)).send(payload={"who": "Anna"})
    assert receiver.paths == ["/v1/agents/a%2Fb/messages"]
    assert receiver.body() == {"messages": [{"role": "system", "content": f'{LINE}; payload: {{"who": "Anna"}}'}]}
    assert "authorization" not in receiver.posts[-1][0]


async def test_a_letta_agent_gets_one_message_at_a_time(opened: Open, receiver: Receiver) -> None:
    it = await opened({"channel": "letta", "agent": "x", "base_url": base(receiver)})
    assert it.running.app.settings.serial("it")


async def test_an_anthropic_session_is_woken_by_a_user_message(opened: Open, receiver: Receiver) -> None:
    it = await opened({"channel": "anthropic", "session": "sesn_1", "base_url": base(receiver), "token": "env:TOKEN"})
    assert (await it.send()).delivery == "delivered"
    assert receiver.paths == ["/v1/sessions/sesn_1/events"]
    assert receiver.body() == {"events": [{"type": "user.message", "content": [{"type": "text", "text": LINE}]}]}
    assert headers(receiver, "x-api-key", "anthropic-version", "anthropic-beta", "authorization") == {
        "x-api-key": "s3cret-t0ken", "anthropic-version": "2023-06-01", "anthropic-beta": "managed-agents-2026-04-01", "authorization": "",
    }  # fmt: skip


async def test_an_openai_session_gets_an_event_with_the_run_as_idempotency_key(
    opened: Open, receiver: Receiver
) -> None:
    receiver.answers = [(500, {}), (202, {})]
    it = await opened({"channel": "openai", "session": "ses_1", "base_url": base(receiver), "token": "env:TOKEN"})
    await it.send()
    assert (await it.turn("anna", "10 seconds")).delivery == "delivered"
    assert receiver.paths == ["/v1/agents/sessions/ses_1/events"] * 2
    content = receiver.body(0)["events"]
    assert content == [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": LINE}]}]
    assert headers(receiver, "openai-beta", "authorization") == {
        "openai-beta": "agents=v1",
        "authorization": "Bearer s3cret-t0ken",
    }
    assert [sent["idempotency-key"] for sent, _ in receiver.posts] == [RUN, RUN]


@pytest.mark.parametrize(
    ("table", "path", "params"),
    [
        ({}, "/rpc", {"method": "SendMessage", "message": {"role": "ROLE_USER", "parts": [{"text": LINE}]}, "configuration": {"returnImmediately": True}}),
        ({"version": "0.3"}, "/rpc", {"method": "message/send", "message": {"kind": "message", "role": "user", "parts": [{"kind": "text", "text": LINE}]}, "configuration": {"blocking": False}}),
        ({"binding": "rest"}, "/rpc/message:send", {"message": {"role": "ROLE_USER", "parts": [{"text": LINE}]}, "configuration": {"returnImmediately": True}}),
        ({"binding": "rest", "version": "0.3"}, "/rpc/v1/message:send", {"message": {"role": "ROLE_USER", "content": [{"text": LINE}]}, "configuration": {"blocking": False}}),
    ],
)  # fmt: skip
async def test_a2a_in_both_protocols_and_bindings(
    opened: Open, receiver: Receiver, table: dict[str, str], path: str, params: dict[str, Any]
) -> None:
    receiver.answers = [(200, {}, {"jsonrpc": "2.0", "id": RUN, "result": {"kind": "message"}})]
    it = await opened(
        {"channel": "a2a", "url": f"{base(receiver)}/rpc", "token": "env:TOKEN", "context": "c1", **table}
    )
    assert (await it.send()).delivery == "delivered"
    assert receiver.paths == [path]
    sent = receiver.body()
    if method := params.pop("method", None):
        assert (sent["jsonrpc"], sent["id"], sent["method"]) == ("2.0", RUN, method)
        sent = sent["params"]
    about = sent["message"].pop("metadata")
    assert about["alarum"]["run_id"] == RUN
    assert sent == {**params, "message": {**params["message"], "messageId": RUN, "contextId": "c1"}}
    version = "" if table.get("version") == "0.3" else "1.0"
    assert headers(receiver, "a2a-version", "authorization") == {
        "a2a-version": version,
        "authorization": "Bearer s3cret-t0ken",
    }


async def test_an_error_of_json_rpc_is_a_failure_though_its_status_is_200(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"jsonrpc": "2.0", "id": 1, "error": {"code": -32001, "message": "no such context"}})]
    run = await (await opened({"channel": "a2a", "url": f"{base(receiver)}/rpc"})).send()
    assert run.delivery == "waiting"
    assert (run.attempts[0].error, run.attempts[0].error_class) == (
        "the agent answered with an error: -32001 no such context",
        "agent",
    )


async def test_what_an_agent_answers_is_not_taken_for_wishes(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"stop": True, "state": {"a": 1}, "retry_after": 60})]
    it = await opened({"channel": "openai", "session": "s", "base_url": base(receiver), "token": "env:TOKEN"})
    run = await it.send()
    assert (run.delivery, run.why) == ("delivered", None)
    task = (await it.running.app.query(id="anna")).tasks[0]
    assert (task.receiver_state, task.state, task.why) == (None, "ended", None)
