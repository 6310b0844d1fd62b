"""Asking the user through the client (elicitation) where words leave a choice; the answer is taken up in the same call."""

from typing import Any, Literal

from mcp.server.mcpserver import Context, Elicit
from pydantic import BaseModel, Field, create_model

from alarum.app.phrases import as_call, read_request
from alarum.app.runtime import Runtime
from alarum.errors import Ambiguous, NotRead, Refused
from alarum.mcp.request_context import app_of
from alarum_store import StoreError


class Choice(BaseModel):
    """What was chosen; empty when there was nothing to ask."""

    choice: str = ""


def may_ask(ctx: Context[Runtime]) -> bool:
    """Whether the client can show a form to its user."""
    able = ctx.client_capabilities.elicitation if ctx.client_capabilities else None
    return able is not None and (able.form is not None or able.url is None)


def _ask(question: str, choices: dict[str, str]) -> Elicit[Choice]:
    listed: dict[str, Any] = {"enum": list(choices)}
    if any(name != label for name, label in choices.items()):
        listed = {"oneOf": [{"const": name, "title": f"{label} [{name}]"} for name, label in choices.items()]}
    allowed: Any = Literal[tuple(choices)]  # an answer that was not offered is none
    form = create_model(
        "Chosen", __base__=Choice, choice=(allowed, Field(title="Which one?", json_schema_extra=listed))
    )
    return Elicit(question, form)


async def ask_when(
    ctx: Context[Runtime], when: str | None, message: str | None, timezone: str | None
) -> Choice | Elicit[Choice]:
    """Asks which time is meant when the words could mean several, or only times that are over."""
    if not when or not may_ask(ctx):
        return Choice()
    app = app_of(ctx)
    try:
        read_request(when, app.clock.now(), timezone or app.settings.zone, as_call(message, timezone))
    except NotRead as why:
        if why.choices:
            return _ask(f"When is meant by '{when[:200]}'? {why.reason}.", {choice: choice for choice in why.choices})
    except Refused:
        pass  # the call itself says what is wrong
    return Choice()


async def ask_which(ctx: Context[Runtime], task: str | None, all: bool | None) -> Choice | Elicit[Choice]:
    """Asks which task is meant when words match several."""
    if not task or all or not may_ask(ctx):
        return Choice()
    app = app_of(ctx)
    try:
        if await app.store.runs.get(task, app.namespace) is None:
            await app.one(task, "update")
    except Ambiguous as why:
        return _ask(f"Which reminder is meant by '{task[:200]}'?", why.choices)
    except (Refused, StoreError):
        pass  # the call itself says what is wrong
    return Choice()
