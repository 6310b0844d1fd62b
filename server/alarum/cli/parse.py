"""`alarum parse`: what a phrase is read as, for people and, line by line, for evaluations."""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from datetime import datetime
from typing import Any, TextIO

import alarum_nlp as nlp
from alarum.safe_text import visible, visible_lines
from alarum_nlp import Reading, Repeat, Unclear


def result(text: str, now: datetime, zone: str) -> dict[str, Any]:
    """The reading of one phrase as plain values. Raises ValueError for an unknown zone."""
    found = nlp.read(text, now, zone)
    if isinstance(found, Unclear):
        kind = "none" if found.trouble == "none" else "unclear"
        return {"kind": kind, "at": None, "occurrences": [], "rule": None, "say": None, "message": None, "zone": zone,
                "assumed": [], "choices": list(found.choices), "reason": found.reason}  # fmt: skip
    return {"reason": None, "choices": [], **_read(found, now, zone)}


def _read(found: Reading, now: datetime, zone: str) -> dict[str, Any]:
    rule = found.rule
    bounded = isinstance(rule, Repeat) and (rule.until is not None or rule.count is not None)
    there = nlp.zone(rule.zone)
    if found.kind == "once" and isinstance(rule, nlp.Once):
        at = rule.at if rule.at.tzinfo else None
        times = [at] if at else nlp.next_times(rule, datetime.min.replace(tzinfo=there).replace(year=1971), 1)
    else:
        times = nlp.next_times(rule, now, 40 if bounded else 10 + _left_today(rule, now))
    iso = [t.astimezone(there).isoformat() for t in times]
    return {
        "kind": found.kind, "at": iso[0] if iso else None, "occurrences": iso, "rule": json.loads(nlp.to_text(rule)),
        "say": nlp.say(rule, zone), "message": found.message, "zone": rule.zone, "assumed": list(found.assumed),
        "spans": [list(s) for s in found.spans], "confidence": found.confidence,
    }  # fmt: skip


def _left_today(rule: nlp.Rule, now: datetime) -> int:
    """How often a daily or rarer repetition still rings today: ten more are listed behind these."""
    if not isinstance(rule, Repeat) or rule.unit in ("second", "minute", "hour"):
        return 0
    there = nlp.zone(rule.zone)
    today = now.astimezone(there).date()
    return sum(t.astimezone(there).date() == today for t in nlp.next_times(rule, now, 10))


def reference_time(text: str | None, zone: str, fallback: datetime) -> datetime:
    """An ISO time, read in `zone` when it has no offset. Raises ValueError."""
    if text is None:
        return fallback
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=nlp.zone(zone))


def parse_lines(lines: TextIO, out: TextIO, zone: str, now: datetime) -> int:
    """One JSON result per JSON line. A line that cannot be used gets a result of kind "unclear" that says why."""
    for line in lines:
        if not line.strip():
            continue
        case: dict[str, Any] = {}
        try:
            case = json.loads(line)
            name = case.get("tz") or zone
            answer = result(str(case["text"]), reference_time(case.get("now"), name, now), name)
        except (ValueError, KeyError, TypeError, AttributeError) as why:
            answer = {"kind": "unclear", "at": None, "occurrences": [], "reason": f"bad line: {why!r}", "choices": []}
        out.write(
            visible(
                json.dumps({"id": case.get("id") if isinstance(case, dict) else None, **answer}, ensure_ascii=False)
            )
            + "\n"
        )
    return 0


def other_forms(rule: nlp.Rule, now: datetime) -> dict[str, str | None]:
    """The rule as RFC 5545 properties and as cron, where they say it without a loss; None where they cannot."""
    forms: dict[str, str | None] = {"rrule": None, "cron": None}
    with suppress(ValueError):
        forms["rrule"] = nlp.to_rrule(rule, now) if isinstance(rule, (nlp.Once, nlp.Several, Repeat)) else None
    with suppress(ValueError):
        forms["cron"] = nlp.to_cron(rule) if isinstance(rule, (nlp.Cron, Repeat)) else None
    return forms


def parse_one(text: str, now: datetime, zone: str, as_json: bool) -> int:
    """Print one reading. 0 when it was understood, 1 when not."""
    answer = result(text, now, zone)
    understood = answer["kind"] not in ("none", "unclear")
    forms = other_forms(nlp.from_text(json.dumps(answer["rule"])), now) if understood else {}
    answer |= forms
    if as_json:
        print(visible_lines(json.dumps(answer, ensure_ascii=False, indent=2)))
    elif understood:
        print(visible(f"{answer['kind']}: {answer['say']} ({answer['zone']})"))
        print(visible(f"message: {answer['message'] or '-'}"))
        for at in answer["occurrences"][:3]:
            print(visible(f"next: {at}"))
        for assumption in answer["assumed"]:
            print(visible(f"assumed: {assumption}"))
        for name, form in forms.items():
            if form:
                print("\n       ".join(map(visible, f"{name}: {form}".split("\n"))))
    else:
        print(visible(f"not understood: {answer['reason']}"), file=sys.stderr)
        for choice in answer["choices"]:
            print(visible(f"try: {choice}"), file=sys.stderr)
    return 0 if understood else 1
