"""A Python function of the user's own, async or not, in the process that rings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import ChannelContext, Target
from alarum.channels.python_call import call, call_context, imported
from alarum.channels.replies import failed


class Function(Target):
    """`function` is "package.module:function", looked for in `path` too; a library gives the function itself."""

    function: str | Callable[..., Any]
    path: str | None = None

    @property
    def own(self) -> bool:
        return True

    def where(self, rest: str = "") -> str:
        named = self.function
        return f"function {named if isinstance(named, str) else getattr(named, '__qualname__', named)}"

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        try:
            code = imported(self.function, self.path) if isinstance(self.function, str) else self.function
        except ValueError as why:
            return failed(sending.now, context.clock.now(), why)
        return await call(code, call_context(sending), context.clock, self.seconds(context))
