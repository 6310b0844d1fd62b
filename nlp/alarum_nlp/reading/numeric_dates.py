"""Dates in figures: "2027-03-01", "24/12", "24.12.2026", "3/14/26", "20261203T143000", "2026-W50-3"."""

from __future__ import annotations

import calendar
from datetime import date

from alarum_nlp.reading.day_slot import full_date, real_date, set_day
from alarum_nlp.reading.lexicon import MONTHS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import ClockTime, Day, Slots


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
            s.clocks.append(ClockTime(hour, minute, second, fixed=True))
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
