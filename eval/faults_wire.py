"""A wire that breaks on purpose: a TCP proxy between the service and what it depends on, down, hung, slow, or cut."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Literal

Mode = Literal["through", "down", "hung", "slow", "garbage", "cut"]
_PIECE = 64 * 1024
# What "slow" lets through, bytes a turn of so many seconds; and how much "cut" lets through of one answer.
_SLOW_BYTES, _SLOW_S = 60, 0.5
_CUT_AFTER = 900
_GARBAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: {\xff\x00 no json\n\ndata: [[[\n\n"


class Wire:
    """Open it, give the service its `url`, set `mode` with put()."""

    def __init__(self, port: int, upstream_port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._port = port
        self._upstream = upstream_port
        self._mode: Mode = "through"
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def put(self, mode: Mode) -> None:
        """Connections made from now on are treated so; those that are open end, as they would."""
        self._mode = mode
        for writer in list(self._open):
            writer.close()
        if mode == "down":
            await self.close()
        elif self._server is None:
            self._server = await asyncio.start_server(self._carry, "127.0.0.1", self._port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        mode = self._mode
        try:
            if mode == "hung":
                await reader.read()
            elif mode == "garbage":
                await reader.read(_PIECE)
                writer.write(_GARBAGE)
                await writer.drain()
            else:
                await self._join(reader, writer, mode)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mode: Mode) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        there = asyncio.create_task(_pump(reader, there_writer))
        back = asyncio.create_task(_pump(there_reader, writer, mode))
        try:
            await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
                with suppress(asyncio.CancelledError, OSError):
                    await task
            there_writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, mode: Mode = "through") -> None:
    passed = 0
    while data := await reader.read(_SLOW_BYTES if mode == "slow" else _PIECE):
        if mode == "cut" and passed + len(data) > _CUT_AFTER:
            writer.write(data[: _CUT_AFTER - passed])
            await writer.drain()
            return
        passed += len(data)
        writer.write(data)
        await writer.drain()
        if mode == "slow":
            await asyncio.sleep(_SLOW_S)
