"""Two repetitions in one phrase: the one that narrows the other."""

from __future__ import annotations

from alarum_nlp.reading.every import every
from alarum_nlp.reading.ranks import month_span
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import Slots
from alarum_nlp.rule.model import SUBDAILY, Unit


def narrowed_within(t: Tokens, i: int, s: Slots) -> int:
    """A second "every": "at 12 every day in march", "every 5 minutes every day" narrows the first."""
    probe = Slots()
    end = every(t, i, probe)
    if end and narrowed(s, probe):
        return end
    if probe.unit == "year" and _plain(probe) and s.start and s.until and s.start.months and not s.start.day:
        last = s.until.months[-1] if s.until.months else s.until.day.month if s.until.day else 0
        if last:
            s.months += month_span(s.start.months[0], last)
            s.start = s.until = None
            return end
    order: list[Unit] = ["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
    if not end or probe.unit not in order or s.unit not in order:
        return 0
    if (s.days or s.nths or s.unit == probe.unit == "day") and probe.every == 1:
        s.months += probe.months
        return end
    return 0


def narrowed(s: Slots, other: Slots) -> bool:
    """Join two repetitions: "every 5 minutes every monday", "every night, every 30 minutes", "every morning and every night"."""
    if s.unit == other.unit == "day" and s.every == other.every == 1 and other.parts:
        s.parts += other.parts
        return True
    if s.unit in SUBDAILY and (s.unit, s.every) == (other.unit, other.every) and s.windows and other.windows:
        s.windows += other.windows  # "every 5 minutes from 2 to 3, and every 5 minutes from 6 to 7"
        return True
    if _plain(other) and (
        s.unit == other.unit or other.unit == "week" and (s.plural or s.weekdays and s.unit == "week")
    ):
        s.unit, s.every = other.unit, max(other.every, s.every)
        return True
    if _plain(s) and (s.unit == other.unit or s.unit == "week" and other.plural):
        for name in Slots.__dataclass_fields__:
            if name not in ("unit", "every") and (value := getattr(other, name)):
                setattr(s, name, value)
        s.every = max(s.every, other.every)
        return True
    fine, coarse = (s, other) if s.unit in SUBDAILY else (other, s)
    if fine.unit not in SUBDAILY or coarse.unit in SUBDAILY or coarse.every > 1 or coarse.clocks or coarse.once_a:
        return False
    if coarse.parts and not (s.windows or other.windows) or coarse.day or not (coarse.unit or coarse.plural):
        return False
    s.unit, s.every, s.minutes = fine.unit, fine.every, fine.minutes
    s.from_completion = s.from_completion or other.from_completion
    for name in ("weekdays", "days", "nths", "months", "weeks", "excepts", "notes"):
        setattr(s, name, getattr(s, name) + getattr(other, name))
    s.windows, s.clocks = s.windows or other.windows, fine.clocks
    s.parts, s.plural = [], False
    s.start, s.until, s.count = s.start or other.start, s.until or other.until, s.count or other.count
    s.length, s.zone = s.length or other.length, s.zone or other.zone
    return True


def _plain(s: Slots) -> bool:
    """ "weekly", "every two weeks": a period and nothing of it."""
    details = s.weekdays or s.days or s.nths or s.months or s.day or s.timed or s.minutes or s.excepts or s.once_a
    return s.unit is not None and s.unit not in SUBDAILY and not details and not (s.start or s.until or s.count)
