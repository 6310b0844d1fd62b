"""The tools as a model uses them: names, nulls, finding, windows, choosing. Through a real client, in both eras."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from mcp.types import ElicitRequestFormParams, ElicitRequestParams, ElicitResult

from alarum.app.runtime import Runtime
from alarum.clock import SetClock
from tests.server.mcp.snapshots import published, readme
from tests.support.client import ERAS, call, client, refusal
from tests.support.moments import ROOT

pytestmark = pytest.mark.anyio


async def test_every_published_schema_is_as_it_was_reviewed_and_the_readme_says_so() -> None:
    """A change of what models see is a change on purpose: `python -m tests.server.mcp.snapshots` writes it."""
    tools = await published()
    assert tools == json.loads((ROOT / "tests/server/mcp/tools.json").read_text())
    assert readme(tools) == (ROOT / "README.md").read_text()


async def test_schemas_are_flat_and_portable(running: Runtime) -> None:
    async with client(running) as c:
        for tool in (await c.list_tools()).tools:
            schema = tool.input_schema
            assert schema["type"] == "object"
            assert schema["additionalProperties"] is False
            assert "required" not in schema
            assert not {"oneOf", "anyOf", "allOf", "$ref", "$defs"} & set(schema)
            for field in schema["properties"].values():
                branches = field.get("anyOf", [field])
                assert {b["type"] for b in branches} - {"null"} < {"string", "integer", "boolean", "array", "object"}
                assert len(branches) <= 2
                assert field["description"]
                assert "$ref" not in json.dumps(field)


@pytest.mark.parametrize("mode", ERAS)
@pytest.mark.parametrize(
    ("tool", "args", "near"),
    [
        ("schedule", {"when": "tomorrow at 9", "mesage": "x"}, "'message'"),
        ("schedule", {"when": "tomorrow at 9", "tz": "UTC"}, "'timezone'"),
        ("schedule", {"time": "tomorrow at 9"}, "'when'"),
        ("query", {"search": "x"}, "'text'"),
        ("cancel", {"task_id": "x"}, "'task'"),
        ("update", {"taks": "x"}, "'task'"),
    ],
)
async def test_an_unknown_field_is_refused_with_the_nearest(
    running: Runtime, mode: str, tool: str, args: dict[str, Any], near: str
) -> None:
    async with client(running, mode) as c:
        text = await refusal(c, tool, **args)
        assert f"did you mean {near}" in text
        assert (await call(c, "query", status="all"))["total"] == 0


async def test_a_wrong_value_is_refused_in_plain_words(running: Runtime) -> None:
    async with client(running) as c:
        text = await refusal(c, "schedule", when="tomorrow at 9", if_exists="maybe")
        assert "'if_exists' should be 'error', 'replace' or 'keep'" in text
        assert "pydantic" not in text
        assert "'priority'" in await refusal(c, "schedule", when="tomorrow at 9", priority="very")


async def test_nulls_are_as_good_as_leaving_out(running: Runtime) -> None:
    async with client(running) as c:
        for tool in (await c.list_tools()).tools:
            nothing = dict.fromkeys(tool.input_schema["properties"])
            if tool.name == "schedule":
                await call(c, tool.name, **{**nothing, "when": "tomorrow at 9", "message": "tea"})
            elif tool.name in ("query", "inbox"):
                await call(c, tool.name, **nothing)
            else:
                await call(
                    c, tool.name, **{**nothing, "task": "tea", **({"message": "tee"} if tool.name == "update" else {})}
                )
                await call(c, "schedule", when="tomorrow at 9", message="tea")


async def test_policies_are_words_and_an_object_is_taken_too(running: Runtime) -> None:
    async with client(running) as c:
        said = await call(c, "schedule", when="every day at 9", message="a", policies="misfire=skip, max_attempts=3")
        given = await call(
            c, "schedule", when="every day at 9", message="b", policies={"misfire": "skip", "max_attempts": 3}
        )
        assert said["policies"] == given["policies"] == {"misfire": "skip", "max_attempts": 3}
        assert "there is no policy 'mis'" in await refusal(c, "schedule", when="at 9", policies="mis=1")


@pytest.mark.parametrize("mode", ERAS)
async def test_what_was_asked_about_anna_is_found_with_one_call(running: Runtime, clock: SetClock, mode: str) -> None:
    async with client(running, mode) as c:
        await call(c, "schedule", when="remind me to call Anna's dentists tomorrow at 9")
        await call(c, "schedule", when="every day at 8", message="Acheter du café pour José")
        for text in ("What did I ask you to remind me of about Anna?", "ANNA", "calling dentist", "the Anna reminder"):
            assert [t["message"] for t in (await call(c, "query", text=text))["tasks"]] == ["call Anna's dentists"]
        for text in ("cafe", "jose", "JOSÉ CAFÉ"):
            assert (await call(c, "query", text=text))["total"] == 1
        near = await call(c, "query", text="Ana")
        assert (near["total"], near["nearest"][0]["message"]) == (0, "call Anna's dentists")
        clock.tick(timedelta(days=1))
        await running.loop.turn()
        over = await call(c, "query", text="Anna")
        assert over["tasks"][0]["state"] == "ended"
        assert [f["message"] for f in over["inbox"]] == ["call Anna's dentists"]


async def test_a_window_lists_occurrences_in_order_and_in_pages(running: Runtime, clock: SetClock) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 8", message="tablets", id="tablets")
        await call(c, "schedule", when="sunday at 12", message="lunch", id="lunch")
        await call(c, "schedule", when="every minute", message="beat", id="beat", tags=["noise"])
        found = await call(c, "query", when="this weekend", text="tablets lunch")
        assert found["total"] == 0
        found = await call(c, "query", when="from tomorrow to monday", tag="noise", limit=2)
        assert found["total"] == 2000
        assert "omitted" in found["warnings"][0]
        await call(c, "cancel", task="beat")
        found = await call(c, "query", when="this weekend")
        assert [(o["task"], o["local"]) for o in found["occurrences"]] == [
            ("tablets", "2026-11-21T08:00:00+01:00"),
            ("tablets", "2026-11-22T08:00:00+01:00"),
            ("lunch", "2026-11-22T12:00:00+01:00"),
        ]
        assert found["window"]["start"] == "2026-11-21T00:00:00+01:00"
        first = await call(c, "query", when="this weekend", limit=2)
        rest = await call(c, "query", when="this weekend", limit=2, offset=first["next_offset"])
        assert (first["total"], len(first["occurrences"]), len(rest["occurrences"])) == (3, 2, 1)
        assert "next_offset" not in rest
        clock.tick(timedelta(days=1))
        await running.loop.turn()
        past = await call(c, "query", when="today")
        assert [(o["state"], o["task"]) for o in past["occurrences"]] == [("rang", "tablets")]
        assert past["occurrences"][0]["run"]
        assert "this week" in await refusal(c, "query", when="whenever")


async def test_what_was_snoozed_is_seen_until_it_comes_again(running: Runtime, clock: SetClock) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="in 1 minute", message="tablets", id="tablets", payload={"count": 2})
        clock.tick(timedelta(minutes=1))
        await running.loop.turn()
        assert (await call(c, "inbox"))["fired"][0]["payload"] == {"count": 2}
        put_off = await call(c, "update", task="tablets", action="snooze", until="in 2 hours")
        assert put_off["delivery"] == "inbox"
        for asked in ({}, {"text": "tablet"}):
            assert [s["until"] for s in (await call(c, "query", **asked))["snoozed"]] == ["2026-11-20T12:01:00+01:00"]
        assert (await call(c, "query", text="other"))["snoozed"] == []
        ahead = (await call(c, "query", when="this afternoon"))["occurrences"]
        assert [(o["state"], o["local"]) for o in ahead] == [("ahead", "2026-11-20T12:01:00+01:00")]
        clock.tick(timedelta(hours=2))
        await running.loop.turn()
        assert (await call(c, "query"))["snoozed"] == []


async def test_a_list_is_paged_with_a_total_and_filtered(running: Runtime) -> None:
    async with client(running) as c:
        for n in range(5):
            await call(
                c, "schedule", when=f"every day at {n + 10}", message=f"task {n}", id=f"task-{n}", payload={"n": n}
            )
        page = await call(c, "query", limit=2)
        assert (page["total"], len(page["tasks"]), page["next_offset"]) == (5, 2, 2)
        assert "payload" not in page["tasks"][0]
        assert len(page["tasks"][0]["next_runs"]) == 1
        one = (await call(c, "query", id="task-3"))["tasks"][0]
        assert (one["payload"], len(one["next_runs"])) == ({"n": 3}, 3)
        assert "5 ids begin with 'task'" in await refusal(c, "query", id="task")
        assert (await call(c, "query", target="inbox"))["total"] == 5
        assert (await call(c, "query", target="example.com"))["total"] == 0


async def test_an_id_may_be_begun_and_a_cancelled_task_cancelled_again(running: Runtime) -> None:
    async with client(running) as c:
        made = await call(c, "schedule", when="every day at 9", message="water the plants")
        assert (await call(c, "query", id=made["id"][:4]))["total"] == 1
        gone = await call(c, "cancel", task=made["id"][:4])
        assert [t["message"] for t in gone["cancelled"]] == ["water the plants"]
        again = await call(c, "cancel", task="plants")
        assert (again["cancelled"], again["already"][0]["state"]) == ([], "cancelled")
        await call(c, "schedule", when="every day at 9", message="water the garden")
        text = await refusal(c, "cancel", task="gardn")
        assert "The nearest" in text
        assert "water the garden" in text


async def test_part_of_a_word_cancels_nothing(running: Runtime) -> None:
    async with client(running) as c:
        await call(c, "schedule", when="every day at 9", message="buy a carpet")
        assert "carpet" in await refusal(c, "cancel", task="car")
        assert (await call(c, "query"))["total"] == 1


async def test_many_are_paused_when_all_are_meant_and_tried_dry_first(running: Runtime) -> None:
    async with client(running) as c:
        for n in range(3):
            await call(c, "schedule", when="every day at 9", message=f"standup {n}", tags=["work"])
        assert "for all 3" in await refusal(c, "update", task="standup", action="pause")
        tried = await call(c, "update", task="standup", action="pause", all=True, dry_run=True)
        assert (len(tried["tasks"]), tried["dry_run"]) == (3, True)
        await call(c, "update", tag="work", action="pause", all=True)
        assert (await call(c, "query", status="paused"))["total"] == 3


def answering(choice: str | None, asked: list[str]) -> Any:
    async def answer(_: object, params: ElicitRequestParams) -> ElicitResult:
        assert isinstance(params, ElicitRequestFormParams)
        asked.append(f"{params.message} {params.requested_schema}")
        return ElicitResult(action="accept", content={"choice": choice}) if choice else ElicitResult(action="cancel")

    return answer


@pytest.mark.parametrize("mode", ERAS)
async def test_an_ambiguous_time_is_asked_about_and_the_choice_taken_up(running: Runtime, mode: str) -> None:
    asked: list[str] = []
    chosen = answering("at 9:00 Asia/Kolkata", asked)
    async with client(running, mode, elicitation_callback=chosen) as c:
        made = await call(c, "schedule", when="at 9am IST call Bob")
        assert (made["zone"], made["message"]) == ("Asia/Kolkata", "call Bob")
        assert len(asked) == 1
        assert "Europe/Dublin" in asked[0]
        await call(c, "schedule", when="tomorrow at 9 stretch")
        assert len(asked) == 1


@pytest.mark.parametrize("mode", ERAS)
async def test_a_user_who_does_not_choose_gets_nothing_scheduled(running: Runtime, mode: str) -> None:
    asked: list[str] = []
    async with client(running, mode, elicitation_callback=answering(None, asked)) as c:
        text = await refusal(c, "schedule", when="at 9am IST call Bob")
        assert 'schedule(when="at 9:00 Asia/Kolkata", message="call Bob")' in text
        assert (await call(c, "query"))["total"] == 0
        assert len(asked) == 1


@pytest.mark.parametrize("mode", ERAS)
async def test_without_a_form_the_choices_are_exact_calls(running: Runtime, mode: str) -> None:
    async with client(running, mode) as c:
        text = await refusal(c, "schedule", when="at 9am IST", message="call Bob")
        assert 'schedule(when="at 9:00 Europe/Dublin", message="call Bob")' in text


@pytest.mark.parametrize("mode", ERAS)
async def test_which_one_is_asked_and_that_one_is_cancelled(running: Runtime, mode: str) -> None:
    asked: list[str] = []
    async with client(running, mode, elicitation_callback=answering("b", asked)) as c:
        for name, day in (("a", "monday"), ("b", "tuesday")):
            await call(c, "schedule", when=f"call Anna every {day} at 9", id=name)
        gone = await call(c, "cancel", task="anna")
        assert [t["id"] for t in gone["cancelled"]] == ["b"]
        assert "call Anna every monday at 9" in asked[0]
        assert (await call(c, "query"))["tasks"][0]["id"] == "a"
