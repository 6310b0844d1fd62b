"""What a client may read beside the tools: tasks, the inbox, one task with its runs."""

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from pydantic import BaseModel

from alarum.app.runtime import Runtime
from alarum.errors import Refused
from alarum.mcp.request_context import app_here, app_of

INBOX = "alarum://inbox"
TASKS = "alarum://tasks"
TASK = "alarum://task/{id}"
_JSON = "application/json"


def add_resources(mcp: MCPServer[Runtime]) -> None:
    @mcp.resource(TASKS, title="Reminders", description="All active and paused tasks, soonest first.", mime_type=_JSON)
    async def tasks() -> str:
        return _written(await app_here().query(limit=200))

    @mcp.resource(INBOX, title="Inbox", description="What fired and was not acknowledged.", mime_type=_JSON)
    async def inbox() -> str:
        return _written(await app_here().inbox([], limit=200))

    @mcp.resource(TASK, title="One reminder", description="A task with its runs and attempts.", mime_type=_JSON)
    async def task(id: str, ctx: Context[Runtime]) -> str:
        try:
            found = await app_of(ctx).query(id=id, history=True, limit=50)
        except Refused as why:
            raise ResourceNotFoundError(f"{why}") from None
        return _written(found)


def _written(answer: BaseModel) -> str:
    return answer.model_dump_json(indent=1)
