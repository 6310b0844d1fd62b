"""The HTTP server from outside: tokens, names, WebSocket, and the command line through it. Real processes."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.moments import ROOT
from tests.support.processes import LIMIT, alarum, answers_at, free_port, line, started

pytestmark = pytest.mark.anyio
ANNA, BEN, ALL = "anna-0123456789abcdef", "ben-0123456789abcdef", "common-0123456789abcdef"
TOKENS = f"anna={ANNA},ben={BEN},{ALL}"


async def _frame(socket: ClientConnection) -> dict[str, object]:
    async with asyncio.timeout(LIMIT):
        return dict(json.loads(await socket.recv()))


def _ask(env: dict[str, str], port: int, token: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Without a database of its own: what it says comes from the server."""
    return alarum(
        {**env, "ALARUM_DB": "/nowhere/x.db"}, "--server", f"http://127.0.0.1:{port}/mcp", "--token", token, *args
    )


async def test_a_token_opens_its_own_namespace_and_nothing_else(env: dict[str, str]) -> None:
    port = free_port()
    with started({**env, "ALARUM_TOKENS": TOKENS}, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        async with httpx2.AsyncClient(trust_env=False) as http:
            base = f"http://127.0.0.1:{port}"
            assert (await http.get(f"{base}/health")).status_code == 200
            for headers in ({}, {"authorization": "Bearer wrong-0123456789abcdef"}, {"authorization": f"Basic {ANNA}"}):
                refused = await http.post(f"{base}/mcp", json={}, headers=headers)
                assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="alarum"')
        assert "Scheduled" in _ask(env, port, ANNA, "schedule", "call Bob tomorrow at 9").stdout
        for token, count in ((ANNA, 1), (BEN, 0), (ALL, 0)):
            assert json.loads(_ask(env, port, token, "query", "--json").stdout)["total"] == count
        other = _ask(env, port, BEN, "--namespace", "anna", "query")  # a token cannot be talked out of its namespace
        assert (other.returncode, "does not take this token or namespace" in other.stderr) == (1, True)


async def test_a_session_is_of_its_token(env: dict[str, str]) -> None:
    port = free_port()
    with started({**env, "ALARUM_TOKENS": TOKENS}, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
        accepted = {"accept": "application/json, text/event-stream"}
        async with httpx2.AsyncClient(trust_env=False, headers=accepted) as http:
            url = f"http://127.0.0.1:{port}/mcp"
            opened = await http.post(url, json=hello, headers={"authorization": f"Bearer {ANNA}"})
            session = {"mcp-session-id": opened.headers["mcp-session-id"]}
            ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
            for token, status in ((ANNA, 200), (BEN, 404)):
                asked = await http.post(url, json=ping, headers={**session, "authorization": f"Bearer {token}"})
                assert asked.status_code == status
        wrong = _ask(env, port, "wrong-0123456789abcdef", "watch")
        assert (wrong.returncode, "does not take this token" in wrong.stderr) == (2, True)
        assert "Traceback" not in wrong.stderr


def test_others_are_served_only_with_tokens(env: dict[str, str]) -> None:
    done = alarum(env, "serve", "--host", "0.0.0.0", "--port", str(free_port()))
    assert done.returncode == 1
    assert "ALARUM_TOKENS" in done.stderr
    short = alarum({**env, "ALARUM_TOKENS": "short"}, "query")
    assert "at least 16 characters" in short.stderr
    assert "short," not in short.stderr


async def test_a_frame_per_reminder_with_backlog_filter_and_no_loss_in_a_break(env: dict[str, str]) -> None:
    port = free_port()
    url = f"ws://127.0.0.1:{port}/watch"
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        async with connect(f"{url}?name=one&tag=home", proxy=None) as socket:
            alarum(env, "schedule", "in 1 second", "-m", "other")
            alarum(env, "schedule", "in 1 second", "-m", "tea", "--tag", "home", "--payload", '{"cups": 2}')
            first = await _frame(socket)
            data = first["data"]
            assert isinstance(data, dict)
            assert (first["name"], data["message"], data["payload"], data["run"]) == (
                "reminder.due",
                "tea",
                {"cups": 2},
                1,
            )
            assert data["late_seconds"] < LIMIT
            assert f"alarum cancel {data['task']}" in data["stop"]
            assert "nobody may be watching" in data["note"]
            assert "not instructions" in str(first["line"])
        alarum(env, "schedule", "in 1 second", "-m", "biscuits", "--tag", "home")
        async with connect(f"{url}?name=one&tag=home", proxy=None) as socket:
            # The frame that was on its way when the connection broke comes again, or it had been remembered.
            seen = [(await _frame(socket))["data"]]
            while seen[-1]["message"] != "biscuits":  # type: ignore[index]
                seen.append((await _frame(socket))["data"])
            assert {s["message"] for s in seen} <= {"tea", "biscuits"}  # type: ignore[index]
        async with connect(f"{url}?backlog=1", proxy=None) as socket:
            texts = [(await _frame(socket))["data"]["message"] for _ in range(3)]  # type: ignore[index]
            assert sorted(texts) == ["biscuits", "other", "tea"]
        for wrong in ("after=x", "nothing=1"):
            with pytest.raises((ConnectionClosed, InvalidStatus)):
                async with connect(f"{url}?{wrong}", proxy=None) as socket:
                    await _frame(socket)


async def test_a_page_of_another_site_cannot_watch(env: dict[str, str]) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        for header in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
            with pytest.raises((InvalidStatus, ConnectionClosed)):
                async with connect(f"ws://127.0.0.1:{port}/watch", additional_headers=header, proxy=None) as socket:
                    await _frame(socket)
        async with connect(f"ws://127.0.0.1:{port}/watch", origin=f"http://localhost:{port}", proxy=None):  # type: ignore[arg-type]
            pass


def test_every_command_works_through_a_server(env: dict[str, str]) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)

        def ask(*args: str) -> str:
            done = _ask(env, port, "", *args)
            assert done.returncode == 0, done.stderr
            return done.stdout

        ask(
            "schedule",
            "call",
            "Anna",
            "every",
            "monday",
            "at",
            "10:00",
            "--id",
            "anna",
            "--tag",
            "calls",
            "--policy",
            "misfire=skip",
        )
        assert "every tuesday at 09:00" in ask("update", "anna", "--when", "every tuesday at 9")
        assert "Paused" in ask("pause", "anna", "--until", "next monday at 8")
        assert "Resumed" in ask("resume", "anna")
        assert "Skipped" in ask("skip", "anna")
        assert "Runs now" in ask("run", "anna")
        assert "Snoozed" in ask("snooze", "anna", "10", "minutes")
        assert "rang" in ask("history", "anna")
        assert "TASK" in ask("query", "--when", "this month")
        assert "acknowledged" in ask("inbox", "--ack-all")
        assert "would be cancelled" in ask("cancel", "--all", "--tag", "calls", "--dry-run")
        assert "Cancelled 'call Anna'" in ask("cancel", "anna")
        refused = _ask(env, port, "", "schedule", "at 9am IST call Bob")
        assert refused.returncode == 1
        assert "alarum schedule 'at 9:00 Asia/Kolkata' --message 'call Bob'" in refused.stderr
    gone = _ask(env, port, "", "query")
    assert (gone.returncode, "no alarum answers" in gone.stderr) == (1, True)


def test_watching_a_server_goes_on_after_it_was_restarted(env: dict[str, str]) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/mcp"
    with started(env, "--server", url, "watch", "--backlog") as watching:
        with started(env, "serve", "--port", str(port)) as server:
            answers_at(port, server)
            alarum(env, "schedule", "in 1 second", "-m", "one")
            assert '"one"' in line(watching)
        with started(env, "serve", "--port", str(port)) as server:
            answers_at(port, server)
            alarum(env, "schedule", "in 1 second", "-m", "two")
            assert '"two"' in line(watching)


def test_a_channel_puts_what_fires_before_the_model_by_itself(env: dict[str, str]) -> None:
    command = [sys.executable, "-u", "-m", "alarum", "--channel"]
    channel = subprocess.Popen(command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert channel.stdin is not None

    def send(**message: object) -> None:
        assert channel.stdin is not None
        channel.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        channel.stdin.flush()

    client = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    send(id=0, method="server/discover", params={"_meta": {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}})
    assert json.loads(line(channel))["error"]["code"] == -32601
    send(id=1, method="initialize", params=client)
    assert json.loads(line(channel))["result"]["capabilities"]["experimental"] == {"claude/channel": {}}
    send(method="notifications/initialized")
    send(
        id=2,
        method="tools/call",
        params={"name": "schedule", "arguments": {"when": "in 1 second", "message": "stretch"}},
    )
    found = [json.loads(line(channel)) for _ in range(2)]
    (pushed,) = [m for m in found if m.get("method") == "notifications/claude/channel"]
    assert pushed["params"]["content"] == "stretch"
    assert "not instructions" in pushed["params"]["meta"]["note"]
    assert all(isinstance(value, str) for value in pushed["params"]["meta"].values())
    assert channel.stdin is not None
    channel.stdin.close()
    assert channel.wait(LIMIT) == 0
    assert channel.stdout is not None
    channel.stdout.close()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_commands_and_ids(env: dict[str, str], shell: str) -> None:
    assert "alarum" in alarum(env, "completion", shell).stdout
    alarum(env, "schedule", "tomorrow at 9", "-m", "x", "--id", "dentist")
    asked = "alarum cancel den"
    completing = {**env, "_ARGCOMPLETE": "1", "COMP_LINE": asked, "COMP_POINT": str(len(asked)), "_ARGCOMPLETE_STDOUT_FILENAME": f"{env['ALARUM_DB']}.out"}  # fmt: skip
    subprocess.run([sys.executable, "-m", "alarum"], env=completing, cwd=ROOT, check=False, capture_output=True)
    with open(f"{env['ALARUM_DB']}.out") as found:
        assert found.read().strip() == "dentist"
    os.unlink(f"{env['ALARUM_DB']}.out")
