"""Stretches of time, as one asks for them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarum_nlp import INTERVALS, Interval, Unclear, interval
from tests.support.moments import BERLIN, NOW, ZONE


def asked(words: str, now: datetime = NOW) -> str:
    found = interval(words, now, ZONE)
    assert isinstance(found, Interval), found
    start, end = (at.astimezone(BERLIN) for at in (found.start, found.end))
    return f"{start:%m-%d %H:%M} {end:%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("words", "means"),
    [  # now is Friday 2026-11-20 10:00
        ("today", "11-20 00:00 11-21 00:00"),
        ("Tomorrow?", "11-21 00:00 11-22 00:00"),
        ("yesterday", "11-19 00:00 11-20 00:00"),
        ("tomorrow morning", "11-21 05:00 11-21 12:00"),
        ("this afternoon", "11-20 12:00 11-20 18:00"),
        ("monday evening", "11-23 17:00 11-24 00:00"),
        ("tonight", "11-20 18:00 11-21 05:00"),
        ("last night", "11-19 20:00 11-20 05:00"),
        ("this week", "11-16 00:00 11-23 00:00"),
        ("next week", "11-23 00:00 11-30 00:00"),
        ("last week", "11-09 00:00 11-16 00:00"),
        ("the week after next", "11-30 00:00 12-07 00:00"),
        ("this weekend", "11-21 00:00 11-23 00:00"),
        ("next month", "12-01 00:00 01-01 00:00"),
        ("in november", "11-01 00:00 12-01 00:00"),
        ("december 2027", "12-01 00:00 01-01 00:00"),
        ("2027", "01-01 00:00 01-01 00:00"),
        ("on monday", "11-23 00:00 11-24 00:00"),
        ("friday", "11-20 00:00 11-21 00:00"),
        ("last friday", "11-13 00:00 11-14 00:00"),
        ("24 december", "12-24 00:00 12-25 00:00"),
        ("christmas", "12-25 00:00 12-26 00:00"),
        ("in the next 3 days", "11-20 10:00 11-23 10:00"),
        ("within 2 hours", "11-20 10:00 11-20 12:00"),
        ("the last 7 days", "11-13 10:00 11-20 10:00"),
        ("in the past week", "11-13 10:00 11-20 10:00"),
        ("in 3 days", "11-23 00:00 11-24 00:00"),
        ("3 days ago", "11-17 00:00 11-18 00:00"),
        ("from monday to friday", "11-23 00:00 11-28 00:00"),
        ("between 1 december and 5 december", "12-01 00:00 12-06 00:00"),
        ("from 1 to 5 december", "12-01 00:00 12-06 00:00"),
        ("2026-11-21/2026-11-28", "11-21 00:00 11-29 00:00"),
        ("until friday", "11-20 10:00 11-21 00:00"),
        ("until march", "11-20 10:00 03-01 00:00"),
        ("before friday", "11-20 10:00 11-27 00:00"),
        ("since monday", "11-16 00:00 11-20 10:00"),
        ("rest of the week", "11-20 10:00 11-23 00:00"),
        ("today after 5pm", "11-20 17:00 11-21 00:00"),
        ("tomorrow between 2 and 5 pm", "11-21 14:00 11-21 17:00"),
        ("today and tomorrow", "11-20 00:00 11-22 00:00"),
        ("the whole of december", "12-01 00:00 01-01 00:00"),
        ("week of 7 december", "12-07 00:00 12-14 00:00"),
        ("monday to friday next week", "11-23 00:00 11-28 00:00"),
        ("tomorrow morning and afternoon", "11-21 05:00 11-21 18:00"),
        ("december 24-26", "12-24 00:00 12-27 00:00"),
        ("24th to 26th of december", "12-24 00:00 12-27 00:00"),
        ("9 to 5 tomorrow", "11-21 09:00 11-21 17:00"),
        ("9am-5pm", "11-20 09:00 11-20 17:00"),
        ("22:00-02:00", "11-20 22:00 11-21 02:00"),
        ("between 2 and 4", "11-20 14:00 11-20 16:00"),
        ("tomorrow 9-11", "11-21 09:00 11-21 11:00"),
        ("after lunch tomorrow", "11-21 14:00 11-22 00:00"),
        ("before lunch tomorrow", "11-21 00:00 11-21 11:00"),
        ("after 5pm tomorrow", "11-21 17:00 11-22 00:00"),
        ("the weekend of december 5", "12-05 00:00 12-07 00:00"),
        ("the first weekend of december", "12-05 00:00 12-07 00:00"),
        ("the last weekend of november", "11-28 00:00 11-30 00:00"),
        ("the week before christmas", "12-18 00:00 12-25 00:00"),
        ("this coming week", "11-23 00:00 11-30 00:00"),
        ("two weeks from now", "12-04 00:00 12-05 00:00"),
        ("end of november", "11-30 00:00 12-01 00:00"),
        ("late afternoon", "11-20 15:00 11-20 18:00"),
    ],
)
def test_a_stretch_of_time_is_read(words: str, means: str) -> None:
    assert asked(words) == means


@pytest.mark.parametrize(
    "words",
    [
        "",
        "blah",
        "every monday",
        "x" * 300,
        "from friday to",
        "tomorrow and next thursday",
        "tonight and tomorrow",
        "8-10",
    ],
)
def test_what_is_no_stretch_of_time_is_refused_with_what_would_be(words: str) -> None:
    found = interval(words, NOW, ZONE)
    assert isinstance(found, Unclear)
    assert found.choices == INTERVALS


def test_every_choice_that_is_offered_is_read() -> None:
    for words in INTERVALS:
        assert isinstance(interval(words, NOW, ZONE), Interval)


def test_a_day_has_the_hours_that_the_clocks_leave_it() -> None:
    change = interval("25 october 2026", NOW, ZONE)
    assert isinstance(change, Interval)
    assert change.end - change.start == timedelta(hours=25)


@given(st.text(max_size=60), st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)))
def test_no_text_breaks_it_and_an_end_is_after_its_beginning(words: str, now: datetime) -> None:
    found = interval(words, now.replace(tzinfo=BERLIN), ZONE)
    assert isinstance(found, Unclear) or found.start < found.end


_WORDS = st.lists(
    st.sampled_from(
        [
            "next",
            "last",
            "this",
            "week",
            "monday",
            "tomorrow",
            "3",
            "days",
            "from",
            "to",
            "until",
            "before",
            "after",
            "morning",
            "in",
            "the",
            "of",
            "december",
            "5pm",
            "and",
            "between",
            "2027",
        ]
    ),
    max_size=6,
).map(" ".join)


@given(_WORDS)
def test_no_order_of_its_own_words_breaks_it(words: str) -> None:
    found = interval(words, NOW, ZONE)
    assert isinstance(found, Unclear) or found.start < found.end
