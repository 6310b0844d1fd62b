"""A tool of another MCP server: called through the real client, over stdio and HTTP."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp.server.transport_security import TransportSecuritySettings

from alarum.http.address_guard import egress_policy, resolve
from alarum.http.guarded_stream import GuardedTransport
from tests.faults.receivers import hangs, hosted, says
from tests.server.channels.conftest import ENV, Channel
from tests.server.channels.other_server import other
from tests.support.moments import ROOT
from tests.support.serving import serving

pytestmark = pytest.mark.anyio
_ANY = TransportSecuritySettings(enable_dns_rebinding_protection=False)
Open = Callable[..., Awaitable[Channel]]


@pytest.fixture
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "notes"
    monkeypatch.setenv("NOTES", str(path))
    return path


@asynccontextmanager
async def served() -> AsyncIterator[str]:
    async with serving(lambda port: other.streamable_http_app(transport_security=_ANY)) as url:
        yield f"{url}/mcp"


async def inward(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def on_stdio(notes: Path, **more: Any) -> dict[str, Any]:
    script = str(ROOT / "tests/server/channels/other_server.py")
    return {
        "channel": "mcp",
        "command": [sys.executable, script],
        "env": {"NOTES": "env:NOTES"},
        "tool": "note",
        **more,
    }


async def test_a_tool_on_stdio_is_called_with_the_message_and_its_answer_is_kept(opened: Open, notes: Path) -> None:
    it = await opened(on_stdio(notes, listens=True), {"NOTES": str(notes)})
    assert (await it.send()).delivery == "delivered"
    assert notes.read_text() == "call Anna||\n"
    assert (await it.running.app.query(id="anna")).tasks[0].receiver_state == {"notes": 1}


async def test_arguments_are_filled_in_or_are_the_payload(opened: Open, notes: Path) -> None:
    arguments = {"message": "due: {message}", "who": "{task}", "about": "{reminder}"}
    it = await opened(on_stdio(notes, arguments=arguments), {"NOTES": str(notes)})
    run = await it.send()
    assert notes.read_text() == f"due: call Anna|anna|{run.id}\n"


async def test_a_tool_over_http(opened: Open, notes: Path) -> None:
    async with served() as url:
        it = await opened({"channel": "mcp", "url": url, "tool": "note", "token": "env:TOKEN"}, ENV)
        assert (await it.send(payload={"message": "hello", "who": "Anna"})).delivery == "delivered"
    assert notes.read_text() == "hello|Anna|\n"


@pytest.mark.parametrize(
    ("tool", "payload", "error"), [("note", {"message": "wrong"}, "this cannot be noted"), ("none", None, "none")]
)
async def test_an_error_of_the_tool_is_a_failure(
    opened: Open, notes: Path, tool: str, payload: Any, error: str
) -> None:
    async with served() as url:
        it = await opened({"channel": "mcp", "url": url, "tool": tool})
        run = await it.send(payload=payload)
    assert run.delivery == "waiting"
    assert error in str(run.attempts[0].error)


async def test_a_server_that_is_not_there_is_a_failure_that_is_tried_again(opened: Open) -> None:
    gone = await opened({"channel": "mcp", "command": ["/no/such/server"], "tool": "x"})
    run = await gone.send()
    assert (run.delivery, run.attempts[0].error_class) == ("waiting", "network")


async def test_nobody_at_its_url_is_a_failure(opened: Open) -> None:
    run = await (await opened({"channel": "mcp", "url": "http://127.0.0.1:1/mcp", "tool": "x"})).send()
    assert (run.delivery, run.attempts[0].error_class) == ("waiting", "connect")


async def test_a_name_that_leads_inward_is_not_called(
    opened: Open, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarum.http.address_guard.resolve", inward)
    async with served() as url:
        it = await opened({"channel": "mcp", "url": url.replace("127.0.0.1", "rebound.example"), "tool": "note"})
        run = await it.send()
        assert run.attempts[0].error_class == "not_allowed"
    assert not notes.exists()


async def test_a_name_that_the_operator_allows_is_called_though_it_leads_inward(
    opened: Open, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarum.http.address_guard.resolve", inward)
    async with served() as url:
        named = url.replace("127.0.0.1", "near.example")
        table = {"channel": "mcp", "url": named, "tool": "note", "reach": ["127.0.0.0/8"]}
        assert (await (await opened(table)).send()).delivery == "delivered"
    assert notes.read_text() == "call Anna||\n"


async def test_a_tool_that_hangs_meets_its_timeout_and_frees_its_slot(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hosted(hangs) as port:
        it = await opened(
            {"channel": "mcp", "url": f"http://127.0.0.1:{port}/mcp", "tool": "x", "timeout": "300ms"}, slots=1
        )
        run = await it.send()
        assert (run.attempts[0].error_class, it.running.loop._delivery.busy) == ("timeout", 0)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx", "packed"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n" + bytes(3_000_000), "longer than 1048576"),
    ],
)
async def test_what_is_read_of_an_answer_is_bounded(answer: bytes, why: str) -> None:
    async with hosted(says(answer)) as port:
        transport = GuardedTransport(egress_policy(["127.0.0.1"]), resolve)
        async with httpx2.AsyncClient(transport=transport, trust_env=False) as client:
            with pytest.raises(httpx2.RemoteProtocolError, match=why):
                await client.post(f"http://127.0.0.1:{port}/", content=b"{}")


async def test_every_address_of_a_name_is_tried(opened: Open, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    monkeypatch.setattr("alarum.http.address_guard.resolve", both)
    async with served() as url:
        named = url.replace("127.0.0.1", "near.example")
        it = await opened({"channel": "mcp", "url": named, "tool": "note", "reach": ["127.0.0.0/8"]})
        assert (await it.send()).delivery == "delivered"
