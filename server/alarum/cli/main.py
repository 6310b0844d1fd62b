# PYTHON_ARGCOMPLETE_OK
"""The command line. Heavy modules are imported by the command that needs them: `--help` and `parse` must be quick."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Coroutine, Sequence

from alarum.cli.parser import parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; returns 0, 1 when it was refused or something is wrong, 2 for a wrong call, 3 where this machine cannot."""
    top = parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(top)
    try:
        args = top.parse_args(argv)
    except SystemExit as ends:  # --help, --version, or a wrong call, which is said by now
        return _flushed(ends.code if isinstance(ends.code, int) else 2)
    except OSError as why:
        _no_output()
        return _failed(why, 3)
    code = _carried_out(args)
    if args.command is None:
        _end_now(code)
    return code


def _carried_out(args: argparse.Namespace) -> int:
    """The exit code of a command; what went wrong is said in one line."""
    try:
        return _flushed(_at_once(args) if args.command in _AT_ONCE else asyncio.run(_run(args)))
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        _no_output()
        return 0
    except OSError as why:
        _no_output()
        return _failed(f"{why}; look at the disk and the permissions of what it names", 3)
    except ValueError as why:
        return _failed(why, 2)
    except Exception as why:
        from alarum.errors import Refused
        from alarum_store import StoreError

        cause = _cause(why)
        if not isinstance(cause, (StoreError, Refused)):
            raise
        return _failed(cause, 3 if isinstance(cause, StoreError) else 1)


def _cause(why: BaseException) -> BaseException:
    """The error itself, where groups of tasks have wrapped it alone."""
    while isinstance(why, BaseExceptionGroup) and len(why.exceptions) == 1:
        why = why.exceptions[0]
    return why


def _flushed(code: int) -> int:
    """The exit code, when what was printed is on its way."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _no_output()
        return 0
    except OSError as why:
        _no_output()
        return _failed(why, 3)
    return code


def _end_now(code: int) -> None:
    """A client that is gone may have left its end of stdin to another: a thread that reads there would keep this process."""
    sys.stderr.flush()
    os._exit(code)


def _failed(why: object, code: int) -> int:
    from alarum.safe_text import visible

    print(visible(f"alarum: {why}"), file=sys.stderr)
    return code


def _no_output() -> None:
    """What is still to be written is dropped, or the interpreter would try again at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


_AT_ONCE = ("parse", "connect", "service", "completion")


def _at_once(args: argparse.Namespace) -> int:
    """The commands that need no event loop."""
    if args.command == "parse":
        return _parse(args)
    if args.command == "connect":
        from alarum.cli import connect

        return connect.connect(args.client, args.http or args.server, args.token, args.write, _given(args))
    if args.command == "service":
        from alarum.cli import service

        return service.service(args.action, args.print, _given(args))
    from argcomplete.shell_integration import shellcode

    print(shellcode(["alarum"], shell=args.shell))
    return 0


def _given(args: argparse.Namespace) -> dict[str, str]:
    """The settings that were given as options, as the variables that say the same."""
    database, config = (os.path.abspath(path) if path else None for path in (args.db, args.config))
    given = (("ALARUM_DB", database), ("ALARUM_CONFIG", config), ("ALARUM_NAMESPACE", args.namespace))
    return {name: value for name, value in given if value}


def _parse(args: argparse.Namespace) -> int:
    from alarum.cli.parse import parse_lines, parse_one, reference_time
    from alarum.clock import SystemClock, local_zone
    from alarum.settings.from_file import read_config

    env = {**os.environ, **_given(args)}
    zone = args.tz or {**read_config(env)[0], **env}.get("ALARUM_ZONE") or local_zone()[0]
    now = reference_time(args.now, zone, SystemClock().now())
    if args.jsonl:
        return parse_lines(sys.stdin, sys.stdout, zone, now)
    if not args.phrase:
        print("alarum: say a phrase, for example: alarum parse 'tomorrow at 9'", file=sys.stderr)
        return 2
    return parse_one(" ".join(args.phrase), now, zone, args.json)


def _run(args: argparse.Namespace) -> Coroutine[object, object, int]:
    from alarum.settings.from_environment import read_settings

    if args.command in (None, "serve", "watch"):
        from alarum.cli import logs

        logs.set_up()
    settings = read_settings(database=args.db, namespace=args.namespace, config=args.config)
    if args.command is None and args.channel:
        from alarum.mcp import claude_channel

        return claude_channel.serve_channel(settings)
    if args.command in (None, "serve"):
        from alarum.web import serve

        return serve.serve_stdio(settings) if args.command is None else serve.serve_http(settings, args.host, args.port)
    if args.command in ("doctor", "backup") and args.server:
        raise ValueError(
            f"{args.command} works on the database; run it where the server runs, without --server and ALARUM_SERVER"
        )
    if args.command in ("doctor", "backup"):
        from alarum.cli import doctor_backup

        return (
            doctor_backup.doctor(settings, args.json)
            if args.command == "doctor"
            else doctor_backup.backup(settings, args.file)
        )
    if args.command == "watch":
        from alarum.app.follow import WatchFilter
        from alarum.app.watch import Watching
        from alarum.cli import watch

        how = Watching(WatchFilter(args.task, args.tag, args.text), args.backlog, args.name, args.after)
        if args.server:
            return watch.watch_server(args.server, args.token, how, args.json)
        return watch.watch(settings, how, args.json)
    from alarum.cli import commands

    return commands.ask(settings, args)
