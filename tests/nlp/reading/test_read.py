"""Phrases in, meaning out; and always what must not be read."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

import alarum_nlp as nlp
from evals.phrases import judge, misses, phrases
from evals.readers import alarum
from tests.support.moments import NOW, ZONE


def reading(text: str, now: datetime = NOW, zone: str = ZONE) -> nlp.Reading:
    found = nlp.read(text, now, zone)
    assert isinstance(found, nlp.Reading), found
    return found


def test_the_projects_own_phrases() -> None:
    """What is not right yet is listed, and only that."""
    assert {p.text for p in phrases() if judge(p, alarum(p.text)) != "right"} == misses()


def test_canonical_words_read_again_give_the_same_rule() -> None:
    for phrase in phrases():
        if not phrase.times or phrase.text in misses():
            continue
        rule = reading(phrase.text).rule
        assert reading(nlp.say(rule)).rule == rule, phrase.text
        assert reading(nlp.say(rule, rule.zone), NOW, rule.zone).rule == rule, phrase.text
        assert nlp.from_text(nlp.to_text(rule)) == rule, phrase.text


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("", "none"),
        ("   ", "none"),
        ("call mum", "none"),
        ("at 25:00", "impossible"),
        ("every 0 days", "impossible"),
        ("1 june 2020", "past"),
    ],
)
def test_what_is_not_read_says_why_and_its_choices_parse(text: str, trouble: str) -> None:
    found = nlp.read(text, NOW, ZONE)
    assert isinstance(found, nlp.Unclear)
    assert found.trouble == trouble
    assert found.reason
    for choice in found.choices:
        reading(choice)


def test_every_choice_of_a_refusal_parses() -> None:
    for phrase in phrases():
        if phrase.times or phrase.text in misses():
            continue
        found = nlp.read(phrase.text, NOW, ZONE)
        assert isinstance(found, nlp.Unclear), phrase.text
        assert found.reason
        assert found.choices, phrase.text
        for choice in found.choices:
            reading(choice)


def test_assumptions_are_named() -> None:
    assert "read '5' as 17:00" in reading("at 5").assumed
    assert "no time was said: 09:00" in reading("tomorrow").assumed
    assert any("deadline" in a for a in reading("by monday").assumed)
    assert any("skipped" in a for a in reading("every month on the 31st at 9").assumed)
    assert reading("tomorrow at 17:30").assumed == ()


def test_spans_are_the_characters_that_were_consumed() -> None:
    text = "call my friend every monday at 10:00"
    ((start, end),) = reading(text).spans
    assert text[start:end] == "every monday at 10:00"


def test_an_ambiguous_zone_is_asked() -> None:
    found = nlp.read("tomorrow at 9:00 IST", NOW, ZONE)
    assert isinstance(found, nlp.Unclear)
    assert "Asia/Kolkata" in found.reason


def test_an_unknown_zone_names_the_nearest() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        nlp.read("tomorrow", NOW, "Europe/Berlinn")


def test_a_time_without_an_offset_is_no_now() -> None:
    with pytest.raises(ValueError, match="offset"):
        nlp.read("tomorrow", NOW.replace(tzinfo=None), ZONE)


def test_a_day_keeps_the_clock_and_24_hours_are_elapsed() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=ZoneInfo(ZONE))  # the night that has 25 hours
    day, hours = reading("in 1 day", before).rule, reading("in 24 hours", before).rule
    assert [t.astimezone(ZoneInfo(ZONE)).hour for r in (day, hours) for t in nlp.next_times(r, before, 1)] == [12, 11]


@pytest.mark.parametrize(
    "text",
    [
        "in 99999999 years",
        "in 12345 years",
        "every 99999 years",
        "every 99999999 minutes",
        "in 999999999999 hours",
        "9999-12-31 23:59",
    ],
)
def test_far_away_is_answered(text: str) -> None:
    found = nlp.read(text, NOW, ZONE)
    if isinstance(found, nlp.Reading):
        nlp.next_times(found.rule, NOW, 3)


def test_a_document_is_refused_unread() -> None:
    found = nlp.read("1h" * 5000, NOW, ZONE)
    assert isinstance(found, nlp.Unclear)
    assert "10000 characters" in found.reason


@pytest.mark.parametrize(
    "unit", ["1", "1h", "every ", "monday and ", "may, ", "1/", "at ", "(", "twenty ", "first ", "-", "the "]
)
def test_odd_long_texts_are_answered(unit: str) -> None:
    nlp.read((unit * 2000)[:2000], NOW, ZONE)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("what alarms do i have for tomorrow", "a question (that is query)"),
        ("cancel my 7 am alarm", "remove something (that is cancel)"),
        ("remind me to call bob tomorrow at 3 and to email sue on tuesday at 10", "two reminders"),
        ("tomorrow at noon in Tokyo", "there or here"),
        ("3pm Narnia time", "is not a known zone"),
        ("sometime next week", "'sometime' before 'next week'"),
        ("remind me an hour before my appointment", "before what?"),
    ],
)
def test_why_a_sentence_is_not_scheduled(text: str, why: str) -> None:
    found = nlp.read(text, NOW, ZONE)
    assert isinstance(found, nlp.Unclear)
    assert why in found.reason


def test_a_refused_place_offers_both_zones() -> None:
    found = nlp.read("tomorrow at noon in Tokyo", NOW, ZONE)
    assert isinstance(found, nlp.Unclear)
    assert found.choices == ("tomorrow at noon Asia/Tokyo", "tomorrow at noon Europe/Berlin")


def test_tomorrow_is_the_speakers_also_for_a_time_elsewhere() -> None:
    late = datetime(2026, 11, 20, 20, 0, tzinfo=ZoneInfo(ZONE))  # the 21st in Tokyo
    found = reading("tomorrow at 9am Tokyo time", late)
    assert nlp.next_times(found.rule, late, 1)[0].isoformat() == "2026-11-21T00:00:00+00:00"


def test_all_of_a_preset_is_the_time() -> None:
    assert reading("@daily").spans == ((0, 6),)


def test_a_weekday_beside_its_date_is_no_assumption() -> None:
    found = reading("thu, 24 dec 2026 at 18:30")
    assert nlp.say(found.rule, ZONE) == "on thursday 24 december 2026 at 18:30"
    assert found.assumed == ()
