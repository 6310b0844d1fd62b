"""How often and how long a repetition goes on: "5 times", "the next three tuesdays", "for 3 weeks"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.leads import lead, leads
from alarum_nlp.reading.lexicon import COUNTED, FREQUENCIES, PLURAL_WEEKDAYS, UNITS, WEEKDAYS
from alarum_nlp.reading.words import ONE, cardinal, duration_at
from alarum_nlp.resolve.slots import Day, Duration, Impossible, Slots
from alarum_nlp.rule.model import ALL_WEEKDAYS, SUBDAILY

COUNTS = leads(
    "for", "with a maximum of", "a maximum of", "at most", "but at most", "max", "maximum", "a total of", "for a total of",
    "limited to", "stop after", "stopping after", "up to", "for the next", "the next", "next", "for the first", "only",
    "but only", "for up to", "just", "for at most", "ending after", "until after", "for only", "for exactly", "exactly",
)  # fmt: skip

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk


def count(walk: Walk, i: int, s: Slots) -> int:
    """ "5 times", "at most 3 times", "x4", "the next three tuesdays", "three nights in a row"."""
    t, w = walk.t, walk.t.words
    if w[i] == "x" and t.glued(i + 1) and w[i + 1].isdigit():
        s.count = int(w[i + 1])
        return i + 2
    if (
        w[i] in ("once", "twice", "thrice")
        and (s.repeats or w[i - 1] in ("only", "just"))
        and not s.count
        and w[i + 1] not in ("a", "per", "every", "an")
    ):
        s.count = {"once": 1, "twice": 2, "thrice": 3}[w[i]]
        return i + 1
    j = lead(w, i, COUNTS)
    found = cardinal(t, j)
    if not found:
        return 0
    n, k = found
    if (
        w[i] in ("stop", "stopping", "ending")
        and w[j - 1] == "after"
        and w[k] in ("", ".", ",")
        and t.kinds[j] != "clock"
    ):
        s.count, s.strong = n, True
        return k
    if w[k] == "more":
        k += 1
    row = w[k + 1 : k + 4] == ["in", "a", "row"]
    if row and w[k] in UNITS and (length := duration_at(t, j - (w[j - 1] in ("a", "an")))):
        s.length = length[0]
        return k + 4
    if row and w[k] in ("nights", "mornings", "evenings"):
        s.length = Duration(days=n)
        return k + 4
    if w[k] in ("nights", "mornings", "evenings") and j > i:
        s.length = Duration(days=n)
        return k + 1
    if w[k] in PLURAL_WEEKDAYS and not s.repeats and w[j - 1] == "next" and n:
        s.weekdays, s.plural, s.count, s.strong = [WEEKDAYS[w[k]]], True, n, True
        return k + 1
    if w[k] in ("weekdays", "workdays") and not s.repeats and w[j - 1] == "next" and n:
        s.weekdays, s.plural, s.count, s.strong = list(ALL_WEEKDAYS), True, n, True
        return k + 1
    mine = w[k] in PLURAL_WEEKDAYS and s.weekdays and WEEKDAYS[w[k]] in s.weekdays and j > i
    if not (w[k] in COUNTED or mine) or (w[k + 1] in ("a", "per", "an", "every", "each") or w[k + 1] in FREQUENCIES):
        return 0
    if n == 0:
        raise Impossible("0 times never rings; say how often, for example '5 times'")
    s.count, s.strong = n, True
    return (
        k + 3
        if w[k + 1 : k + 3] in (["in", "total"], ["in", "all"])
        else k + 2
        if w[k + 1] in ("only", "total")
        else k + 1
    )


def length(walk: Walk, i: int, s: Slots) -> int:
    """ "for 3 weeks", "for the next hour", "over the next 2 days", "for the rest of the day"."""
    w, j = walk.t.words, i
    if w[j] in ("for", "over", "during"):
        j += 1
    elif w[j : j + 2] != ["the", "next"] or not s.repeats:
        return 0
    while w[j] in ("the", "next", "following", "coming", "total", "of", "just", "only", "about", "another"):
        j += 1
    if w[j : j + 2] == ["a", "total"]:
        j += 3
    if w[j : j + 2] == ["rest", "of"] and "day" in w[j + 2 : j + 4]:
        s.until = Slots(day=Day("relative", n=0))
        return w.index("day", j) + 1
    if w[j : j + 4] == ["hour", "and", "a", "half"]:
        s.length = Duration(seconds=5400)
        return j + 4
    length = duration_at(walk.t, j)
    if length is None and w[j] in ONE and w[j - 1] in ("next", "following", "coming"):
        length = ONE[w[j]], j + 1
    if not length or s.length or s.until:
        return 0
    if length[0].seconds and not length[0].days and s.unit not in SUBDAILY and not walk.subdaily_ahead(0):
        return 0  # how long an event takes
    s.length, s.strong = length[0], s.strong or s.repeats or w[j - 1] in ("next", "following")
    return length[1]
