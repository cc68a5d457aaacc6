"""httpx's transport for event streams: aiohttp's connections, whose parser is C, behind httpx's interface.

httpx's own spends more on reading a token than everything else a token costs. Closing a response before its end closes
its connection at once, which is how the model server learns that nobody listens.
"""

from __future__ import annotations

import asyncio

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

# Less than a server keeps an idle connection (uvicorn, so vLLM: 5 s), or a request may meet it closing.
_KEEP_IDLE_S = 4.0
_BELOW = "wenda.aiohttp_response"


class StreamTransport(AiohttpTransport):
    """Any number of connections; HTTP/1.1; no cookies, no proxies. Timeouts are httpx's `connect` and `read`."""

    def __init__(self) -> None:
        super().__init__(trust_env=False, client=self._session)

    def _session(self) -> aiohttp.ClientSession:
        """Made at the first request, since aiohttp wants the running loop; the library keeps and closes it."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEEP_IDLE_S, ssl=self.ssl_context)
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer's head. Raises httpx.ConnectError, ConnectTimeout, ReadTimeout, ReadError, RemoteProtocolError."""
        try:
            response = await super().handle_async_request(request)
        except httpx.ConnectTimeout as failure:  # what the library calls every lost or refused connection
            cause = failure.__cause__
            if isinstance(cause, aiohttp.ClientConnectorError):
                raise httpx.ConnectError(str(cause)) from cause
            if isinstance(cause, aiohttp.ServerTimeoutError):
                raise
            raise httpx.ReadError(str(cause)) from cause
        except aiohttp.ClientError as failure:  # what it does not translate: bytes that are no HTTP
            raise httpx.RemoteProtocolError(str(failure)) from failure
        # The library keeps its own response to itself, and httpx wraps the stream that holds it.
        response.extensions[_BELOW] = getattr(response.stream, "_aiohttp_response", None)
        return response


def connection_of(response: httpx.Response) -> asyncio.ReadTransport | None:
    """The connection that a streamed response is read from; None when it has ended or came by another transport."""
    below = response.extensions.get(_BELOW)
    if not isinstance(below, aiohttp.ClientResponse) or below.connection is None:
        return None
    return below.connection.transport
