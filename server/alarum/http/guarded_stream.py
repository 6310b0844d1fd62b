"""A transport of httpx2 for clients that stream, which goes only where an egress policy lets it, and reads only so much."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from alarum.http.address_guard import EgressPolicy, Resolver, allowed

_MOST = 1_048_576  # bytes of one answer


class GuardedTransport(httpx2.AsyncHTTPTransport):
    """Resolves the host at each request and connects to an address that was checked, with the name in TLS and Host."""

    def __init__(self, egress: EgressPolicy, resolver: Resolver) -> None:
        super().__init__(trust_env=False)
        self._egress, self._resolver = egress, resolver

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        url = request.url
        port = url.port or (443 if url.scheme == "https" else 80)
        request.extensions = {**request.extensions, "sni_hostname": url.host}
        failed: httpx2.ConnectError | None = None
        for address in await allowed(url.host, port, self._egress, self._resolver):
            request.url = url.copy_with(host=address)
            try:
                return self._bounded(await super().handle_async_request(request))
            except httpx2.ConnectError as why:
                failed = why
        assert failed is not None
        raise failed

    def _bounded(self, response: httpx2.Response) -> httpx2.Response:
        """An answer that is packed was not asked for, and could unpack to anything."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise httpx2.RemoteProtocolError("the answer is packed, which was not asked for")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Bounded(response.stream)
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = _MOST
        async for part in self._stream:
            left -= len(part)
            if left < 0:
                raise httpx2.RemoteProtocolError(f"the answer is longer than {_MOST} bytes")
            yield part

    async def aclose(self) -> None:
        await self._stream.aclose()
