"""What a phrase was read as: a Reading, or Unclear with the reason and what would be understood."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from alarum_nlp.rule.model import Kind, Rule, kind

Trouble = Literal["none", "unclear", "impossible", "past"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A phrase that was understood. `spans` are the [start, end) characters that the rule was read from."""

    rule: Rule
    message: str
    spans: tuple[tuple[int, int], ...] = ()
    assumed: tuple[str, ...] = ()
    confidence: Literal["high", "low"] = "high"

    @property
    def kind(self) -> Kind:
        return kind(self.rule)


@dataclass(frozen=True, slots=True)
class Unclear:
    """A phrase that was not read. `trouble` is "none" where no time was found; every choice itself parses.

    `message` is what the phrase seems to say beside its time, for the call that takes up a choice.
    """

    trouble: Trouble
    reason: str
    choices: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, slots=True)
class Conventions:
    """What unclear words mean here; an operator's settings may change any of these.

    Hours are local, 0-23, or "HH:MM". `month_first` reads 04/05 as 5 April when true.
    """

    default_time: str = "09:00"
    month_first: bool = True
    parts: dict[str, str] = field(
        default_factory=lambda: {
            "morning": "09:00",
            "noon": "12:00",
            "lunch": "12:00",
            "afternoon": "15:00",
            "evening": "19:00",
            "tonight": "20:00",
            "night": "21:00",
            "end of day": "17:00",
        }
    )
