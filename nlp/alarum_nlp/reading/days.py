"""Days in words: weekdays, dates in all usual forms, "the 15th", "next week", "last friday of june", holidays."""

from __future__ import annotations

from alarum_nlp.reading.dates import day_first_date, month_first_date
from alarum_nlp.reading.day_slot import full_date, set_day, year_behind
from alarum_nlp.reading.lexicon import (
    HOLIDAY_HEADS,
    MONTHS,
    PLURAL_WEEKDAYS,
    RELATIVE_DAYS,
    WEAK_RELATIVE_DAYS,
    WEAK_WEEKDAYS,
    WEEKDAYS,
)
from alarum_nlp.reading.numeric_dates import numeric
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.resolve.slots import Day, Impossible, Slots
from alarum_nlp.rule.holidays import EASTER_DAYS, NAMED_TIMES_OF_YEAR, WEEKDAY_HOLIDAYS
from alarum_nlp.rule.model import WEEKEND, WORKDAY

_PERIODS = frozenset({"second", "week", "month", "year", "quarter", "day", "hour", "minute"})


def _nth_of(t: Tokens, i: int, s: Slots) -> int:
    """ "first tuesday of october 2027", "last day of the month", "2nd to last fri in feb", "the second saturday"."""
    w = t.words
    found = ordinal(t, i)
    if not found or not -31 <= found[0] <= 31:
        return 0
    n, j = found
    if w[j] in ("week",) and w[j + 1] in ("of", "in"):
        return 0
    kind = WEEKDAYS.get(w[j], {"weekday": WORKDAY, "workday": WORKDAY, "day": 9, "weekend": WEEKEND}.get(w[j], -1))
    if w[j] in ("working", "business") and w[j + 1] == "day":
        kind, j = WORKDAY, j + 1
    if kind < 0:
        return 0
    j += 1
    if w[j] in ("of", "in"):
        k = j + 2 if w[j + 1] == "the" else j + 1
        which = w[k] if w[k] in ("this", "next", "each", "every") else ""
        k += bool(which)
        if which in ("each", "every"):
            return 0
        if w[k] in MONTHS:
            year, end = year_behind(t, k + 1)
            return set_day(s, Day("nth", n=n, weekday=kind, month=MONTHS[w[k]], year=year), end)
        if t.kinds[k] == "num" and len(w[k]) == 4 and year_behind(t, k)[0] and abs(n) < 5:
            return set_day(s, Day("nth", n=n, weekday=kind, month=1 if n > 0 else 12, year=int(w[k])), k + 1)
        if w[k] in ("month", "quarter", "year", "week"):
            return set_day(s, Day("nth", n=n, weekday=kind, unit=w[k], which=which), k + 1)
        return 0
    return set_day(s, Day("nth", n=n, weekday=kind, unit="month"), j) if n > 0 and kind < 7 else 0


def _weekday(t: Tokens, i: int, s: Slots, which: str, alone: bool) -> int:
    w = t.words
    if w[i] in PLURAL_WEEKDAYS and not which:
        return 0
    if w[i] in WEAK_WEEKDAYS and not (
        alone or which or s.clocks or w[i - 1] in ("on", "every", "by") or _clock_ahead(t, i + 1)
    ):
        return 0
    if w[i] in ("sat", "sun", "mon", "wed") and not which and w[i - 1] in ("the", "with", "a"):
        return 0
    j = (
        i + 2
        if w[i + 1] == "." and w[i] in WEAK_WEEKDAYS | {"tue", "thu", "fri", "tues", "thur", "thurs", "weds"}
        else i + 1
    )
    day = WEEKDAYS[w[i]]
    k = j + 1 if w[j] in ("of", ",", "in") else j
    if w[k] in ("this", "next") and w[k + 1] == "week":
        return set_day(s, Day("weekday", weekday=day, which=w[k] + " week"), k + 2)
    after = j + 2 if w[j : j + 2] == ["of", "the"] else j + 1 if w[j] == "the" else j
    if w[after : after + 3] == ["week", "after", "next"]:
        return set_day(s, Day("weekday", weekday=day, which="after next"), after + 3)
    if w[j : j + 2] == ["before", "last"]:
        raise Impossible(f"'{w[i]} before last' is over; say one that is ahead, for example 'next {w[i]}'")
    if w[j : j + 2] == ["after", "next"]:
        return set_day(s, Day("weekday", weekday=day, which="after next"), j + 2)
    if w[j] == "week" and not which:  # "monday week": the one after
        return set_day(s, Day("weekday", weekday=day, n=1), j + 1)
    return set_day(s, Day("weekday", weekday=day, which=which), j)


def _clock_ahead(t: Tokens, i: int) -> bool:
    return t.kinds[i] in ("clock", "ord", "num") or t.words[i] in (
        "at",
        "morning",
        "afternoon",
        "evening",
        "night",
        ",",
        ".",
    )


def _holiday(t: Tokens, i: int, s: Slots, alone: bool) -> int:
    for size in (5, 4, 3, 2, 1):
        name = " ".join(w for w in t.words[i : i + size] if w not in (".", "'", "")).strip()
        if t.words[i + size - 1] in (".", "'", ""):
            continue
        if name in NAMED_TIMES_OF_YEAR or name in EASTER_DAYS or name in WEEKDAY_HOLIDAYS:
            led = (
                t.words[i - 1] in ("on", "at", "by", "before", "after", "until", "every", "for", "next", "") or s.filled
            )
            year, end = year_behind(t, i + size)
            return set_day(s, Day("holiday", name=name, year=year), end, strong=True) if alone or led or size > 1 else 0
    return 0


def _this_or_next(t: Tokens, i: int, s: Slots, alone: bool) -> int:
    w, j = t.words, i + 1
    which = "next" if w[i] == "next" else "this"
    while w[j] in ("next", "coming", "upcoming", "following"):
        which = "after next" if which == "next" and w[j] == "next" else "next" if w[j] == "next" else which
        j += 1
    if w[i] in ("coming", "upcoming", "following"):
        which = "coming"
    if w[j] in WEEKDAYS:
        return _weekday(t, j, s, which, alone)
    if w[j] == "weekend":
        return set_day(s, Day("weekend", which=which), j + 1)
    if w[j] in _PERIODS and not (which == "this" and w[j] in ("day", "hour", "minute", "second")):
        k = j + 1
        if w[k] in ("on", ",") and w[k + 1] in WEEKDAYS and w[j] == "week":
            k += 1
        if w[j] == "week" and w[k] in WEEKDAYS:
            return set_day(s, Day("weekday", weekday=WEEKDAYS[w[k]], which=which + " week"), k + 1)
        return set_day(s, Day("period", unit=w[j], which=which), j + 1)
    if w[j] in MONTHS and which != "coming":
        inner = month_first_date(t, j, s, True)
        return inner or set_day(s, Day("month", month=MONTHS[w[j]], which=which), j + 1)
    if t.kinds[j] == "num" or t.kinds[j] == "ord":
        return day(t, j, s, True, True)
    return 0


def _edge(t: Tokens, i: int, s: Slots) -> int:
    """ "end of the month", "beginning of next week", "eod", "close of business"."""
    w = t.words
    short = {"eod": "day", "cob": "day", "eob": "day", "eow": "week", "eom": "month", "eoy": "year"}.get(w[i])
    if short:
        return set_day(s, Day("edge", unit=short, n=-1), i + 1)
    if w[i] == "close" and w[i + 1 : i + 3] == ["of", "business"]:
        return set_day(s, Day("edge", unit="day", n=-1), i + 3)
    sign = -1 if w[i] in ("end", "ending") else 1
    j = i + 1
    if w[j] != "of":
        return 0
    j += 1
    which = ""
    while w[j] in ("the", "this", "next", "business", "work", "working"):
        which = w[j] if w[j] in ("this", "next") else which
        j += 1
    if w[j] == "day" and s.repeats and sign < 0:
        s.parts.append("end of day")  # "every business day at end of day"
        return j + 1
    if w[j] in ("day", "week", "month", "year", "quarter", "workday"):
        return set_day(s, Day("edge", unit="day" if w[j] == "workday" else w[j], n=sign, which=which), j + 1)
    if w[j] in MONTHS:
        year, k = year_behind(t, j + 1)
        if sign < 0 and not s.timed:
            s.parts.append("end of day")
        return set_day(s, Day("nth", n=sign, weekday=9, month=MONTHS[w[j]], year=year), k)
    if w[j] == "q" and w[j + 1] in ("1", "2", "3", "4") and t.glued(j + 1):
        year, k = year_behind(t, j + 2)
        month = 3 * int(w[j + 1]) - (0 if sign < 0 else 2)
        if sign < 0 and not s.timed:
            s.parts.append("end of day")
        return set_day(s, Day("nth", n=sign, weekday=9, month=month, year=year), k)
    if w[j] in RELATIVE_DAYS or w[j] in WEEKDAYS:
        end = day(t, j, s, True, True)
        if end and not s.clocks and sign < 0:
            s.parts.append("end of day")
        return end
    return 0


def _month_alone(t: Tokens, i: int, s: Slots) -> int:
    """ "in december", "june of 2034", "march next year": its first day, which the answer names."""
    year, end = year_behind(t, i + 1)
    if not year and (t.words[i - 1] != "in" or s.repeats or s.day):
        return 0
    return set_day(s, Day("month", month=MONTHS[t.words[i]], year=year), end if year else i + 1)


def day(t: Tokens, i: int, s: Slots, month_first: bool, alone: bool) -> int:
    """Read one day into `s` and return where it ends, or 0. Raises Impossible for 30 February and the like."""
    w, word, kind = t.words, t.words[i], t.kinds[i]
    if kind == "num":
        found = numeric(t, i, s, month_first, alone) or day_first_date(t, i, s)
        if found:
            return found
        if len(word) == 4 and w[i + 1] in MONTHS and word.isdigit():
            inner = ordinal(t, i + 2) or cardinal(t, i + 2)
            return full_date(s, int(word), MONTHS[w[i + 1]], inner[0], inner[1]) if inner else 0
        bare = word.isdigit() and 1 <= int(word) <= 31 and len(word) <= 2
        if bare and (
            s.day
            and s.day.kind == "weekday"
            and not s.narrow
            and not s.clocks
            and w[i - 1] not in ("at", "for")
            and w[i + 1] in ("", "at", ",", "@")
            or w[i - 1] in ("the", "on")
            and w[i + 1] in ("", "at", "@", ",")
        ):
            return set_day(s, Day("monthday", day=int(word)), i + 1)
        if (
            bare
            and not s.filled
            and i == 0
            and w[i + 1] in ("at", ",")
            and w[i + 2] not in ("tonight", "today", "tomorrow", "night")
        ):
            return set_day(s, Day("monthday", day=int(word)), i + 1)
        return 0
    if word in RELATIVE_DAYS and not (word in WEAK_RELATIVE_DAYS and not alone):
        return set_day(s, Day("relative", n=RELATIVE_DAYS[word]), i + 1)
    if word == "week" and w[i + 1 : i + 3] == ["after", "next"]:
        return set_day(s, Day("period", unit="week", which="after next"), i + 3)
    if word == "later" and w[i + 1] == "today":
        return set_day(s, Day("relative", n=0), i + 2)
    if word == "the" and w[i + 1 : i + 4] == ["day", "after", "tomorrow"]:
        return set_day(s, Day("relative", n=2), i + 4)
    if w[i : i + 3] == ["day", "after", "tomorrow"]:
        return set_day(s, Day("relative", n=2), i + 3)
    if word in HOLIDAY_HEADS and (found := _holiday(t, i, s, alone)):
        return found
    if word in ("this", "next", "coming", "upcoming", "following"):
        return _this_or_next(t, i, s, alone)
    if word in ("weekend", "weekends") and (w[i - 1] == "the" or alone) and word == "weekend":
        return set_day(s, Day("weekend", which="this"), i + 1)
    if word in ("end", "ending", "beginning", "start", "begin", "eod", "eom", "eow", "eoy", "cob", "eob", "close"):
        return _edge(t, i, s)
    if word in WEEKDAYS:
        return _weekday(t, i, s, "", alone)
    if word in MONTHS:
        return month_first_date(t, i, s, alone) or _month_alone(t, i, s)
    found = _nth_of(t, i, s) or day_first_date(t, i, s)
    if found:
        return found
    if kind == "ord":
        value = int(word[:-2])
        if 1 <= value <= 31 and (w[i - 1] in ("the", "on", "by", "until", "before") or s.day or s.clocks or alone):
            return set_day(s, Day("monthday", day=value), i + 1)
    if (
        w[i - 1] in ("the", "on")
        and (o := ordinal(t, i))
        and 1 <= o[0] <= 31
        and (alone or s.day or s.clocks or i > 1 and w[i - 2] in ("on", "by", "until", "before", "for"))
        and w[o[1]] in ("", "at", ",", "that", "to", ".")
    ):
        return set_day(s, Day("monthday", day=o[0]), o[1])
    return 0
