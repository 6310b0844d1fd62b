"""One group of time words: walk the tokens, let the ordered parsers fill the slots, stop where nothing fits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from nlp.clocks import AT, clock, part
from nlp.days import day
from nlp.lexicon import CONNECTORS, WEEKDAYS
from nlp.repeats import month_list, repeat, weekday_list
from nlp.scan import Tokens
from nlp.slots import Day, Impossible, Slots
from nlp.words import Duration, cardinal, duration
from nlp.zones import zone_phrase

_STARTS = frozenset({"starting", "beginning", "commencing", "start", "from", "effective"})
_UNTILS = frozenset({"until", "till", "til", "ending", "through", "thru", "up", "before"})
_EXCEPTS = frozenset({"except", "excluding", "but", "besides", "not", "skipping", "skip", "apart", "unless"})


def _hours_of_clock(t: Tokens, i: int, j: int) -> bool:
    """ "13h30" and "15h00" are times of day, "1h30" is a length."""
    if j - i != 3 or t.words[i + 1] != "h" or len(t.words[i + 2]) != 2:
        return False
    return t.words[i + 2] == "00" or int(t.words[i]) >= 12


_THINGS = frozenset(
    {"alarm", "alarms", "reminder", "reminders", "timer", "alert", "up", "it", "call", "me", "for", "notification"}
)


class Walk:
    """A walk over a text's tokens. `alone` is true while only time words have been seen."""

    def __init__(self, tokens: Tokens, month_first: bool) -> None:
        self.t = tokens
        self.month_first = month_first
        self.alone = False

    def group(self, i: int, *, inner: bool = False, listed: bool = False) -> tuple[Slots, int]:
        """The slots filled from token `i` on, and where they end (`i` when nothing fits)."""
        s, end = Slots(), i
        while i < self.t.count:
            j = self._step(i, s, inner)
            if not j:
                i = 0 if listed and self.t.words[i] in ("and", ",", "or") else self._bridge(i, s)
                if not i:
                    break
                continue
            i = end = j
            self._hoist_zone(s)
        return s, end

    def _hoist_zone(self, s: Slots) -> None:
        """A zone that stands behind a bound is the zone of the whole group."""
        for inside in (s.start, s.until, s.base, *s.excepts):
            if inside is not None and inside.zone is not None and s.zone is None:
                s.zone, inside.zone = inside.zone, None

    def _bridge(self, i: int, s: Slots) -> int:
        """Skip up to three small words when a time word stands behind them."""
        t, j = self.t, i
        while j - i < 4 and t.words[j] in CONNECTORS and j < t.count:
            j += 1
            probe = Slots(unit=s.unit, every=s.every, day=s.day, plural=s.plural, clocks=list(s.clocks))
            if self._step(j, probe, False):
                return j
        return 0

    def _step(self, i: int, s: Slots, inner: bool) -> int:
        steps = _INNER if inner else _ALL
        for step in steps:
            j = step(self, i, s)
            if j:
                return j
        return 0

    def iso(self, i: int, s: Slots) -> int:
        if self.t.kinds[i] != "iso" or s.exact:
            return 0
        text = self.t.original(i, i + 1).upper().replace("Z", "+00:00")
        text = text.replace(" +", "+").replace(" -", "-")
        try:
            s.exact = datetime.fromisoformat(text)
        except ValueError as why:
            raise Impossible(
                f"'{self.t.original(i, i + 1)}' is no time: {why}; for example '2027-03-01T09:00'"
            ) from None
        s.strong = True
        return i + 1

    def bounds(self, i: int, s: Slots) -> int:
        """ "starting ...", "until ...", "for ...", "except ...", "between ... and ...", "5 times"."""
        w = self.t.words
        if w[i] in ("between", "from", "after", "starting") and (j := self._window(i, s)):
            return j
        if w[i] == "after" and s.unit in ("second", "minute", "hour") and s.start is None:
            inside, end = self.group(i + 1, inner=True)
            if end > i + 1 and inside.clocks:
                s.start = inside
                return end
        if w[i] in _STARTS and s.start is None and (w[i] != "from" or s.repeats or self._repeats_ahead(i)):
            j = i + 1
            while w[j] in ("on", "at", "in", "from", "the", "of"):
                j += 1
            inside, end = self.group(j, inner=True)
            months = month_list(self.t, j, inside) if end == j else 0
            if end > j or months:
                s.start = inside
                if len(inside.months) > 1 and s.until is None:  # "from january to march"
                    s.until = Slots(day=Day("nth", n=-1, weekday=9, month=inside.months[-1]))
                return max(end, months)
        if w[i] in _UNTILS and s.until is None and (s.repeats or self._repeats_ahead(i)):
            j = i + 1
            if w[i] == "up":
                if w[j] not in ("to", "until", "till"):
                    return 0
                j += 1
                if (found := cardinal(self.t, j)) and w[found[1]] in ("x", "times"):
                    s.count = found[0]
                    return found[1] + 1
            while w[j] in ("on", "at", "in", "the", "by"):
                j += 1
            inside, end = self.group(j, inner=True)
            months = month_list(self.t, j, inside) if end == j else 0
            if end > j or months:
                s.until, s.before_until = inside, w[i] == "before"
                return max(end, months)
        if w[i] == "to" and s.start is not None and s.until is None:
            inside, end = self.group(i + 1, inner=True)
            end = max(end, month_list(self.t, i + 1, inside) if end == i + 1 else 0)
            if end > i + 1:
                s.until = inside
                return end
        if w[i] in ("for", "over") and s.repeats and (j := self._length(i, s)):
            return j
        if w[i] in ("once", "twice", "thrice") and s.repeats and not s.count and w[i + 1] not in ("a", "per", "every"):
            s.count = {"once": 1, "twice": 2, "thrice": 3}[w[i]]
            return i + 1
        if (
            s.repeats
            and (found := cardinal(self.t, i))
            and w[found[1]] in ("times", "occurrences", "x")
            and w[found[1] + 1] not in ("a", "per")
        ):
            if found[0] == 0:
                raise Impossible("0 times never rings; say how often, for example '5 times'")
            s.count = found[0]
            return found[1] + 1
        if w[i] in _EXCEPTS and s.repeats:
            return self._excepts(i, s)
        return 0

    def _repeats_ahead(self, i: int) -> bool:
        return any(
            word in ("every", "each", "daily", "weekly", "monthly", "hourly") for word in self.t.words[i : i + 12]
        )

    def _length(self, i: int, s: Slots) -> int:
        w, j = self.t.words, i + 1
        while w[j] in ("the", "next", "a", "total", "of") and not (w[j] == "a" and w[j + 1] not in ("total",)):
            j += 1
        if (found := cardinal(self.t, j)) and w[found[1]] in ("times", "occurrences", "x", "repetitions", "instances"):
            s.count = found[0]
            return found[1] + 1
        if w[j] == "hour" and w[j + 1 : j + 4] == ["and", "a", "half"]:
            s.length = Duration(seconds=5400)
            return j + 4
        length = duration(self.t, j)
        if length is None and w[j] in ("week", "month", "year", "day", "hour") and w[j - 1] == "next":
            s.length = {
                "week": Duration(days=7),
                "month": Duration(months=1),
                "year": Duration(months=12),
                "day": Duration(days=1),
                "hour": Duration(seconds=3600),
            }[w[j]]
            return j + 1
        if length:
            s.length = length[0]
            return length[1]
        return 0

    def _window(self, i: int, s: Slots) -> int:
        """ "between 9 and 17", "from 01:30 until 03:00", "after 2pm and before 7pm" of a repetition under a day."""
        if s.unit not in ("second", "minute", "hour") and not (
            s.unit is None and self.t.words[i] != "starting" and self._repeats_ahead(i)
        ):
            return 0
        t, w = self.t, self.t.words
        first, last = Slots(), Slots()
        k = i + 2 if w[i + 1] in ("at", "the") else i + 1
        if w[k + 1] in ("-", "/", ".") and t.glued(k + 1) and t.kinds[k + 2] == "num":
            return 0  # a date
        j = clock(t, k, first, led=True) or part(t, k, first, alone=True)
        if not j:
            return 0
        while w[j] in (",",):
            j += 1
        if w[j] == "and" and w[j + 1] in ("before", "until", "ending"):
            j += 1
        if w[j] not in ("and", "to", "until", "till", "til", "-", "before", "through", "ending", "–"):
            return 0
        before = w[j] == "before"
        k = j + 2 if w[j + 1] in ("at", "the") else j + 1
        end = clock(t, k, last, led=True)
        if not end or not first.clocks:
            return 0
        s.windows.append((first.clocks[0], last.clocks[0], before))
        return end

    def _excepts(self, i: int, s: Slots) -> int:
        w, end = self.t.words, 0
        j = i + 1
        while True:
            while w[j] in ("for", "on", "in", "the", "from", "when", "at", "during", "if", "it's", "it", "is", "every"):
                j += 1
            inside = Slots()
            probe, k = self.group(j, inner=True, listed=True)
            if repeat(self.t, j, inside):
                k2 = weekday_list(self.t, j, Slots()) or repeat(self.t, j, Slots())
                if k2 >= k:
                    probe, k = inside, k2
            if k == j:
                k = month_list(self.t, j, inside)
                probe = inside
            if not k or k == j:
                return end
            s.excepts.append(probe)
            end = k
            if w[k] in ("and", ",", "or"):
                j = k + 2 if w[k + 1] == "and" else k + 1
                continue
            return end

    def repetition(self, i: int, s: Slots) -> int:
        if s.delay:
            return 0
        return repeat(self.t, i, s)

    def delays(self, i: int, s: Slots) -> int:
        """ "in 45 minutes", "2 days later", "3 days before christmas", "two weeks from next monday", "+2 months"."""
        t, w = self.t, self.t.words
        if s.delay or s.repeats:
            return 0
        led = w[i] in ("in", "after", "+", "within")
        j = i + 1 if led else i
        if led:
            while w[j] in ("around", "about", "approximately", "exactly", "another", "the", "next"):
                j += 1
        if w[i] == "within":
            return 0
        if not led and w[i - 1] in ("at", "@") and t.kinds[i] == "num":
            return 0
        if w[i] in ("day", "week", "hour") and w[i + 1] in ("after", "before"):
            base, end = self.group(i + 2, inner=True)
            if end > i + 2 and base.day:
                s.delay = {"day": Duration(days=1), "week": Duration(days=7), "hour": Duration(seconds=3600)}[w[i]]
                s.base, s.before, s.strong = base, w[i + 1] == "before", True
                return end
        length = duration(t, j) if not (w[j][:1] == "0" and len(w[j]) == 4) else None
        if length is None:
            return 0
        k = length[1]
        if not led and _hours_of_clock(t, j, k) or w[k] == "past":
            return 0
        if w[k] == "on" and w[k + 1] in WEEKDAYS and (length[0].days and not length[0].seconds):
            base, end = self.group(k + 1, inner=True)
            s.delay, s.base, s.strong = length[0], base, True
            return end
        if w[k] in ("later", "hence", "time") or (w[k] == "from" and w[k + 1] in ("now", "right", "today")):
            s.delay, s.strong = length[0], True
            if w[k] == "from":
                return k + 3 if w[k + 1] == "right" else k + 2
            return k + 1
        if w[k] in ("from", "after", "before", "prior"):
            b = k + 2 if w[k] == "prior" and w[k + 1] == "to" else k + 1
            base, end = self.group(b, inner=True)
            if end > b and (base.day or base.timed):
                s.delay, s.base, s.before, s.strong = length[0], base, w[k] in ("before", "prior"), True
                return end
            return 0
        if led and not s.filled or led and s.clocks:
            s.delay, s.strong = length[0], True
            return k
        thing = (
            w[i - 1] == "for"
            and i > 1
            and w[i - 2] in _THINGS
            or w[k] in ("timer", "reminder", "alarm")
            and w[i - 1] != "every"
        )
        if thing and not s.filled and w[k] not in ("every", "before", "from"):
            s.delay, s.strong = length[0], True
            return k
        if (i == 0 or self.alone or w[i - 1] == "for") and not s.filled and w[k] != "to":
            s.delay = length[0]
            return k
        return 0

    def days(self, i: int, s: Slots) -> int:
        if s.narrow or s.repeats and s.day:
            return 0
        return day(self.t, i, s, self.month_first, self.alone)

    def clocks(self, i: int, s: Slots) -> int:
        led = self.t.words[i - 1] in AT if i else False
        if not led and self.t.kinds[i] in ("num", "word"):
            joined = self.t.words[i - 1] in ("and", ",", "&", "for", "-", "to") or i == 0
            led = bool(s.clocks and joined) or bool((s.day or s.parts or s.unit or s.plural) and not s.clocks)
            led = (
                led
                or self.alone
                and i == 0
                and self.t.words[i + 1] in ("tomorrow", "tonight", "today", "in", "this", "on", ",")
            )
        led = led or self._promised(i)
        if s.clocks and self.t.words[i - 1] not in ("and", ",", "&", "at", "or") and not s.parts and not s.day:
            return 0
        return clock(self.t, i, s, led=led)

    def _promised(self, i: int) -> bool:
        """A bare number that a command or the words behind it make a clock: "alarm for 9", "7 tonight", "5 in the morning"."""
        w, t = self.t.words, self.t
        if w[i - 1] == "for" and i > 1 and w[i - 2] in _THINGS:
            return t.kinds[i] != "num" or len(w[i]) != 4 or int(w[i]) < 1900
        j = i + 1
        if t.kinds[i] == "word":
            found = cardinal(t, i)
            j = found[1] if found else j
        if w[j] in ("am", "pm"):
            return True
        if t.kinds[i] == "num" and t.kinds[j] == "num" and w[j + 1] in ("am", "pm", "a", "p"):
            return True
        if w[j] in ("tomorrow", "tonight", "today") and w[i - 1] in ("for", "at", "by", "", "to", "of", "up", "me"):
            return True
        return w[j] == "in" and w[j + 1] == "the" and w[j + 2] in ("morning", "afternoon", "evening", "night")

    def parts(self, i: int, s: Slots) -> int:
        return part(self.t, i, s, alone=self.alone)

    def zones(self, i: int, s: Slots) -> int:
        if s.zone is not None:
            return 0
        found = zone_phrase(self.t, i, after_clock=bool(s.clocks or s.exact))
        if not found:
            return 0
        s.zone = found[0]
        return found[1]

    def now(self, i: int, s: Slots) -> int:
        """ "now", "right now", "as soon as possible": the moment itself."""
        w = self.t.words
        for words in (
            ["now"],
            ["right", "now"],
            ["just", "now"],
            ["asap"],
            ["as", "soon", "as", "possible"],
            ["present", "time"],
            ["immediately"],
            ["atm"],
        ):
            if w[i : i + len(words)] == words and (self.alone or s.filled or w[i - 1] in ("", ",")):
                if s.delay is None and not s.filled:
                    s.delay = Duration()
                return i + len(words)
        return 0

    def by(self, i: int, s: Slots) -> int:
        """ "by friday": the time is a deadline, and 9:00 that day an assumption that is named."""
        before = self.t.words[i] == "before"
        if not (self.t.words[i] == "by" or before) or s.filled:
            return 0
        inside, end = self.group(i + 1, inner=True)
        if end > i + 1 and inside.filled and not (before and (inside.delay or inside.exact)):
            for name in Slots.__dataclass_fields__:
                setattr(s, name, getattr(inside, name))
            s.deadline, s.before = True, before
            return end
        return 0


# The order matters: an instant before its parts, bounds before the days and clocks inside them, delays before
# bare numbers, repetitions before the days they repeat, days ("5 june") before clocks ("5").
_Step = Callable[[Walk, int, Slots], int]
_ALL: tuple[_Step, ...] = (
    Walk.iso,
    Walk.by,
    Walk.bounds,
    Walk.repetition,
    Walk.delays,
    Walk.days,
    Walk.clocks,
    Walk.parts,
    Walk.zones,
    Walk.now,
)
_INNER: tuple[_Step, ...] = (Walk.iso, Walk.delays, Walk.days, Walk.clocks, Walk.parts, Walk.zones)
