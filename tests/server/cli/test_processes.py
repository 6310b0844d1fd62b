"""Real processes: stdio and HTTP servers, the command line, kill -9, and who rings."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from standardwebhooks.webhooks import Webhook

from tests.support.moments import ROOT, SECRET
from tests.support.processes import LIMIT, alarum, answers_at, free_port, line, started
from tests.support.receiver import Receiver


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_http_and_the_command_line_on_one_store(env: dict[str, str], mode: str) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        assert f"http://127.0.0.1:{port}/mcp" in line(server)
        banner = "".join(line(server) for _ in range(5))
        assert env["ALARUM_DB"] in banner
        assert "Europe/Berlin" in banner
        assert f"claude mcp add --transport http alarum http://127.0.0.1:{port}/mcp" in banner
        answers_at(port, server)
        async with Client(f"http://127.0.0.1:{port}/mcp", mode=mode) as c:
            made = await c.call_tool("schedule", {"when": "remind me to call my friend every monday at 10:00"})
            assert made.structured_content is not None
            task = made.structured_content
            assert task["message"] == "call my friend"
            assert all("T10:00:00+0" in t["local"] for t in task["next_runs"])
            assert made.structured_content["warnings"] == []
        listed = json.loads(alarum(env, "query", "--json").stdout)
        assert [t["id"] for t in listed["tasks"]] == [task["id"]]
        assert alarum(env, "cancel", task["id"]).returncode == 0
        assert json.loads(alarum(env, "query", "--json").stdout)["total"] == 0


@pytest.mark.anyio
@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_over_stdio(env: dict[str, str], mode: str) -> None:
    params = StdioServerParameters(command=sys.executable, args=["-m", "alarum"], env=env, cwd=ROOT)
    async with Client(params, mode=mode) as c:
        made = await c.call_tool("schedule", {"when": "remind me to call my friend every monday at 10:00"})
        assert made.structured_content is not None
        assert made.structured_content["message"] == "call my friend"


@pytest.mark.anyio
async def test_over_http_the_header_of_the_connection_says_whose_tasks(env: dict[str, str]) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        url = f"http://127.0.0.1:{port}/mcp"
        async with (
            httpx2.AsyncClient(headers={"alarum-namespace": "anna"}) as web,
            Client(streamable_http_client(url, http_client=web)) as anna,
        ):
            await anna.call_tool("schedule", {"when": "every day at 9 water the plants"})
            mine = await anna.call_tool("query", {})
        async with Client(url) as other:
            theirs = await other.call_tool("query", {})
        assert mine.structured_content is not None
        assert theirs.structured_content is not None
        assert (mine.structured_content["total"], theirs.structured_content["total"]) == (1, 0)


def verified(receiver: Receiver) -> dict[str, object]:
    """The one POST that arrived, its signature checked by the reference library."""
    ((headers, body),) = receiver.posts
    return dict(Webhook(SECRET).verify(body, headers))


def test_a_short_delay_arrives_signed_and_once_from_another_process(env: dict[str, str], receiver: Receiver) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        made = alarum(env, "schedule", "in 1 second say hello", "--webhook", receiver.url)
        assert made.returncode == 0, made.stderr
        assert receiver.arrived.wait(LIMIT)
        data = verified(receiver)["data"]
        assert isinstance(data, dict)
        assert data["message"] == "say hello"
        assert data["late_seconds"] >= 0


def test_kill_9_after_scheduling_loses_nothing(env: dict[str, str], receiver: Receiver) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        assert alarum(env, "schedule", "in 2 seconds say hello", "--webhook", receiver.url).returncode == 0
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
    assert receiver.posts == []
    with started(env, "serve", "--port", str(port)):
        assert receiver.arrived.wait(LIMIT)
    verified(receiver)
    history = json.loads(alarum(env, "query", "--status", "all", "--json").stdout)
    assert [f["message"] for f in history["inbox"]] == ["say hello"]


def test_watch_prints_one_line_per_fired_reminder_and_needs_no_server(env: dict[str, str]) -> None:
    with started(env, "watch") as watching:
        made = json.loads(alarum(env, "schedule", "in 1 second stretch", "--json").stdout)
        text = line(watching)
        assert "stretch" in text
        assert f"alarum cancel {made['id']}" in text


def test_a_port_in_use_is_a_clear_error(env: dict[str, str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = alarum(env, "serve", "--port", str(taken.getsockname()[1]))
    assert answer.returncode == 3
    assert "choose another --port" in answer.stderr


def test_a_bad_setting_is_named(env: dict[str, str]) -> None:
    answer = alarum({**env, "ALARUM_ZONE": "Mars/Base"}, "query")
    assert answer.returncode == 2
    assert "ALARUM_ZONE" in answer.stderr


def test_a_database_that_cannot_be_used_is_a_clear_error(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    for command in (["query"], ["schedule", "tomorrow at 9"], ["cancel", "x"]):
        answer = alarum({**env, "ALARUM_DB": str(tmp_path / "file" / "a.db")}, *command)
        assert answer.returncode == 3
        assert "check the path" in answer.stderr
        assert "Traceback" not in answer.stderr


def test_parse_reads_lines_and_survives_a_bad_one(env: dict[str, str]) -> None:
    cases = '{"id":"a","text":"in 45 minutes","now":"2026-11-20T10:00:00+01:00","tz":"Europe/Berlin"}\nnot json\n'
    answer = alarum(env, "parse", "--jsonl", stdin=cases)
    first, second = (json.loads(x) for x in answer.stdout.splitlines())
    assert (first["id"], first["kind"], first["at"]) == ("a", "once", "2026-11-20T10:45:00+01:00")
    assert second["kind"] == "unclear"


def test_nlp_and_a_short_command_import_nothing_heavy() -> None:
    code = (
        "import sys, alarum_nlp, alarum.cli.main, alarum.cli.parse; "
        "print([m for m in ('mcp', 'dateparser', 'pydantic', 'alarum_store', 'croniter', 'aiosqlite') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
