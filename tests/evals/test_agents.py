"""The agent evaluation itself: enough requests, every one of them ends as written, and a wrong end is noticed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evals.agents.__main__ import judged
from evals.agents.cases import Case, Step, cases
from evals.agents.models import Anthropic, Scripted, chosen
from evals.clients.model import Model, Script

pytestmark = pytest.mark.anyio
KEPT, REQUESTS = cases()


def test_there_are_enough_requests_and_each_says_what_must_follow() -> None:
    assert len(REQUESTS) >= 120
    assert all(case.checks for case in REQUESTS)
    assert len({case.request for case in REQUESTS}) == len(REQUESTS)


@pytest.mark.parametrize("case", REQUESTS, ids=lambda case: case.request[:50])
async def test_the_written_calls_end_as_they_must(case: Case) -> None:
    assert await judged(case, KEPT, Scripted()) is None


@pytest.mark.parametrize(
    "wrong",
    [
        Step("check", "count", {}, "3"),
        Step("check", "told", {}, '"no such words"'),
        Step("check", "inbox", {}, '"anything"'),
        Step("check", "dentist", {"next": "2026-11-21T16:00"}),
        Step("check", "new", {}, '"what nobody asked for"'),
    ],
)
async def test_a_wrong_end_is_noticed(wrong: Step) -> None:
    case = next(case for case in REQUESTS if case.category == "find")
    spoilt = Case(case.category, case.request, [*case.steps, wrong])
    assert await judged(spoilt, KEPT, Scripted()) is not None


async def test_a_call_that_is_not_refused_as_written_is_noticed() -> None:
    case = next(case for case in REQUESTS if case.category == "refuse to guess")
    spoilt = Case(
        case.category,
        case.request,
        [replace(step, kind="call", text="") for step in case.steps if step.kind == "refused"],
    )
    assert "was refused" in str(await judged(spoilt, KEPT, Scripted()))


async def test_a_model_with_a_key_is_asked_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its side of the conversation, against the stand-in on loopback."""
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    assert "no model" in chosen().name
    with Model(Script("call mum tomorrow at 9")) as scripted:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "dummy")
        monkeypatch.setenv("ANTHROPIC_BASE_URL", f"http://127.0.0.1:{scripted.port}")
        model: Any = chosen()
        assert isinstance(model, Anthropic)
        assert "Anthropic" in model.name
        assert await judged(REQUESTS[0], KEPT, model) is None
        assert [call.name for call in scripted.calls] == ["schedule", "query"]
        assert "every assumption" in str(scripted.seen[0]["system"])
