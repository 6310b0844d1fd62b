"""One piece of a stretch of time in words: a day, a part of it, hours, a period, a length, a moment."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Self

from alarum_nlp.reading.phrase import Walk
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.day import add_months, period
from alarum_nlp.resolve.moment import Moment
from alarum_nlp.resolve.slots import Day, Duration, Slots
from alarum_nlp.rule.model import WEEKEND
from alarum_nlp.rule.reading import Conventions
from alarum_nlp.rule.wall_clock import local

Span = tuple[datetime, datetime]
MOMENT = timedelta(minutes=1)  # what a time of day is as a stretch
OPEN = timedelta(days=366)  # how far "from monday on" reaches
DAY = timedelta(days=1)

# First and last hour of a part of the day; past 24 it ends in the morning after. Wider than the hour at which a
# reminder "in the morning" rings, since what is asked for is everything in it.
_PARTS = {
    "morning": (5, 12), "midmorning": (8, 12), "breakfast": (6, 10), "noon": (11, 14), "lunch": (11, 14), "afternoon": (12, 18),
    "midafternoon": (13, 17), "evening": (17, 24), "tonight": (18, 29), "night": (20, 29), "end of day": (16, 24),
}  # fmt: skip
_LEAD = re.compile(
    r"^(?:(?:on|in|during|over|within|for|at|the|all(?: day| of)?|whole(?: of)?|entire|any ?time|sometime|throughout|due|scheduled|month of)\s+)+"
)
_WHOLE = re.compile(r"^(?:all|(?:the )?(?:whole|entire)) (?P<unit>day|week|month|quarter|year)$")
_AGO = re.compile(r"^(?P<length>.+) ago$")
_FROM_NOW = re.compile(r"^(?P<length>.+) from (?:now|today)$")
_SIDE = re.compile(r"^(?P<day>.+?) (?P<how>after|before|until|from|since) (?P<clock>.+)$")
_REST = re.compile(
    r"^(?:rest|remainder) of (?:the |this )?(?P<unit>day|today|week|month|quarter|year)$|^later (?P<later>today)$"
)
_BACK = re.compile(r"^(?:last|past|previous|preceding)\s+(?:(?P<n>\S+(?: \S+)?)\s+)?(?P<unit>\w+)$")
_PERIOD_OF = re.compile(
    r"^(?P<unit>week|weekend) (?P<how>of|from|starting|beginning|before|after)\s+(?!next$|this$)(?P<what>.+)$"
)
_YEAR = re.compile(r"^(?:year )?(?P<year>(?:19|20|21)\d\d)$")
_MONTH = re.compile(r"^(?P<year>(?:19|20|21)\d\d)-(?P<month>0[1-9]|1[0-2])$")
_MORE = frozenset(
    [
        "anything",
        "everything",
        "upcoming",
        "ahead",
        "soon",
        "coming",
        "future",
        "from now on",
        "next",
        "later",
        "coming up",
        "all",
        "",
    ]
)


class NotUnderstood(ValueError):
    """Words that are not a stretch of time."""


class Pieces:
    """Reads one piece, seen from `now` (naive local time in `zone`), and collects what was assumed."""

    def __init__(self, now: datetime, zone: str, conventions: Conventions) -> None:
        self.now, self.zone, self.conventions = now, zone, conventions
        self.assumed: list[str] = []
        self._steps = [0]  # of the parsers, over all pieces of a phrase

    def seen_at(self, now: datetime) -> Self:
        """The same phrase, as it is said at another time."""
        other = type(self)(now, self.zone, self.conventions)
        other._steps = self._steps
        return other

    def piece(self, words: str) -> Span:
        """Raises NotUnderstood, and Impossible for what cannot be."""
        words = words.replace("this coming ", "coming ")
        if match := _WHOLE.match(words):
            return self.days(*period(match["unit"], self.now.date()))
        bare = _LEAD.sub("", words)
        if bare in _MORE:
            return self.open(self.now)
        if match := _REST.match(bare):
            unit = "day" if match["later"] or match["unit"] == "today" else match["unit"]
            return self.now, self.days(*period(unit, self.now.date()))[1]
        if match := _PERIOD_OF.match(bare):
            return self._beside(match["unit"], match["how"], self.piece(match["what"]))
        if match := _YEAR.match(bare):
            return self.days(*period("year", date(int(match["year"]), 1, 1)))
        if match := _MONTH.match(bare):
            return self.days(*period("month", date(int(match["year"]), int(match["month"]), 1)))
        if (match := _BACK.match(bare)) and (found := self._back(match["n"], match["unit"], bare.startswith("past"))):
            return found
        if match := _AGO.match(bare) or _FROM_NOW.match(bare):
            slots = self.slots(match["length"]) or self.slots(f"in {match['length']}")
            if slots and slots.delay and not slots.delay.seconds:
                day = self._shift(slots.delay, -1 if bare.endswith("ago") else 1).date()
                return self.days(day, day)
        if (match := _SIDE.match(bare)) and (found := self._side(match["day"], match["how"], match["clock"])):
            return found
        return self._read(words, bare)

    def open(self, start: datetime) -> Span:
        self.assumed.append(f"looked {OPEN.days} days ahead")
        return start, start + OPEN

    def days(self, first: date, last: date) -> Span:
        return datetime.combine(first, time()), datetime.combine(last + DAY, time())

    def slots(self, words: str) -> Slots | None:
        """The slots of words that are a time and nothing else."""
        tokens = Tokens(words)
        tokens.steps = self._steps[0]
        walk = Walk(tokens, self.conventions.month_first)
        walk.alone = True
        try:
            slots, end = walk.group(0)
        finally:
            self._steps[0] = tokens.steps
        return slots if end == tokens.count and (slots.filled or slots.length) else None

    def _beside(self, unit: str, how: str, span: Span) -> Span:
        """ "week of 7 december", "the week before christmas", "the weekend of 5 december"."""
        first, last = span[0].date(), (span[1] - MOMENT).date()
        if unit == "weekend":
            saturday = period("week", first)[0] + timedelta(days=5)
            return self.days(saturday, saturday + DAY)
        if how == "before":
            return self.days(first - timedelta(days=7), first - DAY)
        if how == "after":
            return self.days(last + DAY, last + timedelta(days=7))
        return self.days(*period("week", first))

    def _side(self, day: str, how: str, clock: str) -> Span | None:
        """ "today after 5 pm", "tomorrow before noon"."""
        try:
            first, last = self.piece(day)
            at, end = self.seen_at(first).piece(clock)
        except ValueError:
            return None
        if how == "after" and end - at > MOMENT and end < last:
            at = end  # after lunch
        if not first < at < last or last - first > DAY:
            return None
        return (first, at) if how in ("before", "until") else (at, last)

    def _back(self, n: str | None, unit: str, past: bool) -> Span | None:
        """ "last week" is the calendar's; "the last 3 days" and "the past week" end now."""
        if past and unit in ("day", "week", "month", "year"):
            n = n or "1"
        if n:
            slots = self.slots(f"{n} {unit}") or self.slots(f"in {n} {unit}")
            return (self._shift(slots.delay, -1), self.now) if slots and slots.delay else None
        if unit in ("hour", "minute"):
            return self.now - timedelta(**{unit + "s": 1}), self.now
        if unit in ("week", "month", "quarter", "year"):
            return self.days(*period(unit, period(unit, self.now.date())[0] - DAY))
        if unit == "weekend":
            saturday = self.now.date() - timedelta(days=self.now.weekday() + 2)
            return self.days(saturday, saturday + DAY)
        if unit == "night":
            return self._part("night", self.now.date() - DAY)
        slots = self.slots(unit)
        if slots and slots.day and slots.day.kind == "weekday":
            day = self.now.date() - timedelta(days=(self.now.weekday() - slots.day.weekday - 1) % 7 + 1)
            return self.days(day, day)
        return None

    def _read(self, words: str, bare: str) -> Span:
        """What the grammar of phrases reads as a day, a part of it, or a length ahead."""
        slots = self.slots(bare) or self.slots(words) or self.slots(f"in {bare}")
        if slots is None or slots.also or slots.start or slots.until:
            raise NotUnderstood
        if slots.parts == ["end of day"] and "end of" in bare and "day" not in bare:
            slots.parts = []  # "end of november" is a day
        if slots.more_days:
            return self._listed([slots.day, *slots.more_days], slots)
        if slots.length and slots.timed:
            at, _ = self._moment(slots)
            return at, at + timedelta(seconds=slots.length.seconds, days=slots.length.days)
        if slots.delay and not slots.base and not slots.day:
            if re.search(r"\bin\b", words) and not re.search(r"\bnext|\bcoming|\bwithin", words):
                day = self._shift(slots.delay, 1).date()
                return self._moment(slots) if slots.delay.seconds else self.days(day, day)
            return self.now, self._shift(slots.delay, 1)
        if " and " in bare and len(slots.parts) < 2:
            raise NotUnderstood("two are named; ask for one of them")
        if slots.repeats or slots.exact or slots.clocks or slots.windows or slots.base and slots.timed:
            return self._moment(slots)
        if slots.day and slots.day.kind in ("period", "month", "weekend", "edge"):
            return self._period(slots)
        return self._day_or_part(slots)

    def _day_or_part(self, slots: Slots) -> Span:
        moment = Moment(self.now, self.zone, self.conventions)
        named = moment.day(slots.day, None) if slots.day and not slots.base else self.now.date()
        day = moment.at(slots).date() if slots.base else named
        if slots.parts:
            spans = sorted(self._part(part, day) for part in slots.parts)
            if any(later[0] > earlier[1] for earlier, later in pairwise(spans)):
                raise NotUnderstood("those parts do not follow each other; ask for one of them")
            return spans[0][0], max(end for _, end in spans)
        if slots.day and slots.day.kind == "nth" and slots.day.weekday == WEEKEND:
            return self.days(day, day + DAY) if day.weekday() == 5 else self.days(day - DAY, day)
        return self.days(day, day)

    def _listed(self, named: list[Day | None], slots: Slots) -> Span:
        """ "today and tomorrow"; days that do not follow each other are not a stretch of time."""
        moment = Moment(self.now, self.zone, self.conventions)
        found = sorted(moment.day(day, None) for day in named if day)
        if slots.parts or slots.clocks or (found[-1] - found[0]).days != len(found) - 1:
            raise NotUnderstood("those days do not follow each other; ask for one of them")
        return self.days(found[0], found[-1])

    def _moment(self, slots: Slots) -> Span:
        if slots.repeats or slots.windows:
            raise NotUnderstood("it repeats" if slots.repeats else "")
        moment = Moment(self.now, self.zone, self.conventions)
        at = moment.at(slots)
        self.assumed += moment.assumed
        at = (local(at, self.zone) if at.tzinfo else at).replace(second=0, microsecond=0)
        return at, at + MOMENT

    def _period(self, slots: Slots) -> Span:
        moment, named = Moment(self.now, self.zone, self.conventions), slots.day
        assert named is not None
        if named.kind == "period" and named.unit in ("hour", "minute", "second"):
            return self.now, self.now + timedelta(**{named.unit + "s": 1})
        if slots.parts:
            raise NotUnderstood
        first = self._first(moment, named)
        if named.kind == "weekend":
            return self.days(first, first + DAY if first.weekday() == 5 else first)
        if named.kind == "edge":
            return self.days(first, first)
        return self.days(*period("month" if named.kind == "month" else named.unit or "day", first))

    def _first(self, moment: Moment, named: Day) -> date:
        """The first day of a period; a month that is said alone may be the present one."""
        if named.kind == "month" and not named.year and not named.which and named.month == self.now.month:
            return self.now.date().replace(day=1)
        return moment.day(named, None)

    def _part(self, name: str, day: date) -> Span:
        begin, end = _PARTS.get(name) or _PARTS.get(name.split(" ")[-1], (0, 24))
        if name.startswith("early "):
            end = (begin + end) // 2
        elif name.startswith("late "):
            begin = (begin + end) // 2
        midnight = datetime.combine(day, time())
        self.assumed.append(f"read '{name}' as {begin:02}:00 to {end % 24:02}:00")
        return midnight + timedelta(hours=begin), midnight + timedelta(hours=end)

    def _shift(self, length: Duration, sign: int) -> datetime:
        day = add_months(self.now.date(), sign * length.months) + timedelta(days=sign * (length.days + length.workdays))
        return datetime.combine(day, self.now.time()) + timedelta(seconds=sign * length.seconds)
