"""One group of time words: walk the tokens, let the ordered parsers fill the slots, stop where nothing fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from alarum_nlp.reading.bounds import bounds
from alarum_nlp.reading.clocks import clock
from alarum_nlp.reading.day_slot import year_behind
from alarum_nlp.reading.days import day
from alarum_nlp.reading.delays import THINGS, delays
from alarum_nlp.reading.excepts import excepts
from alarum_nlp.reading.lexicon import CONNECTORS, FREQUENCIES, PLURAL_WEEKDAYS, UNITS, WEEKDAYS
from alarum_nlp.reading.outright import by, iso, now
from alarum_nlp.reading.parts import part
from alarum_nlp.reading.repeats import repeat
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.spells import lasting, spell
from alarum_nlp.reading.spoken import AT
from alarum_nlp.reading.steps import may_open
from alarum_nlp.reading.windows import window
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.reading.zone_phrases import zone_phrase
from alarum_nlp.resolve.slots import ClockTime, Day, Impossible, Slots
from alarum_nlp.rule.model import SUBDAILY


def _same_half(c: ClockTime, last: ClockTime) -> ClockTime:
    """ "5 and 6 am": the half of the day that the last one names is that of all."""
    if c.fixed or c.hour > 12 or not last.fixed:
        return c
    return replace(c, hour=c.hour % 12 + (12 if last.hour >= 12 else 0), fixed=True)


_ZONE_WORDS = frozenset({"utc", "gmt", "zone", "timezone", "tz"})

# Inside a bound these lead to its other end or to what it bounds.
_INNER_CONNECTORS = CONNECTORS - {"to", "from", "for"}


class Walk:
    """A walk over a text's tokens. `alone` is true while only time words have been seen."""

    def __init__(self, tokens: Tokens, month_first: bool) -> None:
        self.t = tokens
        self.month_first = month_first
        self.alone = False
        self.depth = 0
        words = tokens.words
        self.timer = "timer" in words or "countdown" in words or words[:2] == ["count", "down"]
        self._last_repeat = self._last_subdaily = -1
        for k in range(tokens.count):
            each = words[k] in ("every", "each", "hourly", "minutely", "intervals", "increments", "interval")
            if each or words[k] in FREQUENCIES or words[k] in PLURAL_WEEKDAYS or words[k] in ("weekdays", "weekends"):
                self._last_repeat = k
            if each and (
                words[k][-2:] == "ly"
                or words[k][:2] == "in"
                or any(UNITS.get(x) in SUBDAILY for x in words[k + 1 : k + 5])
            ):
                self._last_subdaily = k

    def repeats_ahead(self, i: int) -> bool:
        """Whether a repetition is said at `i` or later."""
        return self._last_repeat >= i

    def subdaily_ahead(self, i: int) -> bool:
        """Whether a repetition of seconds, minutes or hours is said at `i` or later."""
        return self._last_subdaily >= i

    def group(self, i: int, *, inner: bool = False, listed: bool = False) -> tuple[Slots, int]:
        """The slots filled from token `i` on, and where they end (`i` when nothing fits)."""
        s, end = Slots(), i
        if self.depth > 5:
            return s, i  # "3 days before 3 days before ..."
        self.depth += 1
        try:
            return self._fill(i, end, s, inner, listed)
        finally:
            self.depth -= 1

    def _fill(self, i: int, end: int, s: Slots, inner: bool, listed: bool) -> tuple[Slots, int]:
        while i < self.t.count:
            j = self._step(i, s, inner)
            if not j:
                i = 0 if listed and self.t.words[i] in ("and", ",", "or") else self._bridge(i, s, inner)
                if not i:
                    break
                continue
            i = end = j
            self._hoist_zone(s)
        return s, end

    def _hoist_zone(self, s: Slots) -> None:
        """A zone that stands behind a bound is the zone of the whole group."""
        excepted = [inner for e in s.excepts for inner in (e, e.start, e.until)]
        for inside in (s.start, s.until, s.base, *excepted):
            if inside is not None and inside.zone is not None and s.zone is None:
                s.zone, inside.zone = inside.zone, None

    def _bridge(self, i: int, s: Slots, inner: bool) -> int:
        """Skip up to three small words when a time word stands behind them."""
        t, j = self.t, i
        if t.words[i] == "at" and t.kinds[i + 1] in ("num", "clock") and not s.clocks:
            return i + 1  # what follows is tried at once, and once
        small = _INNER_CONNECTORS if inner else CONNECTORS
        if s.once_a and t.words[j] == ":":  # "three times a week: tuesday, thursday and sunday"
            return j + 1 if self._step(j + 1, s.probe(), False) else 0
        if t.words[j] == "that" and t.words[j + 1] in ("repeats", "recurs", "repeat"):
            j += 1
        if t.words[j] == "and" and t.words[j + 1] in ("again", "then", "also"):
            j += 2
        while j - i < 4 and t.words[j] in small and j < t.count:
            j += 1
            if "and" in t.words[i:j] and self._another(j, s):
                return 0
            probe = s.probe()
            if self._step(j, probe, False):
                return j
        return 0

    def _another(self, i: int, s: Slots) -> bool:
        """Whether a second full time stands at `i`: "today at 5 and tomorrow at 6"."""
        if s.repeats or not s.timed:
            return False
        second, end = self.group(i, inner=True)
        return end > i and second.day is not None and second.timed and (s.day is not None or bool(second.clocks))

    def _step(self, i: int, s: Slots, inner: bool) -> int:
        kind = self.t.kinds[i]
        for step in _steps("" if kind in ("num", "ord", "iso", "clock") else self.t.words[i], kind, inner):
            self.t.count_step()
            j = step(self, i, s)
            if j:
                return j
        return 0

    def repetition(self, i: int, s: Slots) -> int:
        if s.delay:
            return 0
        return repeat(self.t, i, s)

    def days(self, i: int, s: Slots) -> int:
        if s.day is not None and not s.repeats and (j := self._listed_day(i, s)):
            return j
        if s.day and s.day.kind == "date" and not s.day.year and s.clocks and (end := year_behind(self.t, i)[1]) > i:
            s.day = replace(s.day, year=year_behind(self.t, i)[0])  # "thu oct 26 11:00:09 2023"
            return end
        if s.narrow or s.repeats and s.day:
            return 0
        return day(self.t, i, s, self.month_first, self.alone)

    def _listed_day(self, i: int, s: Slots) -> int:
        """A further day of a list: "monday, wednesday and friday", "tomorrow and sunday", "march 3 and 10"."""
        w = self.t.words
        joiner = w[i - 2] if w[i - 1] == "on" and i > 1 and w[i - 2] == "and" else w[i - 1]
        last = s.more_days[-1] if s.more_days else s.day
        assert last is not None
        found = Slots()
        j = day(self.t, i, found, self.month_first, True)
        d = found.day
        if joiner in ("and", "&") and last.kind == "date" and (d is None or d.kind == "monthday"):
            number = ordinal(self.t, i) or cardinal(self.t, i)
            if number and 1 <= number[0] <= 31 and w[number[1]] not in ("am", "pm", ":", "o'clock"):
                j, d = number[1], Day("date", day=number[0], month=last.month, year=last.year)
        same = d is not None and d.kind == last.kind and d.kind in ("weekday", "date", "monthday")
        if not j or d is None or found.narrow:
            return 0
        if s.narrow and not (joiner in ("and", "&") and not s.clocks):
            return 0
        if not (joiner in ("and", "&") or same and joiner in (",", "/") or same and d.kind == "weekday"):
            return 0
        if d.kind not in ("weekday", "relative", "date", "monthday", "holiday"):
            return 0
        if d.which in ("next week", "this week") and s.day and s.day.kind == d.kind:
            s.day, s.more_days = replace(s.day, which=d.which), [replace(x, which=d.which) for x in s.more_days]
        elif last.which in ("next", "next week", "this week") and not d.which and d.kind == "weekday":
            d = replace(d, which=last.which)
        s.more_days.append(d)
        return j

    def clocks(self, i: int, s: Slots) -> int:
        if i and self.t.words[i - 1] == "in" and self.t.kinds[i] == "num" and len(self.t.words[i]) == 4:
            return 0  # a year
        led = self.t.words[i - 1] in AT if i else False
        if not led and self.t.kinds[i] in ("num", "word"):
            joined = self.t.words[i - 1] in ("and", ",", "&", "for") or i == 0
            led = bool(s.clocks and joined) or bool((s.day or s.parts or s.unit or s.plural) and not s.clocks)
            led = (
                led
                or self.alone
                and i == 0
                and self.t.words[i + 1] in ("tomorrow", "tonight", "today", "in", "this", "on", ",")
            )
        whole = self.alone and i == 0 and self.t.count == 1 and len(self.t.words[0]) == 4 and self.t.words[0][0] == "0"
        is_it = self.t.words[i - 2 : i] in (["it", "is"], ["when", "it's"]) and i > 1
        led = led or whole or is_it or self._promised(i)
        if s.clocks and not s.repeats and not self._lists_clocks(i):
            return 0
        before = len(s.clocks)
        end = clock(self.t, i, s, led=led)
        if end and before and self.t.words[end - 1] in ("am", "pm", ".", "m", "a", "p"):
            s.clocks[:before] = [_same_half(c, s.clocks[-1]) for c in s.clocks[:before]]
        if end and s.parts and not s.clocks[-1].words:
            s.clocks = s.clocks[:before] + [replace(c, part=s.parts[-1]) for c in s.clocks[before:]]
        return end

    def _lists_clocks(self, i: int) -> bool:
        """Whether a further time of day is one of a list: "6 am 7 am and 8 am", "at 1:00 and at 5:00"."""
        w, k = self.t.words, i - 1
        while w[k] in ("at", "for", "one", "again", "then", "also"):
            k -= 1
        return w[k] in ("and", ",", "&", ";", "am", "pm") or k < i - 1 and w[k] == "."

    def _promised(self, i: int) -> bool:
        """A bare number that a command or the words behind it make a clock: "alarm for 9", "7 tonight", "5 in the morning"."""
        w, t = self.t.words, self.t
        if w[i - 1] == "for" and i > 1 and (w[i - 2] in THINGS or w[i - 2] in ("meeting", "appointment", "event")):
            return t.kinds[i] != "num" or len(w[i]) != 4 or int(w[i]) < 1900
        j = i + 1
        if t.kinds[i] == "word":
            found = cardinal(t, i)
            j = found[1] if found else j
            minutes = cardinal(t, j) if t.kinds[j] == "word" else None
            j = minutes[1] if minutes and 10 <= minutes[0] < 60 else j
        if w[j] in ("am", "pm") or w[j : j + 2] == ["at", "night"]:
            return True
        if t.kinds[i] == "num" and len(w[i]) == 4 and w[j] in ("zulu", "utc", "gmt"):
            return True
        if t.kinds[i] == "num" and t.kinds[j] == "num" and w[j + 1] in ("am", "pm", "a", "p"):
            return True
        if w[j] in ("tomorrow", "tonight", "today") and w[i - 1] in ("for", "at", "by", "", "to", "of", "up", "me"):
            return True
        return w[j] == "in" and w[j + 1] == "the" and w[j + 2] in ("morning", "afternoon", "evening", "night")

    def parts(self, i: int, s: Slots) -> int:
        before = s.parts[-1] if s.parts else ""
        end = part(self.t, i, s, alone=self.alone)
        if end and before and s.parts[-1] != before and s.weekdays and self.t.words[i - 1] in WEEKDAYS:
            raise Impossible("different days at different times are two tasks; schedule them one by one")
        if end and s.clocks:
            k = i - 1
            while self.t.words[k] in ("in", "the", "at"):
                k -= 1
            if self.t.words[k] not in ("and", ",", "every", "each", "&"):  # "8 in the morning and 8 in the evening"
                s.clocks[-1] = replace(s.clocks[-1], part="")
            s.clocks = [c if c.part or c.words else replace(c, part=s.parts[-1]) for c in s.clocks]
        return end

    def zones(self, i: int, s: Slots) -> int:
        word = self.t.words[i]
        if s.zone is not None or not (s.clocks or s.exact or word in _ZONE_WORDS or self.t.kinds[i] == "path"):
            return 0
        found = zone_phrase(self.t, i, after_clock=bool(s.clocks or s.exact))
        if not found:
            return 0
        s.zone = found[0]
        return found[1]


# The order matters: an instant before its parts, bounds before the days and clocks inside them, delays before
# bare numbers, repetitions before the days they repeat, days ("5 june") before clocks ("5").
_Step = Callable[[Walk, int, Slots], int]
_ALL: tuple[_Step, ...] = (
    iso,
    by,
    spell,
    lasting,
    window,
    bounds,
    excepts,
    Walk.repetition,
    delays,
    Walk.days,
    Walk.clocks,
    Walk.parts,
    Walk.zones,
    now,
)
_INNER: tuple[_Step, ...] = (iso, delays, Walk.days, Walk.clocks, Walk.parts, Walk.zones)


@lru_cache(maxsize=4096)
def _steps(word: str, kind: str, inner: bool) -> tuple[_Step, ...]:
    """The steps that a token may open, in their order."""
    return tuple(step for step in (_INNER if inner else _ALL) if may_open(step.__name__, word, kind))
