"""The second parser: only odd notations of one moment, only when it read the clock, and always marked."""

from __future__ import annotations

import subprocess
import sys

import pytest

import alarum_nlp as nlp
from alarum_nlp.reading.fallback import fallback
from tests.support.moments import NOW

LOCAL = NOW.replace(tzinfo=None)


def test_an_odd_notation_is_read_with_low_confidence_and_named() -> None:
    found = nlp.read("2027 05 25 14:30:00", NOW, "Europe/Berlin")
    assert isinstance(found, nlp.Reading)
    assert found.confidence == "low"
    assert nlp.say(found.rule, "Europe/Berlin") == "on tuesday 25 may 2027 at 14:30"
    assert "low confidence" in found.assumed[0]


@pytest.mark.parametrize(
    "text",
    [
        "call may on 2027:05:25 22:06",  # words that are not time words
        "2027:05:25",  # no clock that could be read
        "2020:05:25 22:06:50",  # past
        "every 2027:05:25 22:06:50",  # a repetition
        "15th 22",  # too little to go by
        "1000000000",  # a number
        "2027:05:25 22:06:50 " + "at " * 30,  # long
    ],
)
def test_what_cannot_be_trusted_is_not_read(text: str) -> None:
    assert fallback(text, LOCAL, "Europe/Berlin") is None


def test_the_second_parser_is_imported_only_when_it_is_asked() -> None:
    code = (
        "import sys, alarum_nlp as nlp; from datetime import datetime, timezone;"
        "nlp.read('every monday at 10:00', datetime(2026, 11, 20, tzinfo=timezone.utc), 'UTC');"
        "nlp.read('call mum', datetime(2026, 11, 20, tzinfo=timezone.utc), 'UTC');"
        "sys.exit('dateparser' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
