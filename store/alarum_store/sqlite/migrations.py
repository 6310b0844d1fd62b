"""Numbered changes of the schema, never edited once released. `pragma user_version` says which are applied."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
from pathlib import Path

from alarum_store.errors import OutdatedProcess, StoreError
from alarum_store.search import terms
from alarum_store.sqlite.files import write_beside

log = logging.getLogger("alarum.store")

_SPARE = 50_000_000  # bytes that stay free beside the copy of before a migration

_M001 = """
create table tasks (
    id text primary key, message text not null, rule text not null, zone text not null, words text not null,
    kind text not null, state text not null, due integer, created integer not null, runs integer not null default 0,
    webhook text, payload text, tags text not null default '[]', version integer not null default 0
) strict;
create index tasks_due on tasks (due) where state = 'active' and due is not null;
create table runs (
    sequence integer primary key autoincrement, id text not null unique, task_id text not null references tasks (id),
    number integer not null, scheduled integer not null, rung integer not null, state text not null,
    missed integer not null default 0, attempts integer not null default 0, acknowledged integer,
    try_at integer, owner text,
    unique (task_id, scheduled)
) strict;
create index runs_try on runs (try_at) where state = 'waiting';
create index runs_inbox on runs (sequence) where acknowledged is null;
create table attempts (
    run_id text not null references runs (id), number integer not null, started integer not null,
    ended integer not null, status integer, error text, primary key (run_id, number)
) strict, without rowid;
create table loops (owner text primary key, seen integer not null) strict, without rowid;
"""

# Rows of runs name their task by its number; what is ready to be sent has an index of its own, by target and rank, so
# that neither a million pending tasks nor a receiver that hangs is walked over to find the next one.
_M002 = """
alter table tasks rename to tasks_1;
alter table runs rename to runs_1;
alter table attempts rename to attempts_1;
drop index tasks_due;
drop index runs_try;
drop index runs_inbox;
create table tasks (
    key integer primary key, namespace text not null default '', id text not null, message text not null,
    rule text not null, zone text not null, words text not null, kind text not null, state text not null, due integer,
    scheduled integer, wall integer, created integer not null, updated integer, runs integer not null default 0,
    rank integer not null default 0, webhook text, payload text, metadata text, tags text, policies text,
    idempotency_key text, why text, version integer not null default 0
) strict;
create unique index tasks_id on tasks (id, namespace);
create unique index tasks_idempotency on tasks (idempotency_key, namespace) where idempotency_key is not null;
create index tasks_due on tasks (due, rank) where due is not null;
create table runs (
    sequence integer primary key autoincrement, id text not null unique, task integer not null references tasks (key),
    number integer not null, scheduled integer not null, rung integer not null, state text not null,
    origin text not null default 'rule', missed integer not null default 0, why text, target text not null default '',
    priority integer not null default 0, attempts integer not null default 0, base integer not null default 0,
    acknowledged integer, ended integer, serial integer, rank integer, claimed integer, try_at integer, owner text
) strict;
create index tasks_over on tasks (updated) where state in ('ended', 'cancelled');
create index runs_task on runs (task);
create index runs_serial on runs (task) where serial is not null and state = 'waiting';
create index runs_ready on runs (target, rank, sequence) where rank is not null;
create index runs_try on runs (try_at) where try_at is not null;
create index runs_owner on runs (owner) where owner is not null;
create index runs_inbox on runs (sequence) where acknowledged is null;
create index runs_ended on runs (ended) where ended is not null;
create table attempts (
    run integer not null references runs (sequence), number integer not null, started integer not null,
    ended integer, status integer, error text, error_class text, primary key (run, number)
) strict, without rowid;
create table snoozes (run integer primary key references runs (sequence), due integer not null) strict;
create index snoozes_due on snoozes (due);
create table damaged (
    key integer primary key, task text not null, found integer not null, why text not null, bytes blob
) strict;
create table gone (url text primary key, since integer not null) strict, without rowid;
insert into tasks (id, message, rule, zone, words, kind, state, due, created, runs, webhook, payload, tags, version)
    select id, message, rule, zone, words, kind, state, due, created, runs, webhook, payload, nullif(tags, '[]'), version
    from tasks_1 order by due;
insert into runs (sequence, id, task, number, scheduled, rung, state, missed, attempts, acknowledged, ended, try_at, owner)
    select r.sequence, r.id, t.key, r.number, r.scheduled, r.rung, r.state, r.missed, r.attempts, r.acknowledged,
    iif(r.state = 'waiting', null, r.rung), r.try_at, r.owner from runs_1 r join tasks t on t.id = r.task_id;
insert into attempts (run, number, started, ended, status, error)
    select r.sequence, a.number, a.started, a.ended, a.status, a.error from attempts_1 a join runs r on r.id = a.run_id;
drop table attempts_1;
drop table runs_1;
drop table tasks_1;
"""

# What a search compares, and how far each named watcher has read.
_M003 = """
alter table tasks add column terms text not null default '';
update tasks set terms = search_terms(cast(message as blob), cast(words as blob));
create table watchers (
    name text not null, namespace text not null, sequence integer not null, primary key (name, namespace)
) strict, without rowid;
"""

# Targets of the settings; what receivers ask to be given again, and the state of objects; how targets are; what is to be
# told of tasks and runs.
_M004 = """
alter table tasks add column target text;
alter table tasks add column receiver_state text;
create table objects (
    namespace text not null, target text not null, name text not null, state text not null,
    primary key (namespace, target, name)
) strict, without rowid;
create table health (
    target text primary key, failing_since integer, failures integer not null default 0, error text, paused integer,
    probe integer
) strict, without rowid;
create table outbox (
    sequence integer primary key autoincrement, target text not null, event text not null, at integer not null,
    data text not null, attempts integer not null default 0, try_at integer not null, owner text
) strict;
create index outbox_try on outbox (target, try_at);
"""

# Keys of tasks are never used twice. Runs know their namespace, so that nobody's runs are walked over to find those of
# another. What loops are set up with, how far the clock has come, and what happened to it. Watchers that nobody uses go.
_M005 = """
create table tasks_5 (
    key integer primary key autoincrement, namespace text not null default '', id text not null, message text not null,
    rule text not null, zone text not null, words text not null, kind text not null, state text not null, due integer,
    scheduled integer, wall integer, created integer not null, updated integer, runs integer not null default 0,
    rank integer not null default 0, webhook text, payload text, metadata text, tags text, policies text,
    idempotency_key text, why text, version integer not null default 0, terms text not null default '', target text,
    receiver_state text, size integer not null default 0
) strict;
delete from damaged where key not in (select key from tasks);
insert into tasks_5 (key, namespace, id, message, rule, zone, words, kind, state, due, scheduled, wall, created, updated, runs, rank,
    webhook, payload, metadata, tags, policies, idempotency_key, why, version, terms, target, receiver_state, size)
    select key, namespace, id, message, rule, zone, words, kind, state, due, scheduled, wall, created, updated, runs, rank,
    webhook, payload, metadata, tags, policies, idempotency_key, why, version, terms, target, receiver_state,
    octets(cast(message as blob)) + octets(cast(words as blob)) + octets(cast(payload as blob)) + octets(cast(metadata as blob))
    from tasks order by key;
drop table tasks;
alter table tasks_5 rename to tasks;
create unique index tasks_id on tasks (id, namespace);
create unique index tasks_idempotency on tasks (idempotency_key, namespace) where idempotency_key is not null;
create index tasks_due on tasks (due, rank) where due is not null;
create index tasks_over on tasks (updated) where state in ('ended', 'cancelled');
create index tasks_space on tasks (namespace, state, size);
alter table loops add column setup text not null default '{}';
alter table watchers add column seen integer;
alter table runs add column namespace text not null default '';
update runs set namespace = t.namespace from tasks t where t.key = runs.task and t.namespace <> '';
insert into health (target, failing_since, failures, error, paused, probe)
    select distinct r.namespace || '~' || h.target, h.failing_since, h.failures, h.error, h.paused, h.probe
    from (select distinct namespace, target from runs where namespace <> '' and instr(target, ':') > 0) r join health h on h.target = r.target;
insert into gone select distinct t.namespace || '~' || g.url, g.since from gone g join tasks t on t.webhook = g.url where t.namespace <> '';
update runs set target = namespace || '~' || target where namespace <> '' and instr(target, ':') > 0
    and task in (select key from tasks where webhook is not null);
update watchers set seen = cast(strftime('%s', 'now') as integer) * 1000 where seen is null;
drop index runs_ready;
create index runs_ready on runs (namespace, target, rank, sequence) where rank is not null;
drop index runs_inbox;
create index runs_inbox on runs (namespace, sequence) where acknowledged is null;
create index runs_space on runs (namespace, sequence);
create table clock (one integer primary key check (one = 1), seen integer not null) strict;
create table keys (name text primary key, value blob not null) strict, without rowid;
insert into keys values ('cursor', randomblob(32));
create table incidents (sequence integer primary key autoincrement, at integer not null, what text not null) strict;
"""

MIGRATIONS = (_M001, _M002, _M003, _M004, _M005)


def _search_terms(*texts: bytes) -> str:
    """From bytes: a damaged text is searched for as far as it can be read."""
    return terms(*(text.decode("utf-8", "replace") for text in texts))


def migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date, each migration in one transaction; of an older store a copy is kept beside it.

    Raises StoreError for a store of a newer version, and where there is no room for the copy.
    Foreign keys are not enforced yet: a table that is rebuilt is dropped while others refer to it (sqlite.org/lang_altertable.html).
    """
    db.create_function("search_terms", -1, _search_terms, deterministic=True)
    db.create_function("octets", 1, lambda value: len(value or b""), deterministic=True)
    version = schema_of(db)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"this database is of a newer version of alarum ({version}, known here: {len(MIGRATIONS)}); update alarum, or use another --db"
        )
    for number in range(version, len(MIGRATIONS)):
        db.execute("begin immediate")
        try:
            if schema_of(db) == number:  # another process may have been first
                if number and number == version:
                    _keep_copy(db, number)
                for statement in MIGRATIONS[number].split(";"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"pragma user_version = {number + 1}")
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise


def schema_of(db: sqlite3.Connection) -> int:
    """The number of the last migration that was applied."""
    return int(db.execute("pragma user_version").fetchone()[0])


def check_schema(db: sqlite3.Connection) -> None:
    """Raises OutdatedProcess where a newer version of alarum has migrated the database since it was opened."""
    if (version := schema_of(db)) > len(MIGRATIONS):
        raise OutdatedProcess(
            f"a newer version of alarum has upgraded this database (schema {version}, known here: {len(MIGRATIONS)}); "
            "restart this process with that version"
        )


def _keep_copy(db: sqlite3.Connection, version: int) -> None:
    """Copy the database as it was before it is migrated; whoever writes waits meanwhile. Raises StoreError."""
    path = next((Path(file) for _, name, file in db.execute("pragma database_list") if name == "main" and file), None)
    if path is None:
        return
    size = path.stat().st_size
    if shutil.disk_usage(path.parent).free < size + _SPARE:
        raise StoreError(
            f"{path} has to be upgraded, and there is no room for a copy of it; free {(size + _SPARE) // 1_000_000} MB on its disk, then try again"
        )
    to = path.with_name(f"{path.name}.schema-{version}")
    with write_beside(to) as new, contextlib.closing(sqlite3.connect(path)) as before, contextlib.closing(sqlite3.connect(new)) as copy:  # fmt: skip
        before.backup(copy)  # what is committed: the schema of before
    log.warning("the database is upgraded to schema %s; a copy from before is at %s", len(MIGRATIONS), to)
