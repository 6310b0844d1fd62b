"""Words of a rule: complete, and read again they are the rule."""

from __future__ import annotations

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from alarum_nlp import Reading, Repeat, Rule, from_text, next_time, read, say, to_text
from evals.phrases import phrases
from tests.nlp.rule.rules import every_rule
from tests.support.moments import AT as NOW


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


words = st.sampled_from(sorted({word for phrase in phrases() for word in phrase.text.split()}))


@settings(max_examples=400, deadline=None)
@given(st.lists(words, min_size=1, max_size=9).map(" ".join))
def test_any_row_of_words_is_read_or_refused_and_what_is_read_reads_back(text: str) -> None:
    found = read(text, NOW, "Europe/Berlin")
    if isinstance(found, Reading):
        again = read(say(found.rule), NOW, "Europe/Berlin")
        assert isinstance(again, Reading), say(found.rule)
        assert again.rule == found.rule, say(found.rule)
    else:
        assert found.reason
        assert found.choices
