"""Webhooks: signature, rotation, body, and what each answer means."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from alarum.channels.replies import retry_after
from alarum.channels.secret import signing_key
from alarum.channels.webhook import Signer
from alarum.settings.from_environment import SettingsError, read_settings
from tests.server.channels.conftest import Channel
from tests.support.moments import KEY, NOW, SECRET
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]
OTHER = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()


def table(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"channel": "webhook", "url": receiver.url, "secret": "env:SIGN", **more}


def test_the_published_vector() -> None:
    """standard-webhooks/standard-webhooks, the tests of its libraries."""
    signer = Signer(signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    signature = signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == b"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.binary(min_size=24, max_size=64), st.text(alphabet="abc-_~09é", min_size=1), st.text())
def test_the_library_of_the_standard_signs_the_same(key: bytes, name: str, body: str) -> None:
    at = datetime.fromisoformat("2026-11-20T09:00:00+00:00")
    encoded = body.encode("utf-8", "replace")
    theirs = standardwebhooks.Webhook(base64.b64encode(key).decode()).sign(name, at, encoded.decode())
    assert Signer(key).sign(name, int(at.timestamp()), encoded) == theirs.encode()


async def test_while_a_key_is_replaced_both_sign(opened: Open, receiver: Receiver) -> None:
    it = await opened(table(receiver, old_secret="env:OLD"), {"SIGN": OTHER, "OLD": SECRET})
    await it.send()
    headers, body = receiver.posts[0]
    signatures = headers["webhook-signature"].split()
    at = it.clock.now()
    assert signatures == [
        standardwebhooks.Webhook(s).sign(headers["webhook-id"], at, body.decode()) for s in (OTHER, SECRET)
    ]


def test_the_default_webhook_may_be_signed_twice_too() -> None:
    env = {
        "ALARUM_ZONE": "UTC",
        "ALARUM_WEBHOOK": "https://x.example/",
        "ALARUM_WEBHOOK_SECRET": f"{OTHER} {SECRET}",
        "HOME": "/nowhere",
    }
    assert read_settings(env).webhook_secrets == (bytes(range(1, 33)), KEY)
    with pytest.raises(SettingsError, match="24 to 64") as refused:
        read_settings({**env, "ALARUM_WEBHOOK_SECRET": "whsec_c2hvcnQ="})
    assert "c2hvcnQ" not in str(refused.value)


async def test_each_try_has_its_own_timestamp_and_the_same_id(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    it = await opened(table(receiver))
    await it.send()
    await it.turn("anna", "1 minute")
    (first, one), (second, two) = receiver.posts
    assert first["webhook-id"] == second["webhook-id"]
    assert int(second["webhook-timestamp"]) - int(first["webhook-timestamp"]) == 60
    assert [receiver.body(n)["data"]["attempt"] for n in (0, 1)] == [1, 2]
    assert one != two


async def test_the_body_is_an_event_with_the_envelope_inside(opened: Open, receiver: Receiver) -> None:
    await (await opened(table(receiver))).send(payload={"who": "Anna"})
    body = receiver.body()
    data = body.pop("data")
    assert body == {
        "eventId": "anna_20261120T090100000Z",
        "name": "reminder.due",
        "timestamp": "2026-11-20T09:01:00Z",
        "cursor": None,
    }
    assert (data["message"], data["payload"], data["run_state"], data["delivery"], data["state"]) == (
        "call Anna",
        {"who": "Anna"},
        "rang",
        "sent",
        None,
    )
    assert {"scheduled_for", "now", "late_seconds", "run", "run_id", "task", "stop", "note"} < set(data)


async def test_the_signature_is_over_the_exact_bytes_whatever_the_text(opened: Open, receiver: Receiver) -> None:
    it = await opened(table(receiver))
    await it.send(message='"\r\nx-evil: 1\r\n\u2028 é 😀 \\', payload={"\r\nset-cookie": "a=b"})
    headers, body = receiver.posts[0]
    assert "x-evil" not in headers
    assert "set-cookie" not in headers
    assert headers["webhook-signature"] == standardwebhooks.Webhook(SECRET).sign(
        headers["webhook-id"], it.clock.now(), body.decode()
    )


@pytest.mark.parametrize(
    ("status", "delivery"),
    [
        (200, "delivered"), (201, "delivered"), (202, "delivered"), (204, "delivered"), (299, "delivered"),
        (301, "waiting"), (302, "waiting"), (304, "waiting"), (307, "waiting"), (308, "waiting"),
        (400, "waiting"), (401, "waiting"), (404, "waiting"), (408, "waiting"), (409, "waiting"), (413, "waiting"), (425, "waiting"),
        (429, "waiting"), (500, "waiting"), (502, "waiting"), (503, "waiting"), (504, "waiting"), (410, "failed"),
    ],
)  # fmt: skip
async def test_what_a_status_means(opened: Open, receiver: Receiver, status: int, delivery: str) -> None:
    receiver.answers = [(status, {"location": "http://169.254.169.254/"} if status // 100 == 3 else {})]
    run = await (await opened(table(receiver))).send()
    assert (run.delivery, run.attempts[0].status) == (delivery, status)
    assert len(receiver.posts) == 1
    if status // 100 == 3 and status != 304:
        assert "redirects are not followed" in str(run.attempts[0].error)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("value", "waits"),
    [
        ("600", timedelta(minutes=10)),
        (format_datetime(NOW + timedelta(minutes=11)), timedelta(minutes=10)),
        (format_datetime(NOW - timedelta(hours=1)), timedelta(0)),
        ("1000000000", timedelta(days=1)),
        ("soon", timedelta(0)),
        ("-5", timedelta(0)),
    ],
)
async def test_a_wait_that_is_asked_for_is_kept(
    opened: Open, receiver: Receiver, status: int, value: str, waits: timedelta
) -> None:
    receiver.answers = [(status, {"retry-after": value})]
    it = await opened(table(receiver))
    await it.send()
    again = (await it.running.store.runs.find())[0].try_at
    assert again is not None
    usual = timedelta(seconds=5)
    least = max(waits, usual)
    assert least <= again - it.clock.now() <= least * 1.11


async def test_the_whole_target_waits_and_not_only_the_run_that_was_told(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(503, {"retry-after": "600"})]
    it = await opened(table(receiver))
    await it.send()
    for number in range(3):
        await it.send(id=f"more-{number}", when="in 10 seconds")
    assert len(receiver.posts) == 1
    await it.turn("anna", "12 minutes")
    assert len(receiver.posts) == 5


@given(st.text())
def test_no_retry_after_can_do_harm(text: str) -> None:
    assert timedelta() <= retry_after(text, NOW) <= timedelta(days=1)


async def test_a_secret_that_is_not_set_here_leaves_the_run_to_others(opened: Open, receiver: Receiver) -> None:
    it = await opened(table(receiver), {})
    made = await it.send()
    assert (made.delivery, made.attempts) == ("waiting", [])
    assert receiver.posts == []
    warned = (await it.running.app.query(id="anna", details=True)).tasks[0]
    assert warned.delivery is not None
    targets = (await it.running.app.targets()).targets
    assert [(t.name, t.health, t.why, t.waiting) for t in targets] == [
        ("it", "unreachable", "the secret env:SIGN is not set", 1)
    ]


async def test_a_body_that_is_too_large_is_not_sent(
    opened: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarum.channels.base.MOST_SENT", 2000)
    run = await (await opened(table(receiver))).send(payload={"text": "x" * 2000})
    assert (run.delivery, run.attempts[0].error_class) == ("waiting", "request")
    assert "more than 2000" in str(run.attempts[0].error)
    assert receiver.posts == []


async def test_the_largest_message_payload_and_state_fit(opened: Open, receiver: Receiver) -> None:
    state = {"text": "x" * 60_000}
    receiver.answers = [(200, {}, {"state": state, "next": "in 5 minutes"})]
    it = await opened(table(receiver))
    await it.send(message="ü" * 10_000, payload={"text": "x" * 99_000})
    assert (await it.turn("anna", "5 minutes")).delivery == "delivered"
    assert receiver.body()["data"]["state"] == state
