"""A database that an older version wrote is opened by this one: nothing is lost, and what is ahead comes at the same times.

The files are written by tests/upgrade/write.py in a checkout of the version that they are named after.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import alarum_nlp as nlp
from alarum import Alarum, trial
from alarum_store import TASK_STATES, OutdatedProcess, Run, SqliteStore, StoreError, Task, TaskFilter
from alarum_store.sqlite.migrations import MIGRATIONS
from tests.support.moments import ROOT
from tests.support.processes import LIMIT, alarum, wait_for

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent
VERSIONS = sorted(path.stem for path in HERE.glob("*.db"))
ALL = 100_000

# Rules whose next times are others than in that version; each is listed in CHANGELOG.md, section "Upgrade".
CHANGED: dict[str, set[str]] = {"7d43986": set()}


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def told(version: str) -> dict[str, Any]:
    """What that version said of its database."""
    return dict(json.loads((HERE / f"{version}.json").read_text()))


@pytest.fixture
def database(tmp_path: Path, version: str) -> Path:
    return Path(shutil.copy(HERE / f"{version}.db", tmp_path / "alarum.db"))


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    it = await SqliteStore.open(database)
    yield it
    await it.close()


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


async def _tasks(store: SqliteStore) -> dict[str, Task]:
    spaces = ("", "anna")
    found = [(await store.tasks.find(TaskFilter(space, states=TASK_STATES, limit=ALL))).tasks for space in spaces]
    return {f"{task.namespace}/{task.id}": task for tasks in found for task in tasks}


async def _runs(store: SqliteStore) -> dict[str, Run]:
    return {run.id: run for space in ("", "anna") for run in await store.runs.find(namespace=space, limit=ALL)}


async def test_every_task_is_there_as_it_was(store: SqliteStore, told: dict[str, Any]) -> None:
    tasks = await _tasks(store)
    assert tasks.keys() == told["tasks"].keys()
    assert {task["state"] for task in told["tasks"].values()} == set(TASK_STATES)
    for name, task in tasks.items():
        was = {key: value for key, value in told["tasks"][name].items() if key != "next_times"}
        now = {key: getattr(task, key) for key in was}
        now |= {"due": _iso(task.due), "scheduled": _iso(task.scheduled), "tags": list(task.tags)}
        assert now == was, name


async def test_what_is_ahead_comes_at_the_same_times(store: SqliteStore, version: str, told: dict[str, Any]) -> None:
    now = datetime.fromisoformat(told["now"])
    changed = set()
    for name, task in (await _tasks(store)).items():
        if (times := told["tasks"][name]["next_times"]) is None:
            continue
        if [at.isoformat() for at in nlp.next_times(nlp.from_text(task.rule), now, len(times) or 6)] != times:
            changed.add(name)
    assert changed == CHANGED[version]
    upgrade = (ROOT / "CHANGELOG.md").read_text().partition("### Upgrade")[2].partition("\n### ")[0]
    for name in changed:
        assert str(told["tasks"][name]["words"]) in upgrade


async def test_runs_attempts_watchers_targets_and_notices_are_there(
    store: SqliteStore, database: Path, told: dict[str, Any]
) -> None:
    runs = await _runs(store)
    assert runs.keys() == told["runs"].keys()
    for name, run in runs.items():
        was = told["runs"][name]
        tries = [[a.number, a.status, a.error, a.error_class] for a in await store.runs.attempts(run.id)]
        assert tries == was["tries"]
        assert (run.task_id, run.state, _iso(run.scheduled), _iso(run.rung), run.origin, run.missed, run.why) == (
            was["task"], was["state"], was["scheduled"], was["rung"], was["origin"], was["missed"], was["why"],
        )  # fmt: skip
        assert (run.attempts, _iso(run.acknowledged), run.message) == (
            was["attempts"],
            was["acknowledged"],
            was["message"],
        )
    assert [[run.id, due.isoformat()] for run, due in await store.runs.snoozed("")] == told["snoozed"]
    for space in ("", "anna"):
        assert (await store.runs.waiting(space))[0] == told["waiting"][space]
        assert await store.runs.read_to("agent", space) == told["watchers"][space]
    assert await store.targets.object_state("rooms", "kitchen", "") == told["object"]
    assert set(told["gone"]) <= await store.targets.disabled()
    assert {h.target for h in await store.targets.health() if h.paused} == {
        name for name, _, since in told["health"] if since
    }
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("select count(*) from outbox").fetchone() == (told["notices"],)
        assert told["notices"]


async def test_it_goes_on(database: Path, told: dict[str, Any]) -> None:
    """What is due rings, what waits is sent, and a task is changed and cancelled."""
    async with trial(datetime.fromisoformat(told["later"]), "Europe/Berlin", database=database) as it:
        before = len(await it.runs())
        await it.turn()
        assert len(await it.runs()) > before
        await it.app.pause("rule-daily")
        await it.app.cancel("rule-weekdays")
        assert (await it.app.query(id="rule-daily")).tasks[0].state == "paused"


async def test_a_copy_from_before_is_kept_beside_it(database: Path, version: str, store: SqliteStore) -> None:
    (copy,) = database.parent.glob("alarum.db.schema-*")
    assert copy.stat().st_mode & 0o777 == 0o600
    with (
        contextlib.closing(sqlite3.connect(HERE / f"{version}.db")) as before,
        contextlib.closing(sqlite3.connect(copy)) as kept,
    ):
        assert list(kept.iterdump()) == list(before.iterdump())
        assert kept.execute("pragma user_version").fetchone() == before.execute("pragma user_version").fetchone()


async def test_without_room_for_the_copy_nothing_is_changed(
    database: Path, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(database.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with pytest.raises(StoreError, match=r"free \d+ MB"):
        await SqliteStore.open(database)
    with contextlib.closing(sqlite3.connect(database)) as db:
        assert db.execute("pragma user_version").fetchone()[0] < len(MIGRATIONS)
    assert not list(database.parent.glob("alarum.db.schema-*"))


async def test_a_new_database_needs_no_copy(tmp_path: Path) -> None:
    await (await SqliteStore.open(tmp_path / "alarum.db")).close()
    await (await SqliteStore.open(tmp_path / "alarum.db")).close()
    assert not list(tmp_path.glob("alarum.db.schema-*"))


def _migrated_by_a_newer_version(database: Path) -> None:
    with contextlib.closing(sqlite3.connect(database, isolation_level=None)) as db:
        db.execute(f"pragma user_version = {len(MIGRATIONS) + 1}")


@pytest.mark.parametrize("command", [["serve", "--port", "0"], ["watch"], [], ["--channel"]])
def test_a_process_that_runs_while_a_newer_version_upgrades_the_database_stops_with_one_sentence(
    env: dict[str, str], command: list[str]
) -> None:
    assert alarum(env, "schedule", "tomorrow at 9", "--message", "x").returncode == 0
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "alarum", *command], env=env, cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        database = Path(env["ALARUM_DB"])
        wait_for(lambda: bool(list(database.parent.glob("alarum.db-loop-*"))), process)  # its loop has begun
        _migrated_by_a_newer_version(database)
        assert process.wait(LIMIT) == 3
        said = process.communicate()[1].splitlines()
    finally:
        process.kill()
        process.communicate()
    assert said == [
        f"alarum: a newer version of alarum has upgraded this database (schema {len(MIGRATIONS) + 1}, known here: "
        f"{len(MIGRATIONS)}); restart this process with that version"
    ]


def test_a_command_on_a_database_of_a_newer_version_stops_with_one_sentence(env: dict[str, str]) -> None:
    assert alarum(env, "schedule", "tomorrow at 9", "--message", "x").returncode == 0
    _migrated_by_a_newer_version(Path(env["ALARUM_DB"]))
    said = alarum(env, "query")
    assert (said.returncode, len(said.stderr.splitlines())) == (3, 1)
    assert "of a newer version of alarum" in said.stderr


async def test_a_program_that_uses_the_library_gets_the_error(tmp_path: Path) -> None:
    async def program() -> None:
        async with Alarum(tmp_path / "a.db", "UTC") as it:
            _migrated_by_a_newer_version(tmp_path / "a.db")
            await it.forever()

    with pytest.raises(OutdatedProcess, match="restart this process"):
        await asyncio.create_task(program())
