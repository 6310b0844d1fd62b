"""A day into its slot: the year behind it, whether it exists, and what it narrows."""

from __future__ import annotations

import calendar
from dataclasses import replace

from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal
from alarum_nlp.resolve.slots import Day, Impossible, Slots


def real_date(year: int, month: int, day: int) -> None:
    """Raises Impossible for a day that the month never has, or not in that year (year 0: any)."""
    if not 1 <= month <= 12:
        raise Impossible(f"there is no month {month}; months go from 1 to 12, for example '2027-03-01'")
    longest = calendar.monthrange(year if year > 0 else 2024, month)[1]
    if not 1 <= day <= longest:
        raise Impossible(
            f"{calendar.month_name[month]} {year if year > 0 else ''} has no day {day}; its last is {longest}".replace(
                "  ", " "
            )
        )


def year_behind(t: Tokens, i: int) -> tuple[int, int]:
    """A year behind a date: "2027", ", 2027", "two thousand and eighteen"; 0 when there is none, -1 for next year, -2 for this one."""
    j = i + 1 if t.words[i] in (",", "of", "in", "/", "-", ".") else i
    word = t.words[j]
    if (
        t.kinds[j] == "num"
        and len(word) == 4
        and word.isdigit()
        and 1960
        <= int(word)
        <= (
            9999
            if t.words[j + 1] == "at" and t.kinds[j + 2] == "clock" or t.words[i] in ("in", ",") or int(word) % 100 > 59
            else 2099
        )
    ):
        return int(word), j + 1
    if t.words[i] in ("'", "\u2019") and t.kinds[i + 1] == "num" and len(t.words[i + 1]) == 2:
        return 2000 + int(t.words[i + 1]), i + 2  # "19 jan '27"
    if t.words[j] in ("next", "this") and t.words[j + 1] == "year" and j + 1 < t.count:
        return -1 if t.words[j] == "next" else -2, j + 2
    if t.words[j] == "twenty" and (spoken := cardinal(t, j + 1)) and 20 <= spoken[0] <= 99 and t.kinds[j + 1] == "word":
        return 2000 + spoken[0], spoken[1]  # "twenty twenty-seven"
    if t.words[j : j + 2] == ["two", "thousand"]:
        k = j + 3 if t.words[j + 2] == "and" else j + 2
        rest = cardinal(t, k)
        return (2000 + rest[0], rest[1]) if rest and rest[0] < 100 else (2000, j + 2)
    return 0, i


def set_day(s: Slots, day: Day, j: int, *, strong: bool = True) -> int:
    years = {"next": -1, "this": -2}
    if s.day is None:
        s.day = day
    elif s.day.kind == "period" and s.day.unit == "year" and s.day.which in years and day.month and not day.year:
        s.day = replace(day, year=years[s.day.which])  # "next year on june 2"
    elif s.day.kind == "period" and s.day.unit == "month" and day.kind == "monthday" and not day.which:
        s.day = replace(day, which=s.day.which)  # "next month on the 5th"
    elif s.day.kind == "edge" and s.day.unit == "day" and day.kind in ("relative", "weekday", "date"):
        s.day = day
        s.parts.append("end of day")
    elif day.kind == "edge" and day.unit == "day" and day.n < 0:
        s.parts.append("end of day")
    elif s.day.kind in ("date", "monthday", "holiday") and day.kind in ("date", "monthday"):
        return 0
    elif s.narrow is None:
        s.narrow = day
    else:
        return 0
    s.strong = s.strong or strong
    return j


def full_date(s: Slots, year: int, month: int, day: int, j: int) -> int:
    if not 1900 <= year <= 9999:
        return 0
    real_date(year, month, day)
    return set_day(s, Day("date", year=year, month=month, day=day), j)
