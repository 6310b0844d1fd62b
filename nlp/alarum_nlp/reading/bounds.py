"""Where a repetition begins and ends, how long it goes on and how often: "starting", "until", "for", "5 times"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.counts import COUNTS, count, length
from alarum_nlp.reading.day_slot import year_behind
from alarum_nlp.reading.leads import lead, leads
from alarum_nlp.reading.lexicon import MONTHS, WEEKDAYS
from alarum_nlp.reading.ranks import month_list
from alarum_nlp.reading.words import cardinal, duration_at, ordinal
from alarum_nlp.resolve.slots import Day, Duration, Slots

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk


_STARTS = leads(
    "starting", "beginning", "commencing", "start", "begin", "effective", "as of", "as from", "from", "not before",
    "but not before", "first time", "first one", "the first time", "with effect from", "after", "begins", "starts",
    "starting from", "beginning with", "starting with", "beginning on", "starting on",
)  # fmt: skip


_UNTILS = leads(
    "until", "till", "til", "ending", "ends", "through", "thru", "up to and including", "up to", "up until", "up till",
    "before", "no later than", "not after", "but not after", "stop after", "stopping after", "stop on", "stop at",
    "stop by", "stopping on", "finishing", "ending after", "until after", "until and including", "all through", "the last time on", "last time on", "the last one on", "last one on",
)  # fmt: skip


_INCLUSIVE = frozenset({"through", "thru", "including", "all"})


# Every word that may open a bound.
OPENERS = frozenset(_STARTS) | frozenset(_UNTILS) | frozenset(COUNTS)


def bounds(walk: Walk, i: int, s: Slots) -> int:
    """One bound of a repetition that was said or that comes later in the text."""
    if not (s.repeats or walk.repeats_ahead(0)):
        return 0
    return (
        _year(walk, i, s)
        or count(walk, i, s)
        or _start(walk, i, s)
        or _until(walk, i, s)
        or _between(walk, i, s)
        or length(walk, i, s)
    )


def _year(walk: Walk, i: int, s: Slots) -> int:
    """ "every friday in 2027"."""
    w = walk.t.words
    if w[i] != "in" or walk.t.kinds[i + 1] != "num" or len(w[i + 1]) != 4 or s.start or s.until:
        return 0
    s.start = s.until = Slots(day=Day("month", month=1, year=int(w[i + 1]), unit="year"))
    s.until_included = s.strong = True
    return i + 2


def edge(walk: Walk, j: int, *, listed: bool = False) -> tuple[Slots, int]:
    """The day, time or month that a bound names, and where it ends (`j` when there is none)."""
    w = walk.t.words
    while w[j] in ("on", "at", "in", "from", "the", "of", "by") and w[j + 1] not in ("morning", "evening", "afternoon"):
        if w[j] == "in" and duration_at(walk.t, j + 1):
            break
        j += 1
    if w[j] in MONTHS and not (ordinal(walk.t, j + 1) or cardinal(walk.t, j + 1) and len(w[j + 1]) < 3):
        year, end = year_behind(walk.t, j + 1)
        if year:
            return Slots(day=Day("month", month=MONTHS[w[j]], year=year)), end
        inside = Slots()
        end = month_list(walk.t, j, inside) if not listed else j + 1
        inside.months = inside.months or [MONTHS[w[j]]]
        if w[end] in ("the", ",") and ordinal(walk.t, end + 1) and w[end - 1] in MONTHS:
            return walk.group(j, inner=True)  # "march the 3rd"
        return inside, end
    figures = walk.t.kinds[j] == "num" and len(w[j]) == 4 and w[j].isdigit() and 1999 < int(w[j]) < 2200
    if figures and w[j - 1] != "at" and w[j + 1] not in ("-", "/", "."):
        return Slots(day=Day("month", month=1, year=int(w[j]), unit="year")), j + 1
    inside, end = walk.group(j, inner=True, listed=listed)
    return (inside, end) if end > j else (inside, 0)


def _start(walk: Walk, i: int, s: Slots) -> int:
    w = walk.t.words
    j = lead(w, i, _STARTS)
    if j == i or s.start is not None or w[i] == "from" and _list_of_days(walk, j):
        return 0
    low, month = cardinal(walk.t, j), 0
    if w[i] == "from" and low and w[low[1]] in ("to", "until", "-") and (high := cardinal(walk.t, low[1] + 1)):
        month = MONTHS.get(w[high[1]], 0)
        if month and s.until is None:  # "from 1 to 5 december"
            s.start, s.until = (Slots(day=Day("date", day=n, month=month)) for n in (low[0], high[0]))
            s.until_included = s.strong = True
            return high[1] + 1
    inside, end = edge(walk, j)
    if not end or (w[i] == "after" and not inside.day and not inside.clocks):
        return 0
    if w[i] == "after" and inside.day and not inside.timed and inside.day.kind in ("date", "holiday", "monthday"):
        inside = Slots(delay=Duration(days=1), base=inside)
    s.start, s.strong = inside, True
    if len(inside.months) > 1 and s.until is None:  # "from january to march"
        s.until = Slots(day=Day("month", month=inside.months[-1]))
        s.until_included = True
    k = end
    if w[k] == "to" or w[k] == "-":
        last, end = edge(walk, k + 1)
        if end and s.until is None:
            s.until, s.until_included = last, True
            return end
        end = k
    return end + 1 if w[end] in ("on", "onward", "onwards", "forward") and not _day_behind(walk, end + 1) else end


def _list_of_days(walk: Walk, j: int) -> bool:
    """ "from tuesday to thursday every week", "from the 1st to the 5th of every month": days, no bounds."""
    w = walk.t.words
    if w[j] in WEEKDAYS and w[j + 1] in ("to", "through", "thru", "-", "until", "till") and w[j + 2] in WEEKDAYS:
        return w[j + 3] not in ("this", "next")
    first = ordinal(walk.t, j + 1 if w[j] == "the" else j)
    if not first or w[first[1]] not in ("to", "through", "thru", "-", "until"):
        return False
    last = ordinal(walk.t, first[1] + 2 if w[first[1] + 1] == "the" else first[1] + 1)
    return bool(last) and w[last[1]] == "of" and w[last[1] + 1] in ("every", "each", "the") if last else False


def _day_behind(walk: Walk, j: int) -> bool:
    """Whether "on" leads to a day of its own: "from may on the 1st"."""
    return (
        walk.t.words[j] in WEEKDAYS
        or walk.t.words[j] in ("the", "weekdays", "weekends")
        or walk.t.kinds[j] in ("ord", "num")
    )


def _until(walk: Walk, i: int, s: Slots) -> int:
    w = walk.t.words
    j = lead(w, i, _UNTILS)
    if j == i or s.until is not None:
        return 0
    inside, end = edge(walk, j)
    if not end or not (inside.day or inside.months or inside.timed or inside.delay):
        return 0
    if w[i] == "all" and inside.months and not inside.day and s.start is None:  # "all through january"
        s.start = Slots(months=inside.months[:1])
    s.until, s.before_until, s.strong = inside, w[i] == "before", True
    s.until_included = any(word in _INCLUSIVE for word in w[i:j])
    if w[end : end + 2] == ["at", "the"] and w[end + 2] == "latest":
        end += 3
    return end


def _between(walk: Walk, i: int, s: Slots) -> int:
    """ "between december 10 and december 13": days; times of day are windows."""
    w = walk.t.words
    if w[i] != "between" or s.start is not None or s.until is not None:
        return 0
    first, j = edge(walk, i + 1, listed=True)
    if not j or w[j] not in ("and", "to", "-") or not (first.day or first.months) or first.more_days:
        return 0
    last, end = edge(walk, j + 1)
    if not end:
        return 0
    if last.day is None and not last.months and first.day and (n := cardinal(walk.t, j + 1)):
        last, end = Slots(day=Day("date", day=n[0], month=first.day.month)), n[1]
    s.start, s.until, s.until_included, s.strong = first, last, True, True
    return end
