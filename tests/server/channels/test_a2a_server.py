"""a2a-sdk's own server takes what the channel sends, in both protocol versions and bindings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

import pytest
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.routes import create_jsonrpc_routes, create_rest_routes
from a2a.server.tasks import InMemoryTaskStore
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, Message, Part, Role
from starlette.applications import Starlette

from tests.server.channels.conftest import Channel
from tests.support.serving import serving

pytestmark = pytest.mark.anyio
Open = Callable[..., Awaitable[Channel]]


class Agent(AgentExecutor):
    """Keeps the messages that it was woken with."""

    def __init__(self) -> None:
        self.woken: list[Message] = []

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        assert context.message is not None
        self.woken.append(context.message)
        await event_queue.enqueue_event(Message(message_id="m", role=Role.ROLE_AGENT, parts=[Part(text="I will")]))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        """Nothing runs long."""


def served(agent: Agent) -> AbstractAsyncContextManager[str]:
    def app(port: int) -> Starlette:
        interfaces = [
            AgentInterface(url=f"http://127.0.0.1:{port}", protocol_binding=binding, protocol_version=version)
            for binding in ("JSONRPC", "HTTP+JSON")
            for version in ("1.0", "0.3")
        ]
        card = AgentCard(
            name="agent", description="an agent", version="1", supported_interfaces=interfaces, capabilities=AgentCapabilities(),
            default_input_modes=["text/plain"], default_output_modes=["text/plain"],
        )  # fmt: skip
        handler = DefaultRequestHandler(agent, InMemoryTaskStore(), card)
        rest = create_rest_routes(handler, enable_v0_3_compat=True, path_prefix="/rest")
        return Starlette(routes=[*create_jsonrpc_routes(handler, "/rpc", enable_v0_3_compat=True), *rest])

    return serving(app)


@pytest.mark.parametrize("version", ["1.0", "0.3"])
@pytest.mark.parametrize(("binding", "path"), [("jsonrpc", "/rpc"), ("rest", "/rest")])
async def test_the_sdks_own_server_wakes_its_agent(opened: Open, version: str, binding: str, path: str) -> None:
    agent = Agent()
    async with served(agent) as url:
        it = await opened(
            {"channel": "a2a", "url": url + path, "version": version, "binding": binding, "context": "c1"}
        )
        run = await it.send()
    assert (run.delivery, run.attempts[0].error) == ("delivered", None)
    assert [(m.message_id, m.context_id, m.role) for m in agent.woken] == [(run.id, "c1", Role.ROLE_USER)]
    assert '"call Anna"' in agent.woken[0].parts[0].text
