"""A stand-in for the model APIs that agents talk to, on loopback: Anthropic Messages, OpenAI Responses, Gemini.

It follows a script: schedule, look, follow reminders where the agent can run a monitor, acknowledge what fired. What it
was sent is kept, so that a test can see what a model would have seen.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Json = dict[str, Any]
_SEARCHES = 20


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: Json


@dataclass(slots=True)
class Script:
    """What the stand-in does next, from the tools it is offered and the calls that were made."""

    when: str
    watch: str | None = None  # the command for the agent's monitor, where it has one

    def decide(self, tools: list[str], called: list[str], text: str) -> Call | str:
        def offered(name: str) -> str | None:
            return next((t for t in tools if re.fullmatch(rf"(mcp_+alarum_+)?{name}", t)), None)

        def done(name: str) -> bool:
            return any(re.fullmatch(rf"(mcp_+alarum_+)?{name}", c) for c in called)

        searched = called.count("ToolSearch")  # again while the server is not up yet
        if offered("schedule") is None and "ToolSearch" in tools and searched < _SEARCHES:
            names = "mcp__alarum__schedule,mcp__alarum__query,mcp__alarum__inbox,Monitor"
            return Call("ToolSearch", {"query": f"select:{names}", "max_results": 10})
        if (name := offered("schedule")) and not done("schedule"):
            return Call(name, {"when": self.when})
        if (name := offered("query")) and not done("query"):
            return Call(name, {"text": "stretch"})
        if self.watch and "Monitor" in tools and not done("Monitor"):
            arguments = {"description": "reminders", "timeout_ms": 600_000, "persistent": False, "command": self.watch}
            return Call("Monitor", arguments)
        fired = re.search(r"alarum inbox --ack (\S+?)[;)]", text)
        if fired and (name := offered("inbox")) and not done("inbox"):
            return Call(name, {"acknowledge": [fired[1]]})
        return "You were reminded." if fired else "I will tell you."


@dataclass(slots=True)
class Model:
    """The server. `seen` holds every body that it was sent."""

    script: Script
    seen: list[Json] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Model:
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(b"{}", "application/json")

            def do_HEAD(self) -> None:
                self._answer(b"", "application/json")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                try:
                    asked = json.loads(body or b"{}")
                except ValueError:
                    asked = {}
                if "count_tokens" in self.path or "countTokens" in self.path:
                    self._answer(b'{"input_tokens": 10, "totalTokens": 10}', "application/json")
                elif speak := _speaks(self.path):
                    model.seen.append(asked)
                    if asked.get("stream") or "stream" in self.path.lower():
                        self._answer("".join(speak(model, asked)).encode(), "text/event-stream")
                    else:
                        self._answer(json.dumps(_whole(self.path, model, asked)).encode(), "application/json")
                else:
                    self._answer(b"{}", "application/json")

            def _answer(self, body: bytes, kind: str) -> None:
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    _server: ThreadingHTTPServer = field(init=False)

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def next(self, tools: list[str], called: list[str], text: str) -> Call | str:
        chosen = self.script.decide(tools, called, text)
        if isinstance(chosen, Call):
            self.calls.append(chosen)
        return chosen


def _speaks(path: str) -> Any:
    if path.startswith("/v1/messages"):
        return anthropic
    if path.startswith(("/v1/responses", "/responses")):
        return openai
    return gemini if "generateContent" in path or "streamGenerateContent" in path else None


def _event(name: str, body: Json) -> str:
    return f"event: {name}\ndata: {json.dumps({'type': name, **body})}\n\n"


def _anthropic_next(model: Model, asked: Json) -> Call | str:
    blocks = [b for m in asked.get("messages", []) if isinstance(m.get("content"), list) for b in m["content"]]
    called = [b["name"] for b in blocks if b.get("type") == "tool_use"]
    tools = [t["name"] for t in asked.get("tools", []) if "name" in t]
    referred = re.findall(r'"tool_name": ?"(mcp__alarum__\w+|Monitor)"', json.dumps(asked.get("messages", [])))
    return model.next([*tools, *referred], called, _text(asked.get("messages")))


def _text(value: object) -> str:
    """All text in a conversation, as a model reads it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "\n".join(_text(v) for v in value.values())
    return "\n".join(_text(v) for v in value) if isinstance(value, list) else ""


def anthropic(model: Model, asked: Json) -> Iterator[str]:
    chosen = _anthropic_next(model, asked)
    message = {"id": f"msg_{len(model.seen)}", "type": "message", "role": "assistant", "model": asked.get("model", "m"), "content": [],
               "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 1}}  # fmt: skip
    yield _event("message_start", {"message": message})
    if isinstance(chosen, Call):
        block = {"type": "tool_use", "id": f"toolu_{len(model.seen):04}", "name": chosen.name, "input": {}}
        yield _event("content_block_start", {"index": 0, "content_block": block})
        delta: Json = {"type": "input_json_delta", "partial_json": json.dumps(chosen.arguments)}
    else:
        yield _event("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}})
        delta = {"type": "text_delta", "text": chosen}
    yield _event("content_block_delta", {"index": 0, "delta": delta})
    yield _event("content_block_stop", {"index": 0})
    reason = "tool_use" if isinstance(chosen, Call) else "end_turn"
    yield _event(
        "message_delta", {"delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 5}}
    )
    yield _event("message_stop", {})


def _whole(path: str, model: Model, asked: Json) -> Json:
    """The answer to what is not streamed: agents ask so for titles and the like."""
    if "generateContent" in path:
        return {"candidates": [{"content": {"role": "model", "parts": [{"text": "{}"}]}, "finishReason": "STOP"}]}
    chosen = _anthropic_next(model, asked)
    called = isinstance(chosen, Call)
    block = (
        {"type": "tool_use", "id": f"toolu_{len(model.seen):04}", "name": chosen.name, "input": chosen.arguments}
        if isinstance(chosen, Call)
        else {"type": "text", "text": chosen}
    )
    return {"id": "msg_x", "type": "message", "role": "assistant", "model": asked.get("model", "m"), "content": [block],
            "stop_reason": "tool_use" if called else "end_turn", "usage": {"input_tokens": 1, "output_tokens": 1}}  # fmt: skip


def openai(model: Model, asked: Json) -> Iterator[str]:
    items = asked.get("input", [])
    called = [item["name"] for item in items if item.get("type") == "function_call"]
    chosen = model.next([name for t in asked.get("tools", []) for name in _names(t)], called, _text(items))
    reply = f"resp_{len(model.seen)}"
    yield _event("response.created", {"response": {"id": reply}})
    if isinstance(chosen, Call):
        space, _, bare = chosen.name.rpartition("__")
        spaced = any(t.get("type") == "namespace" for t in asked.get("tools", []))
        named = {"name": bare, "namespace": space} if spaced and space else {"name": chosen.name}
        item: dict[str, Any] = {"type": "function_call", "id": f"fc_{len(model.seen)}", "call_id": f"call_{len(model.seen)}", **named,
                "arguments": json.dumps(chosen.arguments)}  # fmt: skip
    else:
        item = {"type": "message", "id": f"m_{len(model.seen)}", "role": "assistant",
                "content": [{"type": "output_text", "text": chosen, "annotations": []}]}  # fmt: skip
    yield _event("response.output_item.done", {"output_index": 0, "item": item})
    usage = {
        "input_tokens": 1,
        "output_tokens": 1,
        "total_tokens": 2,
        "input_tokens_details": None,
        "output_tokens_details": None,
    }
    yield _event("response.completed", {"response": {"id": reply, "output": [item], "usage": usage}})


def _names(tool: Json) -> list[str]:
    if tool.get("type") == "namespace":
        return [f"{tool['name'].removesuffix('__')}__{t['name']}" for t in tool.get("tools", [])]
    return [tool["name"]] if "name" in tool else []


def gemini(model: Model, asked: Json) -> Iterator[str]:
    parts = [p for c in asked.get("contents", []) for p in c.get("parts", [])]
    called = [p["functionCall"]["name"] for p in parts if "functionCall" in p]
    tools = [f["name"] for t in asked.get("tools", []) for f in t.get("functionDeclarations", [])]
    chosen = model.next(tools, called, _text(asked.get("contents")))
    part: Json = (
        {"functionCall": {"name": chosen.name, "args": chosen.arguments}}
        if isinstance(chosen, Call)
        else {"text": chosen}
    )
    body = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
            "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}}  # fmt: skip
    yield f"data: {json.dumps(body)}\r\n\r\n"
