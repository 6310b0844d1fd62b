"""Dates with a day and a month: figures in all usual orders, "24 december", "december 24th, 2027"."""

from __future__ import annotations

import calendar

from alarum_nlp.reading.day_slot import real_date, set_day, year_behind
from alarum_nlp.reading.lexicon import MONTHS, WEAK_MONTHS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.resolve.slots import Day, Impossible, Slots


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
