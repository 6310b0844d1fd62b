"""A rule in plain English: complete, and read again it gives the same rule."""

from __future__ import annotations

import calendar
from datetime import datetime, time

from alarum_nlp.rule.model import (
    ALL_WEEKDAYS,
    SUBDAILY,
    WORKDAY,
    Cron,
    Except,
    Nth,
    Once,
    OnEvent,
    Repeat,
    Rule,
    Several,
    TimeWindow,
    Unscheduled,
)
from alarum_nlp.rule.wall_clock import local
from alarum_nlp.rule.zones import zone as zone_of

_NAMED = 5  # times of a list
_DAYS = [name.lower() for name in calendar.day_name]
_MONTH_NAMES = [name.lower() for name in calendar.month_name]


def say(rule: Rule, home: str | None = None) -> str:
    """Canonical words of a rule. The zone is named unless it is `home`; reading the words in that zone gives the rule.

    Of more than five listed times the first five are named, "and N more".
    """
    words = _words(rule)
    return words if rule.zone == home else f"{words} {_zone(rule.zone)}"


def _zone(name: str) -> str:
    return f"UTC{name}" if name[:1] in "+-" else name


def _words(rule: Rule) -> str:
    match rule:
        case Once():
            return _once(rule)
        case Several():
            return _some([_once(Once(at, rule.zone)) for at in rule.moments])
        case Cron():
            return f"cron {rule.expression}"
        case OnEvent():
            return f"{'once ' if rule.once else ''}on event {rule.pattern}"
        case Unscheduled():
            return "unscheduled"
        case Repeat():
            return _repeat(rule)


def _once(rule: Once) -> str:
    if rule.at.tzinfo is None:
        at = rule.at
        return f"on {_DAYS[at.weekday()]} {at.day} {_MONTH_NAMES[at.month]} {at.year} at {_clock(at.time())}"
    there = rule.at.astimezone(zone_of(rule.zone))
    return f"at {there.isoformat(timespec='milliseconds' if there.microsecond else 'seconds')}"


def _clock(t: time) -> str:
    if t.microsecond:
        return t.isoformat(timespec="milliseconds")
    return f"{t:%H:%M:%S}" if t.second else f"{t:%H:%M}"


def _moment(at: datetime, whole: time) -> str:
    """A local time; the date alone where the time of day is that of a whole day."""
    if at.time() == whole:
        return f"{at:%Y-%m-%d}"
    return at.isoformat(timespec="milliseconds" if at.microsecond else "seconds")


def join(items: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _some(times: list[str]) -> str:
    """A list of times, the first few named: what leaves some out cannot be read again, and is refused when it is."""
    return join(times if len(times) <= _NAMED else [*times[:_NAMED], f"{len(times) - _NAMED} more"])


def _rank(n: int) -> str:
    if n == -1:
        return "last"
    if n < 0:
        return f"{_rank(-n)} to last"
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def _nth(nth: Nth) -> str:
    name = _DAYS[nth.weekday] if nth.weekday < 7 else "workday" if nth.weekday == WORKDAY else "weekend"
    return f"{_rank(nth.n)} {name}"


def _chosen(rule: Repeat) -> str:
    """ "on the 1st and 15th", "on the 1st day and last friday"."""
    plain = (
        not rule.nths
        and all(n > 0 for n in rule.days)
        and rule.unit != "quarter"
        and (rule.unit != "year" or bool(rule.months))
    )
    items = [_rank(n) if plain else f"{_rank(n)} day" for n in rule.days] + [_nth(n) for n in rule.nths]
    return f" on the {join(items)}" if items else ""


def _head(rule: Repeat) -> str:
    every = "every!" if rule.from_completion else "every"
    unit = rule.unit if rule.every == 1 else f"{rule.every} {rule.unit}s"
    weekdays = join([_DAYS[d] for d in rule.weekdays]) if rule.weekdays else ""
    months = join([_MONTH_NAMES[m] for m in rule.months]) if rule.months else ""
    if rule.unit == "week" and rule.every == 1 and not rule.from_completion:
        text = f"{every} {'weekday' if rule.weekdays == ALL_WEEKDAYS else weekdays}"
    elif rule.days == (13,) and rule.weekdays == (4,) and rule.unit == "month" and rule.every == 1:
        text, weekdays = f"{every} friday the 13th", ""
    else:
        text = f"{every} {unit}{_chosen(rule)}"
        if rule.unit in SUBDAILY and (rule.days or rule.nths):
            text += " of every month"
        if rule.unit == "year" and months and (rule.days or rule.nths):
            text, months = f"{text} of {months}", ""
        if weekdays:
            text += f" on {weekdays}"
    if rule.weeks:
        text += " " + " ".join(f"in week {w}" for w in rule.weeks)
    return f"{text} in {months}" if months else text


def _repeat(rule: Repeat) -> str:
    text = _head(rule)
    if rule.minutes:
        text += f" at minute{'s' if len(rule.minutes) > 1 else ''} {join([str(m) for m in rule.minutes])}"
    if rule.windows:
        text += " " + " and ".join(f"between {_ends(window)}" for window in rule.windows)
    if rule.times and rule.unit not in SUBDAILY:
        text += f" at {_some([_clock(t) for t in rule.times])}"
    if rule.count is not None:
        text += f" for {rule.count} times"
    if rule.start:
        text += f" starting {_moment(rule.start, time())}"
    if rule.until:
        text += f" until {_moment(rule.until, time(23, 59, 59))}"
    if rule.skip:
        text += f" except {_except(rule.skip)}"
    return text


def _ends(window: TimeWindow) -> str:
    """Both ends; with am and pm where "between 11:00 and 10:00" would be heard as ending at 22:00."""
    unclear = window.end < window.start and window.end.hour in (10, 11) and window.start.hour in (10, 11, 12)
    half = " pm" if window.start.hour == 12 else " am"
    first, last = _clock(window.start), _clock(window.end)
    return f"{first}{half} and {last} am" if unclear else f"{first} and {last}"


def _except(skip: Except) -> str:
    items = [_DAYS[d] for d in skip.weekdays] + [_MONTH_NAMES[m] for m in skip.months]
    items += [f"the {_rank(d)}" if d > 0 else f"the {_rank(d)} day of the month" for d in skip.monthdays]
    items += [f"the {_nth(n)} of the month" for n in skip.nths]
    items += [f"{day} {_MONTH_NAMES[month]}" for month, day in skip.yeardays]
    items += [f"from {a[1]} {_MONTH_NAMES[a[0]]} to {b[1]} {_MONTH_NAMES[b[0]]}" for a, b in skip.spans]
    items += [f"between {_ends(w)}" for w in skip.windows if w.start != w.end]
    points = [_clock(w.start) for w in skip.windows if w.start == w.end]
    items += [f"at {point}" if point == points[0] else point for point in points]
    items += [d.isoformat() for d in skip.dates] + [d.isoformat(timespec="seconds") for d in skip.datetimes]
    return join(items)


def say_time(instant: datetime, zone: str) -> str:
    """An instant for people, in a zone: "Monday 23 November 2026 at 10:00"."""
    at = local(instant, zone)
    return f"{at:%A} {at.day} {at:%B} {at.year} at {_clock(at.time())}"
