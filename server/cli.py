"""The command line. Heavy modules are imported by the command that needs them: `--help` and `parse` must be quick."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence

from server import __version__


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="alarum",
        description="Natural-language scheduling for agents. Without a command: an MCP server on stdin and stdout.",
    )
    parser.add_argument("--version", action="version", version=f"alarum {__version__}")
    parser.add_argument(
        "--db", metavar="FILE", help="the database (default: ALARUM_DB, or alarum.db in the user's data folder)"
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    serve = commands.add_parser("serve", help="serve MCP over HTTP and ring")
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8765)
    schedule = commands.add_parser("schedule", help='set a reminder: alarum schedule "call Anna every monday at 10:00"')
    schedule.add_argument("when", help="when, or the whole sentence")
    schedule.add_argument("--message", "-m", help="what to be reminded of (default: what is left of the sentence)")
    schedule.add_argument("--tz", metavar="ZONE", help="IANA zone of the words")
    schedule.add_argument("--webhook", metavar="URL", help="POST there when it fires")
    schedule.add_argument("--id", help="an own id")
    query = commands.add_parser("query", help="list tasks and what has fired")
    query.add_argument("text", nargs="?", help="an id, or words of the message")
    query.add_argument("--status", choices=("active", "ended", "cancelled", "all"))
    cancel = commands.add_parser("cancel", help="cancel a task")
    cancel.add_argument("task", nargs="+", help="its id, or words of its message")
    inbox = commands.add_parser("inbox", help="what fired and waits for acknowledgement")
    inbox.add_argument("--ack", metavar="RUN", nargs="+", default=[], help="mark these runs as seen")
    inbox.add_argument("--ack-all", action="store_true", help="mark all that are shown as seen")
    watch = commands.add_parser("watch", help="print one line per fired reminder (and ring)")
    watch.add_argument("--backlog", action="store_true", help="first what fired before and was not acknowledged")
    parse = commands.add_parser("parse", help="show what a phrase is read as, without scheduling it")
    parse.add_argument("phrase", nargs="?")
    parse.add_argument("--now", metavar="ISO", help="the moment it is said (default: this one)")
    parse.add_argument("--tz", metavar="ZONE", help="IANA zone (default: ALARUM_ZONE or this machine's)")
    parse.add_argument(
        "--jsonl", action="store_true", help='read lines {"id","text","now","tz"} and print a result per line'
    )
    for command in (schedule, query, cancel, inbox, parse):
        command.add_argument("--json", action="store_true", help="print JSON")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0, 1 when it was refused, 2 for a wrong call."""
    args = _parser().parse_args(argv)
    try:
        return _parse(args) if args.command == "parse" else asyncio.run(_run(args))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except ValueError as why:
        print(f"alarum: {why}", file=sys.stderr)
        return 2
    except Exception as why:
        from store import StoreError

        if not isinstance(why, StoreError):
            raise
        print(f"alarum: {why}", file=sys.stderr)
        return 1


def _parse(args: argparse.Namespace) -> int:
    from server.clock import SystemClock, local_zone
    from server.parse import moment, parse_lines, parse_one

    zone = args.tz or os.environ.get("ALARUM_ZONE") or local_zone()[0]
    now = moment(args.now, zone, SystemClock().now())
    if args.jsonl:
        return parse_lines(sys.stdin, sys.stdout, zone, now)
    if args.phrase is None:
        print("alarum: say a phrase, for example: alarum parse 'tomorrow at 9'", file=sys.stderr)
        return 2
    return parse_one(args.phrase, now, zone, args.json)


def _run(args: argparse.Namespace) -> Coroutine[object, object, int]:
    from server.settings import read_settings

    settings = read_settings(database=args.db)
    if args.command in (None, "serve"):
        from server import serve

        return serve.serve_stdio(settings) if args.command is None else serve.serve_http(settings, args.host, args.port)
    from server import commands
    from server.scheduling import Request

    match args.command:
        case "schedule":
            request = Request(args.when, args.message, args.tz, args.webhook, id=args.id)
            return commands.schedule(settings, request, args.json)
        case "query":
            return commands.query(settings, args.text, args.status, args.json)
        case "cancel":
            return commands.cancel(settings, " ".join(args.task), args.json)
        case "inbox":
            return commands.inbox(settings, args.ack, args.ack_all, args.json)
        case _:
            return commands.watch(settings, args.backlog)


if __name__ == "__main__":
    sys.exit(main())
