"""The arguments of the command line."""

from __future__ import annotations

import argparse
import os
import sys
from typing import Any

from alarum import __version__
from alarum.safe_text import visible_lines

_WHICH = "its id, or words of its message"


class _Parser(argparse.ArgumentParser):
    """Shows what it repeats of a call, and lets the terminal obey nothing of it."""

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(
            visible_lines(message)
        )  # argparse itself keeps quiet about what could not be written


def parser() -> argparse.ArgumentParser:
    top: argparse.ArgumentParser = _Parser(
        prog="alarum",
        description="Natural-language scheduling for agents. Without a command: an MCP server on stdin and stdout.",
    )
    top.add_argument("--version", action="version", version=f"alarum {__version__}")
    _where(top, None)
    top.add_argument(
        "--channel", action="store_true", help="without a command: be a Claude Code channel (research preview)"
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _running(commands)
    shown = [*_tasks(commands), *_looking(commands), *_upkeep(commands)]
    _installing(commands)
    for command in commands.choices.values():
        _where(command, argparse.SUPPRESS)
    for command in shown:
        command.add_argument("--json", action="store_true", help="print JSON")
    return top


def _where(parser: argparse.ArgumentParser, default: str | None) -> None:
    """Which Alarum is asked; before the command or behind it."""
    env = os.environ.get if default is None else lambda name: default
    parser.add_argument(
        "--db",
        metavar="FILE",
        default=default,
        help="the database (default: ALARUM_DB, or alarum.db in the user's data folder)",
    )
    parser.add_argument(
        "--config",
        metavar="FILE",
        default=default,
        help="settings and targets (default: ALARUM_CONFIG, or ~/.config/alarum/alarum.toml)",
    )
    parser.add_argument(
        "--namespace",
        metavar="NAME",
        default=default,
        help="task namespace (default: ALARUM_NAMESPACE, else the default namespace)",
    )
    parser.add_argument("--server", metavar="URL", default=env("ALARUM_SERVER"),
                        help="ask this running server, e.g. http://127.0.0.1:8765/mcp, instead of the database (default: ALARUM_SERVER)")  # fmt: skip
    parser.add_argument(
        "--token", default=env("ALARUM_TOKEN"), help="bearer token for that server (default: ALARUM_TOKEN)"
    )


def _running(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = commands.add_parser("serve", help="serve MCP over HTTP and run the alarm loop")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8765)
    watch = commands.add_parser("watch", help="print one line per fired reminder; runs the alarm loop too")
    watch.add_argument("--backlog", action="store_true", help="start with unacknowledged reminders")
    watch.add_argument("--name", help="save the read position under this name and resume from it")
    watch.add_argument("--after", type=int, metavar="CURSOR", help="begin after the frame with this cursor")
    watch.add_argument("--task", metavar="ID", help="only this task")
    watch.add_argument("--tag", metavar="TAG", help="only tasks with this tag")
    watch.add_argument("--text", metavar="WORDS", help="only messages with these words")
    watch.add_argument("--json", action="store_true", help="print each as one line of JSON")


def _named(command: argparse.ArgumentParser, name: str, help: str, nargs: str | None = None) -> None:
    """An argument that names tasks, whose ids a shell completes."""
    argument = command.add_argument(name, nargs=nargs, help=help)
    argument.completer = _ids  # type: ignore[attr-defined]  # argcomplete looks for it there


def _when(command: argparse.ArgumentParser) -> None:
    command.add_argument("--message", "-m", help="what to be reminded of")
    command.add_argument("--tz", metavar="ZONE", help="IANA zone of the words")
    command.add_argument("--webhook", metavar="URL", help="URL to POST to when it fires")
    command.add_argument(
        "--target", metavar="NAME", help="a target of the settings, or 'inbox'; e.g. billing/close_month"
    )
    command.add_argument("--payload", metavar="JSON", help="JSON to deliver with the reminder")
    command.add_argument("--tag", action="append", metavar="TAG", help="tag; may be repeated")
    command.add_argument(
        "--priority", type=int, metavar="N", help="-9 to 9; when several runs are due, higher priority is sent first"
    )
    command.add_argument("--policy", action="append", default=[], metavar="NAME=VALUE", help="e.g. max_attempts=3")


def _tasks(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    schedule = commands.add_parser("schedule", help='set a reminder: alarum schedule "call Anna every monday at 10:00"')
    schedule.add_argument(
        "when", nargs="*", help="when, or the whole sentence; omitted: kept for later, with --message"
    )
    _when(schedule)
    schedule.add_argument(
        "--unscheduled", action="store_true", help="keep --message without a time, to be run by hand or scheduled later"
    )
    schedule.add_argument("--id", help="custom task id")
    schedule.add_argument("--if-exists", choices=("error", "replace", "keep"), default="error")
    schedule.add_argument("--key", metavar="KEY", help="idempotency key: the same key gives the same task")
    schedule.add_argument("--run-now", action="store_true", help="also run it once immediately")
    update = commands.add_parser("update", help="change a task; fields you omit keep their value")
    _named(update, "task", _WHICH)
    update.add_argument("--when", metavar="WORDS", help="the new time")
    _when(update)
    cancel = commands.add_parser("cancel", help="cancel a task")
    pause = commands.add_parser("pause", help="pause a task")
    resume = commands.add_parser("resume", help="resume a paused task")
    for command in (cancel, pause, resume):
        _named(command, "task", _WHICH, nargs="*")
        command.add_argument("--all", action="store_true", help="every task that matches these words or the tag")
        command.add_argument("--tag", metavar="TAG", help="with --all: only tasks with this tag")
        command.add_argument("--dry-run", action="store_true", help="with --all: only show which")
    pause.add_argument("--until", metavar="WORDS", help="e.g. 'monday at 9'")
    snooze = commands.add_parser("snooze", help="snooze what has fired, or else the next run")
    _named(snooze, "task", _WHICH + ", or the id of a run")
    snooze.add_argument("until", nargs="+", help="e.g. '10 minutes' or 'tomorrow at 9'")
    others = [
        commands.add_parser("skip", help="skip the next run"),
        commands.add_parser("run", help="run a task now; its schedule does not change"),
    ]
    for command in others:
        _named(command, "task", _WHICH, nargs="+")
    return [schedule, update, cancel, pause, resume, snooze, *others]


def _looking(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    query = commands.add_parser("query", help="list tasks and what has fired")
    _named(query, "text", "an id, or words of the message", nargs="*")
    query.add_argument("--when", metavar="WORDS", help="what happens in a window of time, e.g. 'this week'")
    query.add_argument("--tz", metavar="ZONE", help="IANA zone of these words")
    query.add_argument("--target", metavar="TARGET", help="'inbox', a target, or a part of a webhook's URL")
    query.add_argument("--details", action="store_true", help="show all fields of each task (with --json)")
    query.add_argument("--limit", type=int, default=20, metavar="N")
    query.add_argument("--offset", type=int, default=0, metavar="N")
    query.add_argument("--status", choices=("active", "paused", "ended", "cancelled", "damaged", "all"))
    query.add_argument("--tag", metavar="TAG")
    history = commands.add_parser("history", help="show the runs of a task and every delivery attempt")
    _named(history, "task", _WHICH, nargs="+")
    inbox = commands.add_parser("inbox", help="list reminders that fired and wait for acknowledgement")
    inbox.add_argument("--ack", metavar="RUN", nargs="+", default=[], help="acknowledge these runs")
    inbox.add_argument("--ack-all", action="store_true", help="acknowledge everything that waits")
    parse = commands.add_parser("parse", help="show what a phrase is read as, without scheduling it")
    parse.add_argument("phrase", nargs="*")
    parse.add_argument("--now", metavar="ISO", help="the moment at which it is said (default: now)")
    parse.add_argument("--tz", metavar="ZONE", help="IANA zone (default: ALARUM_ZONE or this machine's)")
    parse.add_argument(
        "--jsonl", action="store_true", help='read lines {"id","text","now","tz"} and print a result per line'
    )
    return [query, history, inbox, parse]


def _upkeep(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> list[argparse.ArgumentParser]:
    stats = commands.add_parser("stats", help="show totals, overdue tasks and whether an alarm loop is running")
    redeliver = commands.add_parser("redeliver", help="send failed runs again")
    _named(redeliver, "run", "a run id, or a task: all its failed runs", nargs="?")
    redeliver.add_argument("--since", metavar="LENGTH", help="all runs that failed in this period, e.g. 2h")
    redeliver.add_argument("--target", metavar="NAME", help="only runs for this target")
    targets = commands.add_parser("targets", help="list delivery targets and their health")
    targets.add_argument(
        "action", nargs="?", choices=("test", "pause", "resume"), help="test: send a message there now"
    )
    targets.add_argument("target", nargs="?", help="target name, optionally with a path: billing/close_month")
    doctor = commands.add_parser("doctor", help="check the database, settings and clients, and say what to do")
    backup = commands.add_parser("backup", help="copy the database consistently while it is in use")
    backup.add_argument("file", help="a new file")
    return [stats, redeliver, targets, doctor, backup]


def _installing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    service = commands.add_parser("service", help="keep the server running (systemd user unit, launchd)")
    service.add_argument("action", choices=("install", "uninstall", "status"))
    service.add_argument("--print", action="store_true", help="only print what would be written")
    connect = commands.add_parser("connect", help="print or write the configuration of an MCP client")
    connect.add_argument("client", choices=CLIENTS)
    connect.add_argument("--http", metavar="URL", help="connect to a running server instead of starting one")
    connect.add_argument("--write", action="store_true", help="write it into the client's own configuration")
    completion = commands.add_parser("completion", help='completion for your shell: eval "$(alarum completion bash)"')
    completion.add_argument("shell", choices=("bash", "zsh", "fish"))


CLIENTS = ("claude-code", "claude-desktop", "cursor", "vscode", "codex", "gemini", "opencode")


def _ids(prefix: str, parsed_args: argparse.Namespace, **_: object) -> list[str]:
    """The ids of tasks that begin so, for the completion of a shell."""
    import asyncio

    from alarum.settings.from_environment import read_settings
    from alarum_store import SqliteStore, TaskFilter

    async def found() -> list[str]:
        settings = read_settings(database=parsed_args.db, namespace=parsed_args.namespace, config=parsed_args.config)
        store = await SqliteStore.open(settings.database)
        try:
            tasks = (await store.tasks.find(TaskFilter(settings.namespace, prefix=prefix, limit=100))).tasks
        finally:
            await store.close()
        return [task.id for task in tasks]

    return asyncio.run(found())
