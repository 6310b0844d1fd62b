"""What a tool has of its connection: the application in the right namespace, and errors that reach the model."""

from contextvars import ContextVar

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError

from alarum.app.app import App
from alarum.app.runtime import Runtime
from alarum.errors import Refused
from alarum.settings.settings import checked_namespace
from alarum_store import StoreError


def app_of(ctx: Context[Runtime]) -> App:
    """The application in the namespace of this connection: over HTTP its header says which, never the model."""
    return app_in(ctx.request_context)


_here: ContextVar[ServerRequestContext[Runtime]] = ContextVar("_here")


async def remembered(ctx: ServerRequestContext[Runtime], call_next: CallNext) -> HandlerResult:
    """Middleware: MCPServer hands no context to resources without a variable in their URI."""
    _here.set(ctx)
    return await call_next(ctx)


def app_here() -> App:
    """The application in the namespace of the request that is being answered."""
    return app_in(_here.get())


def app_in(ctx: ServerRequestContext[Runtime]) -> App:
    """The same for a handler below the tools."""
    app = ctx.lifespan_context.app
    headers = getattr(ctx.request, "headers", None)
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
