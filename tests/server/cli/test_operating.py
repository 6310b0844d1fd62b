"""What an operator is told, at once and truly: who rings, what is full or gone, what a command could not do."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from alarum.app.health_check import findings
from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.clock import SetClock
from alarum.settings.settings import Settings
from alarum.testing import trial
from alarum_store import SqliteStore, StoreError
from alarum_store.sqlite.files import write_beside
from alarum_store.sqlite.writer import on_thread
from tests.store.contract import task
from tests.support.moments import AT, KEY, NOW, ROOT
from tests.support.processes import LIMIT, alarum, answers_at, free_port, line, started

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("calls", [1, 30])
def test_stdio_ends_when_its_client_dies_in_the_middle_of_a_call(
    env: dict[str, str], tmp_path: Path, calls: int
) -> None:
    command = [sys.executable, "-m", "alarum"]
    errors = (tmp_path / "errors").open("w+")
    process = subprocess.Popen(
        command, env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    messages: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
    ]
    call = {"name": "schedule", "arguments": {"when": "tomorrow at 9"}}
    messages += [{"id": n, "method": "tools/call", "params": call} for n in range(2, 2 + calls)]
    for message in messages:
        process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    process.stdin.flush()
    process.stdout.readline()
    process.stdout.close()
    process.stdin.close()
    try:
        assert process.wait(LIMIT) == 0
        errors.seek(0)
        assert "Traceback" not in errors.read()
    finally:
        errors.close()
        process.kill()
        process.wait()


def test_a_line_that_is_no_message_is_answered(env: dict[str, str]) -> None:
    lines = [
        '{"jsonrpc": "2.0", "id": 1, "method"',
        '"\\ud800"',
        '{"jsonrpc": "2.0", "id": 3, "method": "ping", "params": {"a": "\\ud800"}}',
    ]
    done = alarum(env, stdin="\n".join(lines) + "\n")
    answers = [json.loads(text) for text in done.stdout.splitlines()]
    assert [answer["error"]["code"] for answer in answers] == [-32700] * 3
    assert done.returncode == 0


def _interrupted(path: Path) -> None:
    with write_beside(path) as new:
        new.write_bytes(b"half")
        raise KeyboardInterrupt


def test_a_backup_is_whole_or_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        _interrupted(tmp_path / "copy.db")
    assert list(tmp_path.iterdir()) == []
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom alarum_store.sqlite.files import write_beside\n"
        "with write_beside(Path(sys.argv[1])) as new:\n    new.write_bytes(b'half')\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "copy.db")], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "copy.db").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file can be removed on POSIX alone")
@pytest.mark.parametrize("end", ["-wal", "-shm", ""])
async def test_a_part_of_the_database_that_was_removed_is_noticed_before_anything_is_answered(
    tmp_path: Path, end: str
) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.tasks.add(task())
    (tmp_path / f"a.db{end}").unlink()
    with pytest.raises(StoreError, match=f"a.db{end}.* was removed"):
        await store.tasks.add(task("t2"))
    assert "removed" in (store.upkeep.trouble() or "")
    await store.close()


async def _filled(store: SqliteStore) -> None:
    for n in range(500):
        await store.tasks.add(replace(task(f"t{n}"), message="x" * 5000))


async def test_a_full_disk_is_named_and_seen_by_health(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    try:
        await on_thread(store._db._connection, lambda db: db.execute("pragma max_page_count = 100").fetchone())
        with pytest.raises(StoreError, match=r"full.*free some space"):
            await _filled(store)
        assert "full" in (store.upkeep.trouble() or "")
        await on_thread(store._db._connection, lambda db: db.execute("pragma max_page_count = 1000000").fetchone())
        await store.tasks.add(task("after"))
        assert store.upkeep.trouble() is None
    finally:
        await store.close()


def test_serve_says_that_it_listens_when_it_does(env: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    bad = str(tmp_path / "file" / "a.db")
    for more, args in (
        ({"ALARUM_DB": bad}, ["--port", str(free_port())]),
        ({}, ["--port", "99999"]),
        ({"HOME": "/proc", "ALARUM_DB": ""}, []),
    ):
        done = alarum({**env, **more}, "serve", *args)
        assert (done.returncode, done.stdout) == (3, ""), done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_output_that_cannot_be_written_is_a_sentence(env: dict[str, str]) -> None:
    alarum(env, "schedule", "tomorrow at 9", "-m", "x")
    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "alarum", "query"]
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 3
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_url_that_is_no_file_is_refused_and_makes_no_folder(env: dict[str, str]) -> None:
    done = alarum({**env, "ALARUM_DB": "postgresql://u:HUSH@h/db"}, "query")
    assert done.returncode == 2
    assert "postgresql: URL is not served" in done.stderr
    assert "HUSH" not in done.stderr
    assert not (ROOT / "postgresql:").exists()
    assert alarum({**env, "ALARUM_DB": "file:x.db"}, "query").returncode == 2


def test_a_loop_that_was_killed_is_seen_at_once_by_every_command(env: dict[str, str]) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        line(server)
        while '"alive": true' not in alarum(env, "stats", "--json").stdout:
            pass
        assert "no alarm loop is running" not in alarum(env, "query").stderr
        server.kill()
        server.wait()
    assert "no alarm loop is running" in alarum(env, "stats").stdout
    for command in (["schedule", "in 1 hour", "-m", "x"], ["query"]):
        assert "no alarm loop is running" in alarum(env, *command).stderr, command
    assert "no alarm loop is running" in alarum(env, "doctor").stdout


async def test_what_should_have_rung_is_said_and_history_says_why_a_run_waits(tmp_path: Path) -> None:
    clock = SetClock(NOW)
    settings = Settings(tmp_path / "a.db", "Europe/Berlin", webhook_secrets=(KEY,), webhook_hosts=("127.0.0.1",))
    async with runtime(settings, clock, ring=False) as running:
        await running.app.schedule(Request(when="in 1 minute", message="late", id="late"))
        clock.tick(timedelta(minutes=10))
        await running.store.loop.heartbeat("1-hangs", clock.now())
        found = await running.app.query()
        assert any("'late'" in warning and "should have rung" in warning for warning in found.warnings)
    async with trial(NOW, answer=lambda sent: 500, webhook_secrets=(KEY,)) as alarum:
        await alarum.schedule("in 1 minute", message="x", id="x", webhook="http://h.example/")
        await alarum.advance("1 minute")
        history = (await alarum.app.query(id="x", history=True)).history
        assert history is not None
        assert "tried again at" in (history[0].waits_for or "")
        await alarum.store.targets.pause("h.example:80", alarum.clock.now())
        history = (await alarum.app.query(id="x", history=True)).history
        assert history is not None
        assert "h.example:80 is paused" in (history[0].waits_for or "")


async def test_marking_everything_lists_what_was_marked() -> None:
    async with trial(NOW) as alarum:
        for n in range(5):
            await alarum.schedule(f"in {n + 1} minutes", message=f"m{n}")
        await alarum.advance("10 minutes")
        done = await alarum.app.inbox([], everything=True, limit=3)
        assert (done.acknowledged, done.total) == (5, 0)
        assert [run.message for run in done.fired] == ["m2", "m3", "m4"]
        assert "5 acknowledged" in done.summary
        assert "newest 3" in done.summary
    assert "everything that waits" in alarum_help("inbox")


def alarum_help(command: str) -> str:
    return " ".join(alarum(dict(os.environ), command, "--help").stdout.split())


async def test_health_is_not_well_while_nothing_can_be_written(env: dict[str, str]) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        database = Path(env["ALARUM_DB"])
        with contextlib.suppress(FileNotFoundError):
            database.with_name(database.name + "-wal").unlink()
        async with httpx2.AsyncClient(trust_env=False, timeout=LIMIT) as http:
            base = f"http://127.0.0.1:{port}"
            call = {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "tools/call",
                "params": {"name": "schedule", "arguments": {"when": "tomorrow at 9"}},
            }
            accepted = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"}
            await http.post(f"{base}/mcp", json=call, headers=accepted)
            alarum(env, "--server", f"{base}/mcp", "schedule", "tomorrow at 9", "-m", "x")
            sick = await http.get(f"{base}/health")
        assert sick.status_code == 503
        assert "removed" in sick.json()["status"]


async def test_a_loop_whose_database_was_taken_from_under_it_counts_as_dead_for_others(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.loop.heartbeat("1-x", AT)
    (tmp_path / "a.db-shm").unlink()
    store.loop.change_marker(AT)  # as the loop does each second
    other = await SqliteStore.open(tmp_path / "a.db")
    assert [loop.dead for loop in await other.loop.loops()] == [True]
    await other.close()
    await store.close()


def test_help_that_cannot_be_printed_and_odd_options_are_said_in_a_sentence(env: dict[str, str]) -> None:
    odd = alarum(env, "query", "--status", "v\x1b[31m\nFORGED")
    assert odd.returncode == 2
    assert "\x1b" not in odd.stderr
    assert "\nFORGED" not in odd.stderr
    if Path("/dev/full").exists():
        with open("/dev/full", "w") as full:
            command = [sys.executable, "-m", "alarum", "--help"]
            assert (
                subprocess.run(command, env=env, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, check=False).returncode
                == 3
            )


async def test_the_doctor_is_quiet_about_a_store_that_is_well(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.loop.heartbeat("1-x", AT)
    told = await findings(Settings(tmp_path / "a.db", "UTC"), store, AT)
    assert [f.what for f in told if f.grade == "error"] == []
    await store.close()
