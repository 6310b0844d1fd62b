"""Numbers and durations: small parsers that take tokens and a position and give a value and the next position."""

from __future__ import annotations

from alarum_nlp.reading.lexicon import GLUED_UNITS, NUMBERS, ORDINALS, TENS, UNITS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import Duration
from alarum_nlp.rule.model import SECONDS

ONE = {
    "hour": Duration(seconds=3600), "day": Duration(days=1), "week": Duration(days=7), "month": Duration(months=1),
    "year": Duration(months=12),
}  # fmt: skip


def cardinal(t: Tokens, i: int) -> tuple[int, int] | None:
    """A whole number in digits or words: "45", "twenty five", "twenty-five", "a hundred"."""
    word = t.words[i]
    if t.kinds[i] == "num":
        return (int(word), i + 1) if word.isdigit() else None
    if word in TENS:
        j = i + 2 if t.words[i + 1] == "-" else i + 1
        unit = NUMBERS.get(t.words[j], 0)
        return (TENS[word] + unit, j + 1) if 0 < unit < 10 else (TENS[word], i + 1)
    if word in NUMBERS:
        if t.words[i + 1] == "hundred":
            k = i + 3 if t.words[i + 2] == "and" else i + 2
            rest = cardinal(t, k) if t.kinds[k] == "word" and t.words[k + 1] != "hundred" else None
            rest = rest if rest and rest[0] < 100 else (0, i + 2)
            return NUMBERS[word] * 100 + rest[0], rest[1]
        return NUMBERS[word], i + 1
    return None


def ordinal(t: Tokens, i: int) -> tuple[int, int] | None:
    """ "15th", "third", "twenty first", "last" (-1), "second to last" (-2)."""
    word = t.words[i]
    if t.kinds[i] == "ord":
        value, j = int(word[:-2]), i + 1
    elif word in ORDINALS:
        value, j = ORDINALS[word], i + 1
    elif word in TENS:
        j = i + 2 if t.words[i + 1] == "-" else i + 1
        unit = ORDINALS.get(t.words[j], 0)
        if not 0 < unit < 10:
            return None
        value, j = TENS[word] + unit, j + 1
    elif word in ("last", "final"):
        return -1, i + 1
    elif word == "penultimate":
        return -2, i + 1
    else:
        return None
    k = j + 1 if t.words[j] == "-" else j
    if t.words[k] == "to" and t.words[k + 1] in ("last", "-") and "last" in t.words[k + 1 : k + 3]:
        return -value, t.words.index("last", k) + 1
    if t.words[k] == "last":
        return -value, k + 1
    return value, j


def _amount(t: Tokens, i: int) -> tuple[float, int] | None:
    """An amount in front of a unit: "2", "2.5", "a", "half an", "a couple of", "three quarters of an", "1/4"."""
    w = t.words
    if w[i] == "half":
        return 0.5, i + 2 if w[i + 1] in ("a", "an") else i + 1
    if w[i] in ("quarter", "three-quarters") or w[i : i + 2] == ["a", "quarter"]:
        j = i + 1 if w[i] == "quarter" else i + 2
        return (0.25, j + 2) if w[j] in ("of",) and w[j + 1] in ("a", "an") else None
    if w[i] == "three" and w[i + 1] in ("quarters", "-"):
        j = i + 2 if w[i + 1] == "quarters" else i + 3
        return (0.75, j + 2) if w[j] == "of" and w[j + 1] in ("a", "an") else None
    if w[i] in ("a", "an", "another"):
        if w[i + 1] == "couple":
            return 2, i + 3 if w[i + 2] == "of" else i + 2
        if w[i + 1] == "few":
            return 3, i + 2
        if w[i + 1] == "half":
            return 0.5, i + 2
        return 1, i + 1
    if w[i] == "couple":
        return 2, i + 2 if w[i + 1] == "of" else i + 1
    if w[i] == "few":
        return 3, i + 1
    if t.kinds[i] == "num":
        if w[i + 1] == "/" and t.kinds[i + 2] == "num" and w[i + 2].isdigit() and int(w[i + 2]) and w[i].isdigit():
            return int(w[i]) / int(w[i + 2]), i + 3
        if w[i].isdigit() and t.kinds[i + 1] == "num" and w[i + 2] == "/" and w[i + 3].isdigit() and int(w[i + 3]):
            return int(w[i]) + float(w[i + 1].replace(",", ".")) / int(w[i + 3]), i + 4  # "1 1/2"
        if w[i].isdigit() and w[i + 1 : i + 4] in (["and", "a", "half"], ["and", "an", "half"]):
            return int(w[i]) + 0.5, i + 4
        return int(w[i]) if w[i].isdigit() else float(w[i].replace(",", ".")), i + 1
    found = cardinal(t, i)
    if found and w[found[1] : found[1] + 3] in (["and", "a", "half"], ["and", "an", "half"]):
        return found[0] + 0.5, found[1] + 3
    return found


def unit_at(t: Tokens, i: int) -> tuple[str, int] | None:
    """A unit word; one or two letters only when glued to their number ("5m"), and "m" is minutes."""
    word = t.words[i]
    if t.glued(i) and t.kinds[i - 1] == "num" and word == "m":
        return "minute", i + 1
    if word in UNITS and word not in ("night", "nights"):
        if len(word) == 1 and not t.glued(i) and t.kinds[i - 1] != "num":
            return None
        return UNITS[word], i + 1
    if t.kinds[i] == "mark" and t.glued(i) and t.kinds[i - 1] == "num":
        if word in ("'", "′"):
            return "minute", i + 1
        if word in ('"', "″") and t.words[i - 1].isdigit():
            return "second", i + 1
    return None


def _of(amount: float, name: str) -> Duration | None:
    if name in SECONDS:
        return Duration(seconds=round(amount * SECONDS[name], 3))
    if name in ("day", "week", "fortnight"):
        days = amount * {"day": 1, "week": 7, "fortnight": 14}[name]
        whole = int(days)
        return Duration(days=whole, seconds=(days - whole) * 86400)
    months = amount * {"month": 1, "quarter": 3, "year": 12}[name]
    return Duration(months=int(months)) if months == int(months) else None


def _workdays(t: Tokens, i: int) -> int:
    """ "working days", "workdays" behind a number; 0 when nothing of the kind stands there."""
    w = t.words
    if w[i] in ("working", "business", "work") and w[i + 1] in ("days", "day"):
        return i + 2
    return i + 1 if w[i] in ("workdays", "weekdays", "workday") else 0


def _iso_period(word: str) -> Duration:
    """ "p1dt2h" (ISO 8601 duration, as in RFC 5545)."""
    days, _, clock = word[1:].partition("t")
    total = Duration()
    for part, units in (
        (days, {"y": "year", "m": "month", "w": "week", "d": "day"}),
        (clock, {"h": "hour", "m": "minute", "s": "second"}),
    ):
        number = ""
        for c in part:
            if c.isdigit():
                number += c
            elif number and c in units and (piece := _of(int(number), units[c])):
                total, number = total + piece, ""
    return total


def duration_at(t: Tokens, i: int) -> tuple[Duration, int] | None:
    """A length of time: "45 minutes", "an hour and a half", "1h30", "2 hrs 5", "2 weeks and 3 days"."""
    if t.kinds[i] == "period":
        return _iso_period(t.words[i]), i + 1
    total: Duration | None = None
    last = ""
    while True:
        j = i
        if total is not None and t.words[j] in ("and", ",", "&"):
            j += 1
            if t.words[j] == "and":
                j += 1
        found = _amount(t, j)
        if found is None:
            break
        behind = found[1] + 1 if t.words[found[1]] == "-" and t.glued(found[1]) else found[1]
        if total is None and isinstance(found[0], int) and (days := _workdays(t, behind)):
            return Duration(workdays=found[0]), days
        named = unit_at(t, behind) if behind == found[1] or len(t.words[behind]) > 1 else None
        if named is None:
            if total is not None and t.words[j : j + 2] == ["a", "half"] and last in (*SECONDS, "day"):
                half = _of(0.5, last)
                return (total + half, j + 2) if half else None
            small = {"hour": "minute", "minute": "second"}.get(last)
            bare = t.kinds[j] == "num" and t.words[j].isdigit() and int(t.words[j]) < 60 and j == i
            if total is not None and small and bare and t.words[j + 1] in ("", "later", "from", ",", ".", "to"):
                extra = _of(found[0], small)
                return (total + extra, j + 1) if extra else None
            break
        if named[0] == last:
            break
        if total is None and found[1] == i + 1 and t.words[i] in ("a", "an") and t.words[found[1]] in GLUED_UNITS:
            return None
        part = _of(found[0], named[0])
        if part is None:
            return None
        k = named[1]
        if t.words[k] == "." and t.words[k - 1] in ("min", "mins", "hr", "hrs", "sec", "secs"):
            k += 1
        total, i, last = (total + part if total else part), k, named[0]
    return (total, i) if total is not None else None
