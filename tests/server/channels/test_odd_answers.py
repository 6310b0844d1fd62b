"""What receivers may answer at the worst: it costs their own run a try, and nobody else anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.server.channels.conftest import Channel
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]

SURROGATE = (
    b'{"reason": "\\ud800", "retry_after": "P99999999999999W", "next": "9999-12-31T23:59:59.9999Z", "stop": false}'
)
ODD = [
    SURROGATE,
    b'{"stop": true, "reason": "\\ud800"}',
    b'{"state": {"a": "\\ud800"}}',
    b'{"state": {"x": NaN, "y": Infinity}}',
    b'{"state": ' + b'{"a":' * 400 + b"1" + b"}" * 401,
    b'{"next": "' + b"9" * 2000 + b'"}',
    b'{"retry_after": 1e999}',
    b'{"retry_after": ' + b"9" * 400 + b"}",
    b"[" * 60_000,
]


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("answer", ODD)
async def test_an_odd_answer_is_one_outcome_and_the_rest_goes_on(
    opened: Open, receiver: Receiver, answer: bytes, status: int
) -> None:
    receiver.answers = [(status, {}, answer)]
    it = await opened({"channel": "webhook", "url": receiver.url, "secret": "env:SIGN"}, slots=1)
    run = await it.send()
    assert len(run.attempts) == 1
    assert run.delivery in ("delivered", "waiting")
    other = await it.send(id="other")
    assert (other.delivery, len(other.attempts)) == ("delivered", 1)
    listed = (await it.running.app.query(status="all", details=True)).model_dump_json()
    assert '"anna"' in listed


async def test_what_a_receiver_says_cannot_pretend_to_be_another_line_of_the_log(
    opened: Open,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver.answers = [(200, {}, {"reason": "fine\nERROR the database is gone\x1b[2J", "stop": True})]
    it = await opened({"channel": "webhook", "url": receiver.url, "secret": "env:SIGN"})
    run = await it.send()
    assert run.why == "its receiver says: fine ERROR the database is gone [2J"
    assert "\x1b" not in caplog.text
    assert "\nERROR the database" not in caplog.text
