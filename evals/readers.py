"""What is measured: Alarum in this process, every peer in a process and an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import alarum_nlp as nlp
from evals.phrases import NOW, ZONE, Answer

Measured = tuple[list[Answer], list[float]]  # answers, and microseconds of parsing each
_HERE = Path(__file__).with_name("peers")
_PYTHON = _HERE / ".venv" / "bin" / "python"
PYTHON_PEERS = ("recurrent", "dateparser", "parsedatetime", "timefhuman")
NODE_PEERS = ("chrono-node", "recognizers", "rrule")


def alarum(text: str) -> Answer:
    found = nlp.read(text, NOW, ZONE)
    if isinstance(found, nlp.Unclear):
        return Answer()
    return Answer(tuple(nlp.next_times(found.rule, NOW, 10)), found.kind == "recurring", found.message)


def ours(texts: list[str]) -> Measured:
    """Answers and parse times of Alarum, warm."""
    answers, spent = [alarum(text) for text in texts], []
    for text in texts:
        begin = time.perf_counter()
        nlp.read(text, NOW, ZONE)
        spent.append((time.perf_counter() - begin) * 1e6)
    return answers, spent


def _peer(name: str) -> Callable[[list[str]], Measured]:
    python = name in PYTHON_PEERS
    command = [str(_PYTHON), str(_HERE / "peer.py")] if python else ["node", str(_HERE / "peer.mjs")]
    said = NOW.replace(tzinfo=None).isoformat()

    def measure(texts: list[str]) -> Measured:
        lines = "".join(json.dumps(text) + "\n" for text in texts)
        run = subprocess.run(
            [*command, name, said],
            input=lines,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "TZ": "UTC"},
        )
        rows = [json.loads(line) for line in run.stdout.splitlines()]
        answers = [Answer(tuple(_aware(t) for t in row["times"]), row["repeats"]) for row in rows]
        return answers, [row["us"] for row in rows]

    return measure


def _aware(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return datetime(9999, 1, 1, tzinfo=ZoneInfo("UTC"))  # a year that Python has not: an answer, and a wrong one
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ZONE))


def installed() -> dict[str, Callable[[list[str]], Measured]]:
    """The peers whose environments `scripts/peers.sh` has made."""
    python = PYTHON_PEERS if _PYTHON.exists() else ()
    node = NODE_PEERS if (_HERE / "node_modules").exists() else ()
    return {name: _peer(name) for name in (*python, *node)}
