"""A bare HTTP receiver in a process of its own: notes when each webhook arrives; /hang never answers."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass


class _Protocol(asyncio.Protocol):
    def __init__(self, arrivals: list[tuple[float, str]]) -> None:
        self._arrivals, self._buffer = arrivals, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            size = int(_header(head, b"content-length") or 0)
            if len(self._buffer) < end + 4 + size:
                return
            self._buffer = self._buffer[end + 4 + size :]
            self._arrivals.append((time.time(), _header(head, b"webhook-id").decode()))
            if not head.startswith(b"POST /hang"):
                self._transport.write(b"HTTP/1.1 204 No Content\r\n\r\n")


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return b"" if at < 0 else head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip()


async def _serve() -> None:
    arrivals: list[tuple[float, str]] = []
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: _Protocol(arrivals), "127.0.0.1", 0) for _ in range(2)]
    print(json.dumps([s.sockets[0].getsockname()[1] for s in servers]), flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while command := (await commands.readline()).strip():
        print(json.dumps(arrivals if command == b"report" else len(arrivals)), flush=True)
        if command == b"report":
            arrivals.clear()


@dataclass
class Receiver:
    """The process, seen from the bench: two ports, so that one can be a host that hangs."""

    process: subprocess.Popen[str]
    ports: list[int]

    @classmethod
    def start(cls) -> Receiver:
        command = [sys.executable, "-m", "evals.bench.receiver"]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        return cls(process, json.loads(process.stdout.readline()))

    def _ask(self, command: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def count(self) -> int:
        return int(self._ask("count"))

    def report(self) -> list[tuple[float, str]]:
        """Every arrival since the last report: Unix time in seconds, and the webhook-id."""
        return [(at, name) for at, name in json.loads(self._ask("report"))]

    def url(self, path: str = "/hook", port: int = 0) -> str:
        return f"http://127.0.0.1:{self.ports[port]}{path}"

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


if __name__ == "__main__":
    asyncio.run(_serve())
