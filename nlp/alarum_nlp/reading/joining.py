"""Groups of time words to one: which belong together, and what was left beside them."""

from __future__ import annotations

from dataclasses import replace

from alarum_nlp.reading import lexicon
from alarum_nlp.reading.command import request
from alarum_nlp.reading.narrowing import narrowed
from alarum_nlp.reading.scan import Tokens
from alarum_nlp.resolve.slots import Slots

Group = tuple[Slots, int, int]  # what was read, and the tokens from and up to which


def chosen(groups: list[Group], t: Tokens) -> list[Group]:
    """Groups that say when; the others are part of what is to be remembered.

    A time that stands right behind "remind me" says when, and one behind its "to" or "about" belongs to the message
    where the first needs nothing more. So does what another sentence said before the request.
    """
    if any(g[0].open_before for g in groups):
        return groups
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
    groups = [g for g in groups if not any(_attributive(g, other, t) for other in groups if other is not g)]
    plain = [g for g in groups if not _describes(g, t)]
    if not plain or len(plain) == len(groups):
        return groups
    described = [g for g in groups if g not in plain and g[0].repeats]
    if any(p[0].repeats and narrowed(g[0].probe(), p[0].probe()) for p in plain for g in described):
        return groups
    names = [
        g
        for g in groups
        if _describes(g, t) and (_is_name(g, t) or _run(g, plain, t) or any(not compatible(g[0], p[0]) for p in plain))
    ]
    return [g for g in groups if g not in names]


def _attributive(group: Group, other: Group, t: Tokens) -> bool:
    """A bare day inside a name, beside a time that says more: "add sunday roast for this sunday at 1", "taco tuesday"."""
    s, i, j = group
    i += t.words[i] == "the"
    if s.day is None or s.clocks or s.parts or s.repeats or i == 0 or t.words[i] in ("this", "next", "on", "coming"):
        return False
    before, day = t.words[i - 1], s.day
    if (
        before in ("on", "for", "by", "this", "next", "me", "at", "until", "from", "and", ",", ":", "of")
        or before in _ALARMS
    ):
        return False
    if t.original(i, j).lower() == "friday the 13th":
        return True
    led = t.words[other[1] - 1] in ("on", "for", "by", "at") or t.words[other[1]] in ("this", "next", "every", "on")
    says = led or other[0].timed or other[0].repeats
    noun = t.kinds[j] == "word" and t.words[j] not in _SMALL_WORDS
    days = [d.weekday for d in (other[0].day, *other[0].more_days) if d and d.kind == "weekday"] + other[0].weekdays
    named = noun and bool(other[0].day) or day.weekday in days
    return says and day.kind == "weekday" and j == i + 1 and named


def _run(group: Group, plain: list[Group], t: Tokens) -> bool:
    """ "put morning run in my diary for 7 am": a part of the day that tells which one, beside a time that is said."""
    s, i, j = group
    led = i and t.words[i - 1] in ("in", "at", "this", "every", "on")
    led = led or i > 1 and t.words[i - 1] == "the" and t.words[i - 2] in ("in", "on", "of", "by", "during", "for")
    return bool(s.parts) and j == i + 1 and not s.day and not led and any(p[0].clocks for p in plain)


_OWNERS = frozenset({"the", "a", "an", "my", "our", "his", "her", "their", "your", "this", "that", "s", "whether"})


def _describes(group: Group, t: Tokens) -> bool:
    """Whether a group stands like an adjective: an article before it and a noun behind it, or inside a name."""
    s, i, j = group
    if s.delay is not None and t.words[i] in ("in", "after"):
        return False
    noun = t.kinds[j] == "word" and t.words[j] not in _SMALL_WORDS
    owned = t.words[i - 1] in _OWNERS if i else False
    owned = owned or t.words[i] in ("the", "a", "my", "our") and s.day is None
    if t.words[j] in _ALARMS and s.repeats:
        return False
    frequency = s.repeats and j == i + 1 and t.words[i] in lexicon.FREQUENCIES and t.words[j] not in _ALARMS
    part = bool(s.parts) and j == i + 1 and not s.day and not s.clocks
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
        settled = first[0].day is not None or first[0].repeats or bool("tonight" in first[0].parts and first[0].clocks)
        done = done or first[0].timed and settled
        past = s.day is not None and s.day.kind == "relative" and s.day.n < 0
        odd = first[0].repeats and s.day is not None and not s.timed
        narrows = first[0].repeats and s.repeats and narrowed(first[0].probe(), s.probe())
        if done or past or odd and not narrows or not narrows and not compatible(first[0], s):
            return True
    told = any(w in ("of", "about", "for", "to") for w in between[:1])
    if told and _describes(group, t):
        return True
    inside = "that" in between or '"' in between or "'s" in between
    behind = t.words[group[2]] in ("is", "was", "are", "were", "has", "will")
    return inside and (behind or group[2] < t.count - 1 or "that" in between)


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
        if a.zone and b.zone and a.zone != b.zone:
            return False
        a.zone = a.zone or b.zone
        a.also.append(b)
        return True
    if b.open_before and not (a.delay or a.repeats):
        base = replace(a)
        a.take(b)
        b = base
    if a.open_before and not (b.delay or b.repeats):
        assert a.delay
        a.base = b
        return bool(b.timed or b.day and not a.delay.seconds)
    if a.repeats and b.repeats and narrowed(a, b):
        return True
    if not compatible(a, b):
        return False
    a.fill(b)
    return True


def compatible(a: Slots, b: Slots) -> bool:
    """Whether two groups complement each other: neither says what the other does."""
    part_and_clock = (a.parts and not a.clocks and b.clocks and not b.parts) or (
        a.clocks and not a.parts and b.parts and not b.clocks
    )
    if a.timed and b.timed and not part_and_clock:
        return False
    for one, two in ((a, b), (b, a)):
        if "tonight" in one.parts and two.day and two.day.kind != "relative":
            return False
    if (a.day and b.day) or (a.repeats and b.repeats) or (a.delay or b.delay or a.exact or b.exact):
        return False
    return not ((a.windows or b.windows) and a.clocks + b.clocks)
