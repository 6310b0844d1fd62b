"""The last of a counted series, by arithmetic where the series is regular, else over its dates without resolving each."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from itertools import islice, pairwise, takewhile

from alarum_nlp.rule.calendar_dates import dates
from alarum_nlp.rule.exclusions import excluded_until
from alarum_nlp.rule.model import SECONDS, SUBDAILY, Repeat
from alarum_nlp.rule.subdaily import elapsed, next_chosen
from alarum_nlp.rule.wall_clock import exact, local
from alarum_nlp.rule.zones import zone

_INSTANT = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1)
_AGES = 150  # years: a series that goes on longer ends for nobody
NEVER = datetime(9999, 12, 31, tzinfo=timezone.utc)
_GAP = timedelta(hours=2)  # more than any clock change skips


@lru_cache(maxsize=4096)
def last_counted(rule: Repeat) -> datetime | None:
    """The instant (aware UTC) of the last of `count` times from `start`; None where there is none at all, NEVER beyond 150 years."""
    begin, count = rule.start or _EPOCH, rule.count or 0
    plain = not (rule.skip or rule.months or rule.weeks or rule.days or rule.nths)
    if rule.unit in SUBDAILY:
        if plain and rule.start and not (rule.windows or rule.minutes or rule.weekdays):
            return exact(begin, rule.zone) + (count - 1) * timedelta(seconds=rule.every * SECONDS[rule.unit])
        start = exact(begin, rule.zone) if rule.start else begin.replace(tzinfo=timezone.utc)
        return _by_days(rule, start, count)
    if plain and rule.start and rule.unit == "day" and not rule.weekdays and len(rule.times) == 1:
        first = datetime.combine(begin.date(), rule.times[0])
        missed = exact(first, rule.zone) < exact(begin, rule.zone)
        try:
            return exact(first + (count - 1 + missed) * timedelta(days=rule.every), rule.zone)
        except OverflowError:
            return None
    return _over_dates(rule, *_ahead(rule, begin, count), begin.year + _AGES)


def _by_days(rule: Repeat, start: datetime, count: int) -> datetime | None:
    """Of a repetition under a day: whole days are counted where that is possible, and the one in which the last falls is walked through."""
    left, after = count, start - _INSTANT
    if rule.start and _is_countable(rule):
        day = next_chosen(rule, local(start, rule.zone).date() + timedelta(days=1))
        first = exact(datetime.combine(local(start, rule.zone).date() + timedelta(days=1), time()), rule.zone)
        left -= len([*takewhile(lambda at: at < first, islice(elapsed(rule, after), count))])
        while day is not None and left > 0 and day.year <= start.year + _AGES:
            number = _on(rule, day, start)
            if number >= left:
                after = exact(datetime.combine(day, time()), rule.zone) - _INSTANT
                break
            left -= number
            day = next_chosen(rule, day + timedelta(days=1))
        else:
            left = count if left <= 0 else 0  # it ends on its first day, or further ahead than anybody looks
        if not left:
            return NEVER
    latest = start.year + _AGES
    last = deque(takewhile(lambda at: at.year <= latest, islice(elapsed(rule, after), left)), maxlen=1)
    return last[0] if last else None


def _is_countable(rule: Repeat) -> bool:
    """Whether the steps of a day can be counted: none is excepted, and no window runs into another or past midnight."""
    windows = sorted(rule.windows)
    inside = all(one.start <= one.end for one in windows) and all(a.end < b.start for a, b in pairwise(windows))
    return inside and not rule.minutes and not rule.skip


def _on(rule: Repeat, day: date, anchor: datetime) -> int:
    """How many steps of a countable rule fall on a date."""
    step = timedelta(seconds=rule.every * SECONDS[rule.unit])
    if not rule.windows:
        begin, end = (exact(datetime.combine(one, time()), rule.zone) for one in (day, day + timedelta(days=1)))
        return -((anchor - end) // step) - -((anchor - begin) // step)
    ends = [(datetime.combine(day, window.start), datetime.combine(day, window.end)) for window in rule.windows]
    if _changes(rule, day):
        ends = [(exact(begin, rule.zone), exact(end, rule.zone)) for begin, end in ends]
    return sum((end - begin) // step + 1 for begin, end in ends)


def _ahead(rule: Repeat, begin: datetime, count: int) -> tuple[datetime, int]:
    """Near the end of a series with as many times in each of its months or years, and how many are left from there."""
    size = _PERIODS.get(rule.unit, 0)
    if not size or not _is_regular(rule):
        return begin, count
    each = (len(rule.days) + len(rule.nths)) * len(rule.times)
    index = (begin.year * 12 + begin.month - 1) // size * size + size
    following = date(index // 12, index % 12 + 1, 1)
    first = sum(
        len([*_times(rule, day, begin)]) for day in takewhile(lambda day: day < following, dates(rule, begin.date()))
    )
    whole = (count - first) // each - 1
    index += whole * size
    if whole <= 0 or index >= 9000 * 12:
        return begin, count
    return datetime(index // 12, index % 12 + 1, 1), count - first - whole * each


_PERIODS = {"month": 1, "year": 12}


def _is_regular(rule: Repeat) -> bool:
    """Whether each period has as many dates: every month has a 1st to 28th, and a first to fourth of each weekday."""
    if rule.every > 1 or rule.skip or rule.weekdays or rule.weeks or len(rule.months) != (rule.unit == "year"):
        return False
    one_kind = bool(rule.days) != bool(rule.nths) and len(rule.nths) <= 1
    return (
        one_kind
        and all(1 <= n <= 28 for n in rule.days)
        and all(1 <= abs(n.n) <= 4 and n.weekday < 7 for n in rule.nths)
    )


def _over_dates(rule: Repeat, begin: datetime, count: int, latest: int) -> datetime | None:
    """Day by day: only on a day on which the clocks change two local times may be one instant."""
    last, left = None, count
    listed = [datetime.combine(_EPOCH, at) for at in sorted(rule.times)]
    close = any(later - earlier <= _GAP for earlier, later in pairwise(listed))
    for day in dates(rule, begin.date()):
        if day.year > latest:
            return NEVER
        times = list(_times(rule, day, begin))
        if close and len(times) > 1 and _changes(rule, day):
            times = [*{exact(at, rule.zone): at for at in reversed(times)}.values()][::-1]
        if times:
            last = times[min(left, len(times)) - 1]
            left -= len(times)
        if left <= 0:
            break
    return None if last is None else exact(last, rule.zone)


def _times(rule: Repeat, day: date, begin: datetime) -> Iterator[datetime]:
    for at in sorted(rule.times):
        here = datetime.combine(day, at)
        if here >= begin and not (rule.skip and excluded_until(rule.skip, here)):
            yield here


def _changes(rule: Repeat, day: date) -> bool:
    there = zone(rule.zone)
    midnight = datetime.combine(day, time())
    return there.utcoffset(midnight) != there.utcoffset(midnight + timedelta(days=1))
