"""The same burst given to other schedulers, each as its users run it; see `peers/` for what each was told."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from evals.bench.receiver import Receiver

_HERE = Path(__file__).parent / "peers"
_PATIENCE = 150.0  # seconds after the due time
PEERS = {"apscheduler3": "requirements.txt", "huey": "requirements.txt", "apscheduler4": "peer4.txt"}


def installed(requirements: str) -> Path | None:
    """The Python of the peers' own environment, made on first use; None where they do not install."""
    folder = _HERE / f".venv-{requirements.removesuffix('.txt')}"
    python = folder / "bin" / "python"
    try:
        if not (folder / "done").exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            pip: list[str | Path] = [
                python,
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
                _HERE / requirements,
            ]
            subprocess.run(pip, check=True, capture_output=True)
            (folder / "done").touch()
    except (subprocess.CalledProcessError, OSError) as why:
        print(f"{requirements} does not install here: {why}", file=sys.stderr)
        return None
    return python


async def rate(receiver: Receiver, name: str, count: int) -> float | None:
    """Deliveries per second from the due time to the last, or to when it was given up; None where it does not install."""
    python = installed(PEERS[name])
    if python is None:
        return None
    receiver.report()
    with tempfile.TemporaryDirectory() as folder:
        command: list[str | Path] = [python, _HERE / "peer.py", name, receiver.url(), str(count), folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            assert process.stdout is not None
            line = await asyncio.to_thread(process.stdout.readline)
            if not line:
                return None
            due = float(line)
            give_up = due + _PATIENCE
            while time.time() < give_up and await asyncio.to_thread(receiver.count) < count:
                await asyncio.sleep(0.1)
        finally:
            process.kill()
            process.wait()
    late = sorted(t - due for t, _ in receiver.report())
    return len(late) / late[-1] if late else 0.0
