"""The libraries that are measured. recurrent and dateparser are baselines here and nothing else: see README.md."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from zoneinfo import ZoneInfo

import nlp
from evals.phrases import NOW, ZONE, Answer

Reader = Callable[[str], Answer]
_NAIVE = NOW.replace(tzinfo=None)


def alarum(text: str) -> Answer:
    found = nlp.read(text, NOW, ZONE)
    if isinstance(found, nlp.Unclear):
        return Answer()
    return Answer(tuple(nlp.next_times(found.rule, NOW, 10)), found.kind == "recurring", found.message)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=ZoneInfo(ZONE))


def recurrent(text: str) -> Answer:
    """recurrent 0.4.1 as its README uses it, expanded with dateutil. Long texts are not given to it: it hangs."""
    from dateutil.rrule import rrulestr
    from recurrent.event_parser import RecurringEvent

    try:
        found = RecurringEvent(now_date=_NAIVE).parse(text[:120])
        if found is None:
            return Answer()
        if isinstance(found, datetime):
            return Answer((_aware(found),))
        if "INTERVAL=0" in found:
            return Answer()  # "every 0 days": dateutil would never return
        times = (t for t in rrulestr(found, dtstart=_NAIVE) if t > _NAIVE)
        return Answer(tuple(_aware(t) for t in islice(times, 10)), True)
    except Exception:
        return Answer()  # a crash on a phrase is a refusal, at best


def dateparser(text: str) -> Answer:
    """dateparser.parse with one language and the future preferred; it knows no repetitions."""
    import dateparser as library

    found = library.parse(text, languages=["en"], settings={"RELATIVE_BASE": _NAIVE, "PREFER_DATES_FROM": "future"})
    return Answer((_aware(found),)) if found else Answer()


def glued(text: str) -> Answer:
    """recurrent, then dateparser: what one gets by putting both in a row."""
    first = recurrent(text)
    return first if first.times else dateparser(text)


READERS: dict[str, Reader] = {"alarum": alarum, "recurrent": recurrent, "dateparser": dateparser, "both glued": glued}
