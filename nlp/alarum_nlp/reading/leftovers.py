"""Every time-like word is accounted for: what stands beside the groups and was not read makes the phrase unclear."""

from __future__ import annotations

from itertools import pairwise

from alarum_nlp.reading.command import REQUEST
from alarum_nlp.reading.joining import Group
from alarum_nlp.reading.lexicon import (
    MONTHS,
    NUMBERS,
    PARTS,
    PLURAL_WEEKDAYS,
    UNITS,
    WEAK_MONTHS,
    WEAK_WEEKDAYS,
    WEEKDAYS,
)
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.reading.words import cardinal, ordinal
from alarum_nlp.reading.zone_phrases import place
from alarum_nlp.rule.reading import Trouble, Unclear

EXAMPLES = ("tomorrow at 9", "every monday at 10:00", "in 45 minutes")

# What these ask for was not read when they stand next to a group.
_BEFORE = frozenset(
    {
        "either",
        "every",
        "each",
        "except",
        "not",
        "don't",
        "last",
        "past",
        "previous",
        "between",
        "ago",
        "earlier",
        "than",
    }
)
_AFTER = frozenset({"except", "unless", "until", "till", "every", "or", "between", "ago", "sooner", "earlier", "apart"})
_RESTRICTS = frozenset(
    {"but", "not", "excluding", "besides", "falls", "falling", "skipping", "stop", "stopping", "alternating"}
)
_VAGUE = frozenset({"sometime", "sometimes", "occasionally", "eventually", "whenever"})
_LINKS = frozenset({"at", "on", "the", "for", "and", ","})
_NEXT_TO = (
    _LINKS - {"at"}
    | frozenset({"whole", "entire", "all", "or", "of", "every", "each", "a", "an", "next"})
    | frozenset(map(str, range(1, 61)))
    | frozenset(NUMBERS)
    | frozenset({"then", "again", "in", "more"})
)
_STRONG_DAYS = frozenset(WEEKDAYS) - WEAK_WEEKDAYS
_LENGTHS = frozenset(
    {"day", "days", "week", "weeks", "month", "months", "year", "years", "hours", "minutes", "fortnight", "quarter"}
)
_TIMELIKE = (
    _LENGTHS | {"tomorrow", "today", "tonight"} | PLURAL_WEEKDAYS | (frozenset(MONTHS) - WEAK_MONTHS) | _STRONG_DAYS
)  # fmt: skip
_FIGURES = ("num", "clock")


class Unread(Exception):
    """Carries the Unclear that a step decided on."""

    def __init__(self, trouble: Trouble, reason: str, *choices: str) -> None:
        super().__init__(reason)
        self.unclear = Unclear(trouble, reason, choices)


def check_leftovers(groups: list[Group], t: Tokens, home: str) -> None:
    """Refuse when a word next to a group asks for something that was not read. `home` is the zone it was said in."""
    covered = {k for _, i, j in groups for k in range(i, j)}
    for group in groups:
        found = _range(group, t) or _before(group, t, covered) or _behind(group, t, covered) or _zone(group, t)
        if found:
            raise Unread("unclear", found, t.original(group[1], group[2]))
        there = _place(group, t, home)
        if there:
            said = t.original(group[1], group[2])
            raise Unread("unclear", f"'{said}' there or here? name the zone", f"{said} {there}", f"{said} {home}")
    found = (
        _figures(groups, t)
        or _two_requests(groups, t)
        or _opening(groups, t)
        or _dangling(t, covered)
        or _every(t, covered)
    )
    if found:
        raise Unread("unclear", found, *EXAMPLES)


def _range(group: Group, t: Tokens) -> str:
    """One end of a range that was not read as one."""
    _, i, j = group
    to = ("to", "-", "–")
    if t.words[j] in to and t.kinds[j + 1] in _FIGURES or i > 1 and t.words[i - 1] in to and t.kinds[i - 2] in _FIGURES:
        return f"'{t.original(i, j)}' stands in a range; say one time, or 'every 30 minutes between 9:00 and 17:00'"
    return ""


def _before(group: Group, t: Tokens, covered: set[int]) -> str:
    _, i, j = group
    w, k = t.words, i - 1
    if k < 0:
        return ""
    while k >= 0 and (w[k] in _LINKS or w[k] == "." and w[k - 1] in MONTHS):
        k -= 1
    near = w[i - 1] if i else ""
    rank = w[i] in WEEKDAYS and (t.kinds[i - 1] == "ord" or w[i - 1] in ("alternate", "odd", "even"))
    length = k >= 0 and w[k] in _LENGTHS and (k > 0 and _counts(t, k - 1))
    far = k < i - 1 and k >= 0 and (t.kinds[k] in ("clock", "iso") or w[k] in _TIMELIKE)
    of = near == "of" and group[0].repeats
    some = w[i - 2 : i] in (
        ["some", "day"],
        ["some", "time"],
        ["some", "point"],
        ["any", "day"],
        ["day", "in"],
        ["or", "after"],
    )
    fuzzy = (
        near in ("late", "later", "mid", "middle")
        and w[i] in ("this", "next")
        or (k > 0 and w[k] in MONTHS and w[k - 1] in ("mid", "early", "late", "of", "-"))
    )
    vague = of or fuzzy or i > 1 and some or bool(_VAGUE & set(w[max(0, i - 3) : i]))
    if k in covered or not (
        near in _BEFORE
        and not (near == "past" and w[i - 2] == "sleep")
        or w[k] in ("ago", "earlier")
        or rank
        or length
        or far
        or vague
    ):
        return ""
    start = k if k >= 0 and (far or length or w[k] in ("ago", "earlier")) else i - 1
    return f"'{t.original(start, i)}' before '{t.original(i, j)}' was not understood"


def _counts(t: Tokens, k: int) -> bool:
    """Whether token `k` makes the unit behind it an amount or a choice: "3 days", "last month", "13th week"."""
    return bool(cardinal(t, k) or ordinal(t, k)) or t.words[k] in ("last", "past", "previous", "that", "next", "this")


def _behind(group: Group, t: Tokens, covered: set[int]) -> str:
    s, i, j = group
    w, k = t.words, j
    after, last = w[j], w[j - 1]
    while w[k] in _NEXT_TO:
        k += 1
    beside = (
        after in _AFTER
        or after in _RESTRICTS and s.repeats
        or after in ("that", "which") and w[j + 1] in ("falls", "fall", "is", "are", "isn't", "aren't")
        or after == "of" and (last in PARTS or last in WEEKDAYS)
        or after in _LENGTHS and w[j + 1] in ("", ".", ",", "at", "on", "of") and not s.delay
        or after in ("more", "others") and w[j - 2] in ("and", ",") and t.kinds[j - 1] == "num"  # "8:00 and 15 more"
        or bool((_VAGUE | {"either"}) & set(w[j : j + 2]))
    )  # fmt: skip
    if beside and j not in covered:
        return f"'{t.original(j, j + 1)}' after '{t.original(i, j)}' was not understood"
    if w[k] in _TIMELIKE and k > j and k not in covered and w[k + 1] not in ("to", "that"):
        return f"'{t.original(j, k + 1)}' after '{t.original(i, j)}' was not understood"
    return ""


def _zone(group: Group, t: Tokens) -> str:
    """A place behind a time of day that is not a known zone: "9am Europe/Atlantis", "3pm Narnia time"."""
    s, i, j = group
    if not s.clocks or s.zone:
        return ""
    unknown = t.kinds[j] == "path" and t.capital(j)
    unknown = unknown or t.capital(j) and (t.words[j + 1] == "time" or t.capital(j + 1) and t.words[j + 2] == "time")
    if not unknown:
        return ""
    place = t.original(j, j + 1)
    return f"'{place}' is not a known zone; say an IANA zone, for example '{t.original(i, j)} Europe/Berlin'"


def _place(group: Group, t: Tokens, home: str) -> str:
    """ "at noon in New York": the zone of a place behind a time of day, when it is not the home zone."""
    s, _, j = group
    if (
        not s.clocks
        or s.zone
        or t.words[j] != "in"
        or not (t.kinds[j - 1] in ("num", "clock") or t.words[j - 1] in _CLOCKS)
    ):
        return ""
    there = place(t, j + 1)
    return there if there and there != home else ""


_CLOCKS = frozenset({"am", "pm", "m", ".", "noon", "midnight", "o'clock", "sharp"})


def _opening(groups: list[Group], t: Tokens) -> str:
    """A sentence that opens with "every" asks for a repetition."""
    opening = next((k for k in range(t.count) if t.words[k] not in ("please", "remind", "me", "to")), 0)
    if t.words[opening] in ("every", "each") and opening < groups[0][1]:
        return f"'{t.original(opening, groups[0][1])}' was not understood"
    return ""


def _figures(groups: list[Group], t: Tokens) -> str:
    """Nothing but figures before or behind the time: "1430 25 may 2027", "25.05.27 / 14:30"."""
    for i, j in ((0, groups[0][1]), (groups[-1][2], t.count)):
        kinds = t.kinds[i:j]
        if kinds and "num" in kinds and all(kind in ("num", "mark", "clock") for kind in kinds):
            return f"'{t.original(i, j).strip()}' was not understood beside the time"
    return ""


def check_one_request(everything: list[Group], groups: list[Group], t: Tokens) -> None:
    """Refuse "call bob tomorrow at 3 and to email sue on tuesday at 10": the second time is not part of the message."""
    for group in everything:
        s, i, _ = group
        before = [j for _, _, j in groups if j <= i]
        if group in groups or not before or not (s.timed and s.day or s.delay):
            continue
        between = t.words[max(before) : i]
        if any(a == "and" and b in ("to", "remind", "then", "also") for a, b in pairwise(between)):
            raise Unread("unclear", "two reminders are asked for; schedule them one by one")


def _two_requests(groups: list[Group], t: Tokens) -> str:
    """ "wake me tomorrow at 6, and on monday at 9 tell me ...": two reminders in one sentence."""
    if len(groups) + len(groups[0][0].also) < 2:
        return ""
    asked = list(REQUEST.finditer(t.text))
    if len(asked) < 2:
        return ""
    first, last = asked[0].start(), asked[-1].start()
    return "two reminders are asked for; schedule them one by one" if last > first + 10 else ""


def _dangling(t: Tokens, covered: set[int]) -> str:
    """ "15 minutes before", and nothing read behind it."""
    w = t.words
    for k in range(1, t.count):
        open_end = w[k] in ("before", "prior", "apart") or w[k : k + 2] == ["in", "advance"]
        if open_end and w[k - 1] in UNITS and k not in covered:
            return f"'{t.original(k - 1, k + 1)}': before what? say the time itself"
    return ""


def _every(t: Tokens, covered: set[int]) -> str:
    w = t.words
    for k in range(t.count):
        if w[k] not in ("every", "each") or k in covered:
            continue
        if w[k + 1 : k + 3] in (["second", "count"], ["second", "counts"]):
            continue
        counted = w[k + 1] in ("other", "odd", "even", "single") or w[k + 2] in UNITS and len(w[k + 2]) > 2
        if w[k + 1] in UNITS or w[k + 1] in WEEKDAYS or counted:
            return f"'{t.original(k, k + 2)}' was not understood beside the other time"
    return ""
