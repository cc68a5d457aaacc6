"""The service's end of an edge_owner process: start it, keep many requests in flight, notice when it is gone."""

from __future__ import annotations

import asyncio
import os
import pickle
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import app
from app.knowledge.edge_frames import HEADER, Ranked
from app.knowledge.index import Hit, IndexLayout
from app.knowledge.index_failures import failed
from app.knowledge.passage import Passage
from app.knowledge.payload import passage_of

_EXIT_WAIT_S = 20.0


class OwnerGone(Exception):
    """The process ended before it answered; the request may be sent again to its successor."""


class EdgeProcess:
    """One owner process. Calls may overlap; answers come in the order of the calls."""

    def __init__(self, child: subprocess.Popen[bytes], wire: _Wire) -> None:
        self._child, self._wire = child, wire

    @classmethod
    async def start(cls, folder: Path, layout: IndexLayout) -> EdgeProcess:
        """Returns once the shard is open. Raises IndexFailed when it cannot be opened."""
        ours, theirs = socket.socketpair()
        with theirs:
            child = _run("serve", folder, theirs.fileno())
        ours.setblocking(False)
        _, wire = await asyncio.get_running_loop().create_unix_connection(_Wire, sock=ours)
        process = cls(child, wire)
        try:
            await wire.send(layout)
        except BaseException:
            await process.close()
            raise
        return process

    @property
    def alive(self) -> bool:
        return self._wire.usable

    @property
    def pid(self) -> int:
        return self._child.pid

    async def call(self, method: str, *arguments: Any) -> Any:
        """Raises OwnerGone when the process ended first, IndexFailed when the engine refused."""
        return await self._wire.send(method, arguments)

    async def close(self) -> None:
        """Let it answer what it already has, then end it."""
        self._wire.finish()
        await asyncio.to_thread(_await_exit, self._child)


async def optimize(folder: Path) -> None:
    """Optimise a shard nobody has open, in a process of the lowest priority; ends with us if we are cancelled."""
    child = _run("optimize", folder)
    try:
        code = await asyncio.to_thread(child.wait)
    except asyncio.CancelledError:
        child.kill()
        child.wait()
        raise
    if code != 0:
        raise failed(f"the optimiser ended with {code}")


def _run(command: str, folder: Path, descriptor: int | None = None) -> subprocess.Popen[bytes]:
    # Started on the event loop's own thread: the kernel ends the child when the thread that started it ends.
    root = str(Path(app.__file__).parents[1])
    paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
    arguments = [sys.executable, "-m", "app.knowledge.edge_owner", command, str(folder), str(os.getpid())]
    passed = () if descriptor is None else (descriptor,)
    return subprocess.Popen(  # noqa: S603 - our own module
        [*arguments, *map(str, passed)],
        stdin=subprocess.DEVNULL,
        pass_fds=passed,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )


def _await_exit(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_EXIT_WAIT_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


class _Passages:
    """What the owner has told us; it tells again whatever has changed since, in the same answer that uses it."""

    def __init__(self) -> None:
        self._known: dict[str, Passage] = {}

    def read(self, ranked: Ranked) -> dict[str, list[Hit]]:
        if ranked.forget:
            self._known.clear()
        known = self._known
        known.update({point_id: passage_of(point_id, payload) for point_id, payload in ranked.fresh.items()})
        return {name: [Hit(known[point_id], score) for point_id, score in hits] for name, hits in ranked.lists.items()}


class _Wire(asyncio.Protocol):
    """Frames out, frames in, one future for each request that waits."""

    def __init__(self) -> None:
        self._closed = False
        self._finished = False
        self._passages = _Passages()
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._number = 0

    @property
    def usable(self) -> bool:
        return not (self._closed or self._finished or self._transport is None or self._transport.is_closing())

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one without inheriting from it

    def data_received(self, data: bytes) -> None:
        self._received += data
        start = 0
        while len(self._received) - start >= HEADER.size:
            end = start + HEADER.size + HEADER.unpack_from(self._received, start)[0]
            if len(self._received) < end:
                break
            self._settle(bytes(self._received[start + HEADER.size : end]))
            start = end
        del self._received[:start]

    def connection_lost(self, _: Exception | None) -> None:
        self._closed = True
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(OwnerGone())
        self._waiting.clear()

    async def send(self, *request: Any) -> Any:
        if not self.usable or self._transport is None:
            raise OwnerGone
        self._number += 1
        number = self._number
        body = pickle.dumps((number, *request), protocol=5)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        self._transport.write(HEADER.pack(len(body)) + body)
        return await future

    def finish(self) -> None:
        self._finished = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write_eof()

    def _settle(self, body: bytes) -> None:
        number, succeeded, answer = pickle.loads(body)  # noqa: S301 - written by our own child
        if isinstance(answer, Ranked):  # also when nobody waits any more: the owner believes that we know it
            answer = self._passages.read(answer)
        future = self._waiting.pop(number, None)
        if future is None or future.done():
            return
        if succeeded:
            future.set_result(answer)
        else:
            future.set_exception(failed(answer))
