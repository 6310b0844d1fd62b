"""RFC 5545 recurrence rules to a typed rule. What the rule cannot hold is an error, never a loss."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta, timezone
from itertools import product
from typing import Any

from alarum_nlp.rule.calendar_dates import dates
from alarum_nlp.rule.model import (
    ALL_WEEKDAYS,
    ALL_WEEKEND,
    COUNT,
    LISTED,
    WEEKEND,
    WORKDAY,
    Except,
    Nth,
    Once,
    Repeat,
    Several,
    Unit,
)
from alarum_nlp.rule.wall_clock import local

UNITS: dict[str, Unit] = {
    "SECONDLY": "second", "MINUTELY": "minute", "HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month",
    "YEARLY": "year",
}  # fmt: skip
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_INTERVAL = 10_000_000
_FIRST_YEAR, _LAST_YEAR = 1900, 9000
_TRIES = 100  # periods in which the first time is looked for
_KNOWN = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO",
     "BYMONTH", "BYSETPOS", "WKST"}
)  # fmt: skip

Numbers = tuple[int, ...]


def looks_like_rrule(text: str) -> bool:
    """Whether a text is meant as RFC 5545 properties: a bare rule, or lines that begin with DTSTART or RRULE."""
    return text.lstrip().upper().startswith(("RRULE:", "FREQ=", "DTSTART", "RDATE"))


def from_rrule(text: str, now: datetime, zone: str) -> Once | Several | Repeat:
    """The rule of RFC 5545 properties (section 3.8.5), one a line: DTSTART, RRULE, RDATE, EXDATE.

    `now` is naive local time in `zone`, which is taken where DTSTART names no TZID; without a DTSTART the rule begins now.
    Raises ValueError naming the part that is wrong or that the typed rule cannot hold.
    """
    start: datetime | None = None
    parts: dict[str, str] = {}
    dates: list[datetime] = []
    skip = Except()
    for line in text.strip().replace("\\n", "\n").splitlines():
        head, _, value = (
            line.strip().partition(":") if not line.strip().upper().startswith("FREQ") else ("RRULE", "", line.strip())
        )
        name, *_ = head.upper().split(";")
        if name == "DTSTART":
            named = [p.partition("=")[2] for p in head.split(";")[1:] if p.upper().startswith("TZID=")]
            zone = named[0] if named else "UTC" if value.upper().endswith("Z") else zone
            start = _moment(value, zone)
        elif name == "RRULE" and not parts:
            parts = _parts(value)
        elif name == "RDATE":
            dates += [_moment(v, zone) for v in value.split(",")]
        elif name == "EXDATE":
            skip = _with_exdates(skip, value, zone)
        else:
            raise ValueError(f"'{name}' is not read; give DTSTART, one RRULE, EXDATE, or RDATE without an RRULE")
    if dates and parts:
        raise ValueError("RDATE beside RRULE is two tasks: schedule the further dates on their own")
    if not parts:
        moments = tuple(sorted({*dates, *([start] if start else [])}))
        if not moments:
            raise ValueError("there is no RRULE; for example 'RRULE:FREQ=WEEKLY;BYDAY=MO;BYHOUR=9'")
        return Once(moments[0], zone) if len(moments) == 1 else Several(moments, zone)
    return replace(_rule(parts, start, now, zone), skip=skip)


def _parts(value: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in value.strip().rstrip(";").split(";"):
        name, _, content = part.upper().partition("=")
        if name not in _KNOWN or not content or name in parts:
            raise ValueError(f"'{part}' is not part of a recurrence rule; for example 'FREQ=MONTHLY;BYMONTHDAY=1'")
        parts[name] = content
    if parts.get("FREQ") not in UNITS:
        raise ValueError(f"FREQ must be one of {', '.join(UNITS)}")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT and UNTIL exclude each other (RFC 5545 section 3.3.10)")
    return parts


def _moment(value: str, zone: str) -> datetime:
    text = value.strip().upper()
    for form in ("%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%d"):
        try:
            at = datetime.strptime(text.removesuffix("Z"), form)  # local, RFC 5545 form 1
        except ValueError:
            continue
        if not _FIRST_YEAR <= at.year <= _LAST_YEAR:
            raise ValueError(f"'{value}' is not in the years {_FIRST_YEAR} to {_LAST_YEAR}")
        return local(at.replace(tzinfo=timezone.utc), zone) if text.endswith("Z") else at
    raise ValueError(f"'{value}' is not a date-time; for example '20261123T100000'")


def _with_exdates(skip: Except, value: str, zone: str) -> Except:
    for text in value.split(","):
        at = _moment(text, zone)
        if "T" in text.upper():
            skip = replace(skip, datetimes=tuple(sorted({*skip.datetimes, at.replace(second=0)})))
        else:
            skip = replace(skip, dates=tuple(sorted({*skip.dates, at.date()})))
    return skip


def _numbers(parts: dict[str, str], name: str, low: int, high: int) -> tuple[int, ...]:
    try:
        found = sorted({int(n) for n in parts[name].split(",")}) if name in parts else []
    except ValueError:
        raise ValueError(f"'{name}={parts[name]}' is not a list of whole numbers") from None
    wrong = [n for n in found if not (low <= abs(n) <= high) or n < 0 and low == 0]
    if wrong:
        raise ValueError(f"{name} {wrong[0]} is out of range {low}-{high}")
    return tuple(found)


def _rule(parts: dict[str, str], start: datetime | None, now: datetime, zone: str) -> Repeat:
    unit = UNITS[parts["FREQ"]]
    every = int(parts.get("INTERVAL", "1")) if parts.get("INTERVAL", "1").isdecimal() else 0
    if not 1 <= every <= _INTERVAL:
        raise ValueError(f"INTERVAL goes from 1 to {_INTERVAL}")
    begin = start or now.replace(microsecond=0)
    fields: dict[str, Any] = {"months": _numbers(parts, "BYMONTH", 1, 12)}
    plain, nths = _weekdays(parts, unit)
    fields |= {"weekdays": plain, "nths": nths}
    fields["until"] = _until(parts["UNTIL"], zone) if "UNTIL" in parts else None
    fields["count"] = int(parts["COUNT"]) if parts.get("COUNT", "").isdecimal() else None
    if "COUNT" in parts and not fields["count"]:
        raise ValueError(f"COUNT goes from 1 to {COUNT}")
    if unit in ("second", "minute", "hour"):
        return _fine(parts, unit, every, begin, zone, fields)
    hours = _numbers(parts, "BYHOUR", 0, 23) or (begin.hour,)
    minutes = _numbers(parts, "BYMINUTE", 0, 59) or ((begin.minute,) if "BYHOUR" not in parts or start else (0,))
    seconds = _numbers(parts, "BYSECOND", 0, 59) or ((begin.second,) if start else (0,))
    if len(hours) * len(minutes) * len(seconds) > LISTED:
        raise ValueError(
            f"BYHOUR, BYMINUTE and BYSECOND give more than {LISTED} times of day; use an interval, such as FREQ=MINUTELY"
        )
    fields["times"] = tuple(time(h, m, s) for h, m, s in product(hours, minutes, seconds))
    unit, fields = _chosen(parts, unit, every, begin, fields)
    if "BYSETPOS" in parts:
        fields = _positions(parts, unit, fields)
    rule = Repeat(unit=unit, zone=zone, every=every, start=start, **fields)
    if every > 1 and start is None or fields["count"] and start is None:
        rule = replace(rule, start=begin)
    return _anchored(rule) if every > 1 else rule


def _weekdays(parts: dict[str, str], unit: Unit) -> tuple[tuple[int, ...], tuple[Nth, ...]]:
    plain, nths = set[int](), set[Nth]()
    for text in parts["BYDAY"].split(",") if "BYDAY" in parts else []:
        number, name = text[:-2], text[-2:]
        if name not in DAYS or number and not number.lstrip("+-").isdigit():
            raise ValueError(f"'{text}' is not a BYDAY; for example 'MO', '1MO' or '-1FR'")
        if not number:
            plain.add(DAYS.index(name))
        elif unit not in ("month", "year"):
            raise ValueError(f"'{text}': a number before a weekday needs FREQ=MONTHLY or YEARLY")
        else:
            nths.add(Nth(int(number), DAYS.index(name)))
    if plain and nths:
        raise ValueError("BYDAY with and without numbers in one rule is not read; make it two tasks")
    return tuple(sorted(plain)), tuple(sorted(nths))


def _until(value: str, zone: str) -> datetime:
    at = _moment(value, zone)
    return at if "T" in value else datetime.combine(at.date(), time(23, 59, 59))


def _fine(parts: dict[str, str], unit: Unit, every: int, begin: datetime, zone: str, fields: dict[str, Any]) -> Repeat:
    """Under a day: elapsed steps, marks of the hour."""
    for name in ("BYHOUR", "BYSETPOS", "BYWEEKNO", "BYYEARDAY"):
        if name in parts:
            raise ValueError(f"{name} beside FREQ={parts['FREQ']} is not read; use FREQ=DAILY with BYHOUR and BYMINUTE")
    if "BYSECOND" in parts and (parts["BYSECOND"] != "0" or "BYMINUTE" not in parts):
        raise ValueError("BYSECOND beside FREQ under a day is read as 0, beside BYMINUTE")
    if "BYMINUTE" in parts and unit != "hour":
        raise ValueError("BYMINUTE is read beside FREQ=HOURLY or longer")
    fields["days"] = _numbers(parts, "BYMONTHDAY", 1, 31)
    fields["minutes"] = _numbers(parts, "BYMINUTE", 0, 59)
    return Repeat(unit=unit, zone=zone, every=every, start=begin, **fields)


def _check_numbers(unit: Unit, days: Numbers, weeks: Numbers, yeardays: Numbers, months: Numbers) -> None:
    """Raises ValueError for numbers of weeks and of days of the year that cannot be held."""
    if any(n < 0 for n in weeks):
        raise ValueError("BYWEEKNO counts from the start of the year here; negative numbers are not read")
    if yeardays and (unit != "year" or days or months) or weeks and (unit != "year" or days):
        raise ValueError("BYYEARDAY and BYWEEKNO are read alone, beside FREQ=YEARLY")


def _chosen(
    parts: dict[str, str], unit: Unit, every: int, begin: datetime, fields: dict[str, Any]
) -> tuple[Unit, dict[str, Any]]:
    """The days that BYMONTHDAY, BYYEARDAY, BYWEEKNO or DTSTART choose (the table of RFC 5545 section 3.3.10)."""
    days, weeks = _numbers(parts, "BYMONTHDAY", 1, 31), _numbers(parts, "BYWEEKNO", 1, 53)
    yeardays = _numbers(parts, "BYYEARDAY", 1, 366)
    if parts.get("WKST", "MO") != "MO" and (weeks or unit == "week" and every > 1):
        raise ValueError("weeks begin on Monday here (WKST=MO)")
    _check_numbers(unit, days, weeks, yeardays, fields["months"])
    fields |= {"days": days or yeardays, "weeks": weeks}
    named = fields["days"] or fields["nths"] or fields["weekdays"]
    if unit == "week":
        if days:
            raise ValueError("BYMONTHDAY has no meaning beside FREQ=WEEKLY")
        fields["weekdays"] = fields["weekdays"] or (begin.weekday(),)
    elif unit == "day" and days:
        if every > 1:
            raise ValueError("BYMONTHDAY beside an interval of days is not read; use FREQ=MONTHLY")
        unit = "month"
    elif weeks:
        fields["weekdays"] = fields["weekdays"] or (begin.weekday(),)
    elif unit in ("month", "year") and not named:
        fields["days"] = (begin.day,)
        if unit == "year" and not fields["months"]:
            fields["months"] = (begin.month,)
    elif unit == "year" and not fields["months"] and not yeardays and not fields["nths"]:
        if every > 1:
            raise ValueError("FREQ=YEARLY with an interval needs BYMONTH beside BYMONTHDAY or BYDAY")
        unit = "month" if days else "week"
    return unit, fields


def _positions(parts: dict[str, str], unit: Unit, fields: dict[str, Any]) -> dict[str, Any]:
    """BYSETPOS over one weekday, the working days, the weekend or all days of a month or year."""
    kinds = {ALL_WEEKDAYS: WORKDAY, ALL_WEEKEND: WEEKEND}
    chosen = fields["weekdays"]
    positions = _numbers(parts, "BYSETPOS", 1, 366)
    if (
        unit not in ("month", "year")
        or fields["days"]
        or fields["nths"]
        or len(fields["times"]) > 1
        or unit == "year"
        and fields["months"]
    ):
        raise ValueError("BYSETPOS is read beside FREQ=MONTHLY or YEARLY and plain weekdays, with one time a day")
    if len(chosen) == 7:
        return fields | {"weekdays": (), "days": positions}
    kind = chosen[0] if len(chosen) == 1 else kinds.get(chosen)
    if kind is None:
        raise ValueError("BYSETPOS is read over one weekday, MO-FR, SA,SU or all days")
    return fields | {"weekdays": (), "nths": tuple(Nth(n, kind) for n in positions)}


def _anchored(rule: Repeat) -> Repeat:
    """Intervals count from the period of DTSTART (RFC 5545), the typed rule's from its first time: start there."""
    assert rule.start
    plain = replace(rule, every=1, start=None, count=None, until=None)
    if next(dates(plain, rule.start.date()), None) is None:
        raise ValueError("this never rings")
    for n in range(_TRIES):
        first, end = _period(rule.unit, rule.start.date(), n * rule.every)
        for day in dates(plain, max(first, rule.start.date())):
            if day >= end:
                break
            if any(datetime.combine(day, at) >= rule.start for at in rule.times):
                return replace(rule, start=max(rule.start, datetime.combine(day, time())))
    raise ValueError("this never rings")


def _period(unit: Unit, day: date, n: int) -> tuple[date, date]:
    """The period that lies `n` behind the one of `day`: its first day, and the first one after it. Raises OverflowError."""
    if unit == "day":
        return day + timedelta(days=n), day + timedelta(days=n + 1)
    if unit == "week":
        monday = day - timedelta(days=day.weekday()) + timedelta(weeks=n)
        return monday, monday + timedelta(weeks=1)
    size = {"month": 1, "year": 12}[unit]
    index = (day.year * 12 + day.month - 1) // size * size + n * size
    if index + size >= _LAST_YEAR * 12:
        raise OverflowError
    end = index + size
    return date(index // 12, index % 12 + 1, 1), date(end // 12, end % 12 + 1, 1)
