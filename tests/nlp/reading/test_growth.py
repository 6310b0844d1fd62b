"""However a text repeats itself, reading it takes a bounded number of steps: nobody's words hold up anybody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, time, timezone
from itertools import product
from types import FrameType

import pytest

from alarum_nlp import (
    Once,
    Reading,
    Repeat,
    Several,
    Unclear,
    interval,
    may_name_a_time,
    next_time,
    read,
    redated,
    retimed,
    say,
)
from alarum_nlp.rule.model import COUNT, LISTED
from alarum_nlp.rule.next_times import forget_zones
from evals.phrases import misses, phrases
from tests.support.moments import NOW, ZONE

LONG = 2000
CALLS = 150_000  # of Python and C functions; 2,000 characters of ordinary speech take some 30,000

HEADS = (
    "at 9", "9am", "noon", "midnight", "monday", "mondays", "every", "every day", "in 2 hours", "tomorrow", "evening", "1st", "the 1st",
    "march", "1 march", "between 9 and 17", "until friday", "except", "for 2 weeks", "next", "last", "one hundred", "half", "quarter past",
    "10:00", "2027-03-01", "last friday", "twice a day", "weekdays", "before", "3 days before", "christmas", "put a", "a", "calendar",
    "on my calendar", "remind me to", "not on monday", "UTC", "in Berlin", "24/7", "this weekend", "by", "13", "5 times", "o'clock",
)  # fmt: skip
CONNECTORS = (" ", " and ", ", ", " or ", " at ", " to ", " (", ". ", " of ", " after ", "-")


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """How many functions are called meanwhile."""
    calls = 0

    def look(frame: FrameType, event: str, arg: object) -> None:
        nonlocal calls
        if event in ("call", "c_call"):
            calls += 1

    sys.setprofile(look)
    try:
        yield lambda: calls
    finally:
        sys.setprofile(None)


@pytest.mark.parametrize("connector", CONNECTORS)
def test_every_head_word_and_connector_repeated_is_read_or_refused_in_bounded_steps(connector: str) -> None:
    read("tomorrow at 9 in Berlin", NOW, ZONE)  # what is made once is made
    for head in HEADS:
        text = ((head + connector) * LONG)[:LONG]
        with counted() as calls:
            read(text, NOW, ZONE)
        assert calls() < CALLS, text[:60]


@pytest.mark.parametrize(
    "text",
    [
        "9:00 and " * 222,
        "noon " * 400,
        "noon and (" * 200,
        "one hundred and noon and 9am, " * 66,
        "evening, monday and " * 100,
        "in 2 hours after " * 117,
        "at 7:00" + "".join(f" and {h}:{m:02}" for h in range(7, 12) for m in (15, 30, 45)) + " and 11:45",
        "put " + "a, " * 600 + "calendar",
        "9am and at 9 and " * 117,
    ],
)
def test_what_once_hung_is_answered(text: str) -> None:
    for asked in (read, lambda t, n, z: interval(t[:200], n, z), lambda t, n, z: retimed(Once(NOW, ZONE), t, n)):
        with counted() as calls:
            asked(text[:LONG], NOW, ZONE)
        assert calls() < CALLS


MESSAGE = (
    " and then tell my brother about the new plan for the old house near the river because it was so nice there" * 5
)[:500]


def test_every_phrase_of_the_set_is_read_with_a_long_message_behind_it() -> None:
    refused = []
    for phrase in phrases():
        if phrase.text in misses() or not phrase.times:
            continue
        found = read(phrase.text + MESSAGE, NOW, ZONE)
        if isinstance(found, Unclear) and "so many times" in found.reason:
            refused.append(phrase.text)
    assert refused == []


def test_the_quick_look_for_a_time_hides_none() -> None:
    hidden = [phrase.text for phrase in phrases() if phrase.times and not may_name_a_time(phrase.text)]
    assert hidden == []
    assert not any(may_name_a_time(text) for text in ("call Anna", "buy milk and bread", "m3", "renew the passport"))


@pytest.mark.parametrize(
    "text",
    [
        f"RRULE:FREQ=SECONDLY;COUNT={COUNT + 1}",
        "RRULE:FREQ=SECONDLY;COUNT=999999999",
        "FREQ=DAILY;COUNT=99999999999999999999",
        f"every day at 9 {COUNT + 1} times",
        "FREQ=DAILY;BYHOUR=" + ",".join(map(str, range(24))) + ";BYMINUTE=" + ",".join(map(str, range(60))),
        "FREQ=DAILY;INTERVAL=99999999999",
        "DTSTART:00010101T000000\nRRULE:FREQ=DAILY",
        "DTSTART:99991231T235959\nRRULE:FREQ=DAILY",
    ],
)
def test_one_bound_holds_for_words_and_rules(text: str) -> None:
    found = read(text, NOW, ZONE)
    assert isinstance(found, Unclear)
    assert found.reason
    assert len(found.message) < 500


def test_a_rule_that_never_rings_is_not_walked_through_to_the_last_year() -> None:
    with counted() as calls:
        found = read("RRULE:FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30", NOW, ZONE)
    assert isinstance(found, Unclear)
    assert calls() < CALLS


@pytest.mark.parametrize(
    "rule",
    [
        Repeat("second", "UTC", start=datetime(2026, 1, 1), count=999_999_999),
        Repeat("day", ZONE, times=(time(9),), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("month", ZONE, times=(time(9),), days=(1, 15), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("hour", "UTC", days=(29,), months=(2,), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("hour", ZONE, every=23, days=(29,), months=(2,), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("minute", "UTC", every=1439, days=(29,), months=(2,), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("hour", "UTC", weekdays=(0,), months=(1,), start=datetime(2026, 1, 1), count=COUNT),
        Repeat("month", ZONE, times=(time(9),), days=(31,), start=datetime(2026, 1, 1), count=COUNT),
    ],
)
def test_the_last_of_a_counted_series_is_computed(rule: Repeat) -> None:
    forget_zones()
    with counted() as calls:
        assert next_time(rule, datetime(2026, 1, 1, tzinfo=timezone.utc)) is not None
    assert calls() < 40_000  # walked through, these took up to some millions


def test_a_change_of_many_times_reads_its_words_a_few_times() -> None:
    many = Repeat("day", ZONE, times=tuple(time(h, m) for h in range(24) for m in range(0, 60, 5)))
    with counted() as calls:
        found = read("every wednesday", NOW, ZONE)
        assert isinstance(found, Reading)
        kept = redated(many, found, "every wednesday", NOW, ZONE)
    assert kept is not None
    assert isinstance(kept.rule, Repeat)
    assert kept.rule.times == many.times
    assert calls() < 20_000


@pytest.mark.parametrize("text", ["every 999999999999999 seconds", "every 99999 years", "every 9999999 weeks"])
def test_an_interval_beyond_the_calendar_is_refused(text: str) -> None:
    assert isinstance(read(text, NOW, ZONE), Unclear)


def test_five_times_are_named_and_the_others_counted_and_that_is_not_read_as_five() -> None:
    times = tuple(time(h, m) for h, m in product(range(7, 12), (0, 15, 30, 45)))
    rule = Repeat("day", ZONE, times=times)
    assert say(rule, ZONE) == "every day at 07:00, 07:15, 07:30, 07:45, 08:00 and 15 more"
    several = Several(tuple(datetime(2027, 1, day, 9) for day in range(1, 9)), ZONE)
    assert say(several, ZONE).endswith(" and 3 more")
    for words in (say(rule, ZONE), say(several, ZONE), "every monday at 7:00, 8:00 and 2 more until 2027-01-01"):
        assert isinstance(read(words, NOW, ZONE), Unclear), words
    assert isinstance(read("every day at 7:00, 8:00, 9:00, 10:00, 11:00, 12:00 and 13:00", NOW, ZONE), Reading)
    assert len(times) < LISTED


def test_a_list_of_days_keeps_the_hour_it_had() -> None:
    before = Once(datetime(2026, 11, 24, 19), ZONE)
    for words, after in (("thursday", Once(datetime(2026, 11, 26, 19), ZONE)), ("thursday at 8", None)):
        found = read(words, NOW, ZONE)
        assert isinstance(found, Reading)
        kept = redated(before, found, words, NOW, ZONE)
        assert (kept and kept.rule) == after
