"""Readers of hundreds of streams, cheap enough not to be the bottleneck: what arrives is kept with its time and read
into sentences afterwards."""

from __future__ import annotations

import asyncio
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import orjson

from eval.bench.fake_model import TOKEN_CHARS

_OURS = re.compile(rb"event: answer\.delta\ndata: (\{.*\})\n")
_PEERS = re.compile(rb"event: token\r\ndata: (.*)\r\n")
_UNSAID = re.compile(r"\s|\[\d+\]")
_STOP = re.compile("[。！？]")

# From the bytes of a stream: of each piece of text where it ends in them, and the text.
Reading = Callable[[bytes], Sequence[tuple[int, str]]]


def read_ours(raw: bytes) -> list[tuple[int, str]]:
    found = ((match.end(), orjson.loads(match[1])["text"]) for match in _OURS.finditer(raw))
    return [(end, _UNSAID.sub("", text)) for end, text in found]


def read_peers(raw: bytes) -> list[tuple[int, str]]:
    return [(match.end(), match[1].decode()) for match in _PEERS.finditer(raw)]


@dataclass(frozen=True, slots=True)
class Gap:
    """Between two sentences of one stream: seconds as they came, and as the model said them."""

    came_s: float
    ideal_s: float

    @property
    def times(self) -> float:
        return self.came_s / self.ideal_s


class Stream(asyncio.Protocol):
    """One request and what came back. chars: of the answer so far, as far as it has been read."""

    def __init__(self, request: bytes, reading: Reading) -> None:
        self._request, self._reading = request, reading
        self._times: list[float] = []
        self._pieces: list[bytes] = []
        self._rest = b""
        self._spoken: tuple[float, int] | None = None
        self.chars = 0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._times.append(time.monotonic())
        self._pieces.append(data)

    def connection_lost(self, _: Exception | None) -> None:
        self.closed = True

    def take(self, pace: float) -> list[Gap]:
        """The gaps that ended since the last call."""
        raw = self._rest + b"".join(self._pieces)
        ends, at = [], len(self._rest)
        for piece in self._pieces:
            at += len(piece)
            ends.append(at)
        times, self._times, self._pieces = self._times, [], []
        gaps, done, piece_number = [], 0, 0
        for end, text in self._reading(raw):
            while ends[piece_number] < end:
                piece_number += 1
            done = end
            self.chars += len(text)
            if self._reading is read_ours or _STOP.search(text):
                came, token = times[piece_number], math.ceil(self.chars / TOKEN_CHARS)
                if self._spoken is not None and token > self._spoken[1]:
                    gaps.append(Gap(came - self._spoken[0], (token - self._spoken[1]) / pace))
                self._spoken = came, token
        self._rest = raw[done:]
        return gaps


@dataclass
class Crowd:
    """All streams to one side. host, port: of the server."""

    host: str
    port: int
    reading: Reading
    streams: list[Stream] = field(default_factory=list)

    async def join(self, path: str, body: dict[str, str], headers: dict[str, str]) -> None:
        content = orjson.dumps(body)
        lines = [f"POST {path} HTTP/1.1", f"host: {self.host}", "content-type: application/json"]
        lines += [f"content-length: {len(content)}", *(f"{name}: {value}" for name, value in headers.items())]
        request = "\r\n".join(lines).encode() + b"\r\n\r\n" + content
        loop = asyncio.get_running_loop()
        _, stream = await loop.create_connection(lambda: Stream(request, self.reading), self.host, self.port)
        self.streams.append(stream)

    def take(self, pace: float) -> tuple[list[Gap], int]:
        """The gaps that ended since the last call, and the characters that came meanwhile."""
        before = sum(stream.chars for stream in self.streams)
        gaps = [gap for stream in self.streams for gap in stream.take(pace)]
        return gaps, sum(stream.chars for stream in self.streams) - before

    def leave(self) -> None:
        for stream in self.streams:
            stream.transport.abort()
