"""The official MCP Inspector against real servers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.server.test_processes import free_port


@pytest.mark.skipif(
    shutil.which("npm") is None and not os.environ.get("CI"), reason="npm is not installed; the Inspector needs it"
)
def test_the_inspector_lists_and_calls_the_tools_strictly() -> None:
    env = {**os.environ, "PYTHON": sys.executable, "PORT": str(free_port())}
    done = subprocess.run(
        ["sh", "scripts/inspector.sh"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 of 8" in done.stdout
