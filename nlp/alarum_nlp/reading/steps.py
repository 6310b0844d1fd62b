"""Which words may open which step of the walk: looked up by word, so that most steps are never tried."""

from __future__ import annotations

from alarum_nlp.reading import lexicon
from alarum_nlp.reading.bounds import OPENERS as BOUNDS
from alarum_nlp.reading.excepts import OPENERS as EXCEPTS

_NUMBERS = frozenset(lexicon.NUMBERS) | frozenset(lexicon.TENS)
_RANKS = frozenset(lexicon.ORDINALS) | {"last", "final", "penultimate"}
_WEEKDAYS = frozenset(lexicon.WEEKDAYS)
_AMOUNTS = _NUMBERS | {"a", "an", "another", "half", "quarter", "three-quarters", "couple", "few"}
_EDGES = frozenset(
    {"end", "ending", "beginning", "start", "top", "begin", "eod", "eom", "eow", "eoy", "cob", "eob", "close"}
)  # fmt: skip

# The words and the kinds of token that may open a step; a step that is not here is always tried.
HEADS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    "iso": (frozenset(), frozenset({"iso"})),
    "by": (frozenset({"by", "before", "after", "no", "not", "at"}), frozenset()),
    "spell": (
        frozenset(
            {"for", "over", "during", "the", "through", "throughout", "all", "whole", "entire", "full", "rest", "remainder",
             "next", "following", "coming", "until", "till", "indefinitely", "forever", "without", "with", "no", "ad"}
        ) | _AMOUNTS,
        frozenset({"num"}),
    ),
    "lasting": (frozenset({"for", "lasting"}) | _AMOUNTS, frozenset({"num"})),
    "window": (
        frozenset({"between", "from", "after", "starting", "noon", "midnight"}) | _NUMBERS, frozenset({"num", "clock"})
    ),
    "bounds": (
        BOUNDS | _AMOUNTS | {"between", "for", "over", "during", "the", "in", "x", "once", "twice", "thrice", "next"},
        frozenset({"num"}),
    ),
    "excepts": (EXCEPTS, frozenset()),
    "repetition": (
        _NUMBERS | _RANKS | _WEEKDAYS | _EDGES | frozenset(lexicon.DAY_GROUPS) | frozenset(lexicon.MONTHS)
        | frozenset(lexicon.FREQUENCIES)
        | {"every", "each", "all", "any", "ev", "once", "twice", "thrice", "half", "quarter", "alternate", "working", "business",
           "office", "mornings", "evenings", "afternoons", "hour", "minute", "minutes", "week", "month", "day", "odd", "even",
           "intervals", "increments", "interval", ":", "m", "t", "w", "f", "tu", "th", "r", "sa", "su", "mwf", "tth", "tuth",
           "mtwthf", "mtwrf", "mw", "the"},
        frozenset({"num", "ord"}),
    ),
    "delays": (
        _AMOUNTS | _WEEKDAYS | {"in", "after", "+", "within", "day", "week", "hour", "last", "first", "this", "same"},
        frozenset({"num", "period"}),
    ),
    "days": (
        _NUMBERS | _RANKS | _WEEKDAYS | _EDGES | lexicon.HOLIDAY_HEADS | frozenset(lexicon.MONTHS)
        | frozenset(lexicon.RELATIVE_DAYS)
        | {"later", "the", "day", "week", "this", "next", "coming", "upcoming", "following", "weekend", "weekends", "of", "in",
           ","},
        frozenset({"num", "ord"}),
    ),
    "clocks": (
        _NUMBERS | {"noon", "midday", "noontime", "mid", "midnight", "half", "quarter", "a", "an", "oh"},
        frozenset({"num", "clock"}),
    ),
    "parts": (frozenset(lexicon.PARTS) | {"early", "late", "later", "mid"}, frozenset()),
    "now": (frozenset({"now", "right", "just", "asap", "as", "present", "immediately", "atm"}), frozenset()),
}  # fmt: skip


def may_open(step: str, word: str, kind: str) -> bool:
    """Whether a token of this kind can be the first of a step."""
    heads = HEADS.get(step)
    return heads is None or word in heads[0] or kind in heads[1]
