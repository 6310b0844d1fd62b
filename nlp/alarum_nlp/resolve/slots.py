"""What the small parsers fill in while they walk over a phrase, before `now` makes a rule of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Literal

from alarum_nlp.rule.model import Nth, Unit


class Impossible(ValueError):
    """Words that name a time that cannot be: 25:00, 30 February, every 0 days."""


@dataclass(frozen=True, slots=True)
class Duration:
    """Months and days keep the clock time; seconds are elapsed (DESIGN: "in 1 day" against "in 24 hours")."""

    months: int = 0
    days: int = 0
    seconds: float = 0.0
    workdays: int = 0

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.months + other.months, self.days + other.days, self.seconds + other.seconds, self.workdays)


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as written. `fixed` is false while am and pm are both possible."""

    hour: int
    minute: int = 0
    second: int = 0
    micro: int = 0
    fixed: bool = False
    words: str = ""
    part: str = ""  # the part of the day it was said with, where several are named
    written: str = field(default="", compare=False)  # as it stands in the text, where that has minutes

    def at(self, hour: int | None = None) -> time:
        return time(self.hour if hour is None else hour, self.minute, self.second, self.micro)


DayKind = Literal["relative", "weekday", "date", "monthday", "nth", "period", "edge", "holiday", "weekend", "month"]


@dataclass(frozen=True, slots=True)
class Day:
    """A day as written; only `now` tells which one."""

    kind: DayKind
    n: int = 0  # days ahead, the ordinal, or how many periods ahead
    weekday: int = -1
    day: int = 0
    month: int = 0
    year: int = 0
    unit: str = ""
    which: str = ""  # "", this, next, after next
    name: str = ""


@dataclass(slots=True)
class Slots:
    """One group of time words. Lists keep the order of the words."""

    clocks: list[ClockTime] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    day: Day | None = None
    narrow: Day | None = None  # a second day that must agree with the first: "tuesday the 19th"
    more_days: list[Day] = field(default_factory=list)  # "monday and friday at 7"
    also: list[Slots] = field(default_factory=list)  # "tomorrow at 7 and sunday at 8"
    exact: datetime | None = None
    delay: Duration | None = None
    before: bool = False  # the delay is counted back from the base
    base: Slots | None = None
    every: int = 0
    unit: Unit | None = None
    once_a: int = 0  # "twice a day": how many times in a unit
    weekdays: list[int] = field(default_factory=list)
    days: list[int] = field(default_factory=list)
    nths: list[Nth] = field(default_factory=list)
    months: list[int] = field(default_factory=list)
    weeks: list[int] = field(default_factory=list)
    minutes: list[int] = field(default_factory=list)
    windows: list[tuple[ClockTime, ClockTime, bool]] = field(default_factory=list)  # the flag: end excluded
    zone: str | tuple[str, ...] | None = None
    start: Slots | None = None
    until: Slots | None = None
    before_until: bool = False
    until_included: bool = False  # "through march" ends with March, "until march" before it
    length: Duration | None = None
    count: int = 0
    excepts: list[Slots] = field(default_factory=list)
    lasting: bool = False  # says how long an event takes
    deadline: bool = False
    from_completion: bool = False
    plural: bool = False  # "mondays": repeats without "every"
    strong: bool = False  # says a time even in the middle of other words
    notes: list[str] = field(default_factory=list)

    def probe(self) -> Slots:
        """A copy of what other words attach to, for looking whether they would."""
        return Slots(
            unit=self.unit, every=self.every, day=self.day, plural=self.plural, clocks=self.clocks[:], parts=self.parts[:],
            days=self.days[:], nths=self.nths[:], weekdays=self.weekdays[:], once_a=self.once_a, windows=self.windows[:],
        )  # fmt: skip

    def take(self, other: Slots) -> None:
        """Become a copy of `other`."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(other, name))

    def fill(self, other: Slots) -> None:
        """Take from `other` what is not said here."""
        for name in self.__dataclass_fields__:
            if not getattr(self, name):
                setattr(self, name, getattr(other, name))

    @property
    def repeats(self) -> bool:
        return self.unit is not None or self.plural

    @property
    def open_before(self) -> bool:
        """A time before something whose own time was not yet found: "an hour before"."""
        return self.before and self.delay is not None and self.base is None

    @property
    def timed(self) -> bool:
        return bool(self.clocks or self.parts or self.exact or self.windows)

    @property
    def filled(self) -> bool:
        return bool(
            self.timed or self.day or self.delay or self.repeats or self.months or self.days or self.start or self.until
        )
