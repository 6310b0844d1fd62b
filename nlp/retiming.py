"""A new time of day for a rule that keeps its day or its rhythm: "move the dentist to four"."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from nlp.instants import exact, local
from nlp.moments import Moment
from nlp.phrase import Walk
from nlp.reading import Conventions, Reading
from nlp.rule import Once, Repeat, Rule
from nlp.scan import Tokens
from nlp.slots import Impossible, Slots

_LEAD = re.compile(r"^(?:(?:to|at|for|around|about)\s+)+", re.IGNORECASE)
_DEFAULTS = Conventions()


def retimed(rule: Rule, words: str, now: datetime, conventions: Conventions = _DEFAULTS) -> Reading | None:
    """The rule at the time of day that words name, on its own day or in its own rhythm, said at `now` (aware).

    None where the words say more than a time of day, or the rule has none to change; then they are read as they are.
    """
    slots = _time_alone(_LEAD.sub("", words.strip()), conventions)
    if slots is None or not isinstance(rule, (Once, Repeat)):
        return None
    moment = Moment(local(now, rule.zone), rule.zone, conventions)
    try:
        times = moment.times(slots, False)
    except Impossible:
        return None
    if not times or any(days for _, days in times):
        return None
    if isinstance(rule, Repeat):
        if rule.unit in ("second", "minute", "hour") or rule.windows or not rule.times:
            return None
        changed = replace(rule, times=tuple(sorted({at for at, _ in times})))
        return Reading(changed, "", assumed=(*dict.fromkeys(moment.assumed), "kept the days of the repetition"))
    day = (local(rule.at, rule.zone) if rule.at.tzinfo else rule.at).date()
    at = datetime.combine(day, times[0][0])
    if len(times) > 1 or exact(at, rule.zone) <= now:
        return None
    return Reading(Once(at, rule.zone), "", assumed=(*dict.fromkeys(moment.assumed), f"kept the day, {day}"))


def _time_alone(words: str, conventions: Conventions) -> Slots | None:
    """The slots of words that name a time of day and nothing else."""
    for text in (words, f"at {words}"):
        tokens = Tokens(text)
        walk = Walk(tokens, conventions.month_first)
        walk.alone = True
        slots, end = walk.group(0)
        if end == tokens.count and (slots.clocks or slots.parts):
            alone = Slots(clocks=slots.clocks, parts=slots.parts, strong=slots.strong, notes=slots.notes)
            return slots if slots == alone else None
    return None
