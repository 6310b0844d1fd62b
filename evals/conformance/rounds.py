"""Fixtures of the conformance suite that ask the client in rounds (SEP-2322), and one that needs a capability."""

from typing import Any

from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
    ListRootsRequest,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)


def _form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def _sampling(text: str) -> CreateMessageRequest:
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=text))]
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=asked, max_tokens=100))


Asked = dict[str, ElicitRequest | CreateMessageRequest | ListRootsRequest]
Rounds = CallToolResult | InputRequiredResult


def _rounds(ctx: Context[Any], *asked: Asked, state: str | None = None) -> Rounds:
    """One round for each group of questions; then all that was answered in the last one."""
    given = ctx.input_responses or {}
    answered = [number for number, questions in enumerate(asked) if given.keys() & questions.keys()]
    following = answered[-1] + 1 if answered else 0
    if following < len(asked):
        return InputRequiredResult(
            input_requests=dict(asked[following]), request_state=state and f"{state}-{following + 1}"
        )
    said = "; ".join(answer.model_dump_json() for answer in given.values())
    return CallToolResult(content=[TextContent(type="text", text=f"{ctx.request_state or 'Hello'}: {said}")])


async def test_input_required_result_elicitation(ctx: Context[Any]) -> Rounds:
    return _rounds(ctx, {"user_name": _form("What is your name?", "name")})


async def test_input_required_result_sampling(ctx: Context[Any]) -> Rounds:
    return _rounds(ctx, {"capital_question": _sampling("What is the capital of France?")})


async def test_input_required_result_list_roots(ctx: Context[Any]) -> Rounds:
    return _rounds(ctx, {"client_roots": ListRootsRequest()})


async def test_input_required_result_request_state(ctx: Context[Any]) -> Rounds:
    return _rounds(ctx, {"confirm": _form("Please confirm", "ok", "boolean")}, state="state-ok")


async def test_input_required_result_tampered_state(ctx: Context[Any]) -> Rounds:
    return _rounds(ctx, {"confirm": _form("Please confirm", "ok", "boolean")}, state="state-ok")


async def test_input_required_result_multiple_inputs(ctx: Context[Any]) -> Rounds:
    name, greeting = _form("What is your name?", "name"), _sampling("Generate a greeting")
    return _rounds(ctx, {"user_name": name, "greeting": greeting, "client_roots": ListRootsRequest()}, state="many")


async def test_input_required_result_multi_round(ctx: Context[Any]) -> Rounds:
    name, color = _form("Step 1: What is your name?", "name"), _form("Step 2: What is your favorite color?", "color")
    return _rounds(ctx, {"step1": name}, {"step2": color}, state="round")


async def test_input_required_result_capabilities(ctx: Context[Any]) -> Rounds:
    able = ctx.client_capabilities
    asked: Asked = {"greeting": _sampling("Generate a greeting")} if able and able.sampling is not None else {}
    if able and able.elicitation is not None:
        asked["user_name"] = _form("What is your name?", "name")
    return _rounds(ctx, asked)


async def test_missing_capability(ctx: Context[Any]) -> str:
    if ctx.client_capabilities is None or ctx.client_capabilities.sampling is None:
        needed = MissingRequiredClientCapabilityErrorData(
            required_capabilities=ClientCapabilities(sampling=SamplingCapability())
        )
        raise MCPError(
            MISSING_REQUIRED_CLIENT_CAPABILITY,
            "sampling is needed",
            needed.model_dump(by_alias=True, exclude_none=True),
        )
    return "able"


async def test_input_required_result_prompt(ctx: Context[Any]) -> list[UserMessage] | InputRequiredResult:
    if not ctx.input_responses:
        return InputRequiredResult(
            input_requests={"user_context": _form("What context should the prompt use?", "context")}
        )
    return [UserMessage(str(ctx.input_responses["user_context"]))]


TOOLS = (
    test_input_required_result_elicitation,
    test_input_required_result_sampling,
    test_input_required_result_list_roots,
    test_input_required_result_request_state,
    test_input_required_result_tampered_state,
    test_input_required_result_multiple_inputs,
    test_input_required_result_multi_round,
    test_input_required_result_capabilities,
    test_missing_capability,
)
PROMPT = test_input_required_result_prompt
