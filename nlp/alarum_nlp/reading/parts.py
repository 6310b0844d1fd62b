"""Parts of the day: "morning", "in the evening", "late afternoon", "tonight", meals where they are times."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import PARTS, WEAK_PARTS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import Day, Slots
from alarum_nlp.rule.model import SUBDAILY

_MEALS = frozenset({"lunch", "breakfast", "dinner", "brunch"})


def _at_meal(t: Tokens, i: int, s: Slots) -> bool:
    """Whether a meal is a time: "at lunch", "tomorrow lunch"; not "at 12:00, lunch with Bo"."""
    w = t.words
    if t.count == 1 or w[i - 1] in ("at", "by", "before", "after", "this", "around", "every", "until", "till"):
        return True
    return bool(s.day and not s.clocks) and w[i - 1] != "," and w[i + 1] in ("", ".", ",", "time", "at")


def part(t: Tokens, i: int, s: Slots, *, alone: bool) -> int:
    """Read a part of the day into `s`: "morning", "in the evening", "late afternoon", "tonight"."""
    w, j = t.words, i
    if w[j] in ("early", "late", "later", "mid"):
        j += 1
        while w[j] in ("in", "the", "on", "-", "this") or (w[j] == "at" and w[j + 1] == "night"):
            j += 1
    name = PARTS.get(w[j])
    if name is None or (j > i and w[j] in WEAK_PARTS and not w[j].startswith("night")):
        return 0
    if w[j] in WEAK_PARTS and PARTS[w[j]] != "night" and s.clocks:
        return 0  # "at noon for lunch"
    if w[j] in _MEALS and j == i and not _at_meal(t, i, s):
        return 0
    if w[j] in WEAK_PARTS and not (
        alone
        and (t.count == 1 or w[i - 1] != "")
        or s.day
        or s.weekdays
        or s.clocks
        or s.unit
        or w[i - 1] in ("at", "the", "in", "every", "this", "last", "by")
    ):
        return 0
    early_late = {"early": -1, "late": 1, "later": 1}.get(w[i], 0) if j > i else 0
    if w[i] == "mid" and j > i:
        name = {"morning": "midmorning", "afternoon": "midafternoon"}.get(name, name)
    if w[i - 1] == "this" and s.day is None and (not s.repeats or s.unit in SUBDAILY):
        s.day = Day("relative", n=0)
    s.parts.append(name if not early_late else f"{w[i].replace('later', 'late')} {name}")
    s.strong = s.strong or w[j] not in WEAK_PARTS
    if w[j] in ("mornings", "afternoons", "evenings", "nights"):
        s.plural = True
    return j + 1
