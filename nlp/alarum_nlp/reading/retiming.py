"""Changing the time of a rule in part: the time of day ("move the dentist to four"), the day ("to friday"), the zone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, time

from alarum_nlp.reading.phrase import Walk
from alarum_nlp.reading.read import read
from alarum_nlp.reading.scan import Tokens, TooLong
from alarum_nlp.resolve.moment import Moment
from alarum_nlp.resolve.slots import Impossible, Slots
from alarum_nlp.rule.model import LISTED, SUBDAILY, Cron, Once, Repeat, Rule, Several
from alarum_nlp.rule.reading import Conventions, Reading
from alarum_nlp.rule.wall_clock import exact, local

_LEAD = re.compile(r"^(?:(?:to|at|for|around|about)\s+)+", re.IGNORECASE)
_DEFAULTS = Conventions()


def retimed(rule: Rule, words: str, now: datetime, conventions: Conventions = _DEFAULTS) -> Reading | None:
    """The rule at the time of day that words name, on its own day or in its own rhythm, said at `now` (aware).

    None where the words say more than a time of day, or the rule has none to change; then they are read as they are.
    """
    try:
        slots = _time_alone(_LEAD.sub("", words.strip()), conventions)
    except (TooLong, Impossible):
        return None
    if slots is None or not isinstance(rule, (Once, Repeat, Several)):
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
    moments = (rule.at,) if isinstance(rule, Once) else rule.moments
    days = sorted({(local(at, rule.zone) if at.tzinfo else at).date() for at in moments})
    ats = [at for day in days if exact(at := datetime.combine(day, times[0][0]), rule.zone) > now]
    if len(times) > 1 or not ats:
        return None
    kept = f"kept the day{'s' if len(ats) > 1 else ''}, {' and '.join(str(at.date()) for at in ats)}"
    changed_to = Once(ats[0], rule.zone) if len(ats) == 1 else Several(tuple(ats), rule.zone)
    return Reading(changed_to, "", assumed=(*dict.fromkeys(moment.assumed), kept))


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


def redated(rule: Rule, found: Reading, words: str, now: datetime, zone: str) -> Reading | None:
    """The time of day of `rule` on the day, or in the rhythm, of `found`: what `words` mean, said at `now` (aware) in an IANA zone.

    None where the words name a time of day, or where the rule has none of its own.
    """
    times = _times_of_day(rule)
    kept = read(words, now, zone, replace(_DEFAULTS, default_time=times[0].isoformat())) if times else found
    if not isinstance(kept, Reading) or kept.rule == found.rule or any(a.startswith(_NEXT_HOUR) for a in kept.assumed):
        return None
    said = (
        f"kept the time of day, {' and '.join(map(_hour, times))}",
        *(a for a in kept.assumed if not a.startswith(_NO_TIME)),
    )
    if isinstance(kept.rule, Repeat):
        return replace(kept, rule=replace(kept.rule, times=times), assumed=said)
    moments = (
        (kept.rule.at,) if isinstance(kept.rule, Once) else kept.rule.moments if isinstance(kept.rule, Several) else ()
    )
    all_of_them = sorted({at.combine(at.date(), one) for at in moments for one in times})
    if not all_of_them:
        return kept
    return replace(
        kept,
        rule=Once(all_of_them[0], zone) if len(all_of_them) == 1 else Several(tuple(all_of_them), zone),
        assumed=said,
    )


_NO_TIME = "no time was said"
_NEXT_HOUR = "no time was said: the next full hour"


def _hour(at: time) -> str:
    return f"{at:%H:%M:%S}" if at.second else f"{at:%H:%M}"


def _times_of_day(rule: Rule) -> tuple[time, ...]:
    """The times of day at which a rule rings, where they are the same on each of its days."""
    if isinstance(rule, Cron):
        minutes, hours = (field.split(",") for field in rule.expression.split()[:2])
        plain = all(part.isdecimal() for part in (*minutes, *hours)) and len(minutes) * len(hours) <= LISTED
        return tuple(sorted(time(int(hour), int(minute)) for hour in hours for minute in minutes)) if plain else ()
    if isinstance(rule, Repeat):
        return () if rule.unit in SUBDAILY or rule.windows else rule.times
    moments = (rule.at,) if isinstance(rule, Once) else rule.moments if isinstance(rule, Several) else ()
    found = {(local(at, rule.zone) if at.tzinfo else at).time().replace(microsecond=0) for at in moments}
    return tuple(found) if len(found) == 1 else ()


_SHIFT = re.compile(r"\b(?:later|earlier|sooner)\b", re.IGNORECASE)


def is_shift(words: str) -> bool:
    """Whether words move a time by an amount from where it is: "an hour later", "one day earlier"."""
    return bool(_SHIFT.search(words))


_COMPLETION = re.compile(
    r"\b(?:after|once|from|since|when|upon|on)\b[^.]{0,30}\b(?:done|completion|completed?|finish(?:ed|ing)?)\b",
    re.IGNORECASE,
)


def is_from_completion(words: str, *, alone: bool = False) -> bool:
    """Whether words count from when something is done, as "3 days after it is done" does; `alone`: whether they begin so."""
    return bool(_COMPLETION.match(words) if alone else _COMPLETION.search(words))


def rezoned(rule: Rule, zone: str) -> Rule:
    """The rule at the same wall-clock times of another IANA zone. Raises ValueError for one that no zone can move."""
    moments = (rule.at,) if isinstance(rule, Once) else rule.moments if isinstance(rule, Several) else ()
    if any(at.tzinfo for at in moments):
        raise ValueError("it is an exact moment, the same in every zone; say its new time with `when`")
    if isinstance(rule, Repeat) and rule.unit in SUBDAILY and not rule.windows:
        raise ValueError("it counts elapsed time, which is the same in every zone; say its new time with `when`")
    return replace(rule, zone=zone)
