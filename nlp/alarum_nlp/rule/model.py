"""The typed rule: what a phrase means, without a clock and without words.

Local times are naive and belong to the rule's zone; exact times are aware. Weekdays count from Monday = 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal

Unit = Literal["second", "minute", "hour", "day", "workday", "week", "month", "quarter", "year"]

WORKDAY = 7  # stands in `Nth.weekday` for any day from Monday to Friday
WEEKEND = 8  # stands in `Nth.weekday` for Saturday or Sunday
ALL_WEEKDAYS = (0, 1, 2, 3, 4)
ALL_WEEKEND = (5, 6)

COUNT = 10_000  # times of a counted series
LISTED = 288  # times that are listed: those of a day, or single moments
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
SUBDAILY = frozenset(SECONDS)


@dataclass(frozen=True, slots=True, order=True)
class Nth:
    """The n-th `weekday` of a period, from its end when n is negative (RFC 5545 BYDAY with a number)."""

    n: int
    weekday: int


@dataclass(frozen=True, slots=True, order=True)
class TimeWindow:
    """A part of each day, both ends included. An end before its start runs past midnight."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Except:
    """When a repetition does not ring: any field that matches a local time excludes it."""

    weekdays: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()
    datetimes: tuple[datetime, ...] = ()
    months: tuple[int, ...] = ()
    monthdays: tuple[int, ...] = ()
    nths: tuple[Nth, ...] = ()  # within the month
    yeardays: tuple[tuple[int, int], ...] = ()  # (month, day) of every year
    spans: tuple[tuple[tuple[int, int], tuple[int, int]], ...] = ()  # from (month, day) to (month, day) of every year
    windows: tuple[TimeWindow, ...] = ()  # of each day

    def __bool__(self) -> bool:
        return self != _NOTHING_EXCEPTED


_NOTHING_EXCEPTED = Except()


@dataclass(frozen=True, slots=True)
class Once:
    """One time: naive is wall-clock intent in the zone, aware is an exact instant."""

    at: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Several:
    """A few named times, once each and in order (RFC 5545 RDATE); naive and aware as in Once."""

    moments: tuple[datetime, ...]
    zone: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repetition, counted from `start` where its interval or its number of times needs a beginning.

    Under a day (`second`, `minute`, `hour`) steps are elapsed time from `start`, or from the start of each
    window. From a day up they are calendar periods, and each chosen date rings at every one of `times`.
    `days` are numbers within the period (of the month, where `months` are named), negative from its end;
    `nths` likewise; `weekdays` alone choose, beside `days` they narrow. `minutes` are marks of the hour.
    """

    unit: Unit
    zone: str
    every: int = 1
    times: tuple[time, ...] = ()
    weekdays: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    nths: tuple[Nth, ...] = ()
    months: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()  # ISO 8601 week numbers
    minutes: tuple[int, ...] = ()
    windows: tuple[TimeWindow, ...] = ()
    start: datetime | None = None  # local; nothing rings before it
    until: datetime | None = None  # local, included
    count: int | None = None  # times in all, counted from `start`
    skip: Except = _NOTHING_EXCEPTED
    from_completion: bool = False  # counted from when the last run was done, not from the calendar


@dataclass(frozen=True, slots=True)
class Cron:
    """A linted five-field cron expression on the zone's wall clock (crontab(5))."""

    expression: str
    zone: str


@dataclass(frozen=True, slots=True)
class OnEvent:
    """Rings when an event whose name matches comes in; `*` matches any part of a name."""

    pattern: str
    zone: str
    once: bool = False


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """Kept without a time, to be run by hand or scheduled later."""

    zone: str


Rule = Once | Several | Repeat | Cron | OnEvent | Unscheduled
Kind = Literal["once", "recurring", "event", "unscheduled"]


def kind(rule: Rule) -> Kind:
    """The kind of a rule, in the words that answers use."""
    match rule:
        case Once() | Several():
            return "once"
        case OnEvent():
            return "event"
        case Unscheduled():
            return "unscheduled"
        case _:
            return "recurring"
