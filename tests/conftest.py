"""Shared by all tests: a clock that is set, a real database file, a real receiver on loopback."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.moments import SECRET
from tests.support.receiver import Receiver


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


# The same examples in every run, so that a check fails for a change alone; EXPLORE=1 looks for new ones.
settings.register_profile("repeatable", derandomize=True)
if not os.environ.get("EXPLORE"):
    settings.load_profile("repeatable")


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line says what was left out, and how it is run."""
    skipped = terminalreporter.stats.get("skipped", [])
    why = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped if report.longrepr)
    if why:
        reasons = ", ".join(f"{count} ({reason})" for reason, count in sorted(why.items()))
        terminalreporter.write_line(f"tests left out: {reasons}; ./check --all runs all of them")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI nothing may be left out."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if (
        os.environ.get("CI")
        and os.environ.get("CHECK_ALL")
        and reporter
        and reporter.stats.get("skipped")
        and not exitstatus
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
