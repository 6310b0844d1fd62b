"""RFC 5545 in and out: next times agree with dateutil, and what cannot be said is refused with the reason."""

from __future__ import annotations

from datetime import datetime, timezone
from itertools import islice

import pytest
from dateutil.rrule import rruleset, rrulestr
from hypothesis import HealthCheck, assume, given, settings

from alarum_nlp import Once, Reading, Repeat, Several, Unclear, from_rrule, next_time, next_times, read, to_rrule
from alarum_nlp.rule.model import Nth
from tests.nlp.rule.rules import calendar_rules, fine_rules
from tests.support.moments import NOW

BEGIN = datetime(2026, 11, 23, 10)


def naive(rule: Repeat | Once | Several, n: int) -> list[datetime]:
    """The next local times from before any start on; the rules here are in UTC."""
    return [t.replace(tzinfo=None) for t in next_times(rule, datetime(2026, 11, 20, tzinfo=timezone.utc), n)]


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "FREQ=DAILY;INTERVAL=3;COUNT=5",
        "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=9,17;BYMINUTE=30;BYSECOND=0",
        "FREQ=DAILY;BYMONTH=1,2;UNTIL=20270215T000000Z",
        "FREQ=WEEKLY;BYDAY=MO,WE,FR",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=MONTHLY;BYMONTHDAY=-1",
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=1MO,-1FR",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
        "FREQ=MONTHLY;BYDAY=TU,TH",
        "FREQ=YEARLY",
        "FREQ=YEARLY;BYMONTH=3,9;BYDAY=2SU",
        "FREQ=YEARLY;BYYEARDAY=1,100,-1",
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "FREQ=YEARLY;BYMONTHDAY=15",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=HOURLY;INTERVAL=5",
        "FREQ=HOURLY;BYMINUTE=0,30;BYDAY=MO",
        "FREQ=MINUTELY;INTERVAL=90;BYMONTHDAY=1,2",
    ],
)
def test_next_times_agree_with_dateutil(rule: str) -> None:
    text = f"DTSTART:20261123T100000Z\nRRULE:{rule}"
    ours = from_rrule(text, BEGIN, "UTC")
    # DTSTART is not an occurrence of its own where the rule does not choose it, here as in dateutil
    theirs = rrulestr(text.replace("Z\n", "\n").replace("Z", ""), dtstart=BEGIN)
    assert naive(ours, 12) == list(islice(theirs, 12))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("FREQ=FORTNIGHTLY", "FREQ must be one of"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL goes from 1"),
        ("FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "exclude each other"),
        ("FREQ=DAILY;BYFOO=3", "is not part of a recurrence rule"),
        ("FREQ=WEEKLY;BYDAY=1MO", "needs FREQ=MONTHLY or YEARLY"),
        ("FREQ=MONTHLY;BYMONTHDAY=40", "out of range"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", "Monday"),
        ("FREQ=MINUTELY;BYHOUR=9", "is not read"),
        ("DTSTART:20271301T000000", "is not a date-time"),
        ("RRULE:FREQ=DAILY\nEXRULE:FREQ=WEEKLY", "is not read"),
    ],
)
def test_what_cannot_be_held_is_refused_with_the_reason(text: str, why: str) -> None:
    found = read(text, NOW, "Europe/Berlin")
    assert isinstance(found, Unclear)
    assert why in found.reason


def test_a_phrase_may_be_a_rule_and_without_dtstart_it_begins_now() -> None:
    found = read("RRULE:FREQ=MONTHLY;BYDAY=-1FR;BYHOUR=16", NOW, "Europe/Berlin")
    assert isinstance(found, Reading)
    assert isinstance(found.rule, Repeat)
    assert (found.rule.nths, found.rule.times[0].hour) == ((Nth(-1, 4),), 16)
    assert "there is no DTSTART: it begins now" in found.assumed


def test_zone_exceptions_and_dates() -> None:
    text = "DTSTART;TZID=America/New_York:20261123T090000\nRRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=America/New_York:20261124T090000"
    rule = from_rrule(text, BEGIN, "UTC")
    assert rule.zone == "America/New_York"
    assert [t.day for t in naive(rule, 9)][:2] == [23, 25]
    several = from_rrule("DTSTART:20261123T090000Z\nRDATE:20261201T090000Z,20261202T090000Z", BEGIN, "UTC")
    assert isinstance(several, Several)
    assert [t.day for t in naive(several, 9)] == [23, 1, 2]


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(calendar_rules() | fine_rules())
def test_a_rule_said_in_rfc_5545_rings_the_same_in_dateutil_and_here(rule: Repeat) -> None:
    after = datetime(2026, 11, 20, tzinfo=timezone.utc)
    assume(rule.zone == "UTC" and next_time(rule, after))
    try:
        text = to_rrule(rule, after)
    except ValueError:
        return  # RFC 5545 cannot say it
    wanted = naive(rule, 6)
    lines = [line.replace("Z", "") if line.startswith(("DTSTART", "EXDATE")) else line for line in text.splitlines()]
    found = rrulestr("\n".join(lines).replace("Z", ""), forceset=True)
    assert isinstance(found, rruleset)
    assert list(islice(found, 6)) == wanted
    assert naive(from_rrule(text, BEGIN, "UTC"), 6) == wanted
