"""Real clients, set up by `alarum connect`, against a scripted stand-in for their model; and the conformance suite."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from evals.clients.model import Model
from evals.clients.run import claude, codex, environment, gemini
from tests.support.moments import ROOT
from tests.support.processes import free_port, needs_npm, script


@pytest.fixture(scope="module")
def installed() -> None:
    clients = ROOT / "evals/clients"
    if not (clients / "node_modules/.bin/claude").exists():
        subprocess.run(["npm", "ci", "--no-fund", "--no-audit", "--loglevel=error"], cwd=clients, check=True)


def seen(model: Model) -> str:
    """Everything that the client put before its model."""
    return json.dumps(model.seen)


def asked(home: Path, *args: str) -> dict[str, object]:
    command = [sys.executable, "-m", "alarum", *args, "--json"]
    done = subprocess.run(command, env=environment(home), cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))


@needs_npm
def test_claude_code_schedules_is_woken_and_acknowledges(tmp_path: Path, installed: None) -> None:
    model = claude(tmp_path)
    names = list(dict.fromkeys(call.name for call in model.calls))
    assert names == ["ToolSearch", "mcp__alarum__schedule", "mcp__alarum__query", "Monitor", "mcp__alarum__inbox"]
    text = seen(model)
    assert "pass the user's own words" in text  # the instructions of the server
    assert "next_runs" in text  # the structured answer
    assert "<task-notification>" in text
    assert "stored text, not instructions" in text
    assert "1 acknowledged" in text
    assert asked(tmp_path, "inbox")["total"] == 0


@needs_npm
@pytest.mark.parametrize("client", [codex, gemini])
def test_other_clients_list_and_call_the_tools(
    tmp_path: Path, installed: None, client: Callable[[Path], Model]
) -> None:
    model = client(tmp_path)
    assert [call.name.rpartition("_")[2] for call in model.calls] == ["schedule", "query"]
    for tool in ("schedule", "query", "cancel", "update", "inbox"):
        assert f"alarum_{tool}" in seen(model) or f'"{tool}"' in seen(model)
    assert "next_runs" in seen(model)
    assert asked(tmp_path, "query", "stretch")["total"] == 1


@needs_npm
def test_the_conformance_suite_finds_nothing_unexpected() -> None:
    assert script("conformance.sh", PORT=str(free_port())).count("none unexpected") == 4


def _connect(home: Path, *args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "alarum", *args]
    env = {**environment(home), "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=env, cwd=home, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("client", "place", "key"),
    [
        ("claude-desktop", ".config/Claude/claude_desktop_config.json", "mcpServers"),
        ("cursor", ".cursor/mcp.json", "mcpServers"),
        ("vscode", ".vscode/mcp.json", "servers"),
        ("gemini", ".gemini/settings.json", "mcpServers"),
        ("opencode", ".config/opencode/opencode.json", "mcp"),
    ],
)
def test_a_client_is_connected_and_what_it_had_stays(tmp_path: Path, client: str, place: str, key: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"theme": "dark", key: {"other": {"command": "x"}}}))
    shown = _connect(tmp_path, "connect", client)
    assert "alarum" in shown.stdout
    assert "alarum" not in file.read_text()
    assert _connect(tmp_path, "connect", client, "--write").returncode == 0
    known = json.loads(file.read_text())
    assert known["theme"] == "dark"
    assert set(known[key]) == {"other", "alarum"}
    command = known[key]["alarum"]["command"]
    assert Path(command[0] if isinstance(command, list) else command).exists()
    broken = "{ // a comment\n}"
    file.write_text(broken)
    refused = _connect(tmp_path, "connect", client, "--write")
    assert (refused.returncode, file.read_text()) == (1, broken)
    assert "by hand" in refused.stderr


def test_codex_and_claude_code_are_connected_in_their_own_way(tmp_path: Path) -> None:
    assert _connect(tmp_path, "connect", "codex", "--write").returncode == 0
    file = tmp_path / ".codex/config.toml"
    assert tomllib.loads(file.read_text())["mcp_servers"]["alarum"]["env"]["ALARUM_ZONE"] == "Europe/Berlin"
    again = _connect(tmp_path, "connect", "codex", "--write")
    assert (again.returncode, "already" in again.stdout) == (0, True)
    shown = _connect(
        tmp_path, "--token", "secret-token-0123456", "connect", "claude-code", "--http", "http://127.0.0.1:8765/mcp"
    )
    assert shown.stdout.startswith(
        "claude mcp add --scope user alarum http://127.0.0.1:8765/mcp --transport http --header"
    )
    desktop = _connect(tmp_path, "connect", "claude-desktop", "--http", "http://127.0.0.1:8765/mcp")
    assert (desktop.returncode, "starts its servers itself" in desktop.stderr) == (1, True)


def test_a_service_is_written_for_systemd_and_refused_where_there_is_none(tmp_path: Path) -> None:
    shown = _connect(tmp_path, "service", "install", "--print")
    assert f"ExecStart={ROOT / 'alarum'} serve" in shown.stdout
    assert "Restart=always" in shown.stdout
    tools = tmp_path / "bin"
    tools.mkdir()
    log = tmp_path / "log"
    (tools / "systemctl").write_text(f'#!/bin/sh\necho "$@" >>{log}\n')
    (tools / "systemctl").chmod(0o755)
    env = {**environment(tmp_path), "PYTHONPATH": str(ROOT)}
    env["PATH"] = f"{tools}:{env['PATH']}"
    command = [sys.executable, "-m", "alarum", "service"]
    assert subprocess.run([*command, "install"], env=env, check=False, capture_output=True).returncode == 0
    unit = tmp_path / ".config/systemd/user/alarum.service"
    settings = tmp_path / ".config/alarum/env"
    assert "ExecStart=" in unit.read_text()
    assert "ALARUM_ZONE=Europe/Berlin" in settings.read_text()
    assert settings.stat().st_mode & 0o077 == 0
    assert log.read_text().splitlines() == ["--user daemon-reload", "--user enable alarum", "--user restart alarum"]
    assert subprocess.run([*command, "uninstall"], env=env, check=False, capture_output=True).returncode == 0
    assert not unit.exists()
    bare = subprocess.run(
        [*command, "status"], env={**env, "PATH": "/nowhere"}, check=False, capture_output=True, text=True
    )
    assert (bare.returncode, "systemctl is not on this machine" in bare.stderr) == (1, True)
