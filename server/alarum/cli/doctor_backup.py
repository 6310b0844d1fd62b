"""`alarum doctor` and `alarum backup`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from alarum.app.health_check import findings
from alarum.cli.launch_check import faulty_calls
from alarum.clock import SystemClock
from alarum.safe_text import visible, visible_lines
from alarum.settings.settings import Settings
from alarum_store import SqliteStore, StoreError


async def doctor(settings: Settings, as_json: bool) -> int:
    """Print what was found; 1 when something is wrong, 0 when there are warnings at most."""
    store, trouble = None, ""
    try:
        store = await SqliteStore.open(settings.database) if settings.database.exists() else None
    except StoreError as why:
        trouble = f"{why}"
    try:
        found = [*faulty_calls(), *await findings(settings, store, SystemClock().now(), trouble)]
    finally:
        if store:
            await store.close()
    if as_json:
        print(visible_lines(json.dumps([asdict(finding) for finding in found], indent=2)))
    else:
        for finding in found:
            print(visible(f"{finding.grade:8} {finding.what}"))
            if finding.advice:
                print(visible(f"         -> {finding.advice}"))
    return 1 if any(finding.grade == "error" for finding in found) else 0


async def backup(settings: Settings, file: str) -> int:
    """Copy the store to a new file, consistent however much is written meanwhile."""
    if not settings.database.exists():
        print(f"alarum: there is no database at {settings.database}; name it with --db", file=sys.stderr)
        return 3
    if Path(file).exists():
        print(f"alarum: {file} exists already; name a new file, or remove it first", file=sys.stderr)
        return 1
    store = await SqliteStore.open(settings.database)
    try:
        await store.backup(Path(file))
    finally:
        await store.close()
    print(
        f"copied {settings.database} to {file}; to go back to it, stop alarum and put it in the place of the database"
    )
    return 0
