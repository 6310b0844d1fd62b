"""Cron out only where nothing is lost, and in only what every engine reads the same."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import HealthCheck, given, reject, settings

from alarum_nlp import Cron, Reading, Repeat, Unclear, next_times, read, to_cron
from tests.nlp.rule.rules import moments, repeats
from tests.support.moments import NOW


@pytest.mark.parametrize(
    ("phrase", "expression"),
    [
        ("every day at 9", "0 9 * * *"),
        ("every weekday at 8:30 and 17:30", "30 8,17 * * 1,2,3,4,5"),
        ("every month on the 1st and 15th at 10:00", "0 10 1,15 * *"),
        ("every year on 24 december at 18:00", "0 18 24 12 *"),
        ("every hour at 15 minutes past", "15 * * * *"),
        ("every hour between 9:00 and 17:00 on weekdays", "0 9-17 * * 1,2,3,4,5"),
        ("every 15 minutes between 9:00 and 16:45", "*/15 9-16 * * *"),
        ("cron 5 4 * * 1", "5 4 * * 1"),
    ],
)
def test_a_rule_that_cron_can_say(phrase: str, expression: str) -> None:
    found = read(phrase, NOW, "Europe/Berlin")
    assert isinstance(found, Reading)
    assert isinstance(found.rule, (Repeat, Cron))
    assert to_cron(found.rule) == expression


@pytest.mark.parametrize(
    "phrase",
    ["every other tuesday", "last friday of every month", "every day at 9 until friday", "every day at 9:00 and 17:30",
     "every monday except 24 december", "every 40 minutes between 9:00 and 17:00", "every friday the 13th"],
)  # fmt: skip
def test_a_rule_that_cron_cannot_say_is_refused(phrase: str) -> None:
    found = read(phrase, NOW, "Europe/Berlin")
    assert isinstance(found, Reading)
    assert isinstance(found.rule, Repeat)
    with pytest.raises(ValueError, match=r"without a loss|in one expression"):
        to_cron(found.rule)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(repeats, moments)
def test_what_cron_says_rings_the_same(rule: Repeat, now: datetime) -> None:
    try:
        expression = to_cron(rule)
    except ValueError:
        reject()
    after = now.astimezone(timezone.utc)
    assert next_times(Cron(expression, rule.zone), after, 5) == next_times(rule, after, 5)


@pytest.mark.parametrize(
    "text", ["cron 1-1 * * * *", "cron */90 * * * *", "cron 0 9 30 2 *", "cron 0 9 1 * 1", "cron 60 * * * *"]
)
def test_what_engines_misread_is_refused(text: str) -> None:
    assert isinstance(read(text, NOW, "Europe/Berlin"), Unclear)


def test_cron_inside_a_sentence_leaves_the_message() -> None:
    found = read("remind me on cron 0 18 * * 5 to file my expenses", NOW, "Europe/Berlin")
    assert isinstance(found, Reading)
    assert (found.rule, found.message) == (Cron("0 18 * * 5", "Europe/Berlin"), "file my expenses")
