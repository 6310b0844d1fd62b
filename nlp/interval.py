"""A stretch of time in words, as one asks for it: "this week", "tomorrow morning", "from monday to friday"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nlp.calendar_days import add_months, period
from nlp.instants import exact, local
from nlp.moments import Moment
from nlp.phrase import Walk
from nlp.reading import Conventions, Unclear
from nlp.scan import Tokens
from nlp.slots import Day, Impossible, Slots
from nlp.words import Duration
from nlp.zones import zone as zone_of

INTERVALS = ("today", "tomorrow morning", "this week", "next month", "from monday to friday", "the last 7 days")
LONGEST = 200  # characters
_DEFAULTS = Conventions()
_OPEN = timedelta(days=366)  # how far "from monday on" reaches

# First and last hour of a part of the day; past 24 it ends in the morning after. Wider than the hour at which a
# reminder "in the morning" rings, since what is asked for is everything in it.
_PARTS = {
    "morning": (5, 12), "midmorning": (8, 12), "breakfast": (6, 10), "noon": (11, 14), "lunch": (11, 14), "afternoon": (12, 18),
    "midafternoon": (13, 17), "evening": (17, 24), "tonight": (18, 29), "night": (20, 29), "end of day": (16, 24),
}  # fmt: skip
_LEAD = re.compile(
    r"^(?:(?:on|in|during|over|within|for|at|the|all(?: day| of)?|whole(?: of)?|entire|any ?time|sometime|throughout|due|scheduled|month of)\s+)+"
)
_BETWEEN = re.compile(r"^(.+?) between (.+?) and (.+)$")
_WHOLE = re.compile(r"^(?:all|(?:the )?(?:whole|entire)) (?P<unit>day|week|month|quarter|year)$")
_AGO = re.compile(r"^(?P<length>.+) ago$")
_HOURS = re.compile(r"^(?P<day>.+?) (?P<how>after|before|until|from|since) (?P<clock>.+)$")
_RANGE = (
    re.compile(r"^(?:from\s+)?(?P<a>.+?)\s*(?:\bto\b|\buntil\b|\btill\b|\bthrough\b|\s-\s|–|\.\.)\s*(?P<b>.+)$"),
    re.compile(r"^between\s+(?P<a>.+?)\s+and\s+(?P<b>.+)$"),
    re.compile(r"^(?P<a>\d{4}-\d\d-\d\d[^/]*)/(?P<b>\d{4}-\d\d-\d\d.*)$"),  # ISO 8601
)
_EDGE = re.compile(
    r"^(?P<how>until|till|through|before|by|up to|since|after|from|starting(?: from)?|as of)\s+(?P<what>.+)$"
)
_ONWARD = re.compile(r"\s+(?:on|onwards?|forward|and after|and later)$")
_REST = re.compile(
    r"^(?:rest|remainder) of (?:the |this )?(?P<unit>day|today|week|month|quarter|year)$|^later (?P<later>today)$"
)
_BACK = re.compile(r"^(?:last|past|previous|preceding)\s+(?:(?P<n>\S+(?: \S+)?)\s+)?(?P<unit>\w+)$")
_WEEK_OF = re.compile(r"^week (?:of|from|starting|beginning)\s+(?P<what>.+)$")
_YEAR = re.compile(r"^(?:year )?(?P<year>(?:19|20|21)\d\d)$")
_MONTH = re.compile(r"^(?P<year>(?:19|20|21)\d\d)-(?P<month>0[1-9]|1[0-2])$")
_MORE = frozenset(
    {
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
    }
)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to but not including `end`, both aware UTC, as read in `zone`; `assumed` names what was left open."""

    start: datetime
    end: datetime
    zone: str
    assumed: tuple[str, ...] = ()


def interval(text: str, now: datetime, zone: str, conventions: Conventions = _DEFAULTS) -> Interval | Unclear:
    """The stretch of time that words mean, said at `now` (aware) in the IANA zone `zone`.

    A day is all of it, a part of a day its hours, a week starts on Monday; "until friday" includes it, "before friday"
    does not. Not understood is a value: Unclear with choices. Raises ValueError for an unknown zone.
    """
    zone_of(zone)
    words = " ".join(text.lower().replace("’", "'").strip(" ?.!,").split())
    if not words or len(words) > LONGEST:
        return Unclear("none", "no stretch of time was said" if not words else "that is too long", INTERVALS)
    asked = _Asked(local(now, zone), zone, conventions)
    try:
        start, end = asked.whole(words)
        first, last = exact(start, zone), exact(end, zone)
    except (_NotUnderstood, Impossible) as why:
        return Unclear("unclear", f"'{text.strip()}' is no stretch of time{f': {why}' if str(why) else ''}", INTERVALS)
    except (OverflowError, ValueError):
        return Unclear("impossible", "that is beyond the calendar", INTERVALS)
    if last <= first:
        return Unclear("impossible", f"'{text.strip()}' ends before it begins", INTERVALS)
    return Interval(first, last, zone, tuple(dict.fromkeys(asked.assumed)))


class _NotUnderstood(ValueError):
    pass


Span = tuple[datetime, datetime]


class _Asked:
    """Reads a stretch of time, seen from `now` (naive local time in `zone`)."""

    def __init__(self, now: datetime, zone: str, conventions: Conventions) -> None:
        self.now, self.zone, self.conventions = now, zone, conventions
        self.assumed: list[str] = []

    def whole(self, words: str) -> Span:
        words = _BETWEEN.sub(r"\1 from \2 to \3", words)
        if found := self._edge(words):
            return found
        for pattern in _RANGE:
            if (match := pattern.match(words)) and (found := self._range(match["a"], match["b"])):
                return found
        return self._piece(words)

    def _range(self, a: str, b: str) -> Span | None:
        if a.isdigit():  # "from 1 to 5 december"
            a = " ".join([a, *b.split()[1:]])
        try:
            first = self._piece(a)
        except (_NotUnderstood, Impossible):
            return None
        return first[0], self._end(b, first[0])

    def _end(self, words: str, start: datetime) -> datetime:
        """The end of the second of two pieces, the next one after the first: "friday to tuesday", "today from 2 to 5 pm"."""
        seen = _Asked(start, self.zone, self.conventions)
        first, last = seen._piece(words)
        self.assumed += seen.assumed
        return first if last - first == timedelta(minutes=1) else last

    def _edge(self, words: str) -> Span | None:
        match = _EDGE.match(words)
        if not match:
            return None
        how, what = match["how"], _ONWARD.sub("", match["what"])
        if how.startswith(("from", "starting")) and any(p.match(words) for p in _RANGE):
            return None  # "from monday to friday"
        try:
            first, last = self._piece(what)
        except (_NotUnderstood, Impossible):
            return None
        if how in ("before", "since") and (first > self.now) == (how == "since") and self._is_weekday(what):
            shift = timedelta(days=7 if how == "before" else -7)
            first, last = first + shift, last + shift
        if how in ("until", "till", "through", "up to", "by", "before"):
            month = how in ("until", "till") and last - first > timedelta(days=27)
            return self.now, first if how == "before" or month or last - first == timedelta(minutes=1) else last
        if how == "since":
            return first, self.now
        start = last if how == "after" and last - first > timedelta(minutes=1) else first
        self.assumed.append(f"looked {_OPEN.days} days ahead")
        return start, start + _OPEN

    def _is_weekday(self, words: str) -> bool:
        slots = self._slots(_LEAD.sub("", words))
        return bool(slots and slots.day and slots.day.kind == "weekday" and not slots.day.which)

    def _piece(self, words: str) -> Span:
        """One day, part of a day, period or moment."""
        if match := _WHOLE.match(words):
            return self._days(*period(match["unit"], self.now.date()))
        bare = _LEAD.sub("", words)
        if bare in _MORE or bare in ("", "all"):
            self.assumed.append(f"looked {_OPEN.days} days ahead")
            return self.now, self.now + _OPEN
        if match := _REST.match(bare):
            unit = "day" if match["later"] or match["unit"] == "today" else match["unit"]
            return self.now, self._days(*period(unit, self.now.date()))[1]
        if match := _WEEK_OF.match(bare):
            return self._days(*period("week", self._piece(match["what"])[0].date()))
        if match := _YEAR.match(bare):
            return self._days(*period("year", date(int(match["year"]), 1, 1)))
        if match := _MONTH.match(bare):
            return self._days(*period("month", date(int(match["year"]), int(match["month"]), 1)))
        if (match := _BACK.match(bare)) and (found := self._back(match["n"], match["unit"], bare.startswith("past"))):
            return found
        if match := _AGO.match(bare):
            slots = self._slots(match["length"])
            if slots and slots.delay and not slots.delay.seconds:
                return self._days(*[self._shift(slots.delay, -1).date()] * 2)
        if (match := _HOURS.match(bare)) and (found := self._side(match["day"], match["how"], match["clock"])):
            return found
        return self._read(words, bare)

    def _side(self, day: str, how: str, clock: str) -> Span | None:
        """ "today after 5 pm", "tomorrow before noon"."""
        try:
            first, last = self._piece(day)
            at, _ = _Asked(first, self.zone, self.conventions)._piece(clock)
        except (_NotUnderstood, Impossible):
            return None
        if not first < at < last or last - first > timedelta(days=1):
            return None
        return (first, at) if how in ("before", "until") else (at, last)

    def _back(self, n: str | None, unit: str, past: bool) -> Span | None:
        """ "last week" is the calendar's; "the last 3 days" and "the past week" end now."""
        if past and unit in ("day", "week", "month", "year"):
            n = n or "1"
        if n:
            slots = self._slots(f"{n} {unit}") or self._slots(f"in {n} {unit}")
            return (self._shift(slots.delay, -1), self.now) if slots and slots.delay else None
        if unit in ("hour", "minute"):
            return self.now - timedelta(**{unit + "s": 1}), self.now
        if unit in ("week", "month", "quarter", "year"):
            first, _ = period(unit, self.now.date())
            return self._days(*period(unit, first - timedelta(days=1)))
        if unit == "weekend":
            saturday = self.now.date() - timedelta(days=self.now.weekday() + 2)
            return self._days(saturday, saturday + timedelta(days=1))
        if unit == "night":
            return self._part("night", self.now.date() - timedelta(days=1))
        slots = self._slots(unit)
        if slots and slots.day and slots.day.kind == "weekday":
            back = (self.now.weekday() - slots.day.weekday - 1) % 7 + 1
            day = self.now.date() - timedelta(days=back)
            return self._days(day, day)
        return None

    def _read(self, words: str, bare: str) -> Span:
        """What the grammar of phrases reads as a day, a part of it, or a length ahead."""
        slots = self._slots(bare) or self._slots(words) or self._slots(f"in {bare}")
        if slots is None or slots.also:
            raise _NotUnderstood
        if slots.more_days:
            return self._listed([slots.day, *slots.more_days], slots)
        if slots.length and slots.timed:
            at, _ = self._moment(slots)
            return at, at + timedelta(seconds=slots.length.seconds, days=slots.length.days)
        if slots.delay and not slots.base and not slots.day:
            if re.search(r"\bin\b", words) and not re.search(r"\bnext|\bcoming|\bwithin", words):
                return (
                    self._moment(slots)
                    if slots.delay.seconds
                    else self._days(*[self._shift(slots.delay, 1).date()] * 2)
                )
            return self.now, self._shift(slots.delay, 1)
        if slots.windows and slots.day:
            return self._hours(slots)
        if slots.repeats or slots.exact or slots.clocks or slots.base and slots.timed:
            return self._moment(slots)
        if slots.day and slots.day.kind in ("period", "month", "weekend", "edge"):
            return self._period(slots)
        day = self._day(slots)
        return self._part(slots.parts[0], day) if slots.parts else self._days(day, day)

    def _listed(self, named: list[Day | None], slots: Slots) -> Span:
        """ "today and tomorrow"; days that do not follow each other are no stretch of time."""
        moment = Moment(self.now, self.zone, self.conventions)
        days = sorted(moment.day(day, None) for day in named if day)
        if slots.parts or slots.clocks or (days[-1] - days[0]).days != len(days) - 1:
            raise _NotUnderstood("those days do not follow each other; ask for one of them")
        return self._days(days[0], days[-1])

    def _slots(self, words: str) -> Slots | None:
        """The slots of words that are a time and nothing else."""
        tokens = Tokens(words)
        walk = Walk(tokens, self.conventions.month_first)
        walk.alone = True
        slots, end = walk.group(0)
        return slots if end == tokens.count and (slots.filled or slots.length) else None

    def _day(self, slots: Slots) -> date:
        moment = Moment(self.now, self.zone, self.conventions)
        if slots.base:
            return moment.at(slots).date()
        return moment.day(slots.day, None) if slots.day else self.now.date()

    def _moment(self, slots: Slots) -> Span:
        if slots.repeats:
            raise _NotUnderstood("it repeats")
        moment = Moment(self.now, self.zone, self.conventions)
        at = moment.at(slots)
        self.assumed += moment.assumed
        at = (local(at, self.zone) if at.tzinfo else at).replace(second=0, microsecond=0)
        return at, at + timedelta(minutes=1)

    def _hours(self, slots: Slots) -> Span:
        """ "tomorrow between 2 and 5 pm"."""
        moment, day = Moment(self.now, self.zone, self.conventions), self._day(slots)
        a, b, _ = slots.windows[0]
        end, _ = moment.pick(b, slots.parts[0] if slots.parts else "")
        begin = a.at() if a.fixed or a.hour % 12 + 12 > end.hour else a.at(a.hour % 12 + 12)
        return datetime.combine(day, begin), datetime.combine(day, end)

    def _period(self, slots: Slots) -> Span:
        moment, named = Moment(self.now, self.zone, self.conventions), slots.day
        assert named is not None
        if named.kind == "period" and named.unit in ("hour", "minute", "second"):
            return self.now, self.now + timedelta(**{named.unit + "s": 1})
        first = self._first(moment, named)
        if named.kind == "weekend":
            return self._days(first, first + timedelta(days=1 if first.weekday() == 5 else 0))
        if named.kind == "edge":
            return self._days(first, first)
        return self._days(*period("month" if named.kind == "month" else named.unit or "day", first))

    def _first(self, moment: Moment, named: Day) -> date:
        """The first day of a period; a month that is said alone may be the present one."""
        if named.kind == "month" and not named.year and not named.which and named.month == self.now.month:
            return self.now.date().replace(day=1)
        return moment.day(named, None)

    def _part(self, name: str, day: date) -> Span:
        begin, end = _PARTS.get(name.split(" ")[-1], _PARTS.get(name, (0, 24)))
        midnight = datetime.combine(day, time())
        self.assumed.append(f"read '{name}' as {begin:02}:00 to {end % 24:02}:00")
        return midnight + timedelta(hours=begin), midnight + timedelta(hours=end)

    def _days(self, first: date, last: date) -> Span:
        return datetime.combine(first, time()), datetime.combine(last + timedelta(days=1), time())

    def _shift(self, length: Duration, sign: int) -> datetime:
        day = add_months(self.now.date(), sign * length.months) + timedelta(days=sign * (length.days + length.workdays))
        return datetime.combine(day, self.now.time()) + timedelta(seconds=sign * length.seconds)
