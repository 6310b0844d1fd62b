"""Days that have a name. Easter comes from dateutil (Gregorian, after Butcher)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from nlp.lexicon import EASTER_DAYS, NAMED_TIMES_OF_YEAR, WEEKDAY_HOLIDAYS


def holiday(name: str, year: int) -> date:
    """The date of a named day in a year. Raises KeyError for a name the lexicon does not have."""
    if name in NAMED_TIMES_OF_YEAR:
        return date(year, *NAMED_TIMES_OF_YEAR[name])
    if name in EASTER_DAYS:
        from dateutil.easter import easter

        return easter(year) + timedelta(days=EASTER_DAYS[name])
    month, weekday, n = WEEKDAY_HOLIDAYS[name]
    last = calendar.monthrange(year, month)[1]
    days = [d for d in range(1, last + 1) if date(year, month, d).weekday() == weekday]
    return date(year, month, days[n - 1 if n > 0 else n])
