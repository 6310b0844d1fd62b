"""What the conformance suite expects to find on a server, mounted on the product's own HTTP door: Host and Origin, tokens.

`python -m evals.conformance.fixtures PORT`. Names and texts are those that the suite asks for.
"""

import base64
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts.base import UserMessage
from mcp.types import (
    AudioContent,
    Completion,
    EmbeddedResource,
    EmptyResult,
    ImageContent,
    SamplingMessage,
    SetLevelRequestParams,
    TextContent,
    TextResourceContents,
)
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from alarum.mcp.request_context import remembered
from alarum.mcp.subscriptions import Subscriptions
from alarum.settings.from_environment import read_settings
from alarum.web.serve import guarded
from evals.conformance import rounds

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
TOKEN = "conformance-0123456789abcdef"


class Home:
    """The runtime that a fixture needs: an application in one namespace."""

    namespace = ""
    app: "Home"


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[Home]:
    home = Home()
    home.app = home
    yield home


mcp: MCPServer[Any] = MCPServer("fixtures", version="1", middleware=[remembered], log_level="ERROR", lifespan=lifespan)


def described(register: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a fixture under its own name, which is also what there is to say about it."""
    return lambda fn: register(description=fn.__name__.replace("_", " "))(fn)


def _text(uri: str, text: str, kind: str = "text/plain") -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=kind, text=text))


def _image() -> ImageContent:
    return ImageContent(type="image", data=PNG, mime_type="image/png")


@described(mcp.tool)
def test_simple_text() -> str:
    return "This is a simple text response for testing."


@described(mcp.tool)
def test_image_content() -> list[ImageContent]:
    return [_image()]


@described(mcp.tool)
def test_audio_content() -> list[AudioContent]:
    return [AudioContent(type="audio", data=WAV, mime_type="audio/wav")]


@described(mcp.tool)
def test_embedded_resource() -> list[EmbeddedResource]:
    return [_text("test://embedded-resource", "This is an embedded resource content.")]


@described(mcp.tool)
def test_multiple_content_types() -> list[TextContent | ImageContent | EmbeddedResource]:
    mixed = _text("test://mixed-content-resource", '{"test": "data", "value": 123}', "application/json")
    return [TextContent(type="text", text="Multiple content types test:"), _image(), mixed]


@described(mcp.tool)
def test_error_handling() -> str:
    raise RuntimeError("This tool intentionally returns an error for testing")


@described(mcp.tool)
async def test_tool_with_logging(ctx: Context[Any]) -> str:
    for step in ("started", "in progress", "completed"):
        await ctx.session.send_log_message("info", f"Tool execution {step}", related_request_id=ctx.request_id)
    return "done"


@described(mcp.tool)
async def test_tool_with_progress(ctx: Context[Any]) -> str:
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100, f"Completed step {done} of 100")
    return "done"


@described(mcp.tool)
async def test_sampling(prompt: str, ctx: Context[Any]) -> str:
    asked = [SamplingMessage(role="user", content=TextContent(type="text", text=prompt))]
    answer = await ctx.session.create_message(messages=asked, max_tokens=100, related_request_id=ctx.request_id)
    return f"LLM response: {getattr(answer.content, 'text', '')}"


class Response(BaseModel):
    response: str = Field(description="User's response")


class Defaults(BaseModel):
    name: str = "John Doe"
    age: int = 30
    score: float = 95.5
    status: str = Field(default="active", json_schema_extra={"enum": ["active", "inactive", "pending"]})
    verified: bool = True


class Enums(BaseModel):
    untitledSingle: str = Field(json_schema_extra={"enum": ["option1", "option2", "option3"]})
    titledSingle: str = Field(
        json_schema_extra={"oneOf": [{"const": f"value{n}", "title": f"Option {n}"} for n in (1, 2, 3)]}
    )
    untitledMulti: list[str] = Field(json_schema_extra={"items": {"type": "string", "enum": ["option1", "option2"]}})
    titledMulti: list[str] = Field(
        json_schema_extra={"items": {"anyOf": [{"const": f"value{n}", "title": f"Choice {n}"} for n in (1, 2)]}}
    )
    legacyEnum: str = Field(json_schema_extra={"enum": ["opt1", "opt2"], "enumNames": ["Option One", "Option Two"]})


async def _elicited(ctx: Context[Any], message: str, schema: type[BaseModel]) -> str:
    answer = await ctx.elicit(message, schema)
    data = answer.data.model_dump_json() if answer.action == "accept" else "{}"
    return f"User response: action={answer.action}, content={data}"


@described(mcp.tool)
async def test_elicitation(message: str, ctx: Context[Any]) -> str:
    return await _elicited(ctx, message, Response)


@described(mcp.tool)
async def test_elicitation_sep1034_defaults(ctx: Context[Any]) -> str:
    return await _elicited(ctx, "Please provide user information", Defaults)


@described(mcp.tool)
async def test_elicitation_sep1330_enums(ctx: Context[Any]) -> str:
    return await _elicited(ctx, "Please choose", Enums)


@mcp.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    return "This is the content of the static text resource."


@mcp.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    return base64.b64decode(PNG)


@mcp.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:
    return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})


@mcp.resource("test://watched-resource", mime_type="text/plain")
def watched() -> str:
    return "Watched resource content"


@described(mcp.prompt)
def test_simple_prompt() -> list[UserMessage]:
    return [UserMessage("This is a simple prompt for testing.")]


@described(mcp.prompt)
def test_prompt_with_arguments(arg1: str, arg2: str) -> list[UserMessage]:
    return [UserMessage(f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'")]


@described(mcp.prompt)
def test_prompt_with_embedded_resource(resourceUri: str) -> list[UserMessage]:
    return [
        UserMessage(_text(resourceUri, "Embedded resource content for testing.")),
        UserMessage("Please process it."),
    ]


@described(mcp.prompt)
def test_prompt_with_image() -> list[UserMessage]:
    return [UserMessage(_image()), UserMessage("Please analyze the image above.")]


for tool in rounds.TOOLS:
    described(mcp.tool)(tool)
described(mcp.prompt)(rounds.PROMPT)


@mcp.completion()  # type: ignore[no-untyped-call, untyped-decorator]
async def complete(ref: object, argument: object, context: object) -> Completion:
    return Completion(values=[], total=0, has_more=False)


async def set_level(ctx: object, params: SetLevelRequestParams) -> EmptyResult:
    return EmptyResult()


mcp._lowlevel_server.add_request_handler("logging/setLevel", SetLevelRequestParams, set_level)


class Nothing(Subscriptions):
    """The product's own handlers, with resources that never change."""

    async def _add(self, running: object, app: object, uris: set[str]) -> None: ...

    def _remove(self, namespace: str, uris: set[str]) -> None: ...


class Bearer:
    """The suite sends no token: this stands outside the door and puts one on every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"authorization", b"Bearer " + TOKEN.encode())]}
        await self._app(scope, receive, send)


if __name__ == "__main__":
    Nothing().serve(mcp)
    port = int(sys.argv[1])
    settings = read_settings(
        {"ALARUM_TOKENS": TOKEN, "ALARUM_ZONE": "UTC", "ALARUM_MAX_CALLS": "none"}, database="/nonexistent"
    )
    app, _ = guarded(mcp, settings, "127.0.0.1", port)
    uvicorn.run(Bearer(app), host="127.0.0.1", port=port, log_level="error")
