"""Groups of time words to one: which belong together, and what was left beside them."""

from __future__ import annotations

from nlp import lexicon
from nlp.reading import Trouble, Unclear
from nlp.scan import Tokens
from nlp.slots import Slots

EXAMPLES = ("tomorrow at 9", "every monday at 10:00", "in 45 minutes")

Group = tuple[Slots, int, int]  # what was read, and the tokens from and up to which


class Refused(Exception):
    """Carries the Unclear that a step decided on."""

    def __init__(self, trouble: Trouble, reason: str, *choices: str) -> None:
        super().__init__(reason)
        self.unclear = Unclear(trouble, reason, choices)


def chosen(groups: list[Group], t: Tokens) -> list[Group]:
    """Groups that belong to the command: what stands behind "that" after a first group is part of the message."""
    kept = [groups[0]]
    for group in groups[1:]:
        between = t.words[kept[-1][2] : group[1]]
        inside = "that" in between or '"' in between or "'s" in between
        behind = t.words[group[2]] in ("is", "was", "are", "were", "has", "will")
        if inside and (behind or group[2] < t.count - 1 or "that" in between):
            continue
        kept.append(group)
    return kept


def check_leftovers(groups: list[Group], t: Tokens) -> None:
    """Refuse when a word next to a group asks for something that was not read."""
    for _, i, j in groups:
        before, after = t.words[i - 1] if i else "", t.words[j]
        figures = ("num", "clock")
        if (after in ("to", "-", "–") and t.kinds[j + 1] in figures) or (
            before in ("to", "-", "–") and i > 1 and t.kinds[i - 2] in figures
        ):
            raise Refused(
                "unclear",
                f"'{t.original(i, j)}' stands in a range; say one time, or 'every 30 minutes between 9:00 and 17:00'",
            )
        if before in ("every", "each", "except", "not", "don't", "last", "past", "between"):
            raise Refused("unclear", f"'{before}' before '{t.original(i, j)}' was not understood", t.original(i, j))
        if after in ("except", "unless", "until", "till", "every", "or", "between", "ago"):
            raise Refused("unclear", f"'{after}' after '{t.original(i, j)}' was not understood", t.original(i, j))
    for _, i, j in groups:
        k = j
        while t.words[k] in _NEXT_TO:
            k += 1
        if (
            t.words[k] in _TIMELIKE
            and not any(i2 <= k < j2 for _, i2, j2 in groups)
            and t.words[k + 1] not in ("to", "that")
            and k - j > 0
        ):
            raise Refused(
                "unclear", f"'{t.original(j, k + 1)}' after '{t.original(i, j)}' was not understood", t.original(i, j)
            )
        k = i - 1
        while k >= 0 and t.words[k] in ("at", "on", "the", "for", "and", ","):
            k -= 1
        if (
            k >= 0
            and k < i - 1
            and (
                t.kinds[k] in ("clock", "iso")
                or t.words[k] in _TIMELIKE
                or t.words[k] in lexicon.WEEKDAYS
                and t.words[k] not in lexicon.WEAK_WEEKDAYS
            )
            and not any(i2 <= k < j2 for _, i2, j2 in groups)
        ):
            raise Refused(
                "unclear", f"'{t.original(k, i)}' before '{t.original(i, j)}' was not understood", t.original(i, j)
            )
    opening = next((k for k in range(t.count) if t.words[k] not in ("please", "remind", "me", "to")), 0)
    if t.words[opening] in ("every", "each") and opening < groups[0][1]:
        raise Refused(
            "unclear",
            f"'{t.original(opening, groups[0][1])}' was not understood",
            t.original(groups[0][1], groups[0][2]),
        )
    for k in range(1, t.count):
        dangling = t.words[k] in ("before", "prior") or t.words[k : k + 2] == ["in", "advance"] or t.words[k] == "apart"
        if dangling and t.words[k - 1] in lexicon.UNITS and not any(i <= k < j for _, i, j in groups):
            raise Refused("unclear", f"'{t.original(k - 1, k + 1)}': before what? say the time itself", *EXAMPLES)
    covered = {k for _, i, j in groups for k in range(i, j)}
    for k in range(t.count):
        if (
            k not in covered
            and t.words[k] in ("every", "each")
            and (t.words[k + 1] in lexicon.UNITS or t.words[k + 1] in lexicon.WEEKDAYS)
        ):
            raise Refused(
                "unclear",
                f"'{t.original(k, k + 2)}' was not understood beside '{t.original(groups[0][1], groups[0][2])}'",
            )


_NEXT_TO = frozenset(
    {"for", "the", "whole", "entire", "all", "and", ",", "or", "on", "of", "every", "each", "a", "an", "next"}
) | frozenset(map(str, range(1, 61)))
_TIMELIKE = (
    frozenset(
        {
            "day",
            "days",
            "week",
            "weeks",
            "month",
            "months",
            "year",
            "years",
            "hours",
            "minutes",
            "tomorrow",
            "today",
            "tonight",
        }
    )
    | lexicon.PLURAL_WEEKDAYS
    | (frozenset(lexicon.MONTHS) - lexicon.WEAK_MONTHS)
    | (frozenset(lexicon.WEEKDAYS) - lexicon.WEAK_WEEKDAYS)
)


def _whole(s: Slots) -> bool:
    """A time that needs nothing more: a delay, an instant, or a time of day."""
    return not s.repeats and (s.timed or s.delay is not None)


def joined(t: Tokens, i: int, j: int) -> bool:
    """Whether only words that list times stand between two groups."""
    between = t.words[i:j]
    return "and" in [*between, t.words[j]] and all(w in _LISTING for w in between)


_LISTING = frozenset(
    {"and", ",", ";", "&", "one", "for", "at", "on", "then", "another", "again", "also", "the", "other", ".", "of"}
)


def merge(a: Slots, b: Slots, together: bool) -> bool:
    """Join two groups that complement each other; False when both say the same kind of thing.

    `together` is true when the words between them list times: then both are meant.
    """
    part_and_clock = (a.parts and not a.clocks and b.clocks and not b.parts) or (
        a.clocks and not a.parts and b.parts and not b.clocks
    )
    if together and _whole(a) and _whole(b):
        a.also.append(b)
        return True
    if a.timed and b.timed and not part_and_clock:
        return False
    if (a.day and b.day) or (a.repeats and b.repeats) or (a.delay or b.delay or a.exact or b.exact):
        return False
    if (a.windows or b.windows) and a.clocks + b.clocks:
        return False
    for name in Slots.__dataclass_fields__:
        value = getattr(b, name)
        if value and not getattr(a, name):
            setattr(a, name, value)
    return True
