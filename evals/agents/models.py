"""Who answers the requests: the script, for plumbing, or a real model, when there is a key for one."""

from __future__ import annotations

import os
from typing import Any

import httpx2

from evals.agents.cases import Case
from evals.agents.world import INSTRUCTIONS, World

_TURNS = 8
_DEFAULT = "claude-sonnet-4-5"


class Scripted:
    """Makes the calls that are written down. It shows that these calls have that effect, and nothing about models."""

    name = "the script (no model: the calls that are written down)"

    async def answer(self, case: Case, world: World) -> tuple[str, str | None]:
        """What the user is told, and what went wrong on the way."""
        begun = len(case.before)
        for step in case.steps[begun:]:
            if step.kind == "pass":
                await world.passes(step)
            if step.kind not in ("call", "refused"):
                continue
            told = await world.call(step.name, await _ids(step.arguments, world))
            if world.refused != (step.kind == "refused"):
                return told, f"{step.name} was {'' if world.refused else 'not '}refused: {told[:300]}"
            if step.kind == "refused" and step.text not in told:
                return told, f"the refusal does not name '{step.text}': {told[:300]}"
        return world.told, None


async def _ids(arguments: dict[str, Any], world: World) -> dict[str, Any]:
    """Calls that acknowledge name a task here; a model would have read the id of its run in the inbox."""
    if "acknowledge" not in arguments:
        return arguments
    fired = (await world.alarum.app.inbox([], limit=200)).fired
    return {**arguments, "acknowledge": [run.id for run in fired if run.task in arguments["acknowledge"]]}


class Anthropic:
    """A model behind the Messages API, with the tools as they are published and nothing else to go by."""

    def __init__(self, key: str) -> None:
        self.model = os.environ.get("ALARUM_EVAL_MODEL", _DEFAULT)
        self.name = f"{self.model} (Anthropic Messages)"
        self._url = os.environ.get("ANTHROPIC_BASE_URL", "https://api.anthropic.com") + "/v1/messages"
        self._headers = {"x-api-key": key, "anthropic-version": "2023-06-01"}

    async def answer(self, case: Case, world: World) -> tuple[str, str | None]:
        tools = [
            {"name": t.name, "description": t.description, "input_schema": t.input_schema} for t in await world.tools()
        ]
        messages: list[dict[str, Any]] = [{"role": "user", "content": case.request}]
        told = ""
        async with httpx2.AsyncClient(headers=self._headers, timeout=120) as http:
            for _ in range(_TURNS):
                body = {
                    "model": self.model,
                    "max_tokens": 2000,
                    "system": INSTRUCTIONS,
                    "tools": tools,
                    "messages": messages,
                }
                reply = (await http.post(self._url, json=body)).raise_for_status().json()
                messages.append({"role": "assistant", "content": reply["content"]})
                told += "".join(block.get("text", "") for block in reply["content"])
                uses = [block for block in reply["content"] if block["type"] == "tool_use"]
                if not uses:
                    break
                results = []
                for use in uses:
                    answer = await world.call(use["name"], use["input"])
                    told += answer  # what the model was shown counts as told: it is not judged how it words it
                    results.append(
                        {"type": "tool_result", "tool_use_id": use["id"], "content": answer, "is_error": world.refused}
                    )
                messages.append({"role": "user", "content": results})
            else:
                return told, f"not done after {_TURNS} turns"
        for step in case.after:
            await world.passes(step)
        return told, None


def chosen() -> Scripted | Anthropic:
    """A real model when ANTHROPIC_API_KEY is set, else the script."""
    key = os.environ.get("ANTHROPIC_API_KEY")
    return Anthropic(key) if key else Scripted()
