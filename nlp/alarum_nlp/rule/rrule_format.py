"""A typed rule to RFC 5545 properties. What they cannot say of it is an error, never a loss."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone

from alarum_nlp.rule.model import ALL_WEEKDAYS, ALL_WEEKEND, SUBDAILY, WORKDAY, Once, Repeat, Several
from alarum_nlp.rule.next_times import next_times
from alarum_nlp.rule.rrule_parse import DAYS, UNITS
from alarum_nlp.rule.wall_clock import exact, local


def to_rrule(rule: Once | Several | Repeat, after: datetime) -> str:
    """The RFC 5545 properties of a rule, from its first time after the aware moment `after` (or from its start) on.

    Raises ValueError saying what RFC 5545 cannot say of it: windows, working days counted, exceptions by rule, completion.
    """
    if isinstance(rule, (Once, Several)):
        moments = (rule.at,) if isinstance(rule, Once) else rule.moments
        return "\n".join(
            [_dtstart(moments[0], rule.zone), *(["RDATE" + _dtstart(m, rule.zone)[7:] for m in moments[1:]])]
        )
    if rule.zone[:1] in "+-":
        raise ValueError(f"RFC 5545 names zones, and '{rule.zone}' is an offset")
    _sayable(rule)
    first = next_times(
        rule, min(after, rule.start.replace(tzinfo=timezone.utc) - timedelta(days=2)) if rule.start else after, 1
    )
    if not first:
        raise ValueError("this never rings")
    begin = local(first[0], rule.zone)
    lines = [_dtstart(begin, rule.zone), "RRULE:" + ";".join(f"{n}={v}" for n, v in _out(rule))]
    exdates = [*rule.skip.datetimes, *(datetime.combine(d, t) for d in rule.skip.dates for t in rule.times)]
    if exdates:
        lines.append(f"EXDATE{_tzid(rule.zone)}:" + ",".join(_stamp(d) for d in sorted(exdates)))
    return "\n".join(lines)


def _sayable(rule: Repeat) -> None:
    skip = rule.skip
    problems = {
        "windows within the day": rule.windows,
        "counting from completion": rule.from_completion,
        "an interval of working days": rule.unit == "workday",
        "a day of a quarter": rule.unit == "quarter",
        "minutes of an hour beside an interval": rule.minutes and rule.every > 1,
        "an exception by rule": skip.monthdays or skip.nths or skip.yeardays or skip.spans or skip.windows,
        "an exception by weekday beside other days": skip.weekdays and (rule.nths or rule.days or rule.every > 1),
        "an exception by month beside an interval": skip.months
        and (rule.every > 1 or rule.nths and rule.unit == "year"),
        "an exception by month beside days or weeks of the year": skip.months
        and rule.unit == "year"
        and (rule.weeks or rule.days and not rule.months),
        "an exception by date of a repetition by the hour": skip.dates and not rule.times,
        "n-th working or weekend days together with other days": any(n.weekday > 6 for n in rule.nths)
        and (len({n.weekday for n in rule.nths}) > 1 or rule.days or len(rule.times) > 1),
        "a number of times beside exceptions": rule.count and rule.skip,
        "an n-th weekday of a repetition by the hour": rule.nths and rule.unit in SUBDAILY,
        "n-th working days of months beside an interval of years": _monthly(rule) and rule.every > 1,
        "weeks of the year beside an interval": rule.weeks and rule.every > 1,
        "days and n-th weekdays together": rule.days and rule.nths,
        "a day of the year beside an interval": rule.unit == "year"
        and rule.days
        and not rule.months
        and rule.every > 1,
    }
    for what, present in problems.items():
        if present:
            raise ValueError(f"RFC 5545 cannot say {what} in one rule")
    if len({(t.minute, t.second) for t in rule.times}) > 1:
        raise ValueError("RFC 5545 cannot say times of day with different minutes in one rule")
    if any(t.microsecond for t in rule.times):
        raise ValueError("RFC 5545 cannot say fractions of a second")


def _out(rule: Repeat) -> list[tuple[str, object]]:
    unit = "month" if _monthly(rule) else rule.unit
    freq = next(name for name, one in UNITS.items() if one == unit)
    out: list[tuple[str, object]] = [("FREQ", freq)]
    if rule.every > 1:
        out.append(("INTERVAL", rule.every))
    months = [m for m in (rule.months or range(1, 13)) if m not in rule.skip.months]
    if rule.months or rule.skip.months:
        out.append(("BYMONTH", _list(months)))
    if rule.weeks:
        out.append(("BYWEEKNO", _list(rule.weeks)))
    if rule.days:
        yearly = rule.unit == "year" and not rule.months
        out.append(("BYYEARDAY" if yearly else "BYMONTHDAY", _list(rule.days)))
    out += _byday(rule)
    if rule.times:
        out.append(("BYHOUR", _list(sorted({t.hour for t in rule.times}))))
        out += [("BYMINUTE", rule.times[0].minute), ("BYSECOND", rule.times[0].second)]
    if rule.minutes:
        out += [("BYMINUTE", _list(rule.minutes)), ("BYSECOND", 0)]
    if rule.count:
        out.append(("COUNT", rule.count))
    if rule.until:
        out.append(("UNTIL", f"{_stamp(exact(rule.until, rule.zone).astimezone(timezone.utc))}Z"))
    return out


def _monthly(rule: Repeat) -> bool:
    """Working and weekend days counted within named months: BYSETPOS counts within the period of FREQ."""
    return rule.unit == "year" and bool(rule.months) and any(n.weekday > 6 for n in rule.nths)


def _byday(rule: Repeat) -> list[tuple[str, object]]:
    if rule.nths and rule.nths[0].weekday > 6:
        days: tuple[int, ...] = ALL_WEEKDAYS if rule.nths[0].weekday == WORKDAY else ALL_WEEKEND
        return [("BYDAY", ",".join(DAYS[d] for d in days)), ("BYSETPOS", _list(n.n for n in rule.nths))]
    if rule.nths:
        return [("BYDAY", ",".join(f"{n.n}{DAYS[n.weekday]}" for n in rule.nths))]
    days = tuple(d for d in (rule.weekdays or range(7)) if d not in rule.skip.weekdays)
    return [("BYDAY", ",".join(DAYS[d] for d in days))] if rule.weekdays or rule.skip.weekdays else []


def _list(numbers: Iterable[int]) -> str:
    return ",".join(str(n) for n in numbers)


def _stamp(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%S}"


def _tzid(zone: str) -> str:
    return f";TZID={zone}" if zone != "UTC" else ""


def _dtstart(at: datetime, zone: str) -> str:
    if at.tzinfo:
        return f"DTSTART:{_stamp(at.astimezone(timezone.utc))}Z"
    return f"DTSTART{_tzid(zone)}:{_stamp(at)}" + ("Z" if zone == "UTC" else "")
