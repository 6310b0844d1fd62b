"""Times that are said outright: ISO 8601 instants, "now", and deadlines ("by friday", "after christmas")."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alarum_nlp.reading.leads import lead, leads
from alarum_nlp.resolve.slots import Duration, Impossible, Slots

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk

_DEADLINES = leads(
    "after",
    "by",
    "before",
    "no later than",
    "not later than",
    "by no later than",
    "at the latest by",
    "at the latest on",
)


def iso(walk: Walk, i: int, s: Slots) -> int:
    if walk.t.kinds[i] != "iso" or s.exact:
        return 0
    text = walk.t.original(i, i + 1).upper().replace("Z", "+00:00")
    text = text.replace(" +", "+").replace(" -", "-")
    over = text[11:16] == "24:00"  # the end of that day (ISO 8601)
    text = f"{text[:11]}00{text[13:]}" if over else text
    try:
        s.exact = datetime.fromisoformat(text) + timedelta(days=over)
    except ValueError as why:
        raise Impossible(
            f"'{walk.t.original(i, i + 1)}' is not a time: {why}; for example '2027-03-01T09:00'"
        ) from None
    s.strong = True
    return i + 1


def now(walk: Walk, i: int, s: Slots) -> int:
    """ "now", "right now", "as soon as possible": the moment itself."""
    w = walk.t.words
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
        if w[i : i + len(words)] == words and (walk.alone or s.filled or w[i - 1] in ("", ",")):
            if s.delay is None and not s.filled:
                s.delay = Duration()
            return i + len(words)
    return 0


def by(walk: Walk, i: int, s: Slots) -> int:
    """ "by friday": the time is a deadline, and 9:00 that day an assumption that is named."""
    before = walk.t.words[i] == "before"
    j = lead(walk.t.words, i, _DEADLINES)
    if j == i or s.filled:
        return 0
    inside, end = walk.group(j, inner=True)
    if walk.t.words[i] == "after":
        return _after(walk, i, end, inside, s) if end > j else 0
    if end > j and inside.filled and not (before and (inside.delay or inside.exact)):
        s.take(inside)
        s.deadline, s.before = True, before
        latest = walk.t.words[end : end + 3] == ["at", "the", "latest"]
        return end + 3 if latest else end
    return 0


def _after(walk: Walk, i: int, end: int, inside: Slots, s: Slots) -> int:
    """ "after 5 pm" is 5 pm, "after christmas" the day after; the answer says so."""
    if inside.delay or inside.exact or not (inside.day or inside.clocks) or walk.repeats_ahead(0):
        return 0
    if inside.timed:
        s.take(inside)
        s.notes.append(f"read '{walk.t.original(i, end)}' as that time")
    else:
        s.delay, s.base, s.strong, s.zone = Duration(days=1), inside, True, inside.zone
        s.notes.append(f"read '{walk.t.original(i, end)}' as the day after it")
    return end
