"""A new time of day keeps the day or the rhythm."""

from __future__ import annotations

import pytest

import alarum_nlp as nlp
from alarum_nlp import Reading
from tests.support.moments import NOW, ZONE


def rule(words: str) -> nlp.Rule:
    found = nlp.read(words, NOW, ZONE)
    assert isinstance(found, Reading)
    return found.rule


@pytest.mark.parametrize(
    ("before", "words", "after"),
    [
        ("on 4 december at 9:00", "at four", "on friday 4 december 2026 at 16:00"),
        ("on 4 december at 9:00", "to 16:30", "on friday 4 december 2026 at 16:30"),
        ("every other tuesday at 18:00", "at 7pm", "every other tuesday at 19:00"),
        ("every weekday at 9 except wednesday", "10", None),
        ("every weekday at 9 except wednesday", "at 10", "at 10:00"),
        ("every monday and thursday at 8", "noon", "every monday and thursday at 12:00"),
        ("every day at 8 and 20", "at 9 and 21", "every day at 09:00 and 21:00"),
    ],
)
def test_a_time_of_day_alone_changes_nothing_else(before: str, words: str, after: str | None) -> None:
    found = nlp.retimed(rule(before), words, NOW)
    assert found is not None
    said = nlp.say(found.rule, ZONE)
    assert found.assumed
    if after:
        assert after.split(" at ")[-1] in said
        assert nlp.kind(found.rule) == nlp.kind(rule(before))
    if before.startswith("on 4"):
        assert "4 december" in said


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("on 4 december at 9:00", "tomorrow at 9"),
        ("on 4 december at 9:00", "every day at 9"),
        ("every 30 minutes", "at 9"),
        ("on 4 december at 9:00", "in 10 minutes"),
        ("on 4 december at 9:00", "sometime"),
        ("today at 18:00", "at 9:00"),  # is over
        ("0 9 * * 1-5", "at 10"),
    ],
)
def test_what_says_more_or_has_no_time_of_day_is_read_as_it_is(before: str, words: str) -> None:
    assert nlp.retimed(rule(before), words, NOW) is None
