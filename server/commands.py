"""The commands that ask the application: each is one call of it, printed for people or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from nlp import duration
from server.answers import (
    Cancelled,
    Fired,
    Inbox,
    Queried,
    RunAnswer,
    Scheduled,
    StatisticsAnswer,
    TaskAnswer,
    Updated,
)  # fmt: skip
from server.app import App
from server.changing import Edit
from server.errors import Refused
from server.policies import from_words
from server.runtime import runtime
from server.scheduling import Request
from server.settings import Settings
from store import StoreError


async def run(settings: Settings, args: argparse.Namespace) -> int:
    """Carry out a command and print its answer, or the reason of a refusal on stderr. 0 or 1."""
    async with runtime(settings, ring=False) as running:
        try:
            answer = await _answer(running.app, args)
        except (Refused, StoreError) as why:
            print(f"alarum: {why}", file=sys.stderr)
            return 1
    if args.json:
        print(answer.model_dump_json(indent=2) if hasattr(answer, "model_dump_json") else json.dumps(answer))
    else:
        _show(answer)
    return 0


async def _answer(app: App, args: argparse.Namespace) -> Any:
    match args.command:
        case "schedule":
            return await app.schedule(_request(args))
        case "update":
            return await app.edit(args.task, _edit(args))
        case "query":
            known = await app.store.get(args.text, app.namespace) if args.text else None
            id, text = (args.text, None) if known else (None, args.text)
            return await app.query(id=id, text=text, tag=args.tag, status=args.status)
        case "history":
            return await app.query(id=(await app.one(" ".join(args.task), "history")).id, history=True, limit=200)
        case "inbox":
            return await app.inbox(args.ack, everything=args.ack_all)
        case "stats":
            return await app.statistics()
        case "redeliver":
            if not args.run and not args.since:
                raise Refused("say which run, or --since for all that failed lately; for example --since 1d")
            return {"redelivered": await app.redeliver(args.run, duration(args.since) if args.since else None)}
        case _:
            return await _change(app, args)


async def _change(app: App, args: argparse.Namespace) -> Any:
    if args.command == "snooze":
        return await app.snooze(args.task, args.until)
    words = " ".join(args.task)
    if args.command in ("skip", "run"):
        return await (app.skip_next(words) if args.command == "skip" else app.run_now(words))
    if args.all:
        return await app.bulk(args.command, text=words or None, tag=args.tag, dry_run=args.dry_run)
    if args.tag or args.dry_run:
        raise Refused("--tag and --dry-run go with --all")
    if args.command == "cancel":
        return await app.cancel(words)
    return await (app.pause(words, args.until) if args.command == "pause" else app.resume(words))


def _request(args: argparse.Namespace) -> Request:
    return Request(
        args.when, args.message, args.tz, args.webhook, _json(args.payload), tuple(args.tag or ()), args.id,
        if_exists=args.if_exists, idempotency_key=args.key, policies=_policies(args), priority=args.priority or 0,
        run_now=args.run_now,
    )  # fmt: skip


def _edit(args: argparse.Namespace) -> Edit:
    tags = None if args.tag is None else tuple(args.tag)
    edit = Edit(
        args.when, args.message, args.tz, args.webhook, _json(args.payload), None, tags, _policies(args), args.priority
    )
    if not edit:
        raise Refused("say what to change, for example --when 'every monday at 10:00'")
    return edit


def _policies(args: argparse.Namespace) -> dict[str, Any] | None:
    try:
        return from_words(",".join(args.policy)) or None
    except ValueError as why:
        raise Refused(f"{why}") from None


def _json(text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError as why:
        raise Refused(f'the payload is not JSON: {why}; for example \'{{"list": ["milk"]}}\'') from None


def _show(answer: Any) -> None:
    if isinstance(answer, dict):
        print(", ".join(f"{name} {value}" for name, value in answer.items()))
        return
    print(answer.summary)
    match answer:
        case Scheduled():
            print(f"id        {answer.id}")
            for time in answer.next_runs:
                print(f"next      {time.local}")
            print(f"delivery  {answer.delivery}")
            _notes(answer.assumptions, answer.warnings)
        case Queried():
            _tasks(answer.tasks)
            _runs(answer.history) if answer.history is not None else _fired(answer.inbox)
        case Inbox():
            _fired(answer.fired)
        case Updated():
            _tasks(answer.tasks)
            _notes(answer.assumptions, answer.warnings)
        case Cancelled() if answer.dry_run:
            _tasks(answer.cancelled)
        case StatisticsAnswer():
            for name, count in [*answer.tasks.items(), *((f"runs {n}", c) for n, c in answer.runs.items())]:
                print(f"{name:16} {count}")


def _notes(assumptions: list[str], warnings: list[str]) -> None:
    for line in assumptions:
        print(f"assumed   {line}")
    for line in warnings:
        print(f"warning   {line}", file=sys.stderr)


def _tasks(tasks: Sequence[TaskAnswer]) -> None:
    for task in tasks:
        ahead = task.next_runs[0].local if task.next_runs else "-"
        print(f"{task.id:10} {task.state:9} {ahead:25} {task.message}  [{task.reading}]")


def _fired(runs: list[Fired]) -> None:
    for run in runs:
        print(f"fired      {run.state:9} {run.scheduled_for:25} {run.message}  [{run.id}]")


def _runs(runs: list[RunAnswer]) -> None:
    for run in runs:
        why = f"  ({run.why})" if run.why else ""
        print(f"{run.scheduled_for:25} {run.state:9} {run.late_seconds:g} s late  {run.id}{why}")
        for a in run.attempts:
            said = a.status or a.error_class or ""
            print(f"    attempt {a.number}  {a.sent}  {said}  {a.error or ''}".rstrip())
