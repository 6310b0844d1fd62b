"""`alarum parse`: the reading of one phrase for people and programs."""

from __future__ import annotations

import json

import pytest

from alarum.cli.parse import parse_one
from tests.support.moments import NOW, ZONE


def test_one_phrase_for_people_names_what_was_assumed_and_the_other_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_one("every weekday at 8:30 stretch", NOW, ZONE, as_json=False) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "recurring: every weekday at 08:30 (Europe/Berlin)"
    assert "message: stretch" in lines
    assert "assumed: read '8:30' as 08:30" in lines
    assert "cron: 30 8 * * 1,2,3,4,5" in lines
    assert "       RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;BYHOUR=8;BYMINUTE=30;BYSECOND=0" in lines


def test_a_form_that_would_lose_something_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_one("every 15 minutes between 9:00 and 17:00", NOW, ZONE, as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["rrule"], answer["cron"]) == (None, None)


def test_what_is_not_understood_goes_to_stderr_with_choices(capsys: pytest.CaptureFixture[str]) -> None:
    assert parse_one("on 30 february", NOW, ZONE, as_json=False) == 1
    errors = capsys.readouterr().err
    assert errors.startswith("not understood: February has no day 30")
    assert "try: " in errors
