"""Delays and distances: "in 45 minutes", "2 days later", "3 days before christmas", "two weeks from next monday"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarum_nlp.reading.lexicon import RELATIVE_DAYS, WEEKDAYS
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import ONE, duration_at
from alarum_nlp.resolve.slots import Day, Duration, Impossible, Slots

if TYPE_CHECKING:
    from alarum_nlp.reading.phrase import Walk

THINGS = frozenset(
    {"alarm", "alarms", "reminder", "reminders", "timer", "alert", "up", "it", "call", "me", "for", "notification"}
)


def _hours_of_clock(t: Tokens, i: int, j: int) -> bool:
    """ "13h30" and "15h00" are times of day, "1h30" is a length."""
    if j - i != 3 or t.words[i + 1] != "h" or len(t.words[i + 2]) != 2:
        return False
    return t.words[i + 2] == "00" or int(t.words[i]) >= 12


def _weekday_beside(walk: Walk, i: int, s: Slots) -> int:
    """ "the tuesday after the first monday in november", "the saturday before valentine's day"."""
    w = walk.t.words
    if w[i] in ("last", "first") and w[i + 1] in WEEKDAYS and w[i + 2] == {"last": "before", "first": "after"}[w[i]]:
        i += 1
    if w[i] not in WEEKDAYS or w[i + 1] not in ("after", "before", "following") or s.day is not None:
        return 0
    if w[i + 2] in ("next", "last", "that", "this"):
        return 0
    base, end = walk.group(i + 2, inner=True)
    if end == i + 2 or base.day is None or base.delay:
        return 0
    s.day, s.base, s.before = Day("weekday", weekday=WEEKDAYS[w[i]]), base, w[i + 1] == "before"
    s.strong = True
    return end


def _same_time(walk: Walk, i: int, s: Slots) -> int:
    """ "this time tomorrow", "same time next week": the clock time of now."""
    w = walk.t.words
    if w[i] not in ("this", "same") or w[i + 1] != "time" or s.filled:
        return 0
    if w[i + 2] == "next" and w[i + 3] in ("week", "month", "year"):
        s.delay, s.strong = ONE[w[i + 3]], True
        return i + 4
    inside, end = walk.group(i + 2, inner=True)
    if end == i + 2 or inside.day is None or inside.timed:
        return 0
    s.day, s.parts, s.strong = inside.day, ["same time"], True
    return end


def _ends(t: Tokens, i: int) -> bool:
    return t.words[i] in ("", ".", "please", ",", "!")


def _before_event(s: Slots, length: Duration, end: int) -> int:
    """ "an hour before my two pm appointment": the time stands elsewhere in the sentence."""
    s.delay, s.before, s.strong = length, True, True
    return end


def delays(walk: Walk, i: int, s: Slots) -> int:
    """ "in 45 minutes", "2 days later", "3 days before christmas", "two weeks from next monday", "+2 months"."""
    t, w = walk.t, walk.t.words
    if s.delay or s.repeats or s.base:
        return 0
    led = w[i] in ("in", "after", "+", "within")
    j = i + 1 if led else i
    if led:
        while w[j] in ("around", "about", "approximately", "exactly", "another", "the", "next"):
            j += 1
    if w[i] == "within":
        return 0
    if not led and w[i - 1] in ("at", "@") and t.kinds[i] == "num":
        return 0
    if w[i] in ("day", "week", "hour") and w[i + 1] in ("after", "before"):
        base, end = walk.group(i + 2, inner=True)
        if end > i + 2 and base.day:
            s.delay, s.base, s.before, s.strong = ONE[w[i]], base, w[i + 1] == "before", True
            return end
        if w[i + 1] == "before" and w[i - 1] == "the" and not s.filled:
            return _before_event(s, ONE[w[i]], i + 2)
    if end := _weekday_beside(walk, i, s) or _same_time(walk, i, s):
        return end
    length = duration_at(t, j) if not (w[j][:1] == "0" and len(w[j]) == 4 and w[j].isdigit()) else None
    if (
        length is None
        and w[i] == "in"
        and t.kinds[j] == "num"
        and w[j].isdigit()
        and _ends(t, j + 1)
        and THINGS & set(w)
    ):
        s.delay, s.strong = Duration(seconds=60 * int(w[j])), True
        s.notes.append(f"read 'in {w[j]}' as minutes")
        return j + 1
    if length is None:
        return 0
    k = length[1]
    k += w[k] in ("'", "\u2019") and w[k + 1] == "time"
    if w[i - 1] == "-" or led and w[j] == "-":
        raise Impossible("a negative delay is in the past; say for example 'in 10 minutes'")
    if w[i + 1] == "hundred" and w[k - 1] == "hours" and t.kinds[i] == "word" and not led:
        return 0  # "fifteen hundred hours"
    if not led and _hours_of_clock(t, j, k) or w[k] == "past":
        return 0
    weeks = length[0].days and length[0].days % 7 == 0 and not length[0].seconds
    relative = weeks and w[k] in RELATIVE_DAYS or w[k] == "from" and w[k + 1] == "today" and weeks
    if w[k] == "on" and w[k + 1] in WEEKDAYS and weeks and not led or relative:
        base, end = walk.group(k + (w[k] in ("on", "from")), inner=True)
        s.delay, s.base, s.strong = length[0], base, True
        return end
    if w[k] in ("later", "hence", "time") or (w[k] == "from" and w[k + 1] in ("now", "right", "today")):
        s.delay, s.strong = length[0], True
        if w[k] == "from":
            return k + 3 if w[k + 1] == "right" else k + 2
        return k + 1
    if w[k] in ("from", "after", "before", "prior"):
        b = k + 2 if w[k] == "prior" and w[k + 1] == "to" else k + 1
        base, end = walk.group(b, inner=True)
        if end > b and (base.day or base.timed):
            s.delay, s.base, s.before, s.strong = length[0], base, w[k] in ("before", "prior"), True
            return end
        return _before_event(s, length[0], b) if w[k] in ("before", "prior") and not s.filled else 0
    if w[k : k + 2] == ["in", "advance"] and not s.filled:
        return _before_event(s, length[0], k + 2)
    if led and not s.filled or led and s.clocks:
        s.delay, s.strong = length[0], True
        return k
    timing = (
        walk.timer
        and not s.filled
        and w[i - 1] not in ("every", "each", "at")
        and w[k] not in ("before", "every", "intervals")
    )
    if timing or w[k : k + 2] in (["are", "up"], ["is", "up"], ["have", "passed"]):
        s.delay, s.strong = length[0], True
        return k + 2 if w[k + 1] in ("up", "passed") and w[k] in ("are", "is", "have") else k
    thing = (
        w[i - 1] == "for"
        and i > 1
        and w[i - 2] in THINGS
        or w[k] in ("timer", "reminder", "alarm")
        and w[i - 1] != "every"
    )
    if thing and not s.filled and w[k] not in ("every", "before", "from"):
        s.delay, s.strong = length[0], True
        return k
    if (i == 0 or walk.alone or w[i - 1] == "for") and not s.filled and w[k] != "to":
        s.delay = length[0]
        return k
    return 0
