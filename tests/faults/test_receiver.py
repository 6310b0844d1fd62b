"""Receivers that hang, drip, break off, lie or never stop: each is one failed attempt, tried again with the same id, and harms no other."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from alarum.app.answers import RunAnswer
from alarum.app.request import Request
from alarum.app.runtime import Runtime, runtime
from alarum.app.scheduler import Scheduler
from alarum.clock import SetClock
from alarum.settings.settings import Settings
from alarum_store import SqliteStore
from tests.faults.receivers import OK, Behave, drips, endless, hangs, hangs_unread, hosted, request, resets, says
from tests.support.moments import KEY, NOW
from tests.support.processes import live
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
FAILING: dict[str, tuple[Behave, set[str]]] = {
    "hangs": (hangs, {"timeout"}),
    "never reads": (hangs_unread, {"timeout"}),
    "drips its head": (drips(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 50), {"timeout"}),
    "drips its body": (drips(b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + b"x" * 900), {"timeout"}),
    "a head without end": (says(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 30_000), {"protocol", "network"}),
    "a header of 64 KB": (says(b"HTTP/1.1 200 OK\r\nx: " + b"y" * 65_536 + b"\r\n\r\n"), {"protocol", "network"}),
    "closes at once": (says(), {"network"}),
    "closes in its head": (says(b"HTTP/1.1 200 OK\r\nconten"), {"protocol"}),
    "closes in its body": (says(HEAD + b"content-length: 50\r\n\r\n{}"), {"protocol"}),
    "resets after it read the body": (resets, {"network"}),
    "no length that is one": (says(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n"), {"protocol"}),
    "no HTTP": (says(b"220 mail.example ESMTP\r\n\r\n"), {"protocol"}),
    "1xx and nothing more": (says(b"HTTP/1.1 100 Continue\r\n\r\n" * 3), {"network", "protocol"}),
    "a status of its own": (says(b"HTTP/1.1 999 Whatever\r\n\r\n"), {"protocol"}),
    "redirects inward": (
        says(b"HTTP/1.1 307 x\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"),
        {"http"},
    ),
    "500 for ever": (says(b"HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n"), {"http"}),
}
FINE: dict[str, Behave] = {
    "1xx before": says(b"HTTP/1.1 103 Early\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"),
    "204": says(b"HTTP/1.1 204 x\r\n\r\n"),
    "bad JSON": says(HEAD + b'content-length: 7\r\n\r\n{"next"'),
    "JSON nested without end": says(HEAD + b"content-length: 60000\r\n\r\n" + b"[" * 60_000),
    "a bomb": says(
        HEAD
        + b"content-encoding: gzip\r\ncontent-length: 20000\r\n\r\n"
        + gzip.compress(bytes(19_000_000))[:20_000].ljust(20_000)
    ),
    "a body without end": endless,
    "more than it said": says(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}HTTP/1.1 500 x\r\n\r\n"),
}


@asynccontextmanager
async def running(tmp_path: Path, **more: object) -> AsyncIterator[tuple[Runtime, SetClock]]:
    clock = SetClock(NOW)
    chosen = {"webhook_secrets": (KEY,), "webhook_hosts": ("127.0.0.1",), "timeout": timedelta(seconds=0.3), **more}
    settings = Settings(tmp_path / "a.db", "UTC", **chosen)  # type: ignore[arg-type]
    async with runtime(settings, clock, ring=False) as it:
        yield it, clock


async def last(it: Runtime, task: str) -> RunAnswer:
    return ((await it.app.query(id=task, history=True, status="all")).history or [])[-1]


@pytest.mark.parametrize("name", FAILING)
async def test_a_receiver_that_does_this_is_tried_again_with_the_same_id(tmp_path: Path, name: str) -> None:
    behave, classes = FAILING[name]
    heads: list[bytes] = []
    failing = True

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if failing:
            await behave(reader, writer)
        else:
            heads.append(await request(reader))
            writer.write(OK)
            await writer.drain()

    async with hosted(once) as port, running(tmp_path) as (it, clock):
        made = await it.app.schedule(Request(when="in 1 minute", message="x", webhook=f"http://127.0.0.1:{port}/"))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        run = await last(it, made.id)
        assert run.delivery == "waiting"
        assert run.attempts[0].error_class in classes
        failing = False
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        run = await last(it, made.id)
        assert (run.delivery, len(run.attempts)) == ("delivered", 2)
        assert f"webhook-id: {run.id}".encode() in heads[0]


@pytest.mark.parametrize("name", FINE)
async def test_a_receiver_that_does_this_has_taken_it(tmp_path: Path, name: str) -> None:
    async with hosted(FINE[name]) as port, running(tmp_path) as (it, clock):
        made = await it.app.schedule(Request(when="in 1 minute", message="x", webhook=f"http://127.0.0.1:{port}/"))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        run = await last(it, made.id)
        assert (run.delivery, run.attempts[0].error) == ("delivered", None)


async def test_a_body_without_end_is_not_read_on(tmp_path: Path) -> None:
    written = 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        await request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65_536))
            await writer.drain()
            written += 65_536

    async with hosted(counted) as port, running(tmp_path) as (it, clock):
        await it.app.schedule(Request(when="in 1 minute", message="x", webhook=f"http://127.0.0.1:{port}/"))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
    assert written < 20_000_000  # what the sockets of both sides hold, not what the receiver would send


async def test_a_name_that_cannot_be_resolved_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nobody(host: str, port: int) -> list[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr("alarum.http.address_guard.resolve", nobody)
    async with running(tmp_path, webhook_hosts=("gone.example",)) as (it, clock):
        made = await it.app.schedule(Request(when="in 1 minute", message="x", webhook="http://gone.example/"))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        attempt = (await last(it, made.id)).attempts[0]
        assert (attempt.error_class, "not known" in str(attempt.error)) == ("connect", True)


async def test_a_name_server_that_hangs_is_a_timeout_and_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    arrived = asyncio.Event()

    async def hanging(host: str, port: int) -> list[str]:
        await arrived.wait()
        return ["127.0.0.1"]

    monkeypatch.setattr("alarum.http.address_guard.resolve", hanging)
    async with running(tmp_path, webhook_hosts=("slow.example", "127.0.0.1")) as (it, clock):
        slow = await it.app.schedule(Request(when="in 1 minute", message="x", webhook="http://slow.example/"))
        quick = await it.app.schedule(Request(when="in 1 minute", message="x", webhook=receiver.url))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        assert (await last(it, quick.id)).delivery == "delivered"
        assert (await last(it, slow.id)).attempts[0].error_class == "timeout"


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's side of TLS with a certificate that it made itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(NOW - timedelta(days=3650)).not_valid_after(NOW + timedelta(days=3650))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    pem = folder / "server.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


async def test_a_certificate_that_nobody_vouches_for_is_a_failure(tmp_path: Path) -> None:
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            seen.append(await request(reader))
            writer.write(OK)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    port = server.sockets[0].getsockname()[1]
    async with running(tmp_path, timeout=timedelta(seconds=5)) as (it, clock):
        made = await it.app.schedule(Request(when="in 1 minute", message="x", webhook=f"https://127.0.0.1:{port}/"))
        clock.tick(timedelta(minutes=1))
        await it.loop.turn()
        attempt = (await last(it, made.id)).attempts[0]
    server.close()
    assert (attempt.error_class, "CERTIFICATE_VERIFY_FAILED" in str(attempt.error), seen) == ("connect", True, [])


async def test_nobody_waits_for_receivers_that_hang(tmp_path: Path, receiver: Receiver) -> None:
    """The receivers that hang let go only when all the others have theirs: waiting for one of them would never end."""
    everyone, arrived = asyncio.Event(), 0

    async def until_all_have_theirs(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request(reader)
        await everyone.wait()
        writer.write(OK)

    async def counts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal arrived
        while True:
            await request(reader)
            arrived += 1
            if arrived == 60:
                everyone.set()
            writer.write(OK)
            await writer.drain()

    settings = Settings(
        tmp_path / "a.db", "UTC", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",), slots=10, slots_per_target=4, timeout=timedelta(seconds=30)
    )  # fmt: skip
    async with hosted(until_all_have_theirs) as stuck, hosted(counts) as well, runtime(settings) as it:
        requests = [
            Request(when=None, message="x", webhook=f"http://127.0.0.1:{stuck if n % 2 else well}/", run_now=True)
            for n in range(120)
        ]
        for one in requests:
            await it.app.schedule(one)
        await everyone.wait()
        while (await it.store.upkeep.statistics(NOW)).runs != {"delivered": 120}:
            await asyncio.sleep(0.01)
    assert arrived == 60


@pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")
async def test_a_server_that_is_killed_between_the_answer_and_the_record_leaves_it_unknown(
    tmp_path: Path, receiver: Receiver
) -> None:
    database, past = tmp_path / "a.db", NOW - timedelta(hours=1)
    store = await SqliteStore.open(database)
    await store.tasks.add_many(
        Scheduler(Settings(database, "UTC"), past, "").tasks([Request(when="in 1 minute", message="x", id="t")])
    )
    await store.close()
    assert live(database, receiver.url, "posted") == -signal.SIGKILL
    assert len(receiver.posts) == 1
    settings = Settings(database, "UTC", webhook=receiver.url, webhook_secrets=(bytes(32),))
    async with runtime(settings, ring=False) as it:
        assert (await last(it, "t")).delivery == "sent"
        await it.store.loop.heartbeat(
            f"{os.getpid()}-other", it.app.clock.now()
        )  # whoever is alive notices that the sender is not
        unknown = await last(it, "t")
        assert (unknown.delivery, unknown.attempts[0].error_class, unknown.attempts[0].answered) == (
            "unknown",
            "unknown",
            None,
        )
        await it.loop.turn()
        assert (await last(it, "t")).delivery == "delivered"
    assert len({headers["webhook-id"] for headers, _ in receiver.posts}) == 1
    assert [receiver.body(n)["data"]["attempt"] for n in (0, 1)] == [1, 2]
