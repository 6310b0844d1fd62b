"""Date ranges that turn a time into a daily repetition: "all week", "for the next 10 days", "the rest of the month"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.delays import THINGS
from alarum_nlp.reading.words import duration_at
from alarum_nlp.resolve.slots import Day, Slots

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk

_WHOLE = ("whole", "entire", "full")
_PERIODS = ("week", "month", "year")
_ENDLESS = (
    ("until", "i"), ("till", "i"), ("until", "further", "notice"), ("till", "further", "notice"), ("until", "cancelled"),
    ("until", "canceled"), ("until", "stopped"), ("indefinitely",), ("forever",), ("until", "told"), ("until", "you"),
    ("without", "end"), ("with", "no", "end"), ("no", "end"), ("ad", "infinitum"),
)  # fmt: skip


def spell(walk: Walk, i: int, s: Slots) -> int:
    """A stretch beside a time of day makes it daily; beside a repetition it is its end."""
    w = walk.t.words
    if s.repeats and (j := _endless(walk, i, s)):
        return j
    if s.delay or s.exact or s.until or s.length or s.count:
        return 0
    j, led = i, False
    while w[j] in ("for", "over", "during", "the", "through", "throughout") and j < i + 3:
        led = led or w[j] != "the"
        j += 1
    led = led or w[i - 1] in ("for", "over", "during")
    if (end := _rest(w, j)) or (end := _all(w, j, led)):
        period = w[end - 1]
        s.until = Slots(
            day=Day("weekday", weekday=6, which="this week") if period == "week" else Day("edge", unit=period, n=-1)
        )
        return _daily(s, end)
    return _days(walk, j, s, led)


def _rest(w: list[str], j: int) -> int:
    """ "rest of the week", "remainder of the month"."""
    if w[j] not in ("rest", "remainder") or w[j + 1] != "of":
        return 0
    k = j + 3 if w[j + 2] in ("the", "this") else j + 2
    return k + 1 if w[k] in _PERIODS else 0


def _all(w: list[str], j: int, led: bool) -> int:
    """ "all week", "all this week", "the whole month"."""
    k = j + 1
    if w[j] == "all":
        k += w[k] in ("this", "the")
    elif w[j] not in _WHOLE:
        return 0
    return k + 1 if w[k] in _PERIODS and (w[k + 1] not in ("of", "long") or led) else 0


def _days(walk: Walk, j: int, s: Slots, led: bool) -> int:
    """ "the next 10 days", "for 3 weeks" beside a time of day, or led by "for"."""
    w = walk.t.words
    if s.repeats:
        return 0
    k, following = j, False
    while w[k] in ("next", "following", "coming"):
        k, following = k + 1, True
    if not (s.clocks or s.parts or led and following):
        return 0
    length = duration_at(walk.t, k)
    if (
        length is None
        or length[0].seconds
        or not length[0].days + length[0].months
        or not (led or following)
        or w[length[1]] in ("from", "before", "after")
    ):
        return 0
    if following and not led and not s.timed and w[length[1]] not in ("at", "for"):
        return 0
    s.length = length[0]
    return _daily(s, length[1])


def _daily(s: Slots, end: int) -> int:
    """A weekday that was named makes it weekly, any other day is the first one."""
    s.strong = True
    if s.repeats:
        return end
    s.every = 1
    if s.day is not None and s.day.kind == "weekday":
        s.unit, s.weekdays = "week", [s.day.weekday, *(d.weekday for d in s.more_days if d.kind == "weekday")]
        s.day, s.more_days = None, []
        return end
    s.unit = "day"
    if s.day is not None:
        s.start, s.day = Slots(day=s.day, narrow=s.narrow), None
    s.notes.append("every day")
    return end


_RESERVE = frozenset({"block", "off", "out", "reserve", "book"})
_WHEN = frozenset({"at", "on", "from", "starting", "tomorrow", "today", "tonight", "this", "next", "every", "each"})


def lasting(walk: Walk, i: int, s: Slots) -> int:
    """ "at 7 for two hours": how long it takes, which does not change when it rings."""
    w = walk.t.words
    inside = w[i - 1] == "for" and i > 1
    thing = w[i - 2] if inside else w[i - 1]
    named = w[i] == "lasting" or w[i - 1] in _RESERVE and i > 0
    if not (named or inside or w[i] == "for") or s.delay or s.lasting or walk.subdaily_ahead(0) or walk.timer:
        return 0
    length = duration_at(walk.t, i + (w[i] in ("for", "lasting")))
    if not length or not length[0].seconds or length[0].days or length[0].months:
        return 0
    behind = w[length[1]]
    if behind in ("before", "from", "after", "later", "earlier", "starting") and not named:
        return 0
    if not (named or s.timed or s.day or s.repeats or behind in _WHEN and thing not in THINGS and i > 1):
        return 0
    s.notes.append(f"'{walk.t.original(i, length[1])}' is how long it takes; it rings at the start")
    s.lasting, s.strong = True, True
    return length[1]


def _endless(walk: Walk, i: int, s: Slots) -> int:
    """ "until I turn it off": the repetition has no end of its own."""
    w = walk.t.words
    for words in _ENDLESS:
        if tuple(w[i : i + len(words)]) == words:
            s.notes.append("without an end, until it is cancelled")
            j = i + len(words)
            if words[-1] in ("i", "you", "told"):
                while j < walk.t.count and w[j] not in (".", ",", ";") and j - i < 8:
                    j += 1
            return j
    return 0
