"""Where deliveries may go: to public addresses, and beside these only where the operator says so by name or network.

A name is resolved when something is sent, and the connection goes to the very address that was checked (OWASP,
"Server-Side Request Forgery Prevention"), so that an answer of the DNS that changes in between gets nowhere.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], Awaitable[list[str]]]

# Beside what Python calls global (the registries of IANA): addresses that lead into private networks by way of a public
# form, relays that a machine may have, and services of clouds that answer at public addresses.
_INWARD = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10", "5f00::/16",
    )
)  # fmt: skip
_USUAL = (80, 443)  # of the ports below 1024
# Ports of other services, where a request could do harm: those of fetch.spec.whatwg.org ("bad port"), databases, Docker.
_ODD = frozenset((
    1433, 1521, 1719, 1720, 1723, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 5060, 5061, 5432, 5672, 5900, 5985, 6000,
    6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 9042, 9200, 9300, 10080, 10250, 11211, 27017,
))  # fmt: skip
_LOOPBACK = ("localhost", "ip6-localhost", "localhost.localdomain")


class NotAllowed(ValueError):
    """A delivery may not go there; the message says how the operator can allow it."""


@dataclass(frozen=True, slots=True, eq=True)
class EgressPolicy:
    """What may be reached beside public addresses: `names` as "host" or "host:port", and `networks`; `ports` beside the usual ones."""

    names: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.names, self.networks, self.ports)))

    def __hash__(self) -> int:
        """Once: it is asked for at every delivery."""
        return self._hash

    def refused_at_once(self, host: str, port: int) -> str | None:
        """Why nothing may be sent there, as far as it can be told without asking the DNS; a name is looked up when it is sent to."""
        if (known := literal(host)) is not None:
            return self.refusal(host, port, known)
        name = normal_host(host)
        if name in self.names or f"{name}:{port}" in self.names or port in self.ports or not odd_port(port):
            return None
        return f"port {port} is not one for webhooks; the operator can allow it with ALARUM_REACH={name}:{port}"

    def refusal(self, host: str, port: int, address: Address) -> str | None:
        """Why nothing may be sent to `address`, which `host` stands for; None when it may."""
        name = normal_host(host)
        if name in self.names or f"{name}:{port}" in self.names or any(address in net for net in self.networks):
            return None
        if port not in self.ports and odd_port(port):
            return f"port {port} is not one for webhooks; the operator can allow it with ALARUM_REACH={name}:{port}"
        if is_public(address):
            return None
        return f"'{host}' is at {address}, which is not public; the operator can allow it with ALARUM_REACH={name}"

    def beside(self, other: EgressPolicy) -> EgressPolicy:
        return EgressPolicy(self.names | other.names, (*self.networks, *other.networks), self.ports | other.ports)


def egress_policy(entries: Iterable[str]) -> EgressPolicy:
    """A policy from what an operator writes: "127.0.0.1", "10.0.0.0/8", "printer.local", "printer.local:9100", "localhost".

    Raises ValueError for anything else.
    """
    names: set[str] = set()
    networks: list[Network] = []
    for entry in entries:
        text = entry.strip().lower()
        try:
            networks.append(ipaddress.ip_network(text.strip("[]"), strict=False))
            continue
        except ValueError:
            host, _, port = text.rpartition(":") if text.count(":") == 1 else (text, "", "")
        if (
            not host
            or not all(part for part in host.strip("[].").split("."))
            or "/" in text
            or port
            and not port.isdigit()
        ):
            raise ValueError(
                f"'{entry}' is not a host, address or network; for example printer.local, 127.0.0.1 or 10.0.0.0/8"
            )
        names.add(f"{normal_host(host)}:{port}" if port else normal_host(host))
        if host in _LOOPBACK and not port:
            networks += [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1")]
    return EgressPolicy(frozenset(names), tuple(networks))


def normal_host(host: str) -> str:
    """A host as names are compared: lower case, without brackets and the dot at the end."""
    return host.strip("[]").rstrip(".").lower()


def odd_port(port: int) -> bool:
    return port in _ODD or (port < 1024 and port not in _USUAL)


@lru_cache(maxsize=4096)
def is_public(address: Address) -> bool:
    return address.is_global and not address.is_multicast and not any(address in net for net in _INWARD)


@lru_cache(maxsize=1024)
def literal(host: str) -> Address | None:
    """The address that a host is by itself, also in the old forms that libraries take (0x7f.1, 2130706433, 0177.1)."""
    text = normal_host(host)
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        pass
    if not text or any(c not in "0123456789abcdefx." for c in text) or not text[0].isdigit():
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(text))
    except OSError:
        return None


# Threads of its own: a name server that hangs holds up no other work of this process.
_threads = ThreadPoolExecutor(128, "alarum-dns")


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, by this machine's resolver. Raises OSError."""
    found = await asyncio.get_running_loop().run_in_executor(
        _threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    )
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


async def allowed(host: str, port: int, may: EgressPolicy, resolver: Resolver = resolve) -> list[str]:
    """The addresses of `host` that a delivery may connect to. Raises NotAllowed, or OSError where the name has none."""
    known = literal(host)
    addresses = [str(known)] if known else await resolver(host, port)
    refusals, fine = [], []
    for text in addresses:
        why = may.refusal(host, port, ipaddress.ip_address(text))
        refusals.append(why) if why else fine.append(text)
    if not fine:
        raise NotAllowed(refusals[0] if refusals else f"'{host}' has no address")
    return fine
