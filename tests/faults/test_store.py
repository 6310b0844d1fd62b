"""What disks, files and other programs do to the database: a clear error, the loop lives, other tasks ring."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from alarum.app.health_check import findings
from alarum.testing import Sent, trial
from alarum_store import SqliteStore, StoreError, TaskFilter, examine
from alarum_store.sqlite.files import file_system, refuse_network
from alarum_store.sqlite.migrations import MIGRATIONS
from alarum_store.sqlite.writer import on_thread
from tests.store.contract import Planned, task
from tests.support.moments import AT, ROOT
from tests.support.moments import TEN_UTC as NOW

pytestmark = pytest.mark.anyio
SHORT = timedelta(milliseconds=50)


def script(code: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own, as the package is imported here."""
    return subprocess.run(
        [sys.executable, "-c", code, *args], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


async def test_a_database_that_another_program_holds_is_a_clear_error_and_works_again_after(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db", patience=SHORT)
    await store.tasks.add(task())
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(StoreError, match="another program holds it"):
            await store.tasks.add(task("t2"))
        with pytest.raises(StoreError, match="locked"):
            await store.loop.turn(AT, Planned(), None, 10)
        assert await store.tasks.get("t1") is not None  # reading goes on
        other.execute("rollback")
    assert (await store.loop.turn(AT, Planned(), None, 10)).moved == 1
    await store.close()


async def test_the_loop_lives_through_a_database_that_cannot_be_written(tmp_path: Path) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("in 1 minute", message="x", webhook="http://h/")
        store = alarum.store
        assert isinstance(store, SqliteStore)
        await on_thread(store._db._connection, _read_only, "on")
        alarum.clock.tick(timedelta(minutes=1))
        with pytest.raises(StoreError, match="readonly"):
            await alarum.turn()
        await on_thread(store._db._connection, _read_only, "off")
        await alarum.turn()
        assert [s.message for s in alarum.sent] == ["x"]


async def test_an_outcome_that_cannot_be_written_is_kept_until_it_can(tmp_path: Path) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("in 1 minute", message="x", webhook="http://h/")
        store = alarum.store
        assert isinstance(store, SqliteStore)
        await alarum.turn()

        blocking = []

        def answer(sent: Sent) -> int:
            blocking.append(
                asyncio.ensure_future(on_thread(store._db._connection, _read_only, "on"))
            )  # before the outcome is kept
            return 204

        alarum.recorder.answer = answer
        with pytest.raises(StoreError, match="readonly"):
            await alarum.advance("1m")
        assert [r.state for r in await alarum.runs()] == ["waiting"]
        await on_thread(store._db._connection, _read_only, "off")
        await alarum.turn()
        assert [r.state for r in await alarum.runs()] == ["delivered"]
        assert len(alarum.sent) == 1


def _read_only(db: sqlite3.Connection, value: str) -> None:
    db.execute(f"pragma query_only = {value}")


@pytest.mark.skipif(sys.platform == "win32", reason="users and permissions are those of POSIX")
async def test_a_read_only_file_is_a_clear_error(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.close()
    (tmp_path / "a.db").chmod(0o444)
    tmp_path.chmod(0o555)
    code = (
        "import asyncio, os, sys\n"
        "from alarum_store import SqliteStore, StoreError\n"
        "if os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
        "async def main():\n"
        "    try:\n"
        "        await SqliteStore.open(sys.argv[1])\n"
        "    except StoreError as why: print(why)\n"
        "asyncio.run(main())"
    )
    for folder in (tmp_path, *tmp_path.parents):
        if str(folder).startswith("/tmp/") or "pytest" in str(folder):
            folder.chmod(folder.stat().st_mode | 0o055)
    said = script(code, str(tmp_path / "a.db"))
    tmp_path.chmod(0o755)
    assert "cannot open the database" in said.stdout, said
    assert "check the path and its permissions" in said.stdout


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="it replaces system calls of SQLite on Linux")
@pytest.mark.parametrize(("fault", "says"), [("full", "free some space"), ("fsync", "disk I/O error")])
async def test_a_disk_that_is_full_or_cannot_sync_fails_one_write_clearly(
    tmp_path: Path, fault: str, says: str
) -> None:
    said = script("from tests.faults import failing_disk", str(tmp_path / "a.db"), fault)
    assert said.returncode == 0, said.stderr
    error, found = said.stdout.splitlines()
    assert says in error
    assert found == "[True, False, True]"


async def test_a_log_that_a_long_reader_let_grow_is_cut_again(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    log = tmp_path / "a.db-wal"
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as reader:
        await store.tasks.add(task())
        reader.execute("begin")
        reader.execute("select count(*) from tasks").fetchone()
        for n in range(30):
            await store.tasks.add(replace(task(f"big{n}"), message="x" * 1_000_000))
        grown = log.stat().st_size
        assert grown > 25_000_000
        reader.execute("rollback")
    for n in range(3):
        await store.tasks.add(task(f"small{n}"))
    assert log.stat().st_size < grown / 1.5
    await store.close()


async def damage(path: Path, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert db.execute(sql).rowcount == 1


@pytest.mark.parametrize(
    "harm",
    ["rule = 'garbage'", "payload = '{broken'", "tags = '7'", "policies = '[1]'", "message = cast(x'c3285c' as text)", "zone = 'Mars/Base', rule = '{\"kind\":\"once\",\"at\":\"2026-11-20T10:01:00\",\"zone\":\"Mars/Base\"}'"],
)  # fmt: skip
async def test_a_corrupted_row_is_set_aside_with_its_bytes_and_the_others_ring(tmp_path: Path, harm: str) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        for name in ("bad", "good", "fine"):
            await alarum.schedule("in 1 minute", message=f"{name} one", id=name, payload={"a": 1})
        await damage(tmp_path / "a.db", f"update tasks set {harm} where id = 'bad'")
        await alarum.advance("1m")
        assert {r.task_id for r in await alarum.runs()} == {"good", "fine"}
        (shown,) = (await alarum.app.query(status="damaged")).tasks
        assert (shown.id, shown.state) == ("bad", "damaged")
        with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as db:
            (kept,) = db.execute("select bytes from damaged").fetchone()
            assert db.execute("select count(*) from tasks where id = 'bad'").fetchone() == (1,)
        assert b"bad" in kept or b"bad".hex().encode() in kept
        advice = [f for f in await findings(alarum.app.settings, alarum.store, NOW) if "set aside" in f.what]
        assert len(advice) == 1


async def test_a_damaged_row_does_not_break_looking_at_the_others(tmp_path: Path) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        for name in ("bad", "good"):
            await alarum.schedule("in 1 minute", message=name, id=name, payload={"a": 1})
        await damage(tmp_path / "a.db", "update tasks set payload = '{broken' where id = 'bad'")
        assert {t.id for t in (await alarum.app.query()).tasks} == {"bad", "good"}


async def test_a_corrupted_page_is_told_and_what_can_be_read_still_rings(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    store = await SqliteStore.open(file)
    await store.tasks.add_many([replace(task(f"t{n:04}"), message=f"message {n} " * 20) for n in range(400)])
    await store._db.write(lambda db: None)
    await store.close()
    with contextlib.closing(sqlite3.connect(file)) as db:
        size = db.execute("pragma page_size").fetchone()[0]
        root = db.execute("select rootpage from sqlite_master where name = 'tasks'").fetchone()[0]
    with file.open("r+b") as raw:  # a leaf of the table: its header, so that its rows cannot be found
        raw.seek((root - 1) * size + 12)
        leaf = int.from_bytes(raw.read(2), "big")
        raw.seek((root - 1) * size + leaf)
        page = int.from_bytes(raw.read(4), "big")
        raw.seek((page - 1) * size)
        raw.write(b"\xff" * 100)
    examined = await examine(file)
    assert examined.broken
    store = await SqliteStore.open(file)
    for _ in range(20):
        if not (await store.loop.turn(AT, Planned(state="delivered"), None, 50)).moved:
            break
    rung = len(await store.runs.find(limit=1000))
    assert 300 < rung < 400
    assert rung + (await store._db.rows("select count(*) from damaged"))[0][0] == 400
    await store.close()


@pytest.mark.parametrize("how", ["removed", "replaced"])
async def test_a_file_that_is_removed_or_replaced_while_in_use_is_told_at_once(tmp_path: Path, how: str) -> None:
    file = tmp_path / "a.db"
    store = await SqliteStore.open(file)
    await store.tasks.add(task())
    file.rename(tmp_path / "moved.db")
    if how == "replaced":
        file.write_bytes(b"")
    with pytest.raises(StoreError, match=how):
        await store.tasks.add(task("t2"))
    await store.close()


async def test_a_network_file_system_is_refused() -> None:
    mounts = [
        "/dev/sda1 / ext4 rw 0 0",
        "nas:/home /home nfs4 rw 0 0",
        "/dev/sdb1 /home/anna/local\\040disk ext4 rw 0 0",
    ]
    assert file_system(Path("/var/lib"), mounts) == "ext4"
    refuse_network(Path("/home/anna/local disk/a"), mounts)
    with pytest.raises(StoreError, match="local disk"):
        refuse_network(Path("/home/bob"), mounts)


async def test_a_store_after_a_fork_says_so(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys\n"
        "sys.path.insert(0, '.')\n"
        "from alarum_store import SqliteStore, StoreError\n"
        "from tests.store.contract import task\n"
        "async def main():\n"
        "    store = await SqliteStore.open(sys.argv[1])\n"
        "    if os.fork() == 0:\n"
        "        try:\n"
        "            store._db.writer._check()  # what each write begins with; the event loop belongs to the parent\n"
        "        except StoreError as why: print(why, flush=True)\n"
        "        os._exit(0)\n"
        "    os.wait()\n"
        "    await store.tasks.add(task())\n"
        "    print(bool(await store.tasks.get('t1')))\n"
        "    await store.close()\n"
        "asyncio.run(main())"
    )
    said = script(code, str(tmp_path / "a.db"))
    assert "open it again" in said.stdout, said
    assert said.stdout.endswith("True\n")


async def test_a_database_thread_that_ended_is_told_and_nothing_hangs(tmp_path: Path) -> None:
    store = await SqliteStore.open(tmp_path / "a.db")
    connection = store._db._connection
    stopping = connection.stop()
    if stopping is not None:
        await stopping
    connection._thread.join()
    with pytest.raises(StoreError, match="restart alarum"):
        await store.tasks.add(task())
    await store._db._reader.close()


async def test_a_store_of_the_first_version_is_brought_up_to_date_with_all_it_has(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as db:
        for statement in MIGRATIONS[0].split(";"):
            db.execute(statement)
        due = int(NOW.timestamp() * 1000)
        rule = '{"kind":"once","at":"2026-11-20T10:00:00+00:00","zone":"UTC"}'
        row = (
            "old",
            "call Anna",
            rule,
            "UTC",
            "at 10",
            "once",
            "active",
            due,
            due - 1000,
            3,
            None,
            '{"a":1}',
            '["home"]',
            3,
        )
        db.execute(f"insert into tasks values ({', '.join('?' * 14)})", row)
        db.execute(
            f"insert into runs (id, task_id, number, scheduled, rung, state, attempts) values ('old_1', 'old', 3, {due - 9}, {due - 8}, 'delivered', 1)"
        )
        db.execute("insert into attempts values ('old_1', 1, 6, 7, 200, null)")
        db.execute("pragma user_version = 1")
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        kept = await alarum.store.tasks.get("old")
        assert kept is not None
        assert (kept.message, kept.payload, kept.tags, kept.runs) == ("call Anna", {"a": 1}, ("home",), 3)
        assert [a.status for a in await alarum.store.runs.attempts("old_1")] == [200]
        assert (await alarum.store.tasks.find(TaskFilter(text="calling ANNA"))).total == 1
        await alarum.turn()
        assert [r.number for r in await alarum.runs()] == [3, 4]


async def test_a_migration_that_is_cut_off_leaves_the_old_store(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as db:
        for statement in MIGRATIONS[0].split(";"):
            db.execute(statement)
        db.execute("pragma user_version = 1")
    cut = MIGRATIONS[1].replace("drop table runs_1;", "select no_such_function();")
    monkeypatch.setattr("alarum_store.sqlite.migrations.MIGRATIONS", (MIGRATIONS[0], cut))
    with pytest.raises(StoreError):
        await SqliteStore.open(tmp_path / "a.db")
    monkeypatch.undo()
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.tasks.add(task())
    await store.close()


async def test_a_backup_made_while_writing_is_consistent_and_what_it_missed_follows_the_policy(tmp_path: Path) -> None:
    async with trial(NOW, database=tmp_path / "a.db") as alarum:
        await alarum.schedule("every day at 11:00", message="x", webhook="http://h/", id="t")
        await alarum.advance("1 day")
        assert isinstance(alarum.store, SqliteStore)
        await alarum.store.backup(tmp_path / "copy.db")
        with pytest.raises(StoreError, match="exists already"):
            await alarum.store.backup(tmp_path / "copy.db")
        await alarum.advance("2 days")
        sent = {s.run_id for s in alarum.sent}
    assert (await examine(tmp_path / "copy.db")).broken == []
    async with trial(NOW + timedelta(days=3), database=tmp_path / "copy.db") as alarum:
        await alarum.turn()
        assert {s.run_id for s in alarum.sent} <= sent  # the same occurrences have the same ids: receivers know them


async def test_claims_of_a_process_that_died_come_back_at_once(tmp_path: Path) -> None:
    code = (
        "import asyncio, os, sys\n"
        "sys.path.insert(0, '.')\n"
        "from alarum_store import SqliteStore\n"
        "from tests.store.contract import AT, Planned, room, task\n"
        "async def main():\n"
        "    store = await SqliteStore.open(sys.argv[1])\n"
        "    await store.loop.heartbeat('dead', AT)\n"
        "    await store.tasks.add(task())\n"
        "    print(len((await store.loop.turn(AT, Planned(), room('dead'), 9)).claims), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "asyncio.run(main())"
    )
    assert script(code, str(tmp_path / "a.db")).stdout == "1\n"
    store = await SqliteStore.open(tmp_path / "a.db")
    await store.loop.heartbeat("alive", AT)
    found = await store.loop.turn(AT, Planned(), None, 9)
    assert found.moved == 0
    assert (await store.loop.next_wake()).ready
    assert [a.error_class for a in await store.runs.attempts("t1_20090000")] == ["unknown"]
    assert os.listdir(tmp_path).count("a.db-loop-dead") == 0
    await store.close()
