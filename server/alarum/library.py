"""Alarum inside a program of your own, without MCP: the same words, your functions and objects as targets.

alarum = Alarum("plants.db", "Europe/Berlin")

@alarum.function
async def water(call: Called) -> None:
    call.state["litres"] = call.state.get("litres", 0) + 2
    if call.state["litres"] >= 10:
        call.stop("wet enough")

async def main() -> None:
    async with alarum:
        await alarum.schedule("every day at 9", message="the roses", target=water)
        await alarum.forever()
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, overload

from alarum.app.answers import Cancelled, Queried, Scheduled, Updated
from alarum.app.app import App
from alarum.app.request import Request
from alarum.app.runtime import Runtime, runtime
from alarum.app.task_edits import Edit
from alarum.channels.base import Target
from alarum.channels.function import Function
from alarum.channels.object import Object
from alarum.channels.python_call import Called
from alarum.clock import Clock
from alarum.errors import Refused
from alarum.settings.policies import policies_from_text
from alarum.settings.settings import LEASE, Settings
from alarum.settings.target_names import checked_name
from alarum.testing import Trial, trial
from alarum_nlp import duration

__all__ = ["Alarum", "Called", "Refused"]

_MORE = timedelta(seconds=10)  # by which a claim outlasts its attempt
F = TypeVar("F", bound=Callable[..., Any])
C = TypeVar("C", bound=type[Any])


class Alarum:
    """A store, an alarm loop and your own code. `zone` is that of words without one; `settings` are fields of `Settings`.

    Open it with `async with`; while it is open it rings. Any number of processes may use the same database: what is
    meant for a function waits for one that has it. Methods raise Refused, whose text says what would be right.
    """

    def __init__(self, database: str | Path, zone: str = "UTC", *, clock: Clock | None = None, **settings: Any) -> None:
        self._database, self._zone, self._clock, self._settings = Path(database), zone, clock, settings
        self._targets: dict[str, Target] = dict(settings.pop("targets", {}))
        self._names: dict[Any, str] = {}
        self._open: contextlib.AsyncExitStack | None = None
        self._running: Runtime | None = None

    @overload
    def function(self, code: F, *, name: str | None = None, timeout: str | None = None) -> F: ...

    @overload
    def function(self, *, name: str | None = None, timeout: str | None = None) -> Callable[[F], F]: ...

    def function(
        self, code: F | None = None, *, name: str | None = None, timeout: str | None = None
    ) -> F | Callable[[F], F]:
        """Make a function, async or not, a target by its name: `@alarum.function`, or with a name or a timeout ("30s")."""

        def register(code: F) -> F:
            chosen = checked_name(name or code.__name__)
            self._add(chosen, code, Function(function=code, timeout=timeout))
            return code

        return register if code is None else register(code)

    @overload
    def object(self, cls: C, *, name: str | None = None, timeout: str | None = None) -> C: ...

    @overload
    def object(self, *, name: str | None = None, timeout: str | None = None) -> Callable[[C], C]: ...

    def object(
        self, cls: C | None = None, *, name: str | None = None, timeout: str | None = None
    ) -> C | Callable[[C], C]:
        """Make a class a target by its name in small letters: each object of it is called at "name/object/method"."""

        def register(cls: C) -> C:
            chosen = checked_name(name or cls.__name__.lower())
            self._add(chosen, cls, Object.model_validate({"class": cls, "timeout": timeout}))
            return cls

        return register if cls is None else register(cls)

    def _add(self, name: str, code: Any, target: Target) -> None:
        if name in self._targets:
            raise ValueError(
                f"there is a target '{name}' already; give this one another name, for example name='{name}2'"
            )
        if self._running:
            raise ValueError("functions and objects are registered before it is opened")
        self._targets[name], self._names[code] = target, name

    async def __aenter__(self) -> Alarum:
        settings = Settings(self._database, self._zone, **self._fields())
        async with contextlib.AsyncExitStack() as stack:
            self._running = await stack.enter_async_context(runtime(settings, self._clock))
            self._open = stack.pop_all()
        return self

    def _fields(self) -> dict[str, Any]:
        """The fields of its settings; a claim lasts long enough for the longest of the functions."""
        longest = max([LEASE, *(duration(t.timeout) + _MORE for t in self._targets.values() if t.timeout)])
        return {"lease": longest, **self._settings, "targets": self._targets}

    async def __aexit__(self, *why: Any) -> None:
        assert self._open is not None
        self._running = None
        await self._open.__aexit__(*why)

    @property
    def app(self) -> App:
        """Everything else that the tools can do."""
        if self._running is None:
            raise RuntimeError("open it first: async with alarum")
        return self._running.app

    async def schedule(
        self, when: str | datetime | timedelta | None, message: str | None = None, *, target: Any = None, **fields: Any
    ) -> Scheduled:
        """Words, an aware datetime or a length of time from now; `target` is a function of yours, or the text of a target.

        `fields` are those of `Request`: id, tags, payload, policies, ...
        """
        if isinstance(when, timedelta):
            when = self.app.clock.now() + when
        if isinstance(fields.get("policies"), str):
            fields["policies"] = policies_from_text(fields["policies"])
        return await self.app.schedule(Request(when=when, message=message, target=self._where(target), **fields))

    def _where(self, code: Any) -> str | None:
        """The text of a target, or the name of a function. Raises Refused for one that is not registered."""
        if code is None or isinstance(code, str):
            return code
        if code not in self._names:
            raise Refused(f"{getattr(code, '__qualname__', code)} is not a target; write @alarum.function above it")
        return self._names[code]

    async def query(self, text: str | None = None, **filters: Any) -> Queried:
        """As the tool does: `when`, `tag`, `status`, `history=True`, ..."""
        return await self.app.query(text=text, **filters)

    async def cancel(self, what: str) -> Cancelled:
        """By id, or by words that fit one task."""
        return await self.app.cancel(what)

    async def update(self, what: str, **fields: Any) -> Updated:
        """Set fields: `when`, `message`, `payload`, ..."""
        return await self.app.edit(what, Edit(**fields))

    async def forever(self) -> None:
        """Ring until this is cancelled."""
        await asyncio.Event().wait()

    @contextlib.asynccontextmanager
    async def trial(self, now: datetime) -> AsyncIterator[Trial]:
        """For your tests: the same functions and objects on a store in memory, with a clock that is set."""
        async with trial(now, self._zone, **self._fields()) as it:
            it.where = self._where
            yield it
