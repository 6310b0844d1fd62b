"""Groups of time words to one: which belong together, and what was left beside them."""

from __future__ import annotations

from nlp import lexicon
from nlp.command import request
from nlp.reading import Trouble, Unclear
from nlp.repeats import narrowed
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
    """Groups that say when; the others are part of what is to be remembered.

    A time that stands right behind "remind me" says when, and one behind its "to" or "about" belongs to the message
    where the first needs nothing more. So does what another sentence said before the request.
    """
    asked = request(t.text)
    if asked and len(groups) > 1:
        groups = _after_request(groups, t, *asked)
    groups = _without_names(groups, t) if len(groups) > 1 else groups
    kept = [groups[0]]
    for group in groups[1:]:
        if not _in_message(kept, group, t):
            kept.append(group)
    return kept


def _after_request(groups: list[Group], t: Tokens, begin: int, end: int) -> list[Group]:
    """Without the times of an earlier sentence, or of an earlier clause that say something else."""
    before = [g for g in groups if t.starts[g[1]] < begin]
    after = [g for g in groups if t.starts[g[1]] >= end]
    if not before or not after:
        return groups
    ended = any(mark in t.text[t.ends[before[-1][2] - 1] : begin] for mark in (". ", "! ", "? ", "; "))
    clash = any(not compatible(a[0], b[0]) for a in before for b in after)
    opening = before[0][1] <= 1 and len(before) == 1  # "in two hours remind me to ask about the 6 o'clock bus"
    return after if ended or clash and not opening else groups


def _without_names(groups: list[Group], t: Tokens) -> list[Group]:
    """Without the ones that are part of a name or stand before what they describe: "the 7 pm table", "Black Friday"."""
    plain = [g for g in groups if not _describes(g, t)]
    if not plain or len(plain) == len(groups):
        return groups
    names = [
        g for g in groups if _describes(g, t) and (_is_name(g, t) or any(not compatible(g[0], p[0]) for p in plain))
    ]
    return [g for g in groups if g not in names]


_OWNERS = frozenset({"the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "s", "whether"})


def _describes(group: Group, t: Tokens) -> bool:
    """Whether a group stands like an adjective: an article before it and a noun behind it, or inside a name."""
    s, i, j = group
    if s.delay is not None and t.words[i] in ("in", "after"):
        return False
    noun = t.kinds[j] == "word" and t.words[j] not in _SMALL_WORDS
    owned = t.words[i - 1] in _OWNERS if i else False
    owned = owned or t.words[i] in ("the", "a", "my", "our") and s.day is None
    frequency = s.repeats and j == i + 1 and t.words[i] in lexicon.FREQUENCIES and t.words[j] not in _ALARMS
    part = bool(s.parts) and j == i + 1 and not s.day
    return noun and (owned or frequency or part) or _is_name(group, t)


def _is_name(group: Group, t: Tokens) -> bool:
    """ "Sunday Times", "Black Friday", "The Day After Tomorrow": capitals inside and beside."""
    s, i, j = group
    words = [t.text[t.starts[k] : t.ends[k]] for k in range(i, j)]
    if s.clocks or not any(w[0].isalpha() for w in words) or not all(w[0].isupper() for w in words if w[0].isalpha()):
        return False
    behind = t.text[t.starts[j] : t.ends[j]][:1].isupper() and t.kinds[j] == "word"
    ahead = i > 1 and t.text[t.starts[i - 1] : t.ends[i - 1]][:1].isupper() and t.words[i - 1] not in ("i", ".")
    title = i > 1 and t.words[i - 1] == "." and t.words[i - 2] in ("mr", "mrs", "ms", "dr")
    return behind or ahead or title or j - i > 2 and i > 0


_ALARMS = frozenset({"alarm", "alarms", "reminder", "reminders", "alert", "timer", "notification"})
_SMALL_WORDS = frozenset(
    {"at", "on", "in", "to", "for", "and", "or", "that", "about", "of", "by", "from", "until", "please", "i", "remind", "is",
     "was", "are", "will", "so", "because", "if", "when", "before", "after", "with", "it", "me", "every", "each"}
)  # fmt: skip
_INTRODUCE = frozenset({"to", "that", "about", "whether", "because", "if", ":"})


def _in_message(kept: list[Group], group: Group, t: Tokens) -> bool:
    first, last = kept[0], kept[-1]
    between = t.words[last[2] : group[1]]
    s = group[0]
    introduced = any(w in _INTRODUCE and k < len(between) - 1 for k, w in enumerate(between))
    if introduced:
        done = first[0].delay is not None or first[0].exact is not None
        done = done or first[0].timed and (first[0].day is not None or first[0].repeats)
        past = s.day is not None and s.day.kind == "relative" and s.day.n < 0
        odd = first[0].repeats and s.day is not None and not s.timed
        if done or past or odd or not compatible(first[0], s):
            return True
    told = any(w in ("of", "about", "for", "to") for w in between[:1])
    if told and _describes(group, t):
        return True
    inside = "that" in between or '"' in between or "'s" in between
    behind = t.words[group[2]] in ("is", "was", "are", "were", "has", "will")
    return inside and (behind or group[2] < t.count - 1 or "that" in between)


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
    if together and _whole(a) and _whole(b):
        a.also.append(b)
        return True
    if a.repeats and b.repeats and narrowed(a, b):
        return True
    if not compatible(a, b):
        return False
    for name in Slots.__dataclass_fields__:
        value = getattr(b, name)
        if value and not getattr(a, name):
            setattr(a, name, value)
    return True


def compatible(a: Slots, b: Slots) -> bool:
    """Whether two groups complement each other: neither says what the other does."""
    part_and_clock = (a.parts and not a.clocks and b.clocks and not b.parts) or (
        a.clocks and not a.parts and b.parts and not b.clocks
    )
    if a.timed and b.timed and not part_and_clock:
        return False
    if (a.day and b.day) or (a.repeats and b.repeats) or (a.delay or b.delay or a.exact or b.exact):
        return False
    return not ((a.windows or b.windows) and a.clocks + b.clocks)
