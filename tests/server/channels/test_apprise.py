"""Notification services through apprise: ntfy and e-mail, end to end against receivers on loopback."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterator
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.server.channels.conftest import Channel
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


async def test_ntfy(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, {"id": "1"})]
    it = await opened({"channel": "apprise", "url": "env:PHONE"}, {"PHONE": f"ntfy://127.0.0.1:{receiver.port}/alarum"})
    assert (await it.send()).delivery == "delivered"
    assert receiver.body() == {"topic": "alarum", "title": "Reminder", "message": "call Anna"}


async def test_e_mail(opened: Open, mailbox: tuple[Mailbox, int]) -> None:
    box, port = mailbox
    url = f"mailto://127.0.0.1:{port}/?smtp=127.0.0.1&mode=insecure&from=alarum@example.com&to=anna@example.com&format=text"
    it = await opened({"channel": "apprise", "url": "env:MAIL", "title": "Alarum"}, {"MAIL": url})
    assert (await it.send()).delivery == "delivered"
    [(to, mail)] = box.mails
    assert (to, mail["subject"]) == (["anna@example.com"], "Alarum")
    text = mail.get_payload(decode=True)
    assert isinstance(text, bytes)
    assert text.decode().strip() == "call Anna"


async def test_what_the_service_refuses_is_a_failure_that_shows_no_secret(opened: Open, receiver: Receiver) -> None:
    receiver.answers = [(403, {}, {"error": "no"})]
    it = await opened(
        {"channel": "apprise", "url": "env:PHONE"}, {"PHONE": f"ntfy://user:hunter2@127.0.0.1:{receiver.port}/x"}
    )
    run = await it.send()
    assert (run.delivery, run.attempts[0].error) == ("waiting", "apprise could not deliver it")
    assert "hunter2" not in (await it.running.app.targets()).model_dump_json()


async def test_a_url_that_apprise_does_not_know_is_told_without_showing_it(opened: Open) -> None:
    it = await opened({"channel": "apprise", "url": "env:PHONE"}, {"PHONE": "nonsense://hunter2"})
    error = (await it.send()).attempts[0].error
    assert "does not understand" in str(error)
    assert "hunter2" not in str(error)
