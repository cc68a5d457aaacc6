"""The event-stream transport against raw sockets: what arrives, what fails as what, and what the server notices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from app.generation.wire import WireTransport

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter
CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class Server:
    """answer: what each request gets. connections, heads: how many came, and what they asked."""

    def __init__(self, answer: Callable[[Writer], Awaitable[None]]) -> None:
        self._answer = answer
        self.connections = 0
        self.heads: list[bytes] = []
        self.left = asyncio.Event()

    async def handle(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                length = next(
                    (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")), b":0"
                )
                await reader.readexactly(int(length.split(b":")[1]))
                await self._answer(writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.left.set()
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Callable[[Writer], Awaitable[None]]) -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    server = Server(answer)
    listening = await asyncio.start_server(server.handle, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", transport=WireTransport()) as client:
        yield server, client
    listening.close()


async def whole(writer: Writer) -> None:
    writer.write(CHUNKED + chunk("年费".encode()) + chunk("300元".encode()) + END)


async def test_a_chunked_answer_comes_whole_and_its_connection_serves_the_next_request() -> None:
    async with serving(whole) as (server, client):
        for _ in range(3):
            response = await client.post("/v1/chat", json={"stream": True})
            assert (response.status_code, response.text) == (200, "年费300元")
            assert response.headers["content-type"] == "text/event-stream"
        assert server.connections == 1
        assert server.heads[0].startswith(b"POST /v1/chat HTTP/1.1\r\n")


async def test_pieces_are_handed_on_as_they_arrive() -> None:
    go_on = asyncio.Event()

    async def slow(writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"one"))
        await go_on.wait()
        writer.write(chunk(b"two") + END)

    async with serving(slow) as (_, client), client.stream("GET", "/") as response:
        pieces = response.aiter_raw()
        assert await anext(pieces) == b"one"
        go_on.set()
        assert [piece async for piece in pieces] == [b"two"]


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def until_close(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall of it")
        writer.close()

    async with serving(until_close) as (server, client):
        assert (await client.get("/")).text == "all of it"
        assert (await client.get("/")).text == "all of it"
        assert server.connections == 2


async def test_what_precedes_the_answer_is_not_taken_for_it() -> None:
    async def early(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 404 No\r\ncontent-length: 2\r\n\r\nno")

    async with serving(early) as (_, client):
        response = await client.get("/")
        assert (response.status_code, response.text, "link" in response.headers) == (404, "no", False)


async def test_an_answer_cut_short_is_an_error_and_not_an_end() -> None:
    async def cut(writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"half"))
        await writer.drain()
        writer.close()

    async with serving(cut) as (_, client):
        with pytest.raises(httpx.ReadError):
            await client.get("/")


async def test_bytes_that_are_no_http_are_a_protocol_error() -> None:
    async def garbage(writer: Writer) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")

    async with serving(garbage) as (_, client):
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get("/")


async def test_silence_past_the_read_limit_is_a_timeout_before_and_inside_an_answer() -> None:
    async def silent(writer: Writer) -> None:
        await asyncio.sleep(3600)

    async def halting(writer: Writer) -> None:
        writer.write(CHUNKED + chunk(b"one"))
        await asyncio.sleep(3600)

    for answer in (silent, halting):
        async with serving(answer) as (server, client):
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/", timeout=httpx.Timeout(None, read=0.05))
            assert server.connections == 1


async def test_nobody_listening_is_a_connect_error() -> None:
    async with httpx.AsyncClient(transport=WireTransport()) as client:
        with pytest.raises(httpx.ConnectError):
            await client.get("http://127.0.0.1:1/")


async def test_a_connection_closed_while_idle_is_replaced_without_an_error() -> None:
    async def once(writer: Writer) -> None:
        await whole(writer)
        await writer.drain()
        writer.close()

    async with serving(once) as (server, client):
        for _ in range(3):
            assert (await client.get("/")).text == "年费300元"
        assert server.connections == 3


async def test_leaving_an_answer_closes_its_connection_so_that_the_server_stops() -> None:
    async def endless(writer: Writer) -> None:
        writer.write(CHUNKED)
        while True:
            writer.write(chunk(b"more"))
            await writer.drain()
            await asyncio.sleep(0.01)

    async with serving(endless) as (server, client):
        async with client.stream("GET", "/") as response:
            assert await anext(response.aiter_raw())
        await server.left.wait()


async def test_a_cancelled_request_closes_its_connection() -> None:
    asked = asyncio.Event()

    async def silent(writer: Writer) -> None:
        asked.set()
        await asyncio.sleep(0)

    async with serving(silent) as (server, client):
        request = asyncio.ensure_future(client.get("/"))
        await asked.wait()
        request.cancel()
        await asyncio.wait([request])
        await server.left.wait()
        assert request.cancelled()


async def test_more_than_memory_should_hold_waits_in_the_socket() -> None:
    size = 8 << 20

    async def flood(writer: Writer) -> None:
        writer.write(CHUNKED)
        for _ in range(128):
            writer.write(chunk(b"x" * (size // 128)))
            await writer.drain()
        writer.write(END)

    async with serving(flood) as (_, client), client.stream("GET", "/") as response:
        received, longest = 0, 0
        async for piece in response.aiter_raw():
            received, longest = received + len(piece), max(longest, len(piece))
            await asyncio.sleep(0)
    assert received == size
    assert longest < size // 2
