"""Words of a rule: complete, and read again they are the rule."""

from __future__ import annotations

from datetime import datetime, timezone

from hypothesis import HealthCheck, assume, given, settings

from nlp import Reading, Repeat, Rule, from_text, next_time, read, say, to_text
from tests.nlp.rules import every_rule

NOW = datetime(2026, 11, 20, 9, tzinfo=timezone.utc)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(every_rule)
def test_words_of_any_rule_read_again_are_the_rule(rule: Rule) -> None:
    assume(not isinstance(rule, Repeat) or next_time(rule, NOW))  # what never rings is refused
    found = read(say(rule), NOW, "Europe/Berlin")
    assert isinstance(found, Reading), (say(rule), found)
    assert found.rule == rule, say(rule)
    assert found.message == ""


@settings(max_examples=200, deadline=None)
@given(every_rule)
def test_a_rule_survives_its_text(rule: Rule) -> None:
    assert from_text(to_text(rule)) == rule
