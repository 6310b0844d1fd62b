"""Real processes: the command line, servers, and the scripts of the repository."""

from __future__ import annotations

import os
import select
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.moments import ROOT

LIMIT = 30.0  # seconds until a test gives up waiting

needs_npm = pytest.mark.skipif(
    not os.environ.get("CHECK_ALL") or shutil.which("npm") is None,
    reason="needs Node" if shutil.which("npm") else "needs Node, and npm is not installed",
)


def alarum(env: dict[str, str], *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user would."""
    command = [sys.executable, "-m", "alarum", *args]
    return subprocess.run(
        command, env=env, cwd=ROOT, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )


def script(name: str, **env: str) -> str:
    """What a script that is to end well prints; its servers run with this Python."""
    command, here = ["sh", f"scripts/{name}"], {**os.environ, "PYTHON": sys.executable, **env}
    done = subprocess.run(command, cwd=ROOT, env=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def started(env: dict[str, str], *args: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-u", "-m", "alarum", *args]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    late = threading.Timer(LIMIT, process.kill)
    late.start()
    try:
        return process.stdout.readline()
    finally:
        late.cancel()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Return when something is so; the process must live until then."""
    waited = select.poll()
    for _ in range(int(LIMIT * 20)):
        if what():
            return
        assert process.poll() is None
        waited.poll(50)
    raise AssertionError("it did not come about")


def answers_at(port: int, process: subprocess.Popen[str]) -> None:
    """Return when the port takes connections."""

    def connects() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    wait_for(connects, process)


def live(database: Path, url: str, step: str = "") -> int:
    """Run tests/faults/dying.py, which kills itself at `step`; its exit code."""
    command = [sys.executable, "-m", "tests.faults.dying", str(database), url, step]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False, timeout=60).returncode
