"""The halves of the day behind a time: am, pm and their spellings."""

from __future__ import annotations

from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import ClockTime, Impossible

MARKS = frozenset({"sharp", "exactly", "approximately", "approx", "ish", "prompt"})


def meridiem(t: Tokens, i: int) -> tuple[str, int] | None:
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


def with_meridiem(clock: ClockTime, letter: str) -> ClockTime:
    hour = clock.hour
    if hour > 12:
        if clock.minute == 0 and letter == "p":
            raise Impossible(f"{hour} pm is not a time; say '{hour}:00' or '{hour - 12} pm'")
        if letter == "a":
            raise Impossible(f"{hour}:{clock.minute:02} is never am; say '{hour}:{clock.minute:02}'")
        return ClockTime(hour, clock.minute, clock.second, clock.micro, True, clock.words)
    if hour == 0 and letter == "p":
        raise Impossible("there is no 0 pm; say '12:00' or 'midnight'")
    hour = hour % 12 + (12 if letter == "p" else 0)
    return ClockTime(hour, clock.minute, clock.second, clock.micro, True, clock.words)
