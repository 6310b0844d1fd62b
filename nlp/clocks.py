"""Times of day in words: "at 5", "17:00", "half past 8", "quarter to seven", "noon", "late tomorrow morning"."""

from __future__ import annotations

from dataclasses import replace

from nlp.lexicon import NUMBERS, PARTS, UNITS, WEAK_PARTS
from nlp.rule import SUBDAILY
from nlp.scan import Tokens
from nlp.slots import Clock, Day, Impossible, Slots
from nlp.words import cardinal

AT = frozenset({"at", "@", "around", "by", "about", "approximately", "til", "till", "until", "past", "before", "after"})
MARKS = frozenset({"sharp", "exactly", "approximately", "approx", "ish", "prompt"})


def _meridiem(t: Tokens, i: int) -> tuple[str, int] | None:
    """ "am", "p.m.", "p m", "in the AM"; one letter only when glued to its number."""
    w = t.words
    if w[i] == "." and w[i + 1] in ("am", "pm") and t.glued(i):
        i += 1
    if w[i] == "in" and w[i + 1] == "the" and w[i + 2] in ("am", "pm"):
        i += 2
    if w[i] in ("am", "pm"):
        return w[i][0], i + 1
    if w[i] in ("a", "p"):
        if w[i + 1] == "." and w[i + 2] == "m":
            return w[i], i + 4 if w[i + 3] == "." else i + 3
        if w[i + 1] == "m" and t.kinds[i + 1] == "word":
            return w[i], i + 2
        if t.glued(i):
            return w[i], i + 1
    return None


def _with_meridiem(clock: Clock, letter: str) -> Clock:
    hour = clock.hour
    if hour > 12:
        if clock.minute == 0 and letter == "p":
            raise Impossible(f"{hour} pm is no time; say '{hour}:00' or '{hour - 12} pm'")
        if letter == "a":
            raise Impossible(f"{hour}:{clock.minute:02} is never am; say '{hour}:{clock.minute:02}'")
        return Clock(hour, clock.minute, clock.second, clock.micro, True, clock.words)
    if hour == 0 and letter == "p":
        raise Impossible("there is no 0 pm; say '12:00' or 'midnight'")
    hour = hour % 12 + (12 if letter == "p" else 0)
    return Clock(hour, clock.minute, clock.second, clock.micro, True, clock.words)


def _checked(hour: int, minute: int = 0, second: int = 0, *, fixed: bool = False, micro: int = 0) -> Clock:
    if hour == 24 and minute == 0 and second == 0:
        raise Impossible("24:00 is 00:00 of the next day; say 'midnight' or '00:00' with the day")
    if hour > 23 or minute > 59 or second > 59:
        raise Impossible(f"{hour}:{minute:02} is no time of day; hours go to 23 and minutes to 59, for example '17:30'")
    return Clock(hour, minute, second, micro, fixed or hour > 12 or hour == 0)


def _digits(t: Tokens, i: int, s: Slots, led: bool) -> tuple[Clock, int] | None:
    """A clock written in figures, or None when the figures are something else."""
    w, kind = t.words, t.kinds[i]
    if kind == "clock":
        head, _, fraction = w[i].replace(",", ".").partition(".")
        parts = [int(p) for p in head.split(":")]
        clock = _checked(
            *parts,
            micro=int(fraction.ljust(6, "0")[:6]) if fraction else 0,
            fixed=w[i][0] == "0" or len(parts) == 3 and parts[0] > 12,
        )
        return clock, i + 1
    if kind != "num":
        return None
    text = w[i]
    if w[i + 1] == "h" and t.glued(i + 1) and text.isdigit() and int(text) < 25:
        if t.kinds[i + 2] == "num" and t.glued(i + 2) and len(w[i + 2]) == 2:
            return _checked(int(text), int(w[i + 2])), i + 3
        return (
            (_checked(int(text)), i + 2) if (led or s.day or s.weekdays) and w[i + 2] not in ("from", "later") else None
        )
    after = _meridiem(t, i + 1)
    if "." in text:
        hour, minute = text.split(".")
        if (
            len(minute) == 2
            and int(hour) < 24
            and int(minute) < 60
            and (after or led or w[i + 1] in ("today", "tomorrow", "tonight"))
        ):
            return _checked(int(hour), int(minute)), i + 1
        return None
    if not text.isdigit():
        return None
    value = int(text)
    if after or w[i + 1] in ("o", "oclock", "o'clock") or (w[i + 1] in MARKS and led):
        if len(text) in (3, 4) and value % 100 < 60:
            return _checked(value // 100, value % 100), i + 1
        if value > 24 or len(text) > 2:
            raise Impossible(f"{text} is no hour; hours go to 23, for example '5 pm' or '17:00'")
        return _checked(value, fixed=False), i + 1
    if len(text) == 4 and w[i + 1] in ("h", "hrs", "hours") and value % 100 < 60 and value // 100 < 24:
        return _checked(value // 100, value % 100, fixed=True), i + 2
    if len(text) in (3, 4) and value % 100 < 60 and value // 100 < 24:
        return (_checked(value // 100, value % 100, fixed=text[0] == "0"), i + 1) if led or s.weekdays else None
    if led and value <= 24 and len(text) <= 2:
        if (
            t.kinds[i + 1] == "num"
            and len(w[i + 1]) == 2
            and w[i + 1].isdigit()
            and int(w[i + 1]) < 60
            and not t.glued(i + 1)
        ):
            return _checked(value, int(w[i + 1])), i + 2
        if value == 24:
            return None
        return _checked(value), i + 1
    return None


def _in_words(t: Tokens, i: int, led: bool) -> tuple[Clock, int] | None:
    """ "seven", "nine fifty nine", "twelve thirty" where something makes them a clock."""
    found = cardinal(t, i)
    if t.words[i] in ("zero", "oh") and t.words[i + 2] == "hundred" and (found := cardinal(t, i + 1)):
        return Clock(found[0] // 100, found[0] % 100, fixed=True), found[1] + (t.words[found[1]] == "hours")
    if found and t.words[i + 1] == "hundred":
        return _hundreds(t, *found, led)
    if not found or t.kinds[i] == "num" or not 0 < found[0] <= 23:
        return None
    hour, j = found
    if hour > 12:  # "fourteen thirty"
        minutes = cardinal(t, j)
        sure = minutes and t.kinds[j] != "num" and 10 <= minutes[0] < 60 and (led or t.words[minutes[1]] == "")
        return (Clock(hour, minutes[0], fixed=True), minutes[1]) if sure and minutes else None
    if t.words[j] == "-":
        return None
    if t.words[j] == "oh" or t.words[j] == "o":
        small = cardinal(t, j + 1)
        if small and small[0] < 10:
            return Clock(hour, small[0]), small[1]
    minutes = cardinal(t, j)
    if minutes and t.kinds[j] != "num" and 10 <= minutes[0] < 60 and (led or _meridiem(t, minutes[1])):
        return Clock(hour, minutes[0]), minutes[1]
    if led or _meridiem(t, j) or t.words[j] in ("o'clock", "oclock"):
        return Clock(hour), j
    return None


def _hundreds(t: Tokens, value: int, j: int, led: bool) -> tuple[Clock, int] | None:
    """ "eight hundred", "five hundred and thirty am", "eighteen hundred hours", as it is spoken and transcribed."""
    hour, minute = divmod(value, 100)
    if minute > 59 or hour > 24:
        return None
    if t.words[j] == "hours":
        return Clock(hour % 24, minute, fixed=True), j + 1
    return (Clock(hour, minute, fixed=hour > 12), j) if led or _meridiem(t, j) else None


def _past_or_to(t: Tokens, i: int, s: Slots) -> tuple[Clock, int] | None:
    """ "half past 8", "a quarter to noon", "20 minutes past 3pm", "ten past 9"."""
    w = t.words
    if w[i - 1] in ("from", "between"):
        return None  # "from 9 to 5" is a range
    j = i + 1 if w[i] in ("a", "an") else i
    if w[i] in ("a", "one") and w[i + 1] == "minute":
        minutes, k = 1, i + 2
    elif w[j] == "half":
        minutes, k = 30, j + 1
    elif w[j] == "three" and w[j + 1] == "quarters":
        minutes, k = 45, j + 2
    elif w[j] == "quarter":
        minutes, k = 15, j + 1
    else:
        found = cardinal(t, j)
        if not found or not 0 < found[0] < 60:
            return None
        minutes, k = found
        if w[k] in ("minutes", "minute", "min", "mins"):
            k += 1
        elif t.kinds[j] == "num" and (minutes % 5 or w[k] == "to" and w[i - 1] not in AT and not _ends_time(t, k + 2)):
            return None  # "9 to 5" are hours, "10 to 15 people" are people
    if w[j] == "half" and (half := _half_hour(t, k, w[i - 1])):
        return half
    if w[k] in ("past", "after", "from"):
        sign = 1
    elif w[k] in ("to", "till", "before", "of", "til"):
        sign = -1
    else:
        return None
    if (
        w[k] in ("of", "from", "after", "before")
        and w[j] not in ("quarter", "half")
        and w[k - 1] not in ("minutes", "mins", "min", "minute")
        and not (w[k] == "after" and w[j] in ("five", "ten", "twenty") and t.words[k + 1] in NUMBERS)
    ):
        return None
    noon = {"noon": 12, "midday": 12, "midnight": 0}.get(w[k + 1])
    if noon is not None:
        base, end = Clock(noon, fixed=True), k + 2
    else:
        hour = _digits(t, k + 1, s, True) or _in_words(t, k + 1, True)
        if hour is None or hour[0].minute and w[k] not in ("past", "to"):
            return None
        base, end = hour
        letter = _meridiem(t, end)
        if letter:
            base, end = _with_meridiem(base, letter[0]), letter[1]
    total = (base.hour * 60 + base.minute + sign * minutes) % 1440
    hour_now = total // 60
    if not base.fixed and hour_now == 0:
        hour_now = 12
    if not base.fixed and base.hour == 7 and hour_now == 6:
        return Clock(6, total % 60, words="morning"), end  # seven is a morning hour, and so is a quarter to it
    return Clock(hour_now, total % 60, 0, 0, base.fixed), end


def _ends_time(t: Tokens, i: int) -> bool:
    """Whether a time can end before token `i`."""
    return t.kinds[i] != "word" or t.words[i] in (
        "am",
        "pm",
        "in",
        "on",
        "tomorrow",
        "today",
        "tonight",
        "this",
        "to",
        "and",
    )


def _half_hour(t: Tokens, k: int, before: str) -> tuple[Clock, int] | None:
    """ "half seven", British for 7:30, where "at" or "pm" makes it a time."""
    hour = cardinal(t, k)
    if (
        not hour
        or not 1 <= hour[0] <= 12
        or not (before in ("at", "by", "around", "until", "till") or _meridiem(t, hour[1]) or t.count == hour[1])
    ):
        return None
    base, end = Clock(hour[0], 30), hour[1]
    letter = _meridiem(t, end)
    return (_with_meridiem(base, letter[0]), letter[1]) if letter else (base, end)


def clock(t: Tokens, i: int, s: Slots, *, led: bool) -> int:
    """Read one time of day into `s`; `led` is true when a word before it promises one ("at")."""
    w = t.words
    if w[i] in ("noon", "midday", "noontime") or (
        w[i] == "mid" and "day" in (w[i + 1], w[i + 2] if w[i + 1] == "-" else "")
    ):
        j = i + 1 if w[i] != "mid" else i + (2 if w[i + 1] == "day" else 3)
        s.clocks.append(Clock(12, fixed=True, words="noon"))
        s.strong = True
        return j
    if w[i] == "12" and w[i + 1] in ("noon", "midday"):
        s.clocks.append(Clock(12, fixed=True, words="noon"))
        s.strong = True
        return i + 2
    if w[i] == "midnight" or (w[i] == "12" and w[i + 1] == "midnight"):
        s.clocks.append(Clock(0, fixed=True, words="midnight"))
        s.strong = True
        return i + (1 if w[i] == "midnight" else 2)
    found = _past_or_to(t, i, s)
    sure = found is not None
    if found is None:
        found = _digits(t, i, s, led) or _in_words(t, i, led)
    if found is None:
        return 0
    value, j = found
    sure = sure or t.kinds[i] == "clock" or w[i + 1] == "h" or w[j - 1] in ("h", "hrs")
    if t.kinds[j - 1] == "clock" and w[j] in ("hours", "hrs", "hour", "h") or w[j] == "hours" and len(w[j - 1]) == 4:
        return _taken(s, value, j + 1)  # "06:00 hours", "1800 hours"
    if w[j] in ("o'clock", "oclock"):
        j, sure = j + 1, True
    elif w[j] == "o" and w[j + 1] in ("clock", "'"):
        j, sure = (j + 2 if w[j + 1] == "clock" else j + 3), True
    letter = _meridiem(t, j)
    if letter:
        value, j, sure = _with_meridiem(value, letter[0]), letter[1], True
    if w[j] in MARKS:
        j += 1
    if not sure and not _fits_after(t, j):
        return 0
    s.clocks.append(value)
    s.strong = s.strong or sure or led
    return j


def _taken(s: Slots, value: Clock, j: int) -> int:
    s.clocks.append(replace(value, fixed=True))
    s.strong = True
    return j


# After a bare number these make it an amount of something: "at 5 points", "at 3 main street".
_AMOUNTS = frozenset(
    {"m", "%", "percent", "points", "degrees", "dollars", "euros", "people", "occurrences", "times", "x", "/", "km", "miles",
     "kg", "st", "street", "avenue"}
)  # fmt: skip


def _fits_after(t: Tokens, j: int) -> bool:
    after = t.words[j]
    if t.words[j - 1] == "one" and after in ("for", "of", "in", "at", "on", "day", "more", "alarm", "reminder"):
        return False
    return after not in _AMOUNTS and not (after in UNITS and len(after) > 1)


_MEALS = frozenset({"lunch", "breakfast", "dinner", "brunch"})


def _at_meal(t: Tokens, i: int, s: Slots) -> bool:
    """Whether a meal is a time: "at lunch", "tomorrow lunch"; not "at 12:00, lunch with Bo"."""
    w = t.words
    if t.count == 1 or w[i - 1] in ("at", "by", "before", "after", "this", "around", "every", "until", "till"):
        return True
    return bool(s.day and not s.clocks) and w[i - 1] != "," and w[i + 1] in ("", ".", ",", "time", "at")


def part(t: Tokens, i: int, s: Slots, *, alone: bool) -> int:
    """Read a part of the day into `s`: "morning", "in the evening", "late afternoon", "tonight"."""
    w, j = t.words, i
    if w[j] in ("early", "late", "later", "mid"):
        j += 1
        while w[j] in ("in", "the", "on", "-", "this") or (w[j] == "at" and w[j + 1] == "night"):
            j += 1
    name = PARTS.get(w[j])
    if name is None or (j > i and w[j] in WEAK_PARTS and not w[j].startswith("night")):
        return 0
    if w[j] in WEAK_PARTS and PARTS[w[j]] != "night" and s.clocks:
        return 0  # "at noon for lunch"
    if w[j] in _MEALS and j == i and not _at_meal(t, i, s):
        return 0
    if w[j] in WEAK_PARTS and not (
        alone
        and (t.count == 1 or w[i - 1] != "")
        or s.day
        or s.weekdays
        or s.clocks
        or s.unit
        or w[i - 1] in ("at", "the", "in", "every", "this", "last", "by")
    ):
        return 0
    early_late = {"early": -1, "late": 1, "later": 1}.get(w[i], 0) if j > i else 0
    if w[i] == "mid" and j > i:
        name = {"morning": "midmorning", "afternoon": "midafternoon"}.get(name, name)
    if w[i - 1] == "this" and s.day is None and (not s.repeats or s.unit in SUBDAILY):
        s.day = Day("relative", n=0)
    s.parts.append(name if not early_late else f"{w[i].replace('later', 'late')} {name}")
    s.strong = s.strong or w[j] not in WEAK_PARTS
    if w[j] in ("mornings", "afternoons", "evenings", "nights"):
        s.plural = True
    return j + 1
