"""A runtime on a real file, at a set time, whose loop the test turns."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from alarum.app.runtime import Runtime, runtime
from alarum.clock import SetClock
from alarum.settings.settings import Settings
from tests.support.moments import KEY, NOW


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
async def running(tmp_path: Path, clock: SetClock) -> AsyncIterator[Runtime]:
    settings = Settings(tmp_path / "a.db", "Europe/Berlin", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",))
    async with runtime(settings, clock, ring=False) as it:
        yield it
