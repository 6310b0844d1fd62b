"""A transport of httpx2 for clients that stream, which goes only where a permit lets it."""

from __future__ import annotations

import httpx2

from server.guard import Permit, Resolver, allowed


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Resolves the host at each request and connects to the address that was checked, with the name in TLS and Host."""

    def __init__(self, permit: Permit, resolver: Resolver) -> None:
        super().__init__(trust_env=False)
        self._permit, self._resolver = permit, resolver

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        address = (await allowed(host, port, self._permit, self._resolver))[0]
        request.extensions = {**request.extensions, "sni_hostname": host}
        request.url = request.url.copy_with(host=address)
        return await super().handle_async_request(request)
