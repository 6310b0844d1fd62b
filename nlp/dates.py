"""Dates with a day and a month: figures in all usual orders, "24 december", "december 24th, 2027"."""

from __future__ import annotations

import calendar
from dataclasses import replace
from datetime import date

from nlp.lexicon import (
    MONTHS,
    WEAK_MONTHS,
)
from nlp.scan import Tokens
from nlp.slots import Clock, Day, Impossible, Slots
from nlp.words import cardinal, ordinal


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


def numeric(t: Tokens, i: int, s: Slots, month_first: bool, alone: bool) -> int:
    """ "2027-03-01", "24/12", "24.12.2026", "3/14/26", "2020/23/Sep"."""
    w = t.words
    if len(w[i]) == 8 and w[i].isdigit() and (alone or w[i - 1] in ("on", "by", "until", "from", "before", "starting")):
        return _basic(t, i, s)
    if len(w[i]) == 4 and sep_week(w, i):
        found = date.fromisocalendar(int(w[i]), int(w[i + 3]), int(w[i + 5]))
        return full_date(s, found.year, found.month, found.day, i + 6)
    sep = w[i + 1]
    joined = t.glued(i + 1) and t.glued(i + 2)
    decimal = w[i].replace(",", ".")
    if "." in decimal:
        if w[i + 1] in ("am", "pm", "a", "p") or (
            w[i - 1] in ("at", "@", "by") and int(decimal.split(".")[1]) < 60 and len(decimal.split(".")[1]) == 2
        ):
            return 0
        if w[i + 1] == "." and t.glued(i + 1) and t.kinds[i + 2] == "num" and t.glued(i + 2) and w[i + 2].isdigit():
            a, b = decimal.split(".")
            return _triple(s, i + 3, (a, b, w[i + 2]), ".", month_first, alone)
        a, b = decimal.split(".")
        led = (
            s.day is not None or w[i + 1] in ("around", "at") or (w[i + 1] == "." and w[i + 2] in ("at", "around", ""))
        )
        dated = s.day is not None and s.day.kind == "date" or int(a) > 12 and int(b) > 12
        if dated:
            return 0  # "2027.05.25 14.30"
        if (alone or led) and "," not in w[i] and 1 <= int(a) <= 31 and 1 <= int(b) <= 31:
            j = i + 2 if w[i + 1] == "." else i + 1
            return _pair(s, int(a), int(b), j, month_first and w[i + 1] != ".")
        return 0
    if sep not in ("/", "-", ".", ":") or not w[i].isdigit():
        return 0
    if (
        t.kinds[i + 2] == "num"
        and w[i + 3] == sep
        and sep != ":"
        and t.glued(i + 3)
        and (t.kinds[i + 4] == "num" or w[i + 4] in MONTHS)
    ):
        if w[i + 4] in MONTHS:
            return full_date(s, int(w[i]), MONTHS[w[i + 4]], int(w[i + 2]), i + 5)
        return _triple(s, i + 5, (w[i], w[i + 2], w[i + 4]), sep, month_first, alone)
    if w[i + 2] in MONTHS and sep in ("/", "-"):
        month = MONTHS[w[i + 2]]
        if w[i + 3] == sep and t.kinds[i + 4] == "num":
            first, last = int(w[i]), int(w[i + 4])
            return (
                full_date(s, first, month, last, i + 5)
                if first > 31
                else full_date(s, _full_year(w[i + 4]), month, first, i + 5)
            )
        return set_day(s, Day("date", month=month, day=int(w[i])), i + 3)
    if (
        t.kinds[i + 2] == "num"
        and w[i + 2].isdigit()
        and sep in ("/", "-")
        and (joined or alone or w[i - 1] == "on")
        and len(w[i]) <= 2
        and len(w[i + 2]) <= 2
    ):
        if w[i + 3] in _MEASURES or sep == "-" and not alone or w[i + 3] in ("/", "-") and t.glued(i + 3):
            return 0
        return _pair(s, int(w[i]), int(w[i + 2]), i + 3, month_first)
    return 0


def sep_week(w: list[str], i: int) -> bool:
    """ "2026-W50-3" (ISO 8601 week date)."""
    figures = w[i].isdigit() and w[i + 3].isdigit() and w[i + 5].isdigit()
    return w[i + 1 : i + 3] == ["-", "w"] and w[i + 4] == "-" and figures


def _basic(t: Tokens, i: int, s: Slots) -> int:
    """ "20261203", "20261203T143000" (ISO 8601 basic format)."""
    word, w = t.words[i], t.words
    if word[:2] not in ("19", "20") or not 1 <= int(word[4:6]) <= 12:
        return 0
    end = full_date(s, int(word[:4]), int(word[4:6]), int(word[6:]), i + 1)
    clock = w[i + 2]
    if end and w[i + 1] == "t" and t.glued(i + 1) and clock.isdigit() and len(clock) in (4, 6):
        hour, minute, second = int(clock[:2]), int(clock[2:4]), int(clock[4:] or 0)
        if hour < 24 and minute < 60 and second < 60:
            s.clocks.append(Clock(hour, minute, second, fixed=True))
            return i + 3
    return end


# Behind figures like "3/4" these make an amount of them.
_MEASURES = frozenset(
    {"cup", "cups", "tsp", "tbsp", "teaspoon", "teaspoons", "tablespoon", "tablespoons", "inch", "inches", "mile", "miles",
     "pound", "pounds", "full", "of", "done", "litre", "liter", "pint", "kg", "lb", "gallon", "ounce", "ounces"}
)  # fmt: skip


def _full_year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _pair(s: Slots, a: int, b: int, j: int, month_first: bool) -> int:
    month, day = (a, b) if (month_first and a <= 12) or b > 12 else (b, a)
    if month <= 12 and day <= 12 and month != day:
        s.notes.append(
            f"read '{a}/{b}' as {calendar.month_name[month]} {day} ({'month' if month == a else 'day'} first)"
        )
    real_date(0, month, day)
    return set_day(s, Day("date", month=month, day=day), j)


def _triple(s: Slots, j: int, parts: tuple[str, str, str], sep: str, month_first: bool, alone: bool) -> int:
    a, b, c = parts
    if len(a) == 4:
        return full_date(s, int(a), int(b), int(c), j)
    if len(c) not in (2, 4) or len(a) > 2 or len(b) > 2:
        return 0
    x, y, year = int(a), int(b), _full_year(c)
    if sep == "." and len(c) == 2 and s.day is None and not alone:
        return 0  # versions and section numbers look like this
    month, day = (y, x) if x > 12 or (y <= 12 and (sep == "." or not month_first)) else (x, y)
    if x <= 12 and y <= 12 and x != y:
        s.notes.append(
            f"read '{a}{sep}{b}{sep}{c}' as {year}-{month:02}-{day:02} ({'day' if day == x else 'month'} first)"
        )
    return full_date(s, year, month, day, j)


def full_date(s: Slots, year: int, month: int, day: int, j: int) -> int:
    if not 1900 <= year <= 9999:
        return 0
    real_date(year, month, day)
    return set_day(s, Day("date", year=year, month=month, day=day), j)


def month_first_date(t: Tokens, i: int, s: Slots, alone: bool) -> int:
    """ "december 24", "dec. 24th, 2026", "march the third", "may twenty-first"."""
    month, w, j = MONTHS[t.words[i]], t.words, i + 1
    while w[j] in (".", ",", "the", "-", "/"):
        j += 1
    found = ordinal(t, j) or cardinal(t, j)
    if (
        found
        and found[0] > 0
        and not (t.kinds[j] == "num" and len(w[j]) > 2)
        and w[found[1]] not in ("%", ":", "am", "pm")
        and t.kinds[j] != "clock"
    ):
        if (
            t.kinds[j] != "ord"
            and w[i] in WEAK_MONTHS
            and w[i] != "jan"
            and not alone
            and w[found[1]] in ("minutes", "hours", "days", "times", "people")
        ):
            return 0
        real_date(0, month, found[0]) if found[0] <= 31 else _too_big(month, found[0])
        end = found[1]
        if (
            w[end] in ("-", "–", "to")
            and (last := ordinal(t, end + 1) or cardinal(t, end + 1))
            and t.kinds[end + 1] in ("num", "ord")
            and last[0] <= 99
        ):
            end = last[1]
            s.notes.append("read the range as its first day")
        else:
            last = found
        year, k = year_behind(t, end)
        real_date(year, month, last[0])
        return set_day(s, Day("date", year=year, month=month, day=found[0]), k)
    return 0


def _too_big(month: int, day: int) -> None:
    raise Impossible(f"{calendar.month_name[month]} has no day {day}; say for example '{calendar.month_name[month]} 1'")


def day_first_date(t: Tokens, i: int, s: Slots) -> int:
    """ "24 december", "24th of dec 2026", "first of march", "the 20th of next month", "thirty first of july"."""
    w = t.words
    found = ordinal(t, i) or cardinal(t, i)
    if not found or not (1 <= found[0] <= 99):
        return 0
    day, j = found
    if t.kinds[i] == "num" and len(w[i]) > 2:
        return 0
    while w[j] in ("of", "the", ".", "-", "/", "day", "in") and not (w[j] == "in" and w[j + 1] not in MONTHS):
        j += 1
    if w[j] in MONTHS:
        year, k = year_behind(t, j + 2 if w[j + 1] == "." else j + 1)
        real_date(year, MONTHS[w[j]], day)
        return set_day(s, Day("date", year=year, month=MONTHS[w[j]], day=day), k)
    if w[j : j + 3] == ["month", "after", "next"] and j > found[1]:
        return set_day(s, Day("monthday", day=day, which="after next"), j + 3)
    if w[j] in ("this", "next") and w[j + 1] == "month" and j > found[1]:
        return set_day(s, Day("monthday", day=day, which=w[j]), j + 2)
    if w[j] == "month" and w[found[1]] == "of" and t.kinds[i] == "ord":
        return set_day(s, Day("monthday", day=day), j + 1)
    return 0
