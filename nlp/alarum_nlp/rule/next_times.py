"""A rule to its next times: calendar arithmetic on the wall clock, one resolution to an instant.

The cost of a step does not grow with the age of the rule: every generator jumps to `after` by arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from itertools import islice
from zoneinfo import ZoneInfo

from alarum_nlp.rule import cron
from alarum_nlp.rule.calendar_dates import EMPTY_PERIODS, local_times
from alarum_nlp.rule.exclusions import excluded_until
from alarum_nlp.rule.last_counted import last_counted
from alarum_nlp.rule.model import SUBDAILY, Cron, Once, Repeat, Rule, Several
from alarum_nlp.rule.subdaily import elapsed
from alarum_nlp.rule.wall_clock import exact, local
from alarum_nlp.rule.zones import zone


def next_times(rule: Rule, after: datetime, n: int) -> list[datetime]:
    """Up to `n` instants (UTC) of a rule strictly after `after` (aware), in order."""
    return list(islice(_instants(rule, after.astimezone(timezone.utc)), n))


def next_time(rule: Rule, after: datetime) -> datetime | None:
    """The first instant (UTC) of a rule after `after`, or None when it has ended."""
    return next(_instants(rule, after.astimezone(timezone.utc)), None)


def _instants(rule: Rule, after: datetime) -> Iterator[datetime]:
    if isinstance(rule, Once):
        at = exact(rule.at, rule.zone)
        if at > after:
            yield at
    elif isinstance(rule, Several):
        yield from (at for at in sorted({exact(at, rule.zone) for at in rule.moments}) if at > after)
    elif isinstance(rule, Cron):
        # A skipped time rings up to some hours later than written, so start looking a day early where the clocks changed.
        early = timedelta(days=1)
        changed = (
            after.astimezone(zone(rule.zone)).utcoffset() != (after - early).astimezone(zone(rule.zone)).utcoffset()
        )
        begin = local(after, rule.zone) - (early if changed else timedelta(minutes=1))
        yield from _resolved(cron.cron_times(rule.expression, begin), rule.zone, after)
    elif isinstance(rule, Repeat):
        yield from _bounded(rule, after)


def _resolved(times: Iterator[datetime], zone: str, after: datetime) -> Iterator[datetime]:
    """Local times to instants after `after`; two local times that fall on one instant ring once."""
    last = after
    for at in times:
        instant = exact(at, zone)
        if instant > last:
            last = instant
            yield instant


def _bounded(rule: Repeat, after: datetime) -> Iterator[datetime]:
    end = exact(rule.until, rule.zone) if rule.until else None
    if rule.count is not None:
        last = last_counted(rule)
        if last is None:
            return
        end = min(end, last) if end else last
    if rule.start:
        after = max(after, exact(rule.start, rule.zone) - timedelta(microseconds=1))
    for instant in _unbounded(rule, after):
        if end and instant > end:
            return
        yield instant


def forget_zones() -> None:
    """Read the rules of every zone again when it is next asked for: the tz database has changed."""
    zone.cache_clear()
    ZoneInfo.clear_cache()
    last_counted.cache_clear()


def _unbounded(rule: Repeat, after: datetime) -> Iterator[datetime]:
    if rule.unit in SUBDAILY:
        yield from elapsed(rule, after)
        return
    if rule.unit in ("day", "week") and set(rule.weekdays or range(7)) <= set(rule.skip.weekdays):
        return  # "every monday except mondays"
    excepted = 0
    for instant in _resolved(local_times(rule, local(after, rule.zone) - timedelta(days=1)), rule.zone, after):
        if rule.skip and excluded_until(rule.skip, local(instant, rule.zone)):
            excepted += 1
            if excepted > EMPTY_PERIODS // 2 or excepted > 50 and instant.year > after.year + 30:
                return  # all of it is excepted
            continue
        excepted = 0
        yield instant
