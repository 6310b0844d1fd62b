"""Ranges of the clock: the windows of a repetition, or the time that an event takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.clocks import clock
from alarum_nlp.reading.lexicon import MONTHS, NUMBERS
from alarum_nlp.reading.parts import part
from alarum_nlp.resolve.slots import ClockTime, Slots
from alarum_nlp.rule.model import SUBDAILY

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk

_TO = frozenset({"and", "to", "until", "till", "til", "-", "–", "before", "through", "thru", "ending"})


def clock_range(walk: Walk, i: int) -> tuple[ClockTime, ClockTime, bool, int] | None:
    """ "between 9 and 17", "from 01:30 until 03:00", "2pm-5pm": both ends, whether the last is excluded, the place behind.

    Half a day that only one end names is that of both, where that keeps their order.
    """
    t, w = walk.t, walk.t.words
    led = w[i] in ("between", "from", "after", "starting", "beginning")
    k = i + 1 if led else i
    k += w[k] in ("at", "the")
    dashed = w[k + 1] in ("-", "/", ".") and t.glued(k + 1) and t.kinds[k] == "num" and t.kinds[k + 2] == "num"
    if dashed and (not led or w[k + 3] == w[k + 1]):
        return None  # a date
    first, last = Slots(), Slots()
    j = _hour(walk, k, first) or clock(t, k, first, led=True) or part(t, k, first, alone=True)
    if not j or not first.clocks:
        return None
    while w[j] == ",":
        j += 1
    if w[j] == "and" and w[j + 1] in ("before", "until", "ending"):
        j += 1
    if w[j] not in _TO or w[j] == "and" and w[i] not in ("between", "after"):
        return None
    offset = w[j] == "-" and t.glued(j + 1) and (not t.glued(j) or w[j - 1].count(":") == 2 and t.kinds[j + 1] == "num")
    if offset:
        return None  # "18:30:00 -0500", "01:00:00-8"
    excluded = w[j] == "before"
    k = j + 1
    while w[k] in ("at", "the", "up", "to"):
        k += 1
    if t.kinds[k] == "num" and w[k + 1] in ("-", "/") and t.glued(k + 1) and t.kinds[k + 2] == "num" and t.glued(k + 2):
        return None
    end = _hour(walk, k, last) or clock(t, k, last, led=True)
    if not end or not last.clocks:
        return None
    a, b = first.clocks[0], last.clocks[0]
    if w[end - 1] in ("am", "pm", "m", ".", "a", "p"):
        a = _half(a, b)
    elif b.hour > 12 and t.kinds[end - 1] in ("num", "clock"):
        a = ClockTime(a.hour, a.minute, a.second, a.micro, True, a.words)  # "from 3 to 17": the 24-hour clock
    return a, b, excluded, end


def _hour(walk: Walk, k: int, s: Slots) -> int:
    """ "5th", "10th hour" as ends of a range: hours of the day."""
    t = walk.t
    if t.kinds[k] != "ord" or "hour" not in t.words[k + 1 : k + 5] or int(t.words[k][:-2]) > 23:
        return 0
    s.clocks.append(ClockTime(int(t.words[k][:-2]), fixed=True))
    return k + 2 if t.words[k + 1] == "hour" else k + 1


def _half(a: ClockTime, b: ClockTime) -> ClockTime:
    """ "3 to 4 pm" starts at 15:00, "11 to 1 pm" at 11:00."""
    if a.fixed or not b.fixed or a.hour > 12:
        return a
    same = a.hour % 12 + (12 if b.hour >= 12 else 0)
    hour = same if (same, a.minute) < (b.hour, b.minute) else (same + 12) % 24 if b.hour < 12 else a.hour % 12
    return ClockTime(hour, a.minute, a.second, a.micro, True)


def window(walk: Walk, i: int, s: Slots) -> int:
    """A range beside "every 15 minutes" is its window; of a single event, the first end is its time."""
    w = walk.t.words
    subdaily = s.unit in SUBDAILY
    opened = w[i] in ("between", "from", "after") or subdaily and w[i] == "starting"
    figures = walk.t.kinds[i] in ("clock", "num") or w[i] in ("noon", "midnight")
    figures = figures or w[i] in NUMBERS and ("am" in w[i + 1 : i + 3] or "pm" in w[i + 1 : i + 3])
    if not opened and not figures or s.exact or s.delay or _TO.isdisjoint(w[i + 1 : i + 9]):
        return 0
    ahead = walk.subdaily_ahead(i)
    if w[i] == "after" and not (subdaily or ahead):
        return 0
    if not opened and not subdaily and walk.t.kinds[i] == "num" and not _clear(walk, i, s):
        return 0
    if s.clocks and not opened:
        return 0
    years = (
        walk.t.kinds[i + 1] == "num" and len(w[i + 1]) == 4 and w[i + 1][:2] in ("19", "20") and not (subdaily or ahead)
    )
    found = clock_range(walk, i) if not (years and opened) else None
    if found is None or w[found[3]] in MONTHS:
        return 0
    first, last, excluded, end = found
    if subdaily or ahead:
        s.windows.append((first, last, excluded))
    elif s.repeats and not _short(first, last):
        return 0
    else:
        s.clocks.append(first)
        s.notes.append(f"read '{walk.t.original(i, end)}' as its beginning")
    s.strong = True
    return end


def _short(first: ClockTime, last: ClockTime) -> bool:
    """A range of up to four hours is an event; a longer one beside "every day" could be a window."""
    minutes = (last.hour - first.hour) * 60 + last.minute - first.minute
    return 0 < minutes % 720 <= 240


def _clear(walk: Walk, i: int, s: Slots) -> bool:
    """Whether a bare number opens a range of the clock: "3-4pm", "tomorrow 9 to 10", not "2-3 apples"."""
    w = walk.t.words
    paired = all(walk.t.kinds[i + k] == "num" for k in (0, 1, 3, 4)) and w[i + 2] in ("to", "-", "until")
    if paired and len(w[i + 1]) == len(w[i + 4]) == 2:
        return True  # "10 30 to 11 15"
    return "am" in w[i : i + 6] or "pm" in w[i : i + 6] or w[i - 1] in ("at", "for") and s.day is not None
