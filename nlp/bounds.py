"""Where a repetition begins and ends, how long it goes on, its windows and its exceptions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.clocks import clock, part
from nlp.repeats import month_list, repeat, weekday_list
from nlp.slots import Day, Impossible, Slots
from nlp.words import Duration, cardinal, duration

if TYPE_CHECKING:
    from nlp.phrase import Walk

_STARTS = frozenset({"starting", "beginning", "commencing", "start", "from", "effective"})
_UNTILS = frozenset({"until", "till", "til", "ending", "through", "thru", "up", "before"})
_EXCEPTS = frozenset({"except", "excluding", "but", "besides", "not", "skipping", "skip", "apart", "unless"})


def bounds(walk: Walk, i: int, s: Slots) -> int:
    """ "starting ...", "until ...", "for ...", "except ...", "between ... and ...", "5 times"."""
    w = walk.t.words
    if w[i] in ("between", "from", "after", "starting") and (j := _window(walk, i, s)):
        return j
    if w[i] == "after" and s.unit in ("second", "minute", "hour") and s.start is None:
        inside, end = walk.group(i + 1, inner=True)
        if end > i + 1 and inside.clocks:
            s.start = inside
            return end
    if w[i] in _STARTS and s.start is None and (w[i] != "from" or s.repeats or _repeats_ahead(walk, i)):
        j = i + 1
        while w[j] in ("on", "at", "in", "from", "the", "of"):
            j += 1
        inside, end = walk.group(j, inner=True)
        months = month_list(walk.t, j, inside) if end == j else 0
        if end > j or months:
            s.start = inside
            if len(inside.months) > 1 and s.until is None:  # "from january to march"
                s.until = Slots(day=Day("nth", n=-1, weekday=9, month=inside.months[-1]))
            return max(end, months)
    if w[i] in _UNTILS and s.until is None and (s.repeats or _repeats_ahead(walk, i)):
        j = i + 1
        if w[i] == "up":
            if w[j] not in ("to", "until", "till"):
                return 0
            j += 1
            if (found := cardinal(walk.t, j)) and w[found[1]] in ("x", "times"):
                s.count = found[0]
                return found[1] + 1
        while w[j] in ("on", "at", "in", "the", "by"):
            j += 1
        inside, end = walk.group(j, inner=True)
        months = month_list(walk.t, j, inside) if end == j else 0
        if end > j or months:
            s.until, s.before_until = inside, w[i] == "before"
            return max(end, months)
    if w[i] == "to" and s.start is not None and s.until is None:
        inside, end = walk.group(i + 1, inner=True)
        end = max(end, month_list(walk.t, i + 1, inside) if end == i + 1 else 0)
        if end > i + 1:
            s.until = inside
            return end
    if w[i] in ("for", "over") and s.repeats and (j := _length(walk, i, s)):
        return j
    if w[i] in ("once", "twice", "thrice") and s.repeats and not s.count and w[i + 1] not in ("a", "per", "every"):
        s.count = {"once": 1, "twice": 2, "thrice": 3}[w[i]]
        return i + 1
    if (
        s.repeats
        and (found := cardinal(walk.t, i))
        and w[found[1]] in ("times", "occurrences", "x")
        and w[found[1] + 1] not in ("a", "per")
    ):
        if found[0] == 0:
            raise Impossible("0 times never rings; say how often, for example '5 times'")
        s.count = found[0]
        return found[1] + 1
    if w[i] in _EXCEPTS and s.repeats:
        return _excepts(walk, i, s)
    return 0


def _repeats_ahead(walk: Walk, i: int) -> bool:
    return any(word in ("every", "each", "daily", "weekly", "monthly", "hourly") for word in walk.t.words[i : i + 12])


def _length(walk: Walk, i: int, s: Slots) -> int:
    w, j = walk.t.words, i + 1
    while w[j] in ("the", "next", "a", "total", "of") and not (w[j] == "a" and w[j + 1] not in ("total",)):
        j += 1
    if (found := cardinal(walk.t, j)) and w[found[1]] in ("times", "occurrences", "x", "repetitions", "instances"):
        s.count = found[0]
        return found[1] + 1
    if w[j] == "hour" and w[j + 1 : j + 4] == ["and", "a", "half"]:
        s.length = Duration(seconds=5400)
        return j + 4
    length = duration(walk.t, j)
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


def _window(walk: Walk, i: int, s: Slots) -> int:
    """ "between 9 and 17", "from 01:30 until 03:00", "after 2pm and before 7pm" of a repetition under a day."""
    if s.unit not in ("second", "minute", "hour") and not (
        s.unit is None and walk.t.words[i] != "starting" and _repeats_ahead(walk, i)
    ):
        return 0
    t, w = walk.t, walk.t.words
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


def _excepts(walk: Walk, i: int, s: Slots) -> int:
    w, end = walk.t.words, 0
    j = i + 1
    while True:
        while w[j] in ("for", "on", "in", "the", "from", "when", "at", "during", "if", "it's", "it", "is", "every"):
            j += 1
        inside = Slots()
        probe, k = walk.group(j, inner=True, listed=True)
        if repeat(walk.t, j, inside):
            k2 = weekday_list(walk.t, j, Slots()) or repeat(walk.t, j, Slots())
            if k2 >= k:
                probe, k = inside, k2
        if k == j:
            k = month_list(walk.t, j, inside)
            probe = inside
        if not k or k == j:
            return end
        s.excepts.append(probe)
        end = k
        if w[k] in ("and", ",", "or"):
            j = k + 2 if w[k + 1] == "and" else k + 1
            continue
        return end
