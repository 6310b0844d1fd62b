"""A function of a named object with state of its own, one call at a time per object: the target is "rooms/kitchen/water".

Over HTTP (a Durable Object behind a Worker fits) the object keeps its state itself; of a Python class the store keeps it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pydantic import Field, model_validator

from alarum.channels.attempt import AttemptResult, Sending
from alarum.channels.base import ChannelContext, Post
from alarum.channels.fields import Url, public, segment
from alarum.channels.python_call import Called, call, call_context, imported
from alarum.channels.replies import failed
from alarum.channels.reply_directives import kept_json
from alarum.channels.secret import SecretName
from alarum.channels.webhook import Signed
from alarum_store import ObjectState


class Object(Signed):
    """Either `url` with `{object}` and `{function}` in it, or `class`: "package.module:Class", looked for in `path` too.

    An instance of the class is made without arguments, gets its attributes back as they were after the last call that
    raised nothing, and its method is called with the context. Attributes must be JSON; those that begin with "_" are not kept.
    """

    serial: ClassVar[bool] = True
    url: Url | None = None
    cls: Any = Field(None, alias="class")
    path: str | None = None
    token: SecretName | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Object:
        if (self.url is None) == (self.cls is None):
            raise ValueError("an object needs either url or class")
        if self.url is not None and not ("{object}" in self.url and "{function}" in self.url):
            raise ValueError(
                "its url needs {object} and {function}; for example https://example.com/rooms/{object}/{function}"
            )
        return self

    @property
    def own(self) -> bool:
        return self.url is None

    def where(self, rest: str = "") -> str:
        return (
            f"objects {public(self.url)}"
            if self.url
            else f"objects {self.cls if isinstance(self.cls, str) else self.cls.__qualname__}"
        )

    def check(self, rest: str) -> None:
        parts(rest)

    def post(self, sending: Sending) -> Post:
        name, function = parts(sending.rest)
        url = (self.url or "").replace("{object}", segment(name)).replace("{function}", segment(function))
        return self.signed(url, sending, self.token)

    async def send(self, sending: Sending, context: ChannelContext) -> AttemptResult:
        if self.url is not None:
            return await super().send(sending, context)
        try:
            name, function = parts(sending.rest)
            instance = await self._instance(sending, name, context)
            method = getattr(instance, function, None)
            if not callable(method):
                raise ValueError(f"{type(instance).__name__} has no method '{function}'")
        except (ValueError, TypeError) as why:
            return failed(sending.now, context.clock.now(), why)
        kept = sending.target.partition("/")[0]
        given: Called = call_context(sending, name)
        return await call(
            method, given, context.clock, self.seconds(context), lambda: ObjectState(kept, name, _state(instance))
        )

    async def _instance(self, sending: Sending, name: str, context: ChannelContext) -> Any:
        made = imported(self.cls, self.path) if isinstance(self.cls, str) else self.cls
        namespace = sending.claim.task.namespace if sending.claim else ""
        instance = made()
        vars(instance).update(
            await context.store.targets.object_state(sending.target.partition("/")[0], name, namespace) or {}
        )
        return instance


def parts(rest: str) -> tuple[str, str]:
    """The object and its function. Raises ValueError."""
    name, _, function = rest.partition("/")
    if not name or not function or "/" in function or function.startswith("_") or {name, function} & {".", ".."}:
        raise ValueError("say which object and which function of it; for example rooms/kitchen/water")
    return name, function


def _state(instance: Any) -> dict[str, Any]:
    state = {name: value for name, value in vars(instance).items() if not name.startswith("_")}
    for name, value in state.items():
        if not kept_json(value):
            raise ValueError(f"the attributes of {type(instance).__name__} are not JSON: {name}")
    return state
