"""Alarum in a program of one's own: functions and objects, real time and test time; and what the README says of it."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from alarum.clock import SetClock
from alarum.library import Alarum, Called, Refused
from alarum.settings.from_environment import read_settings
from alarum.settings.from_file import config_path, read_config, secret_names
from tests.support.moments import BERLIN, NOW, ROOT, SECRET

pytestmark = pytest.mark.anyio


def plants(database: Path | str = ":memory:") -> tuple[Alarum, list[Called]]:
    alarum, calls = Alarum(database, "Europe/Berlin"), list[Called]()

    @alarum.function
    async def water(call: Called) -> None:
        calls.append(call)
        call.state["litres"] = call.state.get("litres", 0) + 2
        if call.state["litres"] >= 6:
            call.stop("wet enough")

    @alarum.function(name="soon", timeout="5s")
    def look(call: Called) -> None:
        calls.append(call)
        call.next(timedelta(minutes=30))

    @alarum.object
    class Lamp:
        lit = 0

        def light(self, call: Called) -> None:
            self.lit += 1
            calls.append(call)

    alarum.look, alarum.water, alarum.lamp = look, water, Lamp  # type: ignore[attr-defined]
    return alarum, calls


async def test_functions_and_objects_are_called_in_test_time() -> None:
    alarum, calls = plants()
    async with alarum.trial(NOW) as it:
        await it.schedule("every day at 9", message="roses", target="water", id="roses")
        await it.schedule("in 1 hour", message="look", target="soon")
        await it.schedule("every day at 18:00", message="evening", target="lamp/hall/light")
        await it.advance("1 hour")
        await it.advance("35 minutes")
        assert [c.message for c in calls] == ["look", "look"]
        await it.advance("4 days")
        assert [c.state["litres"] for c in calls if c.message == "roses"] == [2, 4, 6]
        roses = (await it.app.query(id="roses")).tasks[0]
        assert (roses.state, roses.why) == ("ended", "its receiver ended it: wet enough")
        assert await it.store.targets.object_state("lamp", "hall") == {"lit": 4}
        assert {s.url for s in it.sent} == {"water", "soon", "lamp/hall/light"}


async def test_a_real_one_rings_by_itself_and_goes_on_after_a_restart(tmp_path: Path) -> None:
    alarum, calls = plants(tmp_path / "a.db")
    async with alarum:
        made = await alarum.schedule(timedelta(milliseconds=5), "roses", target=alarum.water)  # type: ignore[attr-defined]
        assert made.delivery.startswith("inbox and water (function ")
        kept = await alarum.schedule(datetime(2030, 1, 1, 9, tzinfo=BERLIN), "later", id="later")
        while not calls:
            await asyncio.sleep(0.01)
        assert kept.id == "later"
    again, _ = plants(tmp_path / "a.db")
    async with again:
        assert (await again.query("later")).total == 1
        moved = await again.update("later", when="every day at 9", tags=("home",))
        assert moved.tasks[0].reading == "every day at 09:00"
        assert (await again.cancel("later")).cancelled[0].id == "later"
        with pytest.raises(Refused, match="not scheduled"):
            await again.schedule("sometime", "x")
        with pytest.raises(Refused, match="is not a target"):
            await again.schedule("in 1 hour", "x", target=print)


async def test_what_is_wrong_in_a_program_is_told_where_it_is_written() -> None:
    alarum, _ = plants()
    with pytest.raises(ValueError, match="there is a target 'water' already"):
        alarum.function(lambda call: None, name="water")
    with pytest.raises(ValueError, match="a target has a name"):
        alarum.function(lambda call: None)
    with pytest.raises(RuntimeError, match="open it first"):
        await alarum.schedule("in 1 hour", "x")
    clock = SetClock(NOW)
    async with Alarum(":memory:", clock=clock) as opened:
        with pytest.raises(ValueError, match="before it is opened"):
            opened.function(print, name="late")


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    example = re.search(r"<!-- example -->\n```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example[1]], cwd=tmp_path, env={}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert [line[:6] for line in done.stdout.splitlines()] == ["1 occu", "run 1,", "run 2,", "run 3,"], done.stdout


def test_the_targets_of_the_readme_are_read(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert example is not None
    env = {"HOME": str(tmp_path), "HOOK_SECRET": SECRET}
    path = config_path(env)
    path.parent.mkdir(parents=True)
    path.write_text(example[1])
    settings = read_settings(env)
    assert set(read_config(env)[1]) == set(settings.targets)
    assert {type(t).__name__ for t in settings.targets.values()} == {
        "Webhook", "Service", "Object", "Function", "Letta", "A2A", "Anthropic", "OpenAI", "McpTool", "Discord", "Apprise",
    }  # fmt: skip
    assert settings.unreachable("hook") is None
    assert settings.unreachable("discord") == "the secret env:DISCORD_TOKEN is not set"
    assert "DISCORD_TOKEN" in secret_names(env)
