"""One Python library over JSON lines: a text in, its next times (naive local) and its own time in microseconds out.

`python peer.py NAME NOW`, NOW naive local ISO 8601. Runs in an environment of its own: no import of Alarum here.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import time
import warnings
from collections.abc import Callable
from datetime import datetime
from itertools import islice

# The times are expanded outside of what is timed: parsing is measured, as it is for Alarum.
Found = tuple[Callable[[], list[datetime]], bool]
NOTHING: Found = (list, False)


def recurrent(text: str, now: datetime) -> Found:
    """recurrent 0.4.1 as its README uses it, expanded with dateutil. It hangs on long texts: 120 characters are given."""
    from dateutil.rrule import rrulestr
    from recurrent.event_parser import RecurringEvent

    found = RecurringEvent(now_date=now).parse(text[:120])
    if found is None or isinstance(found, datetime):
        return ((lambda: [found]), False) if found else NOTHING
    if "INTERVAL=0" in found:
        return NOTHING  # "every 0 days": dateutil would never return
    return (lambda: list(islice((t for t in rrulestr(found, dtstart=now) if t > now), 10))), True


def dateparser(text: str, now: datetime) -> Found:
    """dateparser.parse with one language and the future preferred; it knows no repetitions."""
    import dateparser as library

    found = library.parse(text, languages=["en"], settings={"RELATIVE_BASE": now, "PREFER_DATES_FROM": "future"})
    return ((lambda: [found]), False) if found else NOTHING


def parsedatetime(text: str, now: datetime) -> Found:
    """parsedatetime's Calendar; status 0 is a refusal. It knows no repetitions."""
    import parsedatetime as library

    found, status = library.Calendar(version=library.VERSION_CONTEXT_STYLE).parseDT(text, sourceTime=now)
    return ((lambda: [found]), False) if status.hasDateOrTime else NOTHING


def timefhuman(text: str, now: datetime) -> Found:
    """timefhuman with the reference time; lists and ranges count by their moments. It knows no repetitions."""
    from timefhuman import tfhConfig
    from timefhuman import timefhuman as library

    found = library(text, config=tfhConfig(now=now))
    flat: list[object] = []
    for item in found if isinstance(found, list) else [found]:
        flat += list(item)[:1] if isinstance(item, tuple) else [item]
    times = sorted(t for t in flat if isinstance(t, datetime))
    return ((lambda: times), False) if times else NOTHING


PEERS: dict[str, Callable[[str, datetime], Found]] = {
    "recurrent": recurrent, "dateparser": dateparser, "parsedatetime": parsedatetime, "timefhuman": timefhuman,
}  # fmt: skip


def main() -> None:
    warnings.simplefilter("ignore")
    peer, now = PEERS[sys.argv[1]], datetime.fromisoformat(sys.argv[2])
    with contextlib.suppress(Exception), contextlib.redirect_stdout(io.StringIO()):
        peer("tomorrow at 9", now)  # what it loads on first use is not its speed
    for line in sys.stdin:
        (expand, repeats), times = NOTHING, []
        text = json.loads(line)
        with contextlib.redirect_stdout(io.StringIO()):
            begin = time.perf_counter()
            with contextlib.suppress(Exception):
                expand, repeats = peer(text, now)  # a crash is a refusal, at best
            spent = (time.perf_counter() - begin) * 1e6
            with contextlib.suppress(Exception):
                times = expand()
        print(json.dumps({"times": [t.isoformat() for t in times], "repeats": repeats, "us": spent}), flush=True)


if __name__ == "__main__":
    main()
