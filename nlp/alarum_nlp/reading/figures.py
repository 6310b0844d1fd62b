"""Times of day in figures: "17:00", "5.30 pm", "0730", "18h30"."""

from __future__ import annotations

from dataclasses import replace

from alarum_nlp.reading.halves import MARKS, meridiem
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import ClockTime, Impossible, Slots


def _checked(hour: int, minute: int = 0, second: int = 0, *, fixed: bool = False, micro: int = 0) -> ClockTime:
    if hour == 24 and minute == 0 and second == 0:
        raise Impossible("24:00 is 00:00 of the next day; say 'midnight' or '00:00' with the day")
    if hour > 23 or minute > 59 or second > 59:
        raise Impossible(
            f"{hour}:{minute:02} is not a time of day; hours go to 23 and minutes to 59, for example '17:30'"
        )
    return ClockTime(hour, minute, second, micro, fixed or hour > 12 or hour == 0)


def digits(t: Tokens, i: int, s: Slots, led: bool) -> tuple[ClockTime, int] | None:
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
        return replace(clock, written=w[i]), i + 1
    if kind != "num":
        return None
    text = w[i]
    if w[i + 1] == "h" and t.glued(i + 1) and text.isdigit() and int(text) < 25:
        if t.kinds[i + 2] == "num" and t.glued(i + 2) and len(w[i + 2]) == 2:
            return _checked(int(text), int(w[i + 2])), i + 3
        return (
            (_checked(int(text)), i + 2) if (led or s.day or s.weekdays) and w[i + 2] not in ("from", "later") else None
        )
    after = meridiem(t, i + 1)
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
            raise Impossible(f"{text} is not an hour; hours go to 23, for example '5 pm' or '17:00'")
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
