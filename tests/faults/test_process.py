"""Real processes that are killed, stopped, and told to end; several of them on one file."""

from __future__ import annotations

import asyncio
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from evals.bench.receiver import Receiver as Counting
from evals.crash.__main__ import sound
from evals.crash.drill import Drill
from tests.support.moments import ROOT
from tests.support.processes import LIMIT, alarum, answers_at, free_port, started
from tests.support.receiver import Receiver

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


def rows(env: dict[str, str], sql: str) -> list[Any]:
    with closing(sqlite3.connect(env["ALARUM_DB"], timeout=30)) as db:
        return db.execute(sql).fetchall()


def until(env: dict[str, str], sql: str, wanted: list[Any]) -> None:
    """Return when a query gives what is wanted."""
    tick = threading.Event()
    found: list[Any] = []
    for _ in range(int(LIMIT * 20)):
        found = rows(env, sql)
        if found == wanted:
            return
        tick.wait(0.05)
    raise AssertionError(f"{sql}: {found}")


def test_kill_9_again_and_again_loses_nothing_and_rings_nothing_twice(tmp_path: Path) -> None:
    result = asyncio.run(Drill(tmp_path, kills=5, runs=300, chance=random.Random(7)).carry_out())
    assert sound(result), result


def stop_outside_a_transaction(env: dict[str, str], process: subprocess.Popen[str]) -> None:
    """Stop a process where it does not hold the database: else everybody waits for it, as for any lock."""
    tick = threading.Event()
    while True:
        process.send_signal(signal.SIGSTOP)
        try:
            with closing(sqlite3.connect(env["ALARUM_DB"], timeout=0.2, isolation_level=None)) as db:
                db.execute("begin immediate")
                return
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            tick.wait(0.01)


class Holding(Receiver):
    """Keeps the first request waiting until `go` is set, and answers the others at once."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()
        handler: Any = self._server.RequestHandlerClass
        answer, lock, seen = handler.do_POST, threading.Lock(), []

        def hold(request: Any) -> None:
            with lock:
                seen.append(request)
                first = len(seen) == 1
            self.arrived.set()
            if first:
                self.go.wait(LIMIT)
            answer(request)

        handler.do_POST = hold


@pytest.fixture
def holding() -> Any:
    it = Holding()
    yield it
    it.go.set()
    it.close()


def test_a_process_told_to_end_while_it_sends_gives_back_what_it_holds(env: dict[str, str], holding: Holding) -> None:
    env = {**env, "ALARUM_GRACE": "100ms"}
    with started(env, "watch") as first:
        alarum(env, "schedule", "in 1 second say hello", "--webhook", holding.url)
        assert holding.arrived.wait(LIMIT)
        first.terminate()
        assert first.wait(LIMIT) == 0
    assert rows(env, "select state, attempts, rank from runs") == [("waiting", 1, 0)]
    with started(env, "watch"):
        until(env, "select state, attempts from runs", [("delivered", 2)])
    assert rows(env, "select number, error_class, status from attempts") == [(1, "unknown", None), (2, None, 204)]


def test_a_process_that_slept_longer_than_its_lease_changes_nothing_when_it_wakes(
    env: dict[str, str], holding: Holding
) -> None:
    env = {**env, "ALARUM_LEASE": "3s", "ALARUM_TIMEOUT": "2s"}
    with started(env, "watch") as zombie:
        alarum(env, "schedule", "in 1 second say hello", "--webhook", holding.url)
        assert holding.arrived.wait(LIMIT)
        stop_outside_a_transaction(env, zombie)
        try:
            with started(env, "watch"):
                until(env, "select state, attempts from runs", [("delivered", 2)])
        finally:
            zombie.send_signal(signal.SIGCONT)
        holding.go.set()
        zombie.terminate()
        assert zombie.wait(LIMIT) == 0  # it lives, and has finished what it held
    assert rows(env, "select state, attempts from runs") == [("delivered", 2)]
    assert rows(env, "select number, error_class, status from attempts") == [(1, "unknown", None), (2, None, 204)]


@pytest.mark.anyio
async def test_several_processes_on_one_file_under_load_double_and_lose_nothing(env: dict[str, str]) -> None:
    """Two servers over HTTP and stdio and a watcher ring on one file while clients schedule through all of them."""
    receiver, port = Counting.start(), free_port()
    try:
        with started(env, "serve", "--port", str(port)) as server, started(env, "watch"):
            answers_at(port, server)
            params = StdioServerParameters(command=sys.executable, args=["-m", "alarum"], env=env, cwd=ROOT)
            async with Client(params) as one, Client(f"http://127.0.0.1:{port}/mcp") as two:
                calls = [
                    (one, two)[n % 2].call_tool(
                        "schedule", {"when": "in 1 second", "message": f"m{n}", "webhook": receiver.url()}
                    )
                    for n in range(200)
                ]
                answers = await asyncio.gather(*calls)
                assert not any(a.is_error for a in answers), answers[0].content
                await asyncio.to_thread(until, env, "select count(*) from runs where state = 'delivered'", [(200,)])
        arrivals = [name for _, name in receiver.report()]
        assert len(arrivals) == len(set(arrivals)) == 200
        assert rows(env, "select count(*), count(distinct task), max(attempts) from runs") == [(200, 200, 1)]
        assert rows(env, "select count(*) from loops") == [(0,)]
    finally:
        receiver.stop()


def test_backup_and_doctor_of_a_store_in_use(env: dict[str, str], tmp_path: Path) -> None:
    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        alarum(env, "schedule", "every day at 9 water the plants")
        said = alarum(env, "doctor")
        assert said.returncode == 0, said.stdout
        assert "1 loops are alive" in said.stdout
        assert alarum(env, "backup", str(tmp_path / "copy.db")).returncode == 0
        again = alarum(env, "backup", str(tmp_path / "copy.db"))
        assert (again.returncode, "exists already" in again.stderr) == (1, True)
    listed = alarum({**env, "ALARUM_DB": str(tmp_path / "copy.db")}, "query")
    assert "water the plants" in listed.stdout


def test_doctor_says_what_to_do_about_a_broken_file(env: dict[str, str]) -> None:
    Path(env["ALARUM_DB"]).write_bytes(b"this is not a database" * 1000)
    said = alarum(env, "doctor")
    assert said.returncode == 1
    assert "put the newest backup in its place" in said.stdout
    Path(env["ALARUM_DB"]).unlink()
    assert alarum(env, "doctor").returncode == 0


def test_health_tells_whether_the_loop_turns(env: dict[str, str]) -> None:
    import urllib.request

    port = free_port()
    with started(env, "serve", "--port", str(port)) as server:
        answers_at(port, server)
        tick = threading.Event()
        for _ in range(int(LIMIT * 20)):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=LIMIT) as answer:
                    assert b'"status":"ok"' in answer.read()
                return
            except OSError:
                tick.wait(0.05)
    raise AssertionError("never healthy")


def test_namespaces_belong_to_the_connection(env: dict[str, str]) -> None:
    assert alarum(env, "--namespace", "anna", "schedule", "every day at 9 water the plants").returncode == 0
    assert "water" not in alarum(env, "query").stdout
    assert "water" in alarum({**env, "ALARUM_NAMESPACE": "anna"}, "query").stdout
    bad = alarum(env, "--namespace", "no spaces", "query")
    assert (bad.returncode, "for example anna" in bad.stderr) == (2, True)


def test_a_process_leaves_no_lock_file_behind(env: dict[str, str]) -> None:
    with started(env, "watch") as watching:
        until_there = threading.Event()
        folder = Path(env["ALARUM_DB"]).parent
        for _ in range(int(LIMIT * 20)):
            if list(folder.glob("alarum.db-loop-*")):
                break
            until_there.wait(0.05)
        watching.terminate()
        watching.wait(LIMIT)
    assert list(folder.glob("alarum.db-loop-*")) == []
