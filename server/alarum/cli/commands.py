"""The commands that ask the application, on the store or of a running server: each is one call, printed for people or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from alarum.app.answers import Answer, Tested
from alarum.app.interface import Application
from alarum.app.request import Request
from alarum.app.runtime import runtime
from alarum.app.task_edits import Edit
from alarum.cli.output import as_commands, out, show
from alarum.cli.remote_app import remote
from alarum.errors import Refused
from alarum.safe_text import visible_lines
from alarum.settings.policies import policies_from_text
from alarum.settings.settings import Settings
from alarum_nlp import duration
from alarum_store import StoreError


async def ask(settings: Settings, args: argparse.Namespace) -> int:
    """Carry out a command and print its answer, or the reason of a refusal on stderr. 0; 1 when refused; 3 when the store cannot be used."""
    try:
        if args.server:
            async with remote(args.server, args.token, args.namespace) as elsewhere:
                answer = await _answer(elsewhere, args)
        else:
            async with runtime(settings, ring=False) as running:
                answer = await _answer(running.app, args)
    except (Refused, StoreError) as why:
        out(f"alarum: {as_commands(str(why))}", sys.stderr)
        return 3 if isinstance(why, StoreError) else 1
    if args.json:
        print(visible_lines(answer.model_dump_json(indent=2)))
    else:
        show(answer)
    return 1 if isinstance(answer, Tested) and not answer.arrived else 0


async def _answer(app: Application, args: argparse.Namespace) -> Answer:
    match args.command:
        case "schedule":
            return await app.schedule(_request(args))
        case "update":
            return await app.edit(args.task, _edit(args))
        case "query":
            return await app.query(
                text=" ".join(args.text) or None, when=args.when, tag=args.tag, status=args.status, target=args.target, timezone=args.tz,
                limit=args.limit, offset=args.offset, details=args.details,
            )  # fmt: skip
        case "history":
            return await app.query(text=" ".join(args.task), history=True, limit=200)
        case "inbox":
            return await app.inbox(args.ack, everything=args.ack_all)
        case "stats":
            return await app.statistics()
        case "redeliver":
            return await _redeliver(app, args)
        case "targets":
            return await _targets(app, args)
        case _:
            return await _change(app, args)


async def _redeliver(app: Application, args: argparse.Namespace) -> Answer:
    if args.run and not args.since and not args.target:
        return await app.redeliver_one(args.run)
    if not args.run and not args.since and not args.target:
        raise Refused("say which run, or --since for all that failed lately, or --target; for example --since 1d")
    return await app.redeliver(args.run, duration(args.since) if args.since else None, args.target)


async def _targets(app: Application, args: argparse.Namespace) -> Answer:
    if args.action is None:
        return await app.targets()
    if not args.target:
        raise Refused(f"say which target; for example: alarum targets {args.action} phone")
    match args.action:
        case "test":
            return await app.test_target(args.target)
        case "pause":
            return await app.pause_target(args.target)
        case _:
            return await app.resume_target(args.target)


async def _change(app: Application, args: argparse.Namespace) -> Answer:
    if args.command == "snooze":
        return await app.snooze(args.task, " ".join(args.until))
    words = " ".join(args.task)
    if args.command in ("skip", "run"):
        return await (app.skip_next(words) if args.command == "skip" else app.run_now(words))
    if args.all:
        return await app.bulk(args.command, text=words or None, tag=args.tag, dry_run=args.dry_run)
    if args.tag or args.dry_run:
        raise Refused("--tag and --dry-run go with --all")
    if not words:
        raise Refused("say which task: its id, or words of its message; 'alarum query' lists them")
    if args.command == "cancel":
        return await app.cancel(words)
    return await (app.pause(words, args.until) if args.command == "pause" else app.resume(words))


def _request(args: argparse.Namespace) -> Request:
    if args.unscheduled and args.when:
        raise Refused(
            "--unscheduled keeps a --message without a time; omit the words for the time, or omit --unscheduled"
        )
    return Request(
        when="unscheduled" if args.unscheduled else " ".join(args.when) or None,
        message=args.message,
        zone=args.tz,
        webhook=args.webhook,
        target=args.target,
        payload=_json(args.payload),
        tags=tuple(args.tag or ()),
        id=args.id,
        if_exists=args.if_exists,
        idempotency_key=args.key,
        policies=policies_from_text(",".join(args.policy)),
        priority=args.priority or 0,
        run_now=args.run_now,
    )


def _edit(args: argparse.Namespace) -> Edit:
    tags = None if args.tag is None else tuple(args.tag)
    policies = policies_from_text(",".join(args.policy))
    edit = Edit(
        when=args.when,
        message=args.message,
        zone=args.tz,
        webhook=args.webhook,
        target=args.target,
        payload=_json(args.payload),
        metadata=None,
        tags=tags,
        policies=policies,
        priority=args.priority,
    )
    if not edit:
        raise Refused("say what to change, for example --when 'every monday at 10:00'")
    return edit


def _json(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError as why:
        raise Refused(f'the payload is not JSON: {why}; for example \'{{"list": ["milk"]}}\'') from None
