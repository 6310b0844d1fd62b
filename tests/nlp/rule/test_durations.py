"""Lengths of time: what is read, what is refused, and that what is said reads back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarum_nlp import duration, say_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("5m", 300), ("1h30m", 5400), ("1h 30m", 5400), ("250ms", 0.25), ("2 days", 172_800), ("1 week", 604_800),
        ("PT90S", 90), ("PT1H30M", 5400), ("P1D", 86_400), ("P2W", 1_209_600), ("1.5h", 5400), ("10 minutes", 600),
        ("1 hour and 5 minutes", 3900), ("2 hrs, 5 mins", 7500),
    ],
)  # fmt: skip
def test_lengths_are_read(text: str, seconds: float) -> None:
    assert duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "5", "5 parsecs", "soon", "-5m", "5m later", "P", "PT", "5mm", "1e9999h", "9" * 400 + "d"]
)
def test_what_is_no_length_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="for example 90s"):
        duration(text)


@given(st.timedeltas(timedelta(), timedelta(days=10_000)))
def test_what_is_said_reads_back(length: timedelta) -> None:
    whole = length - length % timedelta(milliseconds=1)
    assert duration(say_duration(whole)) == whole
