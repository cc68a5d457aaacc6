"""An httpx transport for event streams: one asyncio protocol and a C parser between the socket and httpx.

httpx's own transport spends more on each read (cancel scopes, a parser in Python) than everything else a token costs.
HTTP/1.1 only; no proxies, no redirects of its own. Closing a response before its end closes the connection, which is
how the model server learns that nobody listens.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import cast

import httptools
import httpx

_Origin = tuple[str, str, int]
# Bytes that may wait for a slow reader before the socket is left alone.
_HIGH_WATER = 1 << 20


class WireTransport(httpx.AsyncBaseTransport):
    """Keeps idle connections by origin. Timeouts are httpx's `connect` and `read`; a read is one wait for bytes."""

    def __init__(self, tls: ssl.SSLContext | None = None, keep: int = 64) -> None:
        self._tls, self._keep = tls, keep
        self._idle: defaultdict[_Origin, list[_Connection]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        origin = (
            request.url.scheme,
            request.url.host,
            request.url.port or (443 if request.url.scheme == "https" else 80),
        )
        content = await request.aread()
        timeout = request.extensions.get("timeout", {})
        while True:
            connection, used = await self._connection(origin, timeout.get("connect"))
            try:
                await connection.ask(request, content, timeout.get("read"))
            except httpx.ReadError:
                if used and not connection.heard:  # it was closed while idle; nothing of the answer is lost
                    continue
                raise
            except BaseException:
                connection.close()
                raise
            break
        headers = [(name, value) for name, value in connection.headers if name.lower() != b"transfer-encoding"]
        return httpx.Response(connection.status, headers=headers, stream=_Body(self, origin, connection))

    async def aclose(self) -> None:
        for connections in self._idle.values():
            for connection in connections:
                connection.close()
        self._idle.clear()

    def release(self, origin: _Origin, connection: _Connection) -> None:
        """Take a connection back: kept when its answer is whole and it may be used again, else closed."""
        if connection.reusable and len(self._idle[origin]) < self._keep:
            self._idle[origin].append(connection)
        else:
            connection.close()

    async def _connection(self, origin: _Origin, limit_s: float | None) -> tuple[_Connection, bool]:
        idle = self._idle[origin]
        while idle:
            connection = idle.pop()
            if connection.reusable:
                return connection, True
            connection.close()
        scheme, host, port = origin
        secure = (self._tls or ssl.create_default_context()) if scheme == "https" else None
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(limit_s):
                _, connection = await loop.create_connection(_Connection, host, port, ssl=secure)
        except TimeoutError as failure:
            raise httpx.ConnectTimeout("no connection in time") from failure
        except OSError as failure:
            raise httpx.ConnectError(str(failure)) from failure
        return connection, False


class _Body(httpx.AsyncByteStream):
    def __init__(self, transport: WireTransport, origin: _Origin, connection: _Connection) -> None:
        self._transport, self._origin, self._connection = transport, origin, connection
        self._released = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        connection = self._connection
        while True:
            while not connection.chunks:
                if connection.complete:
                    return
                await connection.wait()
            yield connection.take()

    async def aclose(self) -> None:
        if not self._released:
            self._released = True
            self._transport.release(self._origin, self._connection)


class _Connection(asyncio.Protocol):
    """One request at a time; what arrives waits in `chunks`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._failure: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._limit_s: float | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._last = 0.0
        self._waiting_bytes = 0
        self._open = True
        self._begin()

    def _begin(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.chunks: list[bytes] = []
        self.heard = self._headed = self.complete = self._lasting = self._measured = False

    @property
    def reusable(self) -> bool:
        return self._open and self.complete and self._lasting and not self.chunks

    async def ask(self, request: httpx.Request, content: bytes, limit_s: float | None) -> None:
        """Send a request and wait for the answer's head."""
        self._begin()
        self._limit_s = limit_s
        lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
        lines += [b"%s: %s" % header for header in request.headers.raw]
        assert self._transport is not None
        self._transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + content)
        while not self._headed:
            await self.wait()

    async def wait(self) -> None:
        """Until something arrives. Raises httpx.ReadTimeout, httpx.ReadError."""
        if self._failure is not None:
            raise self._failure
        self._last = self._loop.time()
        if self._alarm is None and self._limit_s is not None:
            self._alarm = self._loop.call_later(self._limit_s, self._ring)
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def take(self) -> bytes:
        chunks, self.chunks = self.chunks, []
        if self._waiting_bytes > _HIGH_WATER and self._transport is not None:
            self._transport.resume_reading()
        self._waiting_bytes = 0
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def close(self) -> None:
        self._open = False
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without inheriting from it

    def data_received(self, data: bytes) -> None:
        self.heard = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as failure:
            self._fail(httpx.RemoteProtocolError(str(failure)))
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._open = False
        if self._headed and not self._measured and exc is None:  # its end is the connection's
            self.complete = True
            self._wake()
        if not self.complete:
            self._fail(httpx.ReadError("the connection was closed" if exc is None else str(exc)))
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _fail(self, failure: Exception) -> None:
        self._failure = self._failure or failure
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            if self._failure is not None and not self.chunks:
                self._waiter.set_exception(self._failure)
            else:
                self._waiter.set_result(None)

    def _ring(self) -> None:
        """One timer a connection, set again for what is left: a timer a token would cost as much as the token."""
        self._alarm = None
        if self._waiter is None or self._limit_s is None:
            return
        left = self._last + self._limit_s - self._loop.time()
        if left > 0:
            self._alarm = self._loop.call_later(left, self._ring)
        else:
            self._fail(httpx.ReadTimeout("nothing arrived in time"))

    # -- httptools ----------------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))
        self._measured = self._measured or name.lower() in (b"content-length", b"transfer-encoding")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self._headed = self.status >= 200  # what precedes the answer (100, 103) is not it
        if not self._headed:
            self.headers.clear()

    def on_body(self, body: bytes) -> None:
        self.chunks.append(body)
        self._waiting_bytes += len(body)
        if self._waiting_bytes > _HIGH_WATER and self._transport is not None:
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        if self._headed:
            self._lasting = bool(self._parser.should_keep_alive())
            self.complete = True
