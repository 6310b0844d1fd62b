"""Numbered changes of the schema, never edited once released. `pragma user_version` says which are applied."""

from __future__ import annotations

import sqlite3

from store.protocol import StoreError

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

MIGRATIONS = (_M001,)


def migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date, each migration in one transaction. Raises StoreError for a newer store."""
    version = db.execute("pragma user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise StoreError(
            f"this database is of a newer version ({version}, known here: {len(MIGRATIONS)}); update alarum, or use another --db"
        )
    for number in range(version, len(MIGRATIONS)):
        db.execute("begin immediate")
        try:
            if db.execute("pragma user_version").fetchone()[0] == number:  # another process may have been first
                for statement in MIGRATIONS[number].split(";"):
                    if statement.strip():
                        db.execute(statement)
                db.execute(f"pragma user_version = {number + 1}")
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            raise
