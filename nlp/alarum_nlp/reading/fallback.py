"""The last try for a single moment in an odd notation: dateparser, behind guards, with low confidence.

Alone it drops hours, takes numbers for months and answers in the past; it is asked only about texts made of time words,
and believed only when it read the clock that the text has and the moment is ahead.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone

from alarum_nlp.reading.lexicon import MONTHS, WEEKDAYS, ZONE_ABBREVIATIONS
from alarum_nlp.rule.model import Once
from alarum_nlp.rule.reading import Reading
from alarum_nlp.rule.wall_clock import exact

LONGEST = 60  # characters of a date in any notation
_WORD = re.compile(r"[^\W\d_]+")
_CLOCK = re.compile(r"\d{1,2}(?::\d{2}){1,2}|\d{1,2}h\d{2}|\d{1,2} ?[ap]\.?m")
_WORDS = (
    frozenset(MONTHS) | frozenset(WEEKDAYS) | frozenset(ZONE_ABBREVIATIONS)
    | {"am", "pm", "at", "on", "of", "the", "in", "st", "nd", "rd", "th", "t", "z", "utc", "gmt", "and", "a", "from", "now",
       "tomorrow", "today"}
)  # fmt: skip


def fallback(text: str, now: datetime, zone: str) -> Reading | None:
    """A reading with low confidence of a text that the grammar found no time in; None when it cannot be trusted.

    `now` is naive local time in `zone`.
    """
    plain = text.strip().lower()
    words = _WORD.findall(plain)
    digits = sum(c.isdigit() for c in plain)
    if (
        len(plain) > LONGEST
        or digits < 6
        or len(_CLOCK.findall(plain)) != 1
        or " - " in plain
        or not all(w in _WORDS for w in words)
    ):
        return None
    from dateparser.date import DateDataParser

    settings = {"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "future", "RETURN_TIME_AS_PERIOD": True}
    try:
        found = DateDataParser(languages=["en"], settings=settings).get_date_data(plain)
    except (ValueError, OverflowError):
        return None
    at = found.date_obj
    if at is None or found.period != "time":
        return None
    if exact(at, zone) <= exact(now, zone).astimezone(timezone.utc):
        return None
    note = f"'{text.strip()}' was read by a second parser, with low confidence; check the time"
    return Reading(Once(at, zone), "", ((0, len(text)),), (note,), "low")
