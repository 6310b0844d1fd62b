"""What a repetition excludes: "except weekends", "but not in august", "other than the third one of each month"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.bounds import edge
from alarum_nlp.reading.clocks import clock
from alarum_nlp.reading.leads import lead, leads
from alarum_nlp.reading.lexicon import DAY_GROUPS, MONTHS
from alarum_nlp.reading.ranks import month_list
from alarum_nlp.reading.repeats import repeat
from alarum_nlp.reading.weekdays import weekday_list
from alarum_nlp.reading.windows import clock_range
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.resolve.slots import Day, Slots
from alarum_nlp.rule.model import Nth

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk

_EXCEPTS = leads(
    "except", "excepting", "excluding", "other than", "apart from", "aside from", "besides", "but not", "and not",
    "but never", "but", "not", "never", "skipping", "skip", "but skip", "leaving out", "with the exception of", "unless",
    "without", "minus", "save for", "save", "bar", "with no", "and never", "omitting", "leave out", "ignoring", "and skip",
)  # fmt: skip
_SMALL = frozenset(
    {
        "for",
        "on",
        "in",
        "the",
        "from",
        "when",
        "at",
        "during",
        "if",
        "it's",
        "it",
        "is",
        "every",
        "any",
        "all",
        "falls",
        "fall",
        "lands",
        "that's",
        "a",
    }
)


OPENERS = frozenset(_EXCEPTS)


def excepts(walk: Walk, i: int, s: Slots) -> int:
    """A list of exceptions behind the word that opens it; 0 when nothing there is a time."""
    w = walk.t.words
    j = lead(w, i, _EXCEPTS)
    if j == i or not (s.repeats or w[i] in ("except", "excluding") and walk.repeats_ahead(j)):
        return 0
    end = 0
    while True:
        found, k = _one(walk, j, s)
        if found is None:
            return end
        if found.day and not found.timed and w[k] in ("to", "through", "thru", "-", "until", "till"):
            last, end = edge(walk, k + 1)
            if end:
                found, k = Slots(start=found, until=last), end
        s.excepts.append(found)
        s.strong = True
        end = j = k
        while w[j] in (",", "and", "or", "&", "nor"):
            j += 1
        if j == k or w[j] == "at" and w[j - 1] == ",":
            return end


def _one(walk: Walk, j: int, s: Slots) -> tuple[Slots | None, int]:
    t, w = walk.t, walk.t.words
    opened = j
    while w[j] in _SMALL:
        j += 1
    ranged = w[j] == "between" or w[j - 1] == "from" and j > opened
    if ranged and (found := _range(walk, j - (w[j] != "between"))):
        return found
    rank = ordinal(t, j)
    if rank and w[rank[1]] == "one":
        k = rank[1] + 1
        while w[k] in ("of", "in", "each", "every", "the", "a") or w[k] == "month":
            k += 1
        return Slots(nths=[Nth(rank[0], d) for d in s.weekdays]), k
    last = s.excepts[-1].day if s.excepts else None
    number = cardinal(t, j) or ordinal(t, j)
    if last and last.kind == "date" and number and number[0] < 32 and w[number[1]] not in MONTHS:
        return Slots(day=Day("date", day=number[0], month=last.month, year=last.year)), number[1]
    number = cardinal(t, j + 1) if w[j] in MONTHS else None
    if number and w[number[1]] in ("to", "-", "through") and (to := cardinal(t, number[1] + 1)) and to[0] < 32:
        ends = [Slots(day=Day("date", day=n, month=MONTHS[w[j]])) for n in (number[0], to[0])]
        return Slots(start=ends[0], until=ends[1]), to[1]
    probe, k = walk.group(j, inner=True, listed=True)
    inside = Slots()
    if w[j] in DAY_GROUPS and (end := weekday_list(t, j, inside)):
        return inside, end
    if repeat(t, j, inside):
        listed = weekday_list(t, j, Slots()) or repeat(t, j, Slots())
        if listed >= k:
            probe, k = inside, listed
    if k == j:
        probe = Slots()
        k = month_list(t, j, probe)
    if not k and (k := clock(t, j, probe, led=True)):
        return probe, k
    return (probe, k) if k and k > j else (None, 0)


def _range(walk: Walk, j: int) -> tuple[Slots, int] | None:
    """ "between 10pm and 7am", "from december 20 to january 6"."""
    w = walk.t.words
    clocks = clock_range(walk, j)
    if clocks:
        first, last, excluded, end = clocks
        return Slots(windows=[(first, last, excluded)]), end
    first_day, k = edge(walk, j + 1)
    if not k or w[k] not in ("to", "and", "until", "till", "through", "-"):
        return None
    last_day, end = edge(walk, k + 1)
    return (Slots(start=first_day, until=last_day), end) if end else None
