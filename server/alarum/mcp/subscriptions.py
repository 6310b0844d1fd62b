"""Resource subscriptions in both protocol eras: `resources/subscribe` (2025) and `subscriptions/listen` (2026-07-28)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler, ResourceUpdated
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    EmptyResult,
    SubscribeRequestParams,
    SubscriptionsListenRequestParams,
    SubscriptionsListenResult,
    UnsubscribeRequestParams,
)

from alarum.alarm.decision import HEARTBEAT
from alarum.app.app import App
from alarum.app.follow import subscribed
from alarum.app.runtime import Runtime
from alarum.errors import Refused
from alarum.mcp.request_context import app_in
from alarum.mcp.resources import INBOX, TASK, TASKS
from alarum.settings.limits import LimitReached, Quotas
from alarum_store import StoreError

log = logging.getLogger("alarum.subscriptions")
_TASK = TASK.partition("{")[0]

Tell = Callable[[str], Awaitable[None]]


class Subscriptions:
    """Who watches which resource, and a watch over these resources while anybody does.

    A resource has changed when what reading it would show has: also where another process wrote it.
    """

    def __init__(self) -> None:
        self._watched: Counter[tuple[str, str]] = Counter()  # namespace and URI
        self._buses: dict[str, tuple[InMemorySubscriptionBus, ListenHandler]] = {}
        self._legacy: dict[int, tuple[str, set[str], Tell]] = {}
        self._prints: dict[tuple[str, str], object] = {}
        self._running: asyncio.Task[None] | None = None
        self._quotas: Quotas | None = None

    def serve(self, mcp: MCPServer[Runtime]) -> None:
        """Take over the handlers. MCPServer has no public hook for the handshake era, and one bus for all namespaces."""
        low = mcp._lowlevel_server
        low.add_request_handler("subscriptions/listen", SubscriptionsListenRequestParams, self._listen)
        low.add_request_handler("resources/subscribe", SubscribeRequestParams, self._subscribe)
        low.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, self._unsubscribe)

    async def _listen(
        self, ctx: ServerRequestContext[Runtime], params: SubscriptionsListenRequestParams
    ) -> SubscriptionsListenResult:
        app = app_in(ctx)
        if app.namespace not in self._buses:
            bus = InMemorySubscriptionBus()
            self._buses[app.namespace] = (bus, ListenHandler(bus))
        uris = set(params.notifications.resource_subscriptions or ())
        await self._add(ctx.lifespan_context, app, uris)
        try:
            return await self._buses[app.namespace][1](ctx, params)
        finally:
            self._remove(app.namespace, uris)

    async def _subscribe(self, ctx: ServerRequestContext[Runtime], params: SubscribeRequestParams) -> EmptyResult:
        app, uri, session = app_in(ctx), str(params.uri), ctx.session
        connection = session._connection
        if id(connection) not in self._legacy:

            async def tell(changed: str) -> None:
                await session.send_resource_updated(changed)

            self._legacy[id(connection)] = (app.namespace, set(), tell)
            connection.exit_stack.callback(self._closed, id(connection))
        mine = self._legacy[id(connection)][1]
        if uri not in mine:
            await self._add(ctx.lifespan_context, app, {uri})
            mine.add(uri)
        return EmptyResult()

    async def _unsubscribe(self, ctx: ServerRequestContext[Runtime], params: UnsubscribeRequestParams) -> EmptyResult:
        known = self._legacy.get(id(ctx.session._connection))
        if known and str(params.uri) in known[1]:
            known[1].discard(str(params.uri))
            self._remove(known[0], {str(params.uri)})
        return EmptyResult()

    def _closed(self, connection: int) -> None:
        namespace, uris, _ = self._legacy.pop(connection)
        self._remove(namespace, uris)

    async def _add(self, running: Runtime, app: App, uris: set[str]) -> None:
        """Raises MCPError where these are more than the namespace may have."""
        limits, quotas = app.settings.limits_of(app.namespace), app.shared.quotas
        try:
            quotas.follow(app.namespace, limits, len(uris))
        except LimitReached as why:
            raise MCPError(INVALID_PARAMS, f"{why}") from None
        self._quotas = quotas
        for uri in uris:
            key = (app.namespace, uri)
            if not self._watched[key]:
                self._prints[key] = await answer_fingerprint(app, uri)
            self._watched[key] += 1
        if uris and (self._running is None or self._running.done()):
            self._running = asyncio.create_task(self._watch(running))

    def _remove(self, namespace: str, uris: set[str]) -> None:
        if self._quotas is not None:
            self._quotas.follow(namespace, None, -len(uris))
        for uri in uris:
            self._watched[namespace, uri] -= 1
            if self._watched[namespace, uri] <= 0:
                del self._watched[namespace, uri]
                self._prints.pop((namespace, uri), None)
        if not self._watched and self._running:
            self._running.cancel()

    async def _watch(self, running: Runtime) -> None:
        clock, store = running.app.clock, running.store
        seen: object = None

        def has_changed() -> bool:
            return store.loop.change_marker(clock.now()) != seen

        async with subscribed(running) as wakeup:
            while True:
                seen = store.loop.change_marker(clock.now())
                with contextlib.suppress(StoreError):  # said by the alarm loop, and tried again
                    await self.look(running)
                await clock.wait(wakeup, HEARTBEAT, glance=has_changed)

    async def look(self, running: Runtime) -> None:
        """Tell the watchers of every resource that has changed since the last look."""
        for namespace, uri in list(self._watched):
            now = await answer_fingerprint(running.app.within(namespace), uri)
            if self._prints.get((namespace, uri)) == now or (namespace, uri) not in self._watched:
                continue
            self._prints[namespace, uri] = now
            if namespace in self._buses:
                await self._buses[namespace][0].publish(ResourceUpdated(uri=uri))
            for theirs, uris, tell in list(self._legacy.values()):
                if theirs == namespace and uri in uris:
                    await tell(uri)

    async def close(self) -> None:
        """End every stream in good order."""
        for _, handler in self._buses.values():
            handler.close()
        if self._running:
            self._running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._running


async def answer_fingerprint(app: App, uri: str) -> Any:
    """What a resource shows, without the time of looking."""
    if uri == INBOX:
        return (await app.inbox([], limit=200)).model_dump(exclude={"now", "summary", "warnings"})
    if uri == TASKS:
        return (await app.query(limit=200)).model_dump(exclude={"now", "summary", "inbox", "warnings"})
    if uri.startswith(_TASK):
        with contextlib.suppress(Refused):
            return (await app.query(id=uri.removeprefix(_TASK), history=True, limit=50)).model_dump(
                exclude={"now", "summary", "warnings"}
            )
    return None
