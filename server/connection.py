"""What a tool has of its connection: the application in the right namespace, and errors that reach the model."""

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from server.app import App
from server.errors import Refused
from server.runtime import Runtime
from server.settings import checked_namespace
from store import StoreError


def app_of(ctx: Context[Runtime]) -> App:
    """The application in the namespace of this connection: over HTTP its header says which, never the model."""
    app = ctx.request_context.lifespan_context.app
    headers = getattr(ctx.request_context.request, "headers", None)
    chosen = headers.get("alarum-namespace") if headers is not None else None
    if not chosen:
        return app
    try:
        return app.within(checked_namespace(chosen))
    except ValueError as why:
        raise ToolError(f"the header alarum-namespace: {why}") from None


class translated:
    """Turns what a smarter call would avoid into ToolError: only its text reaches a model."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, trace: object) -> None:
        if isinstance(why, (Refused, StoreError)):
            raise ToolError(str(why)) from why
