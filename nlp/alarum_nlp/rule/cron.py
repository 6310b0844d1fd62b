"""Cron expressions: the lint that refuses what an engine would silently misread, and next times by croniter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

from alarum_nlp.rule.model import SUBDAILY, Cron, Repeat

_LIMITS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_NAMES = {
    **{n: str(i) for i, n in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))},
    **{n: str(i) for i, n in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)},
}  # fmt: skip
_PART = re.compile(r"^(\*|\d{1,2}(?:-\d{1,2})?)(?:/(\d{1,3}))?$")
_LOOKS = re.compile(r"^\s*(?:cron:?\s+)?([\d*/,\-a-z?#]+(?:\s+[\d*/,\-a-z?#]+){4,6})\s*$", re.IGNORECASE)
_LONGEST_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def looks_like_cron(text: str) -> str | None:
    """The expression, when all of `text` is one (five to seven fields, at least one starting like a field)."""
    match = _LOOKS.match(text) if len(text) < 200 else None
    if not match or not all(f[0] in "*?0123456789" or f[:3].lower() in _NAMES for f in match[1].split()):
        return None
    return match[1] if re.search(r"[*]|^\s*(?:\d+\s+){4}", match[1]) else None


def lint(expression: str) -> str:
    """The expression in canonical form. Raises ValueError naming what cron would misread, and the fix."""
    fields = expression.lower().split()
    if len(fields) != 5:
        raise ValueError(f"cron has 5 fields (minute hour day month weekday), not {len(fields)}: '{expression}'")
    plain = [_field(text, *limits) for text, limits in zip(fields, _LIMITS, strict=True)]
    if plain[2] != "*" and plain[4] != "*":
        raise ValueError(
            f"'{expression}' sets both a day of month and a weekday; engines disagree whether that means "
            "either or both: say it in words, for example 'every month on the 1st at 09:00'"
        )
    days, months = _values(plain[2]), _values(plain[3])
    if days and not any(d <= _LONGEST_MONTH[m - 1] for d in days for m in (months or range(1, 13))):
        raise ValueError(f"'{expression}' never rings: no such day in that month")
    return " ".join(plain)


def _field(text: str, name: str, low: int, high: int) -> str:
    for word, number in _NAMES.items():
        text = re.sub(rf"\b{word}\b", number, text)
    for part in text.split(","):
        match = _PART.match(part)
        if not match:
            raise ValueError(f"'{part}' is no {name} of five-field cron; use numbers, *, lists, a-b or */n")
        span, step = match[1], int(match[2]) if match[2] else None
        if span != "*":
            first, _, last = span.partition("-")
            for number in (first, last or first):
                if not low <= int(number) <= high:
                    raise ValueError(f"{name} {number} is out of range {low}-{high}")
            if last and int(last) <= int(first):
                raise ValueError(f"the range {span} does not go up; write '{first}' or a list")
            if step and not last:
                raise ValueError(f"'{part}' is read differently by different engines; write '{first}-{high}/{step}'")
        if step is not None and (
            step == 0 or (span == "*" and (high + 1 - low if high != 7 else 7) % step and name in ("minute", "hour"))
        ):
            raise ValueError(
                f"'{part}' is not every {step} {name}s in cron: it starts again at {low}; say 'every {step} {name}s'"
            )
    return text


def _values(field: str) -> set[int]:
    if field == "*" or "/" in field:
        return set()
    found: set[int] = set()
    for part in field.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def cron_times(expression: str, after: datetime) -> Iterator[datetime]:
    """Naive local times after `after` (naive), in order."""
    from croniter import CroniterBadDateError, croniter  # heavy: only where a cron expression is used

    engine = croniter(expression, after)
    try:
        while True:
            yield engine.get_next(datetime)
    except CroniterBadDateError:
        return


def to_cron(rule: Repeat | Cron) -> str:
    """The five-field expression that rings exactly when the rule does on its zone's wall clock.

    Raises ValueError where cron would say more or less than the rule: intervals of days and up, beginnings and ends,
    n-th days, exceptions, times with different minutes.
    """
    if isinstance(rule, Cron):
        return rule.expression
    lost = rule.start or rule.until or rule.count or rule.skip or rule.from_completion or rule.nths or rule.weeks
    if lost or rule.every > 1 and rule.unit not in SUBDAILY or rule.unit in ("workday", "quarter", "second"):
        raise ValueError("cron cannot say this rule without a loss")
    if rule.days and rule.weekdays or any(d < 0 for d in rule.days) or rule.unit == "year" and not rule.months:
        raise ValueError("cron cannot say the days of this rule without a loss")
    minute, hour = _clock_fields(rule)
    fields = (minute, hour, _numbers(rule.days), _numbers(rule.months), _numbers((d + 1) % 7 for d in rule.weekdays))
    return " ".join(fields)


def _numbers(values: Iterable[int]) -> str:
    return ",".join(str(v) for v in sorted(set(values))) or "*"


def _clock_fields(rule: Repeat) -> tuple[str, str]:
    if rule.times:
        minutes = {t.minute for t in rule.times}
        if len(minutes) > 1 or any(t.second or t.microsecond for t in rule.times):
            raise ValueError("cron cannot say times of day with different minutes in one expression")
        return str(minutes.pop()), _numbers(t.hour for t in rule.times)
    if rule.unit == "hour" and rule.every == 1 and rule.minutes and not rule.windows:
        return _numbers(rule.minutes), "*"
    if rule.unit == "minute" and 60 % rule.every == 0 and len(rule.windows) == 1:
        first, last = rule.windows[0].start, rule.windows[0].end
        if first.minute == 0 and last.minute == 60 - rule.every and first <= last:
            return (
                f"*/{rule.every}" if rule.every > 1 else "*",
                f"{first.hour}-{last.hour}" if first.hour < last.hour else str(first.hour),
            )
    if rule.unit == "hour" and rule.every == 1 and len(rule.windows) == 1:
        first, last = rule.windows[0].start, rule.windows[0].end
        if first.minute == last.minute == 0 and first < last:
            return "0", f"{first.hour}-{last.hour}"
    raise ValueError("cron cannot say this window or interval without a loss")
