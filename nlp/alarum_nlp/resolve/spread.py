"""How "three times a week" and the like are spread, which the answer says."""

from __future__ import annotations

import calendar

from alarum_nlp.resolve.moment import Moment, clock_time
from alarum_nlp.resolve.slots import ClockTime, Impossible, Slots

_SPREAD_DAY = {
    1: ("09:00",),
    2: ("09:00", "21:00"),
    3: ("09:00", "15:00", "21:00"),
    4: ("09:00", "13:00", "17:00", "21:00"),
}


_SPREAD_WEEK = {
    1: (0,),
    2: (0, 3),
    3: (0, 2, 4),
    4: (0, 1, 3, 4),
    5: (0, 1, 2, 3, 4),
    6: (0, 1, 2, 3, 4, 5),
    7: tuple(range(7)),
}


_SPREAD_MONTH = {1: (1,), 2: (1, 15), 3: (1, 11, 21), 4: (1, 8, 15, 22)}


def spread(s: Slots, m: Moment) -> None:
    """Spread "three times a week" and the like, and say how."""
    n = s.once_a
    named = s.unit == "month" and len(s.days) + len(s.nths) == n
    named = named or s.unit == "year" and len(set(s.days)) == 1 and len(set(s.months)) == n
    if n < 2 or named:
        return
    if s.unit == "day" and not s.clocks and n in _SPREAD_DAY:
        m.assumed.append(f"spread {n} times a day as {', '.join(_SPREAD_DAY[n])}")
        s.clocks = [ClockTime(clock_time(at).hour, fixed=True) for at in _SPREAD_DAY[n]]
        s.parts = []
    elif s.unit == "week" and not s.weekdays and n in _SPREAD_WEEK:
        s.weekdays += _SPREAD_WEEK[n]
        m.assumed.append(
            f"spread {n} times a week as {', '.join(calendar.day_name[d].lower() for d in _SPREAD_WEEK[n])}"
        )
    elif s.unit == "month" and not s.days and not s.nths and n in _SPREAD_MONTH:
        s.days += _SPREAD_MONTH[n]
        m.assumed.append(f"spread {n} times a month as days {', '.join(map(str, _SPREAD_MONTH[n]))}")
    elif s.unit == "year" and n in (2, 3, 4) and not s.months:
        s.days, s.months = [1], [1 + 12 // n * k for k in range(n)]
        m.assumed.append(f"spread {n} times a year as the 1st of months {', '.join(map(str, s.months))}")
    elif s.unit == "hour" and 60 % n == 0 and s.every == 1:
        s.minutes = [60 // n * k for k in range(n)]
        m.assumed.append(f"spread {n} times an hour as minutes {', '.join(map(str, s.minutes))}")
    elif not (s.unit == "day" and len(s.clocks) == n or s.unit == "week" and len(s.weekdays) == n):
        raise Impossible(
            f"{n} times a {s.unit} can be spread in many ways; say the times, for example 'every day at 9:00, 13:00 and 18:00'"
        )
