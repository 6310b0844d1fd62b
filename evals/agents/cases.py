"""The requests of requests.txt: the reminders that are there, the calls of a good agent, and what must follow."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["call", "refused", "pass", "check"]
_GIVEN = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|\{[^}]*\}|true|false|-?\d+)(?:\s+|$)')


@dataclass(frozen=True, slots=True)
class Step:
    """A call with its arguments, a call that is refused naming `text`, time that passes, or what must be so."""

    kind: Kind
    name: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(slots=True)
class Case:
    category: str
    request: str
    steps: list[Step] = field(default_factory=list)

    @property
    def checks(self) -> list[Step]:
        return [step for step in self.steps if step.kind == "check"]

    @property
    def before(self) -> list[Step]:
        """The time that passes before the user speaks."""
        first = next(n for n, step in enumerate(self.steps) if step.kind != "pass")
        return self.steps[:first]

    @property
    def after(self) -> list[Step]:
        """The time that passes once the agent is done."""
        return [step for step in self.steps[len(self.before) :] if step.kind == "pass"]


def _call(text: str) -> tuple[str, dict[str, Any], str]:
    name, _, rest = text.partition(" ")
    given: dict[str, Any] = {}
    while match := _GIVEN.match(rest):
        given[match[1]] = json.loads(match[2])
        rest = rest[match.end() :]
    return name, given, rest


def cases() -> tuple[list[dict[str, Any]], list[Case]]:
    """The reminders that are kept at first, as arguments of `schedule`, and the requests. Raises ValueError for a bad line."""
    kept: list[dict[str, Any]] = []
    found: list[Case] = []
    category = ""
    for number, line in enumerate(Path(__file__).with_name("requests.txt").read_text().splitlines(), 1):
        mark, rest = line[:1], line[1:].strip()
        if line.startswith("## "):
            category = line[3:]
        elif mark == "+":
            kept.append(_call(f"schedule {rest}")[1])
        elif mark == ">":
            found.append(Case(category, rest))
        elif line.strip() and mark != "#":
            found[-1].steps.append(_step(mark, rest, line, number))
    return kept, found


def _step(mark: str, rest: str, line: str, number: int) -> Step:
    if mark == "@":
        return Step("pass", text=rest)
    if mark == "=":
        name, given, left = _call(_quoted(rest))
        return Step("check", name, given, left)
    name, given, left = _call(rest if mark == "!" else line)
    if (mark == "!") != bool(left):
        raise ValueError(f"requests.txt:{number}: '{left}' was not understood")
    return Step("refused" if mark == "!" else "call", name, given, left)


def _quoted(text: str) -> str:
    """A check's attributes as JSON: next=2026-11-21T09:00 is next="2026-11-21T09:00"."""
    return re.sub(r'(\b(?:next|kind|state|zone|tags|priority)=)([^\s"]+)', r'\1"\2"', text)
