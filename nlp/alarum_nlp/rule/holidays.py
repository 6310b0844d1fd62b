"""Days that have a name. Easter comes from dateutil (Gregorian, after Butcher)."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

NAMED_TIMES_OF_YEAR = {
    "christmas eve": (12, 24), "christmas day": (12, 25), "christmas": (12, 25), "xmas": (12, 25),
    "xmas eve": (12, 24), "boxing day": (12, 26), "new year's eve": (12, 31), "new years eve": (12, 31),
    "new year's day": (1, 1), "new years day": (1, 1), "new year's": (1, 1), "new years": (1, 1), "new year": (1, 1),
    "valentine's day": (2, 14), "valentines day": (2, 14), "valentine's": (2, 14), "halloween": (10, 31),
    "all saints day": (11, 1), "st patrick's day": (3, 17), "st patricks day": (3, 17),
    "saint patrick's day": (3, 17), "april fools": (4, 1), "st stephen's day": (12, 26),
    "independence day": (7, 4), "fourth of july": (7, 4),
    "april fools day": (4, 1), "april fool's day": (4, 1), "labour day": (5, 1), "may day": (5, 1),
    "epiphany": (1, 6), "veterans day": (11, 11), "juneteenth": (6, 19), "st nicholas day": (12, 6),
    "groundhog day": (2, 2), "earth day": (4, 22), "womens day": (3, 8), "women's day": (3, 8),
    "bastille day": (7, 14), "cinco de mayo": (5, 5), "guy fawkes night": (11, 5), "bonfire night": (11, 5),
    "silvester": (12, 31), "nye": (12, 31),
}  # fmt: skip
# Days from Easter Sunday of the Gregorian calendar.
EASTER_DAYS = {
    "easter": 0, "easter sunday": 0, "easter monday": 1, "good friday": -2, "maundy thursday": -3,
    "palm sunday": -7, "ash wednesday": -46, "shrove tuesday": -47, "mardi gras": -47, "pentecost": 49,
    "whit monday": 50, "whitsun": 49, "ascension day": 39, "corpus christi": 60,
}  # fmt: skip
# (month, weekday, n): the n-th weekday of a month, by United States custom where customs differ.
WEEKDAY_HOLIDAYS = {
    "thanksgiving": (11, 3, 4), "thanksgiving day": (11, 3, 4), "mother's day": (5, 6, 2), "mothers day": (5, 6, 2),
    "father's day": (6, 6, 3), "fathers day": (6, 6, 3), "labor day": (9, 0, 1), "memorial day": (5, 0, -1),
    "martin luther king day": (1, 0, 3), "mlk day": (1, 0, 3), "presidents day": (2, 0, 3),
    "president's day": (2, 0, 3), "columbus day": (10, 0, 2),
}  # fmt: skip


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
