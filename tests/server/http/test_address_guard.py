"""Where deliveries may go: addresses, names, ports, networks; the address that was checked is the one that is reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.clock import SetClock
from alarum.errors import Refused
from alarum.http.address_guard import EgressPolicy, NotAllowed, allowed, egress_policy, is_public, literal, odd_port
from alarum.http.transport import Timeouts, Transport
from alarum.settings.settings import Settings
from tests.support.moments import KEY, NOW
from tests.support.receiver import Receiver

pytestmark = pytest.mark.anyio

INWARD = [
    "127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200",
    "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "168.63.129.16", "192.88.99.1",
    "::1", "::", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "fe80::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1",
    "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::1", "2001::1", "2001:db8::1", "100::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "2a00:1450:4001:81b::200e"]


@pytest.mark.parametrize("address", INWARD)
def test_what_leads_inward_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1.", "[::1]", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "017700000001"],
)
async def test_loopback_in_every_spelling_is_refused(host: str) -> None:
    known = literal(host)
    assert known is not None
    assert known.is_loopback
    with pytest.raises(NotAllowed, match="not public"):
        await allowed(host, 80, EgressPolicy())


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_judged_as_itself(address: object) -> None:
    mapped = ip_address(f"::ffff:{address}")
    assert not is_public(mapped)


@pytest.mark.parametrize(
    "port", [0, 1, 22, 25, 53, 110, 443 + 1, 3306, 5432, 6379, 11211, 2375, 10250, 27017, 9200, 6667]
)
def test_odd_ports_are_odd(port: int) -> None:
    assert odd_port(port)


@pytest.mark.parametrize("port", [80, 443, 8080, 8443, 3000, 8000, 9000])
def test_usual_ports_are_not(port: int) -> None:
    assert not odd_port(port)


async def test_an_odd_port_of_a_public_host_is_refused_unless_it_is_named() -> None:
    with pytest.raises(NotAllowed, match=r"ALARUM_REACH=8\.8\.8\.8:22"):
        await allowed("8.8.8.8", 22, EgressPolicy())
    assert await allowed("8.8.8.8", 22, egress_policy(["8.8.8.8:22"])) == ["8.8.8.8"]


async def test_the_operator_allows_by_name_address_network_or_port() -> None:
    async def printer(host: str, port: int) -> list[str]:
        return ["192.168.1.9"]

    for entry in ("printer.local", "PRINTER.local.", "printer.local:9100", "192.168.1.9", "192.168.0.0/16"):
        port = 9100 if ":" in entry else 80
        assert await allowed("Printer.local", port, egress_policy([entry]), printer) == ["192.168.1.9"]
    for entry in ("other.local", "printer.local:81", "192.168.2.0/24"):
        with pytest.raises(NotAllowed):
            await allowed("printer.local", 80, egress_policy([entry]), printer)


async def test_of_several_addresses_only_those_that_may_be_reached_are_used() -> None:
    async def mixed(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "8.8.8.8", "::1"]

    assert await allowed("mixed.example", 443, EgressPolicy(), mixed) == ["8.8.8.8"]


@pytest.mark.parametrize("entry", ["", "http://x", "10.0.0.0/99", "a b/c", "x:port"])
def test_what_is_no_host_or_network_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/8"):
        egress_policy([entry])


class Rebinding:
    """A resolver whose answer changes every time it is asked: public first, then this machine."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked += 1
        return [self.answers[min(self.asked, len(self.answers)) - 1]]


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A receiver on loopback that notes the requests which reach it."""
    seen: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(head)
                await reader.readexactly(2)
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                await writer.drain()
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], seen
    server.close()


async def post(transport: Transport, url: str, may: EgressPolicy | None = None) -> int:
    parsed = httpx2.URL(url)
    origin = (parsed.scheme, parsed.host, parsed.port or 80)
    headers = [(b"host", parsed.netloc), (b"content-length", b"2")]
    return (await transport.exchange(origin, "POST", b"/", headers, b"{}", may)).status


async def test_a_name_that_turns_inward_between_check_and_use_gets_nowhere() -> None:
    async with listening() as (port, seen):
        resolver = Rebinding("127.0.0.1")
        transport = Transport(Timeouts(1, 1, 1), EgressPolicy(), resolver)
        with pytest.raises(NotAllowed, match=r"127\.0\.0\.1, which is not public"):
            await post(transport, f"http://rebound.example:{port}/")
        assert (resolver.asked, seen) == (1, [])


async def test_a_name_is_asked_for_once_and_the_address_that_was_checked_is_the_one_that_is_reached() -> None:
    async with listening() as (port, seen):
        resolver = Rebinding("127.0.0.1", "169.254.169.254")
        transport = Transport(Timeouts(1, 1, 1), egress_policy(["127.0.0.0/8"]), resolver)
        assert await post(transport, f"http://rebound.example:{port}/") == 200
        assert resolver.asked == 1
        assert (
            await post(transport, f"http://rebound.example:{port}/") == 200
        )  # the same connection, to what was checked
        assert (resolver.asked, len(seen)) == (1, 2)
        assert all(b"host: rebound.example" in head for head in seen)
        await transport.aclose()


async def test_a_connection_of_one_permit_is_of_no_use_to_another() -> None:
    async with listening() as (port, seen):
        resolver = Rebinding("127.0.0.1")
        transport = Transport(Timeouts(1, 1, 1), EgressPolicy(), resolver)
        assert await post(transport, f"http://near.example:{port}/", egress_policy(["near.example"])) == 200
        with pytest.raises(NotAllowed):
            await post(transport, f"http://near.example:{port}/")
        assert len(seen) == 1
        await transport.aclose()


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher", "unix"])
async def test_odd_schemes_get_nowhere(scheme: str) -> None:
    with pytest.raises(NotAllowed, match="scheme"):
        await Transport(Timeouts(1, 1, 1), EgressPolicy()).exchange((scheme, "8.8.8.8", 80), "POST", b"/", [], b"")


async def test_the_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with listening() as (proxy, through), listening() as (port, seen):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy}")
        transport = Transport(Timeouts(1, 1, 1), egress_policy(["127.0.0.1"]))
        assert await post(transport, f"http://127.0.0.1:{port}/") == 200
        assert (len(through), len(seen)) == (0, 1)
        await transport.aclose()


async def _scheduled(tmp_path: Path, url: str, hosts: tuple[str, ...], reach: tuple[str, ...] = ()) -> str:
    """What becomes of a reminder to a URL that a call names: why it is refused, or the error of its attempt, or its delivery."""
    clock = SetClock(NOW)
    settings = Settings(tmp_path / "a.db", "UTC", webhook_secrets=(KEY,), webhook_hosts=hosts, reach=reach)
    async with runtime(settings, clock, ring=False) as running:
        try:
            made = await running.app.schedule(Request(when="in 1 minute", message="x", webhook=url))
        except Refused as why:
            return f"refused: {why}"
        clock.tick(timedelta(minutes=1))
        await running.loop.turn()
        run = ((await running.app.query(id=made.id, history=True, status="all")).history or [])[0]
        return run.attempts[0].error or str(run.delivery)


async def test_any_host_is_not_this_machine(tmp_path: Path, receiver: Receiver) -> None:
    assert "not public" in await _scheduled(tmp_path, receiver.url, ("*",))
    assert receiver.posts == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"])
async def test_no_spelling_of_this_machine_slips_through_any_host(
    tmp_path: Path, receiver: Receiver, host: str
) -> None:
    said = await _scheduled(tmp_path, receiver.url.replace("127.0.0.1", host), ("*",))
    assert "not public" in said
    assert receiver.posts == []


async def test_an_operator_can_allow_loopback_for_one_machine(tmp_path: Path, receiver: Receiver) -> None:
    assert await _scheduled(tmp_path, receiver.url, ("*",), ("127.0.0.1",)) == "delivered"
    assert await _scheduled(tmp_path, receiver.url, ("127.0.0.1",)) == "delivered"
    assert len(receiver.posts) == 2


async def test_a_host_that_may_be_named_may_not_lead_inward(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarum.http.address_guard.resolve", Rebinding("127.0.0.1"))
    url = receiver.url.replace("127.0.0.1", "hooks.example")
    said = await _scheduled(tmp_path, url, ("hooks.example",))
    assert said.startswith("NotAllowed: 'hooks.example' is at 127.0.0.1")
    assert receiver.posts == []


@pytest.mark.parametrize(
    "url",
    [
        "http://user:pw@hooks.example/",
        "ftp://hooks.example/",
        "file:///etc/passwd",
        "http:///x",
        "http://[::1",
        "//hooks.example/",
    ],
)
async def test_a_url_that_is_no_webhook_is_refused_when_it_is_scheduled(tmp_path: Path, url: str) -> None:
    assert (await _scheduled(tmp_path, url, ("*",))).startswith("refused: ")
