"""The HTTP server from outside: names and pages, connections, sessions, cursors, calls. A real server process."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from alarum.app.cursors import Cursors
from alarum.web.access import AllowedNames
from tests.support.processes import LIMIT, alarum, answers_at, free_port, started

pytestmark = pytest.mark.anyio
ANNA, BEN = "anna-0123456789abcdef", "ben-0123456789abcdef"
ACCEPTED = {"accept": "application/json, text/event-stream"}
HELLO = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
}  # fmt: skip


@pytest.fixture
def port(env: dict[str, str]) -> Iterator[int]:
    """A server without tokens."""
    number = free_port()
    with started(env, "serve", "--port", str(number)) as server:
        answers_at(number, server)
        yield number


@pytest.fixture
def guarded(env: dict[str, str]) -> Iterator[int]:
    """A server with two tokens and narrow limits."""
    number = free_port()
    own = {
        "ALARUM_TOKENS": f"anna={ANNA},ben={BEN}",
        "ALARUM_MAX_SESSIONS": "3",
        "ALARUM_MAX_SUBSCRIPTIONS": "2",
        "ALARUM_MAX_CALLS": "5",
    }
    with started({**env, **own}, "serve", "--port", str(number)) as server:
        answers_at(number, server)
        yield number


async def test_a_page_of_another_port_of_this_machine_is_another_site(port: int) -> None:
    url = f"http://127.0.0.1:{port}"
    async with httpx2.AsyncClient(trust_env=False, headers=ACCEPTED) as http:
        for origin, status in (
            (f"http://127.0.0.1:{port}", 200), (f"http://localhost:{port}", 200), (f"https://localhost:{port}", 403),
            (f"http://localhost:{port + 1}", 403), ("http://localhost", 403), ("null", 403), ("https://evil.example", 403),
        ):  # fmt: skip
            answer = await http.post(f"{url}/mcp", json=HELLO, headers={"origin": origin})
            assert answer.status_code == status, origin
    for header in ({"Origin": f"http://localhost:{port + 1}"}, {"Host": "evil.example"}):
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(f"ws://127.0.0.1:{port}/watch", additional_headers=header, proxy=None) as socket:
                await socket.recv()


async def test_every_route_asks_for_its_name_and_health_tells_strangers_its_status_alone(port: int) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        for path in ("/mcp", "/nothing"):
            assert (
                await http.get(f"http://127.0.0.1:{port}{path}", headers={"host": "evil.example"})
            ).status_code == 421
        stranger = await http.get(f"http://127.0.0.1:{port}/health", headers={"host": "evil.example"})
        assert (stranger.status_code, stranger.content) == (200, b"")
        assert (await http.get(f"http://127.0.0.1:{port}/health")).json()["status"] == "ok"


def test_names_of_the_operator_open_their_own_origins() -> None:
    names = AllowedNames.of({"127.0.0.1"}, 8765, ("alarum.example.com", "other.example:8443", "https://third.example"))
    for origin, known in (
        (b"https://alarum.example.com", True), (b"http://alarum.example.com:8765", True), (b"http://alarum.example.com", False),
        (b"https://other.example:8443", True), (b"https://other.example", False), (b"https://third.example", True), (None, True),
        (b"http://third.example", False), (b"http://127.0.0.1:8765", True), (b"http://127.0.0.1", False),
    ):  # fmt: skip
        assert names.origin(origin) is known, origin
    for host, known in (
        (b"alarum.example.com", True), (b"Alarum.Example.com:9", True), (b"third.example:1", True), (b"127.0.0.1:8765", True),
        (b"x.example", False), (b"", False), (b"x@127.0.0.1", False), (b"127.0.0.1#x", False), (b"127.0.0.1/x", False),
    ):  # fmt: skip
        assert names.host(host) is known, host


def test_a_name_for_others_needs_tokens_as_an_address_does(env: dict[str, str]) -> None:
    done = alarum({**env, "ALARUM_HOSTS": "alarum.example.com"}, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert "ALARUM_TOKENS" in done.stderr
    assert "ALARUM_HOSTS" in done.stderr


async def test_two_headers_where_one_is_meant_are_refused(guarded: int) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers=ACCEPTED) as http:
        url = f"http://127.0.0.1:{guarded}/mcp"
        mine = {"authorization": f"Bearer {ANNA}"}
        session = (await http.post(url, json=HELLO, headers=mine)).headers["mcp-session-id"]
        twice = [("mcp-session-id", session), ("mcp-session-id", "x"), ("authorization", f"Bearer {BEN}")]
        assert (
            await http.post(url, json={"jsonrpc": "2.0", "id": 2, "method": "ping"}, headers=twice)
        ).status_code == 400


async def test_sessions_of_a_namespace_are_counted_and_an_ended_one_makes_room(guarded: int) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers=ACCEPTED) as http:
        url = f"http://127.0.0.1:{guarded}/mcp"
        anna, ben = ({"authorization": f"Bearer {token}"} for token in (ANNA, BEN))
        opened = [await http.post(url, json=HELLO, headers=anna) for _ in range(4)]
        assert [answer.status_code for answer in opened] == [200, 200, 200, 429]
        assert "ALARUM_MAX_SESSIONS" in opened[3].text
        escaped = json.dumps(HELLO).replace('"initialize"', '"\\u0069nitialize"')
        written = {**anna, "content-type": "application/json"}
        assert (await http.post(url, content=escaped, headers=written)).status_code == 429
        assert (await http.post(url, json=HELLO, headers=ben)).status_code == 200
        ended = {**anna, "mcp-session-id": opened[0].headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
        assert (await http.delete(url, headers=ended)).status_code == 200
        assert (await http.post(url, json=HELLO, headers=anna)).status_code == 200


async def test_calls_of_a_namespace_are_counted_and_told_when_to_come_again(guarded: int) -> None:
    async with httpx2.AsyncClient(trust_env=False, headers=ACCEPTED) as http:
        url = f"http://127.0.0.1:{guarded}/nothing"
        answers = [await http.get(url, headers={"authorization": f"Bearer {ANNA}"}) for _ in range(260)]
        late = [answer for answer in answers if answer.status_code == 429]
        assert late
        assert late[0].headers["retry-after"] == "1"
        assert (await http.get(url, headers={"authorization": f"Bearer {BEN}"})).status_code == 404


async def test_streams_and_watchers_of_a_namespace_are_counted(guarded: int) -> None:
    mine = {"Authorization": f"Bearer {ANNA}"}
    url = f"ws://127.0.0.1:{guarded}/watch"
    async with (
        connect(f"{url}?name=a", additional_headers=mine, proxy=None),
        connect(f"{url}?name=b", additional_headers=mine, proxy=None),
    ):
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(url, additional_headers=mine, proxy=None) as third:
                await third.recv()
    for name in ("x" * 65, "a%1b[2J"):
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(f"{url}?name={name}", additional_headers=mine, proxy=None) as odd:
                await odd.recv()


async def test_a_cursor_tells_nothing_of_what_rings_for_others(guarded: int, env: dict[str, str]) -> None:
    server = ["--server", f"http://127.0.0.1:{guarded}/mcp", "--token"]
    url = f"ws://127.0.0.1:{guarded}/watch"
    mine = {"Authorization": f"Bearer {ANNA}"}

    async def begins() -> str:
        async with connect(url, additional_headers=mine, proxy=None) as socket:
            assert socket.response is not None
            return str(socket.response.headers["Alarum-Cursor"])

    before = await begins()
    async with connect(url, additional_headers={"Authorization": f"Bearer {BEN}"}, proxy=None) as ben:
        assert alarum(env, *server, BEN, "schedule", "in 1 second", "-m", "x").returncode == 0
        frame = json.loads(await ben.recv())
    assert await begins() == before
    assert int(frame["cursor"]) > 10**17
    async with connect(f"{url}?after={before}", additional_headers=mine, proxy=None):
        pass
    with pytest.raises((InvalidStatus, ConnectionClosed)):  # a plain sequence would tell where one's own runs stand
        async with connect(f"{url}?after=1", additional_headers=mine, proxy=None) as odd:
            await odd.recv()


def test_a_cursor_is_found_again_by_its_own_namespace() -> None:
    mine, other = Cursors(b"k" * 32, "anna"), Cursors(b"k" * 32, "ben")
    for sequence in (0, 1, 2, 10**9):
        assert mine.sequence(mine.cursor(sequence)) == sequence
        assert len(str(mine.cursor(sequence))) == 18
        assert other.sequence(mine.cursor(sequence)) != sequence
    assert Cursors(None).cursor(7) == Cursors(None).sequence(7) == 7


def _read_to_its_end(one: socket.socket) -> None:
    while one.recv(1000):
        pass


_HALF = b"POST /mcp HTTP/1.1\r\nHost: 127"
_WHOLE = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.mark.parametrize(
    "said", [_HALF, _WHOLE, _WHOLE + b"POST /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n{"]
)
async def test_half_of_a_request_holds_a_connection_for_a_while_and_nobody_out(
    env: dict[str, str], said: bytes
) -> None:
    number = free_port()
    with started({**env, "ALARUM_MAX_CONNECTIONS": "20"}, "serve", "--port", str(number)) as server:
        answers_at(number, server)
        held = [socket.create_connection(("127.0.0.1", number), timeout=LIMIT) for _ in range(60)]
        try:
            for one in held:
                one.sendall(said)
            async with httpx2.AsyncClient(trust_env=False, timeout=LIMIT) as http:
                assert (await http.get(f"http://127.0.0.1:{number}/health")).status_code == 200
            with pytest.raises(ConnectionResetError):  # the oldest has gone
                _read_to_its_end(held[0])
        finally:
            for one in held:
                one.close()
