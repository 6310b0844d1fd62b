"""Completions of arguments: ids, zones, windows."""

from zoneinfo import available_timezones

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.types import CompleteRequestParams, CompleteResult, Completion

from alarum.app.runtime import Runtime
from alarum.mcp.request_context import app_in
from alarum_nlp import INTERVALS
from alarum_store import TASK_STATES, TaskFilter

_COMPLETED = 100  # values of one answer


def add_completions(mcp: MCPServer[Runtime]) -> None:
    async def complete(ctx: ServerRequestContext[Runtime], params: CompleteRequestParams) -> CompleteResult:
        name, begun = params.argument.name, params.argument.value
        if name == "id":
            app = app_in(ctx)
            found = await app.store.tasks.find(
                TaskFilter(app.namespace, prefix=begun, states=TASK_STATES, limit=_COMPLETED)
            )
            choices, total = [t.id for t in found.tasks], found.total
        else:
            choices = zones(begun) if name == "timezone" else [w for w in INTERVALS if w.startswith(begun.casefold())]
            total = len(choices)
        shown = choices[:_COMPLETED]
        return CompleteResult(completion=Completion(values=shown, total=total, has_more=total > len(shown)))

    # The decorator of MCPServer hands over no context, and completions are of one namespace.
    mcp._lowlevel_server.add_request_handler("completion/complete", CompleteRequestParams, complete)


def zones(begun: str) -> list[str]:
    """IANA zones that begin so, or whose place does: "ber" is Europe/Berlin too."""
    key = begun.casefold().replace(" ", "_")
    known = sorted(available_timezones())
    first = [name for name in known if name.casefold().startswith(key)]
    return first + [name for name in known if name not in first and name.casefold().rpartition("/")[2].startswith(key)]
