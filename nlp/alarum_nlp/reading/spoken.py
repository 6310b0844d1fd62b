"""Times of day in spoken words: "half past 8", "quarter to seven", "nine fifty nine", "eighteen hundred hours"."""

from __future__ import annotations

from alarum_nlp.reading.figures import digits
from alarum_nlp.reading.halves import meridiem, with_meridiem
from alarum_nlp.reading.lexicon import NUMBERS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal
from alarum_nlp.resolve.slots import ClockTime, Slots

AT = frozenset({"at", "@", "around", "by", "about", "approximately", "til", "till", "until", "past", "before", "after"})


def in_words(t: Tokens, i: int, led: bool) -> tuple[ClockTime, int] | None:
    """ "seven", "nine fifty nine", "twelve thirty" where something makes them a clock."""
    found = cardinal(t, i)
    if t.words[i] in ("zero", "oh") and t.words[i + 2] == "hundred" and (found := cardinal(t, i + 1)):
        return ClockTime(found[0] // 100, found[0] % 100, fixed=True), found[1] + (t.words[found[1]] == "hours")
    if found and t.words[i + 1] == "hundred":
        return _hundreds(t, *found, led)
    if not found or t.kinds[i] == "num" or not 0 < found[0] <= 23:
        return None
    hour, j = found
    if hour > 12:  # "fourteen thirty"
        minutes = cardinal(t, j)
        sure = minutes and t.kinds[j] != "num" and 10 <= minutes[0] < 60 and (led or t.words[minutes[1]] == "")
        return (ClockTime(hour, minutes[0], fixed=True), minutes[1]) if sure and minutes else None
    if t.words[j] == "-":
        return None
    if t.words[j] == "oh" or t.words[j] == "o":
        small = cardinal(t, j + 1)
        if small and small[0] < 10:
            return ClockTime(hour, small[0]), small[1]
    minutes = cardinal(t, j)
    if minutes and t.kinds[j] != "num" and 10 <= minutes[0] < 60 and (led or meridiem(t, minutes[1])):
        return ClockTime(hour, minutes[0]), minutes[1]
    if led or meridiem(t, j) or t.words[j] in ("o'clock", "oclock"):
        return ClockTime(hour), j
    return None


def _hundreds(t: Tokens, value: int, j: int, led: bool) -> tuple[ClockTime, int] | None:
    """ "eight hundred", "five hundred and thirty am", "eighteen hundred hours", as it is spoken and transcribed."""
    hour, minute = divmod(value, 100)
    if minute > 59 or hour > 24:
        return None
    if t.words[j] == "hours":
        return ClockTime(hour % 24, minute, fixed=True), j + 1
    return (ClockTime(hour, minute, fixed=hour > 12), j) if led or meridiem(t, j) else None


def past_or_to(t: Tokens, i: int, s: Slots) -> tuple[ClockTime, int] | None:
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
        base, end = ClockTime(noon, fixed=True), k + 2
    else:
        hour = digits(t, k + 1, s, True) or in_words(t, k + 1, True)
        if hour is None or hour[0].minute and w[k] not in ("past", "to"):
            return None
        base, end = hour
        letter = meridiem(t, end)
        if letter:
            base, end = with_meridiem(base, letter[0]), letter[1]
    total = (base.hour * 60 + base.minute + sign * minutes) % 1440
    hour_now = total // 60
    if not base.fixed and hour_now == 0:
        hour_now = 12
    if not base.fixed and base.hour == 7 and hour_now == 6:
        return ClockTime(6, total % 60, words="morning"), end  # seven is a morning hour, and so is a quarter to it
    return ClockTime(hour_now, total % 60, 0, 0, base.fixed), end


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


def _half_hour(t: Tokens, k: int, before: str) -> tuple[ClockTime, int] | None:
    """ "half seven", British for 7:30, where "at" or "pm" makes it a time."""
    hour = cardinal(t, k)
    if (
        not hour
        or not 1 <= hour[0] <= 12
        or not (before in ("at", "by", "around", "until", "till") or meridiem(t, hour[1]) or t.count == hour[1])
    ):
        return None
    base, end = ClockTime(hour[0], 30), hour[1]
    letter = meridiem(t, end)
    return (with_meridiem(base, letter[0]), letter[1]) if letter else (base, end)
