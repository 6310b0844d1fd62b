"""A stretch of time in words, as one asks for it: "this week", "tomorrow morning", "from monday to friday"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from alarum_nlp.reading.lexicon import MONTHS
from alarum_nlp.reading.scan import TooLong
from alarum_nlp.reading.stretches import DAY, MOMENT, NotUnderstood, Pieces, Span
from alarum_nlp.resolve.slots import Impossible
from alarum_nlp.rule.reading import Conventions, Unclear
from alarum_nlp.rule.wall_clock import exact, local
from alarum_nlp.rule.zones import zone as zone_of

INTERVALS = ("today", "tomorrow morning", "this week", "next month", "from monday to friday", "the last 7 days")
LONGEST = 200  # characters
_DEFAULTS = Conventions()

_CLOCK = r"(?:\d{1,2}(?::\d\d)? ?(?:[ap]\.?m\.?)?|noon|midnight)"
_HOURS = re.compile(
    rf"^(?:(?P<before>.+?) )??(?P<how>from |between |at )?(?P<a>{_CLOCK})(?P<mark> ?[-–] ?| to | and | until | till )(?P<b>{_CLOCK})(?: (?P<after>\D.*))?$"
)
_TIME = re.compile(r"^(?P<hour>\d{1,2})(?::(?P<minute>\d\d))? ?(?P<half>[ap])?\.?m?\.?$")
_EITHER = re.compile(r"^\d{1,2} ?[-–] ?\d{1,2}$")
_BETWEEN = re.compile(r"^(.+?) between (.+?) and (.+)$")
_DATES = re.compile(
    r"^(?:from )?(?P<month>[a-z]{3,9})\.? (?P<a>\d{1,2})(?:st|nd|rd|th)? ?[-–] ?(?P<b>\d{1,2})(?:st|nd|rd|th)?$"
)
_RANGE = (
    re.compile(r"^(?:from\s+)?(?P<a>.+?)\s*(?:\bto\b|\buntil\b|\btill\b|\bthrough\b|\s-\s|–|\.\.)\s*(?P<b>.+)$"),
    re.compile(r"^between\s+(?P<a>.+?)\s+and\s+(?P<b>.+)$"),
    re.compile(r"^(?P<a>\d{4}-\d\d-\d\d[^/]*)/(?P<b>\d{4}-\d\d-\d\d.*)$"),  # ISO 8601
)
_BARE_DAY = re.compile(r"^(?:the )?\d{1,2}(?:st|nd|rd|th)?$")
_WEEK = re.compile(r" (?:next|this|last) week$")
_EDGE = re.compile(
    r"^(?P<how>until|till|through|before|by|up to|since|after|from|starting(?: from)?|as of)\s+(?P<what>.+)$"
)
_ONWARD = re.compile(r"\s+(?:on|onwards?|forward|and after|and later)$")


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
    except (NotUnderstood, Impossible, TooLong) as why:
        return Unclear(
            "unclear", f"'{text.strip()}' is not a stretch of time{f': {why}' if str(why) else ''}", INTERVALS
        )
    except (OverflowError, ValueError):
        return Unclear("impossible", "that is beyond the calendar", INTERVALS)
    if last <= first:
        return Unclear("impossible", f"'{text.strip()}' ends before it begins", INTERVALS)
    return Interval(first, last, zone, tuple(dict.fromkeys(asked.assumed)))


class _Asked(Pieces):
    """Reads a stretch that is bounded by two pieces, by one, or is one."""

    def whole(self, words: str) -> Span:
        if _EITHER.match(words):
            raise NotUnderstood("hours or dates? say for example 'from 8:00 to 10:00'")
        if (match := _DATES.match(words)) and match["month"] in MONTHS:
            words = f"{match['a']} {match['month']} to {match['b']} {match['month']}"
        elif (match := _HOURS.match(words)) and (found := self._hours(match)):
            return found
        words = _BETWEEN.sub(r"\1 from \2 to \3", words)
        if found := self._edge(words):
            return found
        for pattern in _RANGE:
            if (match := pattern.match(words)) and (found := self._range(match["a"], match["b"])):
                return found
        return self.piece(words)

    def _hours(self, match: re.Match[str]) -> Span | None:
        """ "9 to 5 tomorrow", "between 2 and 4", "monday 9-12": two times of one day."""
        day = " ".join(part for part in (match["before"], match["after"]) if part)
        a, b = match["a"], match["b"]
        plain = a.isdigit() and b.isdigit()
        if plain and not day and not match["how"]:
            return None  # "8-10" may be a date
        try:
            first, last = self.piece(day) if day else self.days(self.now.date(), self.now.date())
            start, end = _clocks(a, b)
        except (NotUnderstood, Impossible, OverflowError):
            return None
        if last - first > DAY + timedelta(hours=1) or start is None or end is None:
            return None
        midnight = first.replace(hour=0, minute=0)
        if plain or not (_TIME.match(a) or _TIME.match(b)):
            self.assumed.append(f"read '{a}' as {_said(start)} and '{b}' as {_said(end)}")
        return midnight + start, midnight + (end if end > start else end + DAY)

    def _range(self, a: str, b: str) -> Span | None:
        if _BARE_DAY.match(a) and " " in b:  # "from 1 to 5 december"
            a = " ".join([a, *b.split()[1:]])
        if (week := _WEEK.search(b)) and not _WEEK.search(a):  # "monday to friday next week"
            a += week[0]
        try:
            first = self.piece(a)
        except (NotUnderstood, Impossible):
            return None
        return first[0], self._end(b, first[0])

    def _end(self, words: str, start: datetime) -> datetime:
        """The end of the second of two pieces: as said now, or else the next one after the first."""
        for seen in (self.seen_at(self.now), self.seen_at(start)):
            first, last = seen.piece(words)
            end = first if last - first == MOMENT else last
            if end > start:
                break
        self.assumed += seen.assumed
        return end

    def _edge(self, words: str) -> Span | None:
        match = _EDGE.match(words)
        if not match:
            return None
        how, what = match["how"], _ONWARD.sub("", match["what"])
        if how.startswith(("from", "starting")) and any(p.match(words) for p in _RANGE):
            return None  # "from monday to friday"
        try:
            first, last = self._meant(words, what)
        except (NotUnderstood, Impossible):
            return None
        if how in ("before", "since") and (first > self.now) == (how == "since") and self._is_weekday(what):
            shift = timedelta(days=7 if how == "before" else -7)
            first, last = first + shift, last + shift
        if how in ("after", "before") and last - first < timedelta(hours=20):
            return self._in_its_day(how, first, last)
        if how in ("until", "till", "through", "up to", "by", "before"):
            month = how in ("until", "till") and last - first > timedelta(days=27)
            return self.now, first if how == "before" or month or last - first == MOMENT else last
        if how == "since":
            return first, self.now
        return self.open(last if how == "after" else first)

    def _meant(self, words: str, what: str) -> Span:
        """The piece behind "before" or "after"; words of daily life, as in "after lunch", are times only with that word."""
        try:
            return self.piece(what)
        except NotUnderstood:
            first, last = self.piece(words)
            if last - first > DAY:
                raise
            return first, last

    def _in_its_day(self, how: str, first: datetime, last: datetime) -> Span:
        """ "after 5 pm", "before lunch tomorrow": within the day that is meant."""
        midnight = first.replace(hour=0, minute=0)
        if how == "before":
            return max(self.now, midnight) if self.now < first else midnight, first
        start = first if last - first == MOMENT or last >= midnight + DAY else last
        return start, midnight + DAY

    def _is_weekday(self, words: str) -> bool:
        slots = self.slots(words.removeprefix("the "))
        return bool(slots and slots.day and slots.day.kind == "weekday" and not slots.day.which)


def _clocks(a: str, b: str) -> tuple[timedelta | None, timedelta | None]:
    """Two times of day, where the second may say which half of the day the first is in; None for what is none."""
    first, second = _clock(a), _clock(b)
    if first is None or second is None:
        return None, None
    (start, fixed), (end, settled) = first, second
    noon = timedelta(hours=12)
    if not settled and end < start and end < noon:
        end += noon  # "9 to 5"
    if (
        not fixed
        and start < noon
        and (settled and start + noon < end or not settled and start < timedelta(hours=7) and end <= noon)
    ):
        start, end = start + noon, end if settled else end + noon  # "2 to 5 pm", "between 2 and 4"
    return start, end


def _clock(text: str) -> tuple[timedelta, bool] | None:
    """A time of day, and whether it is settled which half of the day it is in."""
    if text in ("noon", "midnight"):
        return timedelta(hours=12 if text == "noon" else 24), True
    match = _TIME.match(text)
    hour, minute = (int(match["hour"]), int(match["minute"] or 0)) if match else (99, 0)
    if match is None or hour > 24 or minute > 59 or match["half"] and not 1 <= hour <= 12:
        return None
    if match["half"]:
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    return timedelta(hours=hour, minutes=minute), bool(match["half"] or match["minute"] or hour > 12)


def _said(clock: timedelta) -> str:
    return f"{clock // timedelta(hours=1) % 24:02}:{clock // timedelta(minutes=1) % 60:02}"
