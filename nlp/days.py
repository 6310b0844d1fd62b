"""Days in words: weekdays, dates in all usual forms, "the 15th", "next week", "last friday of june", holidays."""

from __future__ import annotations

import calendar

from nlp.lexicon import (
    EASTER_DAYS,
    HOLIDAY_HEADS,
    MONTHS,
    NAMED_TIMES_OF_YEAR,
    PLURAL_WEEKDAYS,
    RELATIVE_DAYS,
    WEAK_MONTHS,
    WEAK_RELATIVE_DAYS,
    WEAK_WEEKDAYS,
    WEEKDAY_HOLIDAYS,
    WEEKDAYS,
)
from nlp.rule import WEEKEND, WORKDAY
from nlp.scan import Tokens
from nlp.slots import Day, Impossible, Slots
from nlp.words import cardinal, ordinal

_PERIODS = frozenset({"second", "week", "month", "year", "quarter", "day", "hour", "minute"})


def real_date(year: int, month: int, day: int) -> None:
    """Raises Impossible for a day that the month never has, or not in that year (year 0: any)."""
    if not 1 <= month <= 12:
        raise Impossible(f"there is no month {month}; months go from 1 to 12, for example '2027-03-01'")
    longest = calendar.monthrange(year or 2024, month)[1]
    if not 1 <= day <= longest:
        raise Impossible(
            f"{calendar.month_name[month]} {year or ''} has no day {day}; its last is {longest}".replace("  ", " ")
        )


def _year(t: Tokens, i: int) -> tuple[int, int]:
    """A year behind a date: "2027", ", 2027", "two thousand and eighteen"; 0 when there is none."""
    j = i + 1 if t.words[i] in (",", "of", "in", "/", "-", ".") else i
    word = t.words[j]
    if (
        t.kinds[j] == "num"
        and len(word) == 4
        and word.isdigit()
        and 1960 <= int(word) <= (9999 if t.words[i] in ("in", ",") or int(word) % 100 > 59 else 2099)
    ):
        return int(word), j + 1
    if t.words[j : j + 2] == ["two", "thousand"]:
        k = j + 3 if t.words[j + 2] == "and" else j + 2
        rest = cardinal(t, k)
        return (2000 + rest[0], rest[1]) if rest and rest[0] < 100 else (2000, j + 2)
    return 0, i


def _set(s: Slots, day: Day, j: int, *, strong: bool = True) -> int:
    if s.day is None:
        s.day = day
    elif s.day.kind == "edge" and s.day.unit == "day" and day.kind in ("relative", "weekday", "date"):
        s.day = day
        s.parts.append("end of day")
    elif day.kind == "edge" and day.unit == "day" and day.n < 0:
        s.parts.append("end of day")
    elif s.narrow is None:
        s.narrow = day
    else:
        return 0
    s.strong = s.strong or strong
    return j


def _numeric(t: Tokens, i: int, s: Slots, month_first: bool, alone: bool) -> int:
    """ "2027-03-01", "24/12", "24.12.2026", "3/14/26", "2020/23/Sep"."""
    w = t.words
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
            return _date(s, int(w[i]), MONTHS[w[i + 4]], int(w[i + 2]), i + 5)
        return _triple(s, i + 5, (w[i], w[i + 2], w[i + 4]), sep, month_first, alone)
    if w[i + 2] in MONTHS and sep in ("/", "-"):
        month = MONTHS[w[i + 2]]
        if w[i + 3] == sep and t.kinds[i + 4] == "num":
            first, last = int(w[i]), int(w[i + 4])
            return (
                _date(s, first, month, last, i + 5)
                if first > 31
                else _date(s, _full_year(w[i + 4]), month, first, i + 5)
            )
        return _set(s, Day("date", month=month, day=int(w[i])), i + 3)
    if (
        t.kinds[i + 2] == "num"
        and w[i + 2].isdigit()
        and sep in ("/", "-")
        and (joined or alone or w[i - 1] == "on")
        and len(w[i]) <= 2
        and len(w[i + 2]) <= 2
    ):
        if sep == "-" and not alone or w[i + 3] in ("/", "-") and t.glued(i + 3):
            return 0
        return _pair(s, int(w[i]), int(w[i + 2]), i + 3, month_first)
    return 0


def _full_year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _pair(s: Slots, a: int, b: int, j: int, month_first: bool) -> int:
    month, day = (a, b) if (month_first and a <= 12) or b > 12 else (b, a)
    if month <= 12 and day <= 12 and month != day:
        s.notes.append(
            f"read '{a}/{b}' as {calendar.month_name[month]} {day} ({'month' if month == a else 'day'} first)"
        )
    real_date(0, month, day)
    return _set(s, Day("date", month=month, day=day), j)


def _triple(s: Slots, j: int, parts: tuple[str, str, str], sep: str, month_first: bool, alone: bool) -> int:
    a, b, c = parts
    if len(a) == 4:
        return _date(s, int(a), int(b), int(c), j)
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
    return _date(s, year, month, day, j)


def _date(s: Slots, year: int, month: int, day: int, j: int) -> int:
    if not 1900 <= year <= 9999:
        return 0
    real_date(year, month, day)
    return _set(s, Day("date", year=year, month=month, day=day), j)


def _month_first_date(t: Tokens, i: int, s: Slots, alone: bool) -> int:
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
        year, k = _year(t, end)
        real_date(year, month, last[0])
        return _set(s, Day("date", year=year, month=month, day=found[0]), k)
    return 0


def _too_big(month: int, day: int) -> None:
    raise Impossible(f"{calendar.month_name[month]} has no day {day}; say for example '{calendar.month_name[month]} 1'")


def _day_first_date(t: Tokens, i: int, s: Slots) -> int:
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
        year, k = _year(t, j + 2 if w[j + 1] == "." else j + 1)
        real_date(year, MONTHS[w[j]], day)
        return _set(s, Day("date", year=year, month=MONTHS[w[j]], day=day), k)
    if w[j] in ("this", "next") and w[j + 1] == "month" and j > found[1]:
        return _set(s, Day("monthday", day=day, which=w[j]), j + 2)
    if w[j] == "month" and w[found[1]] == "of" and t.kinds[i] == "ord":
        return _set(s, Day("monthday", day=day), j + 1)
    return 0


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
            year, end = _year(t, k + 1)
            return _set(s, Day("nth", n=n, weekday=kind, month=MONTHS[w[k]], year=year), end)
        if w[k] in ("month", "quarter", "year", "week"):
            return _set(s, Day("nth", n=n, weekday=kind, unit=w[k], which=which), k + 1)
        return 0
    return _set(s, Day("nth", n=n, weekday=kind, unit="month"), j) if n > 0 and kind < 7 else 0


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
        return _set(s, Day("weekday", weekday=day, which=w[k] + " week"), k + 2)
    if w[j : j + 2] == ["after", "next"]:
        return _set(s, Day("weekday", weekday=day, which="after next"), j + 2)
    if w[j] == "week" and not which:  # "monday week": the one after
        return _set(s, Day("weekday", weekday=day, n=1), j + 1)
    return _set(s, Day("weekday", weekday=day, which=which), j)


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
    for size in (3, 2, 1):
        name = " ".join(t.words[i : i + size]).strip()
        if name in NAMED_TIMES_OF_YEAR or name in EASTER_DAYS or name in WEEKDAY_HOLIDAYS:
            led = t.words[i - 1] in ("on", "at", "by", "before", "after", "until", "every", "for", "next") or s.filled
            return _set(s, Day("holiday", name=name), i + size, strong=True) if alone or led or size > 1 else 0
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
        return _set(s, Day("weekend", which=which), j + 1)
    if w[j] in _PERIODS and not (which == "this" and w[j] in ("day", "hour", "minute", "second")):
        k = j + 1
        if w[k] in ("on", ",") and w[k + 1] in WEEKDAYS and w[j] == "week":
            k += 1
        if w[j] == "week" and w[k] in WEEKDAYS:
            return _set(s, Day("weekday", weekday=WEEKDAYS[w[k]], which=which + " week"), k + 1)
        return _set(s, Day("period", unit=w[j], which=which), j + 1)
    if w[j] in MONTHS and which != "coming":
        inner = _month_first_date(t, j, s, True)
        return inner or _set(s, Day("nth", n=1, weekday=9, month=MONTHS[w[j]]), j + 1)
    if t.kinds[j] == "num" or t.kinds[j] == "ord":
        return day(t, j, s, True, True)
    return 0


def _edge(t: Tokens, i: int, s: Slots) -> int:
    """ "end of the month", "beginning of next week", "eod", "close of business"."""
    w = t.words
    short = {"eod": "day", "cob": "day", "eob": "day", "eow": "week", "eom": "month", "eoy": "year"}.get(w[i])
    if short:
        return _set(s, Day("edge", unit=short, n=-1), i + 1)
    if w[i] == "close" and w[i + 1 : i + 3] == ["of", "business"]:
        return _set(s, Day("edge", unit="day", n=-1), i + 3)
    sign = -1 if w[i] in ("end", "ending") else 1
    j = i + 1
    if w[j] != "of":
        return 0
    j += 1
    which = ""
    while w[j] in ("the", "this", "next", "business", "work", "working"):
        which = w[j] if w[j] in ("this", "next") else which
        j += 1
    if w[j] in ("day", "week", "month", "year", "quarter", "workday"):
        return _set(s, Day("edge", unit="day" if w[j] == "workday" else w[j], n=sign, which=which), j + 1)
    if w[j] in MONTHS:
        year, k = _year(t, j + 1)
        return _set(s, Day("nth", n=sign, weekday=9, month=MONTHS[w[j]], year=year), k)
    if w[j] in RELATIVE_DAYS or w[j] in WEEKDAYS:
        end = day(t, j, s, True, True)
        if end and not s.clocks and sign < 0:
            s.parts.append("end of day")
        return end
    return 0


def day(t: Tokens, i: int, s: Slots, month_first: bool, alone: bool) -> int:
    """Read one day into `s` and return where it ends, or 0. Raises Impossible for 30 February and the like."""
    w, word, kind = t.words, t.words[i], t.kinds[i]
    if kind == "num":
        found = _numeric(t, i, s, month_first, alone) or _day_first_date(t, i, s)
        if found:
            return found
        if len(word) == 4 and w[i + 1] in MONTHS and word.isdigit():
            inner = ordinal(t, i + 2) or cardinal(t, i + 2)
            return _date(s, int(word), MONTHS[w[i + 1]], inner[0], inner[1]) if inner else 0
        bare = word.isdigit() and 1 <= int(word) <= 31 and len(word) <= 2
        if bare and (
            s.day
            and s.day.kind == "weekday"
            and not s.narrow
            and w[i - 1] not in ("at", "for")
            and w[i + 1] in ("", "at", ",", "@")
            or w[i - 1] in ("the", "on")
            and w[i + 1] in ("", "at", "@", ",")
        ):
            return _set(s, Day("monthday", day=int(word)), i + 1)
        if (
            bare
            and not s.filled
            and i == 0
            and w[i + 1] in ("at", ",")
            and w[i + 2] not in ("tonight", "today", "tomorrow")
        ):
            return _set(s, Day("monthday", day=int(word)), i + 1)
        return 0
    if word in RELATIVE_DAYS and not (word in WEAK_RELATIVE_DAYS and not alone):
        return _set(s, Day("relative", n=RELATIVE_DAYS[word]), i + 1)
    if word == "later" and w[i + 1] == "today":
        return _set(s, Day("relative", n=0), i + 2)
    if word == "the" and w[i + 1 : i + 4] == ["day", "after", "tomorrow"]:
        return _set(s, Day("relative", n=2), i + 4)
    if w[i : i + 3] == ["day", "after", "tomorrow"]:
        return _set(s, Day("relative", n=2), i + 3)
    if word in HOLIDAY_HEADS and (found := _holiday(t, i, s, alone)):
        return found
    if word in ("this", "next", "coming", "upcoming", "following"):
        return _this_or_next(t, i, s, alone)
    if word in ("weekend", "weekends") and (w[i - 1] == "the" or alone) and word == "weekend":
        return _set(s, Day("weekend", which="this"), i + 1)
    if word in ("end", "ending", "beginning", "start", "begin", "eod", "eom", "eow", "eoy", "cob", "eob", "close"):
        return _edge(t, i, s)
    if word in WEEKDAYS:
        return _weekday(t, i, s, "", alone)
    if word in MONTHS:
        return _month_first_date(t, i, s, alone)
    found = _nth_of(t, i, s) or _day_first_date(t, i, s)
    if found:
        return found
    if kind == "ord":
        value = int(word[:-2])
        if 1 <= value <= 31 and (w[i - 1] in ("the", "on", "by", "until", "before") or s.day or s.clocks or alone):
            return _set(s, Day("monthday", day=value), i + 1)
    if (
        w[i - 1] in ("the", "on")
        and (o := ordinal(t, i))
        and 1 <= o[0] <= 31
        and (alone or s.day or s.clocks)
        and w[o[1]] in ("", "at", ",")
    ):
        return _set(s, Day("monthday", day=o[0]), o[1])
    return 0
