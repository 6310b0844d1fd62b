"""A phrase to a Reading: find the groups of time words, join them, make the rule, keep the rest as the message."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from alarum_nlp.reading import lexicon
from alarum_nlp.reading.command import command_end, no_request
from alarum_nlp.reading.fallback import fallback
from alarum_nlp.reading.forms import whole
from alarum_nlp.reading.joining import Group, chosen, joined, merge
from alarum_nlp.reading.leftovers import EXAMPLES, Unread, check_leftovers, check_one_request
from alarum_nlp.reading.message import tidy
from alarum_nlp.reading.phrase import Walk
from alarum_nlp.reading.scan import Tokens, TooLong
from alarum_nlp.resolve.moment import Moment, Past, ahead
from alarum_nlp.resolve.recurrence import repetition
from alarum_nlp.resolve.slots import Duration, Impossible, Slots
from alarum_nlp.rule.model import COUNT, LISTED, Once, Repeat, Rule, Several
from alarum_nlp.rule.reading import Conventions, Reading, Unclear
from alarum_nlp.rule.wall_clock import exact, local, wall
from alarum_nlp.rule.zones import zone as zone_of

LONGEST = 2000  # characters of a phrase that is read; a longer text is a document, not a time
_DEFAULTS = Conventions()

_HEADS = frozenset().union(
    lexicon.WEEKDAYS, lexicon.DAY_GROUPS, lexicon.MONTHS, lexicon.NUMBERS, lexicon.TENS, lexicon.ORDINALS, lexicon.PARTS,
    lexicon.RELATIVE_DAYS, lexicon.FREQUENCIES, lexicon.HOLIDAY_HEADS,
    {"every", "each", "all", "any", "ev", "in", "after", "a", "an", "half", "quarter", "next", "this", "coming", "upcoming",
     "end", "beginning", "start", "starting", "begin", "eod", "eom", "eow", "eoy", "cob", "close", "last", "final", "once",
     "twice", "thrice", "by", "now", "right", "asap", "as", "the", "between", "from", "midnight", "mid", "early", "late",
     "later", "day", "before", "week", "penultimate", "+", "weekend", "couple", "few", "immediately", "just", "atm", "on", "until", "following",
     "no", "lasting", "top", "same", "zero", "effective", "commencing", "commence", "alternate"},
)  # fmt: skip
_HEADS_OF_REPEATS = _HEADS | {"for", "over", "except", "excluding", "only", "no", "not"}
_KINDS = frozenset({"num", "ord", "clock", "iso", "period"})


_TELLING = frozenset().union(
    lexicon.WEEKDAYS, lexicon.PLURAL_WEEKDAYS, lexicon.MONTHS, lexicon.DAY_GROUPS, lexicon.RELATIVE_DAYS, lexicon.FREQUENCIES,
    lexicon.PARTS, lexicon.UNITS, lexicon.NUMBERS, lexicon.TENS, lexicon.ORDINALS, lexicon.HOLIDAY_HEADS, {"every", "each", "noon", "midnight", "o'clock", "weekend", "weekends", "now", "asap", "eod", "eom"},
) - {"a", "an", "the", "in", "on", "at", "of"}  # fmt: skip
_FIGURE = re.compile(r"(?<![^\W_])P?T?\d")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def may_name_a_time(text: str) -> bool:
    """Whether a text has a word or a figure that may stand in a time; False for most messages, and much quicker than reading them."""
    return bool(_FIGURE.search(text)) or not _TELLING.isdisjoint(_WORD.findall(text.lower()))


def read(text: str, now: datetime, zone: str, conventions: Conventions = _DEFAULTS) -> Reading | Unclear:
    """What a phrase or a whole sentence means, said at `now` (aware) in the IANA zone `zone`.

    Not understood is a value, never an exception: Unclear with the reason and with choices that parse.
    Raises ValueError for an unknown zone, and for a `now` without an offset.
    """
    zone_of(zone)
    if now.tzinfo is None:
        raise ValueError("now has no UTC offset; pass an aware datetime")
    if len(text) > LONGEST:
        return Unclear(
            "unclear",
            f"the text has {len(text)} characters, more than {LONGEST}; say the time in a short phrase",
            EXAMPLES,
        )
    if not text.strip():
        return Unclear("none", "nothing was said", EXAMPLES)
    try:
        found = _attempt(text, now, zone, conventions)
    except TooLong as many:
        return Unclear("unclear", str(many), EXAMPLES)
    if isinstance(found, Reading) and (why := _too_much(found.rule)):
        return Unclear("unclear", why, EXAMPLES)
    if isinstance(found, Unclear):
        own = found.choices if found.choices != EXAMPLES else ()
        kept = tuple(c for c in own if isinstance(_attempt(c, now, zone, conventions), Reading))
        return Unclear(found.trouble, found.reason, kept or EXAMPLES, _beside(text, now, zone, conventions))
    return found


_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "workday": 1, "week": 7, "month": 28, "quarter": 84, "year": 365}
_CENTURIES = 73_000  # days


def _too_much(rule: Rule) -> str | None:
    """Why a rule, whatever it was read from, is more than one task may be."""
    listed = len(rule.times) if isinstance(rule, Repeat) else len(rule.moments) if isinstance(rule, Several) else 0
    if listed > LISTED:
        return f"{listed} times are listed, more than {LISTED}; say an interval, for example 'every 5 minutes'"
    if isinstance(rule, Repeat) and rule.every * _DAYS.get(rule.unit, 1 / 86_400) > _CENTURIES:
        return f"every {rule.every} {rule.unit}s is more than a lifetime; say a shorter interval, for example 'every 2 years'"
    if isinstance(rule, Repeat) and rule.count is not None and rule.count > COUNT:
        return f"{rule.count} times are more than {COUNT}; omit the number, or say until when"
    return None


def _beside(text: str, now: datetime, zone: str, conventions: Conventions) -> str:
    """The message part of a phrase whose time was rejected."""
    try:
        tokens = Tokens(text)
        groups = _groups(tokens, text, Moment(local(now, zone), zone, conventions))
        words = tidy(text, [_span(tokens, i, j) for _, i, j in groups]).split()
    except (Unread, Impossible, Past, OverflowError, ValueError, TooLong):
        return ""
    while words and words[-1].lower().strip(",.;") in _DANGLING:
        words.pop()
    return " ".join(words)


_DANGLING = frozenset(
    {"or", "and", "then", "sometime", "before", "after", "either", "maybe", "at", "on", "in", "about"}
)


def _attempt(text: str, now: datetime, zone: str, conventions: Conventions) -> Reading | Unclear:
    moment = Moment(local(now, zone).replace(microsecond=now.microsecond // 1000 * 1000), zone, conventions)
    try:
        return whole(text, moment) or _preset(text, moment) or _sentence(text, moment)
    except Unread as refused:
        second = fallback(text, moment.now, zone) if refused.unclear.trouble != "past" else None
        return second or refused.unclear
    except Impossible as why:
        return Unclear("impossible", str(why), EXAMPLES)
    except Past as past:
        return Unclear("past", f"{past.args[0]}; the nearest ahead is {past.args[1]}", (past.args[1],))
    except (OverflowError, ValueError):  # calendar arithmetic past the last year
        return Unclear("impossible", "that is beyond the year 9999", EXAMPLES)


def _preset(text: str, m: Moment) -> Reading | None:
    """ "@daily" and the like: all of the text is the time."""
    words = lexicon.PRESETS.get(text.strip().lower())
    return replace(_sentence(words, m), spans=((0, len(text)),)) if words else None


def _sentence(text: str, m: Moment) -> Reading:
    if why := no_request(text):
        raise Unread("none", f"{why}: '{_short(text)}'", *EXAMPLES)
    tokens = Tokens(text)
    groups = _groups(tokens, text, m)
    if not groups:
        raise Unread("none", f"no time found in '{_short(text)}'", *EXAMPLES)
    if len(groups) > 20:
        raise Unread("unclear", "more than 20 times are named; say one in a short phrase", *EXAMPLES)
    everything, groups = groups, chosen(groups, tokens)
    check_one_request(everything, groups, tokens)
    check_leftovers(groups, tokens, m.zone)
    slots = groups[0][0]
    for (_, _, end), (other, i, j) in pairwise(groups):
        listed = tokens.words[end:i] == [","] and any(
            joined(tokens, a[2], b[1]) for a, b in pairwise(groups) if b[1] > i
        )
        if not merge(slots, other, listed or joined(tokens, end, i)):
            first = tokens.original(groups[0][1], groups[0][2])
            raise Unread(
                "unclear",
                f"two times are named, '{first}' and '{tokens.original(i, j)}'; say one of them",
                first,
                tokens.original(i, j),
            )
    rule = _rule(slots, m)
    spans = [_span(tokens, i, j) for _, i, j in groups]
    return Reading(rule, tidy(text, spans), tuple(spans), tuple(dict.fromkeys(m.assumed + slots.notes)))


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


_LEADING = frozenset({"at", "on", "for", "around", "about", "the", "approximately", "set", "alarm", "reminder"})


def _bare(t: Tokens, start: int) -> tuple[int, int]:
    """The tokens from the character `start` on, without the small words in front and the marks and politeness behind."""
    first = next((k for k in range(t.count) if t.starts[k] >= start and t.kinds[k] != "mark"), t.count)
    while first < t.count and t.words[first] in _LEADING:
        first += 1
    last = t.count
    while last > first and (
        t.kinds[last - 1] == "mark"
        and t.words[last - 1] not in ('"', "'")
        or t.words[last - 1] in ("please", "approximately", "sharp")
    ):
        last -= 1
    return first, last


def _groups(t: Tokens, text: str, m: Moment) -> list[Group]:
    """All groups of time words; one that makes up the whole text may be weaker than one among other words."""
    walk = Walk(t, m.conventions.month_first)
    begin = command_end(text)
    heads = _HEADS_OF_REPEATS if walk.repeats_ahead(0) else _HEADS
    for start in (0, begin) if begin else (0,):
        first, last = _bare(t, start)
        walk.alone = True
        if first < t.count:
            slots, end = walk.group(first)
            while end < t.count and t.kinds[end] == "mark" and t.words[end] in "\"').,!?;":
                end += 1
            if slots.filled and end >= last:
                return [(slots, first, t.count)]
    walk.alone = False
    found: list[Group] = []
    i = 0
    while i < t.count:
        if t.words[i] in heads or t.kinds[i] in _KINDS:
            slots, end = walk.group(i)
            if end > i and (slots.filled or slots.length or slots.count or slots.lasting) and slots.strong:
                found.append((slots, i, end))
                i = end
                continue
        i += 1
    return found


def _rule(s: Slots, m: Moment) -> Rule:
    if isinstance(s.zone, tuple):
        raise Unread(
            "unclear", f"that zone could be {' or '.join(s.zone)}; name one", *(f"at 9:00 {z}" for z in s.zone)
        )
    home, here = m.zone, m.now
    if s.zone:
        instant = exact(here, home)
        m.zone, m.now, m.today = s.zone, local(instant, s.zone), here.date()
    if s.open_before:
        raise Unread("unclear", "before what? say the time itself, for example 'at 13:45'", *EXAMPLES)
    if s.months and not s.repeats and not s.day:
        raise Unread("unclear", "a month alone is not a day; say for example '1 march'", "1 march at 9:00")
    if s.repeats:
        return repetition(s, m)
    if s.start and not s.filled or s.until and not s.timed and not s.day:
        raise Unread(
            "unclear",
            "a beginning or an end without a repetition; say for example 'every day until friday'",
            "every day until friday",
        )
    moments = sorted({at for one in _single(s) for at in [_moment(one, m)]}, key=lambda at: exact(at, m.zone))
    zone = m.zone if not s.zone or s.zone[0] not in "+-" else s.zone
    return Once(moments[0], zone) if len(moments) == 1 else Several(tuple(moments), zone)


def _single(s: Slots) -> list[Slots]:
    """One moment each: every named day at every named time of day."""
    days = [s.day, *s.more_days]
    clocks = [[c] for c in s.clocks] or [[]]
    parts = [[p] for p in s.parts] if not s.clocks and s.parts else [s.parts]
    if len(days) * len(clocks) * len(parts) == 1 and not s.also:
        return [s]
    if len(days) * len(clocks) * len(parts) > 50:
        raise Impossible("more than 50 times are named; say a repetition, for example 'every day at 9:00'")
    mine = [replace(s, day=d, clocks=c, parts=p, more_days=[], also=[]) for d in days for c in clocks for p in parts]
    return mine + [one for other in s.also for one in _single(other)]


def _moment(s: Slots, m: Moment) -> datetime:
    at = m.at(s)
    if s.deadline and s.before:
        at -= timedelta(hours=1) if s.timed else timedelta(days=1)
        if not s.timed and at.tzinfo is None and at.date() == m.today and at <= m.now:  # "before tomorrow"
            at = (m.now + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    if s.deadline:
        m.assumed.append(
            f"'{'before' if s.before else 'by'}' is a deadline: the reminder comes at {wall(at, m.zone):%Y-%m-%d %H:%M}"
        )
    if s.delay != _NOW or s.day:
        ahead(at, m.now, m.zone)
    return at


_NOW = Duration()


def _span(t: Tokens, i: int, j: int) -> tuple[int, int]:
    """The characters of a group, with the small words that lead to it."""
    while (
        i > 0
        and t.words[i - 1] in ("at", "on", "in", "for", "by", "from", "the", "@", "around", "about", "this", "starting")
        and t.ends[i - 1] + 1 >= t.starts[i]
    ):
        i -= 1
    if i > 1 and t.words[i - 2 : i] == ["first", "thing"]:
        i -= 2
    elif i > 0 and t.words[i - 1] == "early" and t.words[i] in ("next", "this"):
        i -= 1
    return t.starts[i], t.ends[j - 1]
