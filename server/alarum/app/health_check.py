"""Is this store sound, is anything late, and what to do about it. It changes nothing."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from alarum.alarm.loop_setup import describe_differences, differences, is_alive, setup_of
from alarum.app.targets import address_of
from alarum.settings.settings import Settings
from alarum.settings.target_names import shown
from alarum.wording import short
from alarum_store import Examined, Health, Store, StoreError, TaskFilter, examine

_SPACE = 100_000_000  # bytes that should be free
_LOG = 200_000_000  # bytes of a write-ahead log that somebody keeps from being folded in
_LATE = timedelta(minutes=1)
_LATELY = timedelta(days=30)  # how long what happened to the store is told

Grade = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `advice` says what to do where it is not well."""

    grade: Grade
    what: str
    advice: str = ""


async def findings(settings: Settings, store: Store | None, now: datetime, trouble: str = "") -> list[Finding]:
    """Everything that can be said of a store that could be opened, or of the file alone. The command adds who starts it."""
    found = _surroundings(settings.database) + _open_to_others(settings.database)
    if store is None and not trouble:
        return found
    if store is None:
        return [*found, Finding("error", f"the store cannot be opened: {trouble}", _restore(settings.database))]
    try:
        found += _file(settings.database, await examine(settings.database))
        found += await _loop(settings, store, now)
    except StoreError as why:
        found.append(Finding("error", f"{why}", _restore(settings.database)))
    return found


def _open_to_others(database: Path) -> list[Finding]:
    """Files and folders that others on this machine may read: reminders and the secrets of webhooks are in them."""
    if sys.platform == "win32":
        return []
    environment = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "alarum" / "env"
    files = [database, *(database.with_name(database.name + end) for end in ("-wal", "-shm")), environment]
    found = []
    for path, right in [(database.parent, "700"), *((one, "600") for one in files)]:
        try:
            mode = path.stat().st_mode & 0o777
        except OSError:
            continue
        if mode & 0o077:
            found.append(
                Finding(
                    "warning", f"{path} can be used by others on this machine (mode {mode:o})", f"chmod {right} {path}"
                )
            )
    return found


def _restore(database: Path) -> str:
    return (
        f"stop alarum, keep a copy of {database}, then put the newest backup in its place; without one, "
        f"'sqlite3 {database} .recover | sqlite3 new.db' saves what can be read"
    )


def _surroundings(database: Path) -> list[Finding]:
    found = []
    if not database.exists():
        return [
            Finding("warning", f"there is no database at {database} yet", "it is made by the first command that writes")
        ]
    for path, what in ((database, "the database"), (database.parent, "its folder")):
        if not os.access(path, os.W_OK):
            found.append(Finding("error", f"{what} {path} cannot be written", "check its owner and permissions"))
    free = shutil.disk_usage(database.parent).free
    if free < _SPACE:
        found.append(
            Finding("error", f"only {free // 1_000_000} MB are free on its disk", "free some space before it is full")
        )
    return found or [Finding("ok", f"{database} can be written, {free // 1_000_000_000} GB free")]


def _file(database: Path, examined: Examined) -> list[Finding]:
    found = [Finding("ok", "every page of the database can be read")]
    if examined.broken:
        found = [Finding("error", f"the database is damaged: {examined.broken[0]}", _restore(database))]
    for key, task, why in examined.damaged:
        found.append(
            Finding(
                "warning",
                f"task {task} (row {key}) was set aside: {why}",
                "its bytes are kept; schedule it again, then cancel this one",
            )
        )
    if examined.log > _LOG:
        found.append(
            Finding(
                "warning",
                f"the write-ahead log has {examined.log // 1_000_000} MB",
                "a program reads for a long time; end it",
            )
        )
    return found


async def _loop(settings: Settings, store: Store, now: datetime) -> list[Finding]:
    found, stats = [], await store.upkeep.statistics(now, settings.reaches)
    loops = await store.loop.loops()
    living = [loop for loop in loops if is_alive(loop, now)]
    if not living:
        found.append(Finding("warning", "no alarm loop is running", "start 'alarum serve'"))
    elif stats.lag > _LATE:
        found.append(
            Finding(
                "error",
                f"something has been due for {stats.lag.total_seconds():.0f} s",
                "look at the log of the running alarum, then restart it",
            )
        )
    else:
        found.append(Finding("ok", f"{len(living)} loops are alive, {stats.due} due, {stats.ready} ready to be sent"))
    seen = max((loop.seen for loop in loops), default=now)
    if seen > now + timedelta(minutes=1):
        found.append(
            Finding(
                "error",
                f"the last sign of life is {seen - now} ahead of this clock",
                "set the clock of this machine",
            )
        )
    here = setup_of(settings)
    for loop in living:
        if differ := differences(here, loop.setup):
            found.append(
                Finding(
                    "warning", describe_differences(loop, differ), "restart it, or name the same file with --config"
                )
            )
    for incident in await store.upkeep.incidents(now - _LATELY):
        found.append(
            Finding(
                "warning", f"{incident.at:%Y-%m-%dT%H:%M:%SZ}: {incident.what}", "look whether the clock is right now"
            )
        )
    for task in (await store.tasks.find(TaskFilter(None, rule='"from_completion":true'))).tasks:
        what = f"'{short(task.message)}' ({task.id}) counts from when it is done, and rings by the calendar: that promise is not kept yet"
        found.append(Finding("warning", what, f"give it a time by the calendar: alarum update {task.id} --when WORDS"))
    if stats.failed_24h:
        found.append(
            Finding(
                "warning",
                f"{stats.failed_24h} runs failed in 24 hours",
                "'alarum redeliver --since 1d' sends them again",
            )
        )
    for url in sorted(await store.targets.disabled()):
        found.append(
            Finding(
                "warning",
                f"{shown(url)} answered 410 Gone",
                f"give the tasks another target, or: alarum targets resume {address_of(url)}",
            )
        )
    return found + _targets(settings, await store.targets.health())


def _targets(settings: Settings, all_health: list[Health]) -> list[Finding]:
    """Targets that fail, are paused, or cannot be reached from here."""
    found = []
    for health in all_health:
        why = settings.unreachable(health.target)
        if why and health.waiting:
            advice = "set it up, or give the tasks another target; the runs wait"
            found.append(Finding("warning", f"{health.waiting} runs wait for {health.target}: {why}", advice))
        if health.paused:
            error = f" after {health.failures} failures ({health.error})" if health.failures else ""
            advice = f"one run is tried every few minutes; to send all: alarum targets resume {health.target}"
            found.append(Finding("warning", f"{health.target} is paused{error}; {health.waiting} runs wait", advice))
        elif health.failing_since:
            since = f"{health.failing_since:%Y-%m-%dT%H:%M:%SZ}"
            found.append(
                Finding("warning", f"{health.target} fails since {since}: {health.error}", "check its receiver")
            )
        if health.untold_since:
            since = f"{health.untold_since:%Y-%m-%dT%H:%M:%SZ}"
            found.append(
                Finding(
                    "warning",
                    f"{health.notices} notices wait for {health.target} since {since}",
                    "alarum targets test tells why",
                )
            )
    for name, target in settings.targets.items():
        if why := target.missing():
            found.append(Finding("warning", f"target {name} cannot be used here: {why}", "set it for this process too"))
    return found
