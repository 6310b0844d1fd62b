"""The project's own phrases with their answers, and the judgement of a reading against them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

ZONE = "Europe/Berlin"
NOW = datetime(2026, 11, 20, 10, 0, tzinfo=ZoneInfo(ZONE))
Verdict = Literal["right", "wrong", "refused"]


@dataclass(frozen=True, slots=True)
class Phrase:
    """`times` is empty where the phrase must be refused; `ends` says that nothing comes after them."""

    category: str
    text: str
    times: tuple[datetime, ...]
    repeats: bool = False
    ends: bool = False
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a library made of a phrase: no times when it refused."""

    times: tuple[datetime, ...] = ()
    repeats: bool = False
    message: str | None = None


def phrases() -> list[Phrase]:
    lines = Path(__file__).with_name("phrases.txt").read_text(encoding="utf-8").splitlines()
    return [_phrase(line) for line in lines if line.strip() and not line.startswith("#")]


@lru_cache(maxsize=1)
def misses() -> frozenset[str]:
    """Texts of the set that are known not to be read right."""
    lines = Path(__file__).with_name("misses.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def _phrase(line: str) -> Phrase:
    category, text, answer, *rest = (part.strip() for part in line.split(" | ")) if " | " in line else ("", "", "-")
    message = rest[0] if rest and rest[0] else None
    answer = answer.rstrip(" |")
    if answer == "-":
        return Phrase(category, text, ())
    items = [item.strip() for item in answer.lstrip("* ").split(",")]
    times = tuple(_time(item) for item in items if item != "end")
    return Phrase(category, text, times, answer.startswith("*"), "end" in items, message)


def _time(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ZONE))


def judge(phrase: Phrase, answer: Answer) -> Verdict:
    """Right is the same kind and the same first times; a message counts only for a library that gives one."""
    if not answer.times:
        return "refused" if phrase.times else "right"
    if not phrase.times or answer.repeats != phrase.repeats:
        return "wrong"
    n = len(phrase.times)
    if [t.timestamp() for t in answer.times[:n]] != [t.timestamp() for t in phrase.times] or (
        phrase.ends and len(answer.times) > n
    ):
        return "wrong"
    if phrase.message is not None and answer.message is not None and answer.message != phrase.message:
        return "wrong"
    return "right"
