"""Shared by all tests: a clock that is set, a real database file, a real receiver on loopback."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=BERLIN)  # a Friday
KEY = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ROOT = Path(__file__).parent.parent


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# The same examples in every run, so that a check fails for a change alone; EXPLORE=1 looks for new ones.
settings.register_profile("repeatable", derandomize=True)
if not os.environ.get("EXPLORE"):
    settings.load_profile("repeatable")


class Receiver:
    """An HTTP server on 127.0.0.1 that keeps what it gets and answers as told."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], bytes]] = []
        self.paths: list[str] = []
        self.arrived = threading.Event()
        self.answers: list[tuple[int, dict[str, str]] | tuple[int, dict[str, str], Any]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.posts.append(({k.lower(): v for k, v in self.headers.items()}, body))
                outer.paths.append(self.path)
                status, headers, *said = outer.answers.pop(0) if outer.answers else (204, {})
                text = b"".join(one if isinstance(one, bytes) else json.dumps(one).encode() for one in said)
                headers = {"content-type": "application/json", **headers} if said else headers
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                outer.arrived.set()

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def body(self, number: int = -1) -> Any:
        """The JSON of a POST."""
        return json.loads(self.posts[number][1])

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    it = Receiver()
    yield it
    it.close()


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a real process with its own database and zone, and a secret for webhooks to loopback."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ALARUM_")}
    return {
        **kept,
        "ALARUM_DB": str(tmp_path / "alarum.db"),
        "ALARUM_ZONE": "Europe/Berlin",
        "ALARUM_WEBHOOK_SECRET": SECRET,
        "ALARUM_WEBHOOK_HOSTS": "127.0.0.1",
        "HOME": str(tmp_path),
    }


def alarum(env: dict[str, str], *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    command = [sys.executable, "-m", "alarum", *args]
    return subprocess.run(
        command, env=env, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


needs_npm = pytest.mark.skipif(
    shutil.which("npm") is None and not os.environ.get("CI"), reason="npm is not installed; the tools of others need it"
)


def script(name: str, **env: str) -> str:
    """What a script that is to end well prints; its servers run with this Python."""
    command, here = ["sh", f"scripts/{name}"], {**os.environ, "PYTHON": sys.executable, **env}
    done = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
