"""A model server that costs next to nothing.

`python -m eval.bench.paced_model --port P --pace N --tokens N --answers F`

Like eval.bench.fake_model, but an answer is encoded when it is asked for and written by one timer for all streams, so
that hundreds of streams at 20 tokens a second do not make the model the bottleneck. Streams begin on one of PHASES
beats, so that their tokens do not all come at once. F has a long text a question, of which each asker gets --tokens
tokens from another sentence on: no two streams say the same at the same time. GET /late tells how late the timer was at
worst since the last GET; after GET /short an answer is BRIEF tokens, at once; after GET /paced as above.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from eval.bench.fake_model import TOKEN_CHARS, event

PHASES = 10
BRIEF = 60
# Steps of this share of a text lie far apart however many there are.
_GOLDEN = 0.618034
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
_MODELS = b'{"object":"list","data":[{"id":"wenda-demo","object":"model"}]}'
# What one connection may have unread before it is left behind, bytes.
_UNREAD = 1 << 20


def frames(answer: str) -> list[bytes]:
    """The whole response, chunk by chunk: one token each."""
    pieces = [answer[at : at + TOKEN_CHARS] for at in range(0, len(answer), TOKEN_CHARS)]
    events = [event({"content": piece}) for piece in pieces]
    events += [event({}, "stop"), b"data: [DONE]\n\n"]
    chunks = [b"%x\r\n%b\r\n" % (len(one), one) for one in events]
    chunks[-1] += b"0\r\n\r\n"
    return chunks


class Texts:
    """What the next asker of a question is told."""

    def __init__(self, texts: Mapping[str, str], tokens: int) -> None:
        self._texts, self._chars = texts, tokens * TOKEN_CHARS
        self._asked: Counter[str] = Counter()

    def next(self, prompt: str) -> str:
        question = max(self._texts, key=prompt.rfind)
        text, number = self._texts[question], self._asked[question]
        self._asked[question] += 1
        start = text.find("。", int(number * _GOLDEN % 1 * len(text))) + 1
        return (text[start:] + text)[: self._chars]

    def brief(self, prompt: str) -> str:
        return self._texts[max(self._texts, key=prompt.rfind)][: BRIEF * TOKEN_CHARS]


class Streams:
    """Everything that is being streamed: by beat, its connection and where it is in its answer."""

    def __init__(self, pace: float) -> None:
        self.short = False
        self._beat_s = 1 / pace / PHASES
        self._running: list[list[tuple[asyncio.Transport, list[bytes], list[int]]]] = [[] for _ in range(PHASES)]
        self._next = 0
        self.late_s = 0.0

    def begin(self, transport: asyncio.Transport, answer: list[bytes]) -> None:
        self._running[self._next].append((transport, answer, [0]))
        self._next = (self._next + 1) % PHASES

    async def beat(self) -> None:
        started, number = time.monotonic(), 0
        while True:
            number += 1
            wait = started + number * self._beat_s - time.monotonic()
            self.late_s = max(self.late_s, -wait)
            await asyncio.sleep(max(0.0, wait))
            streams = self._running[number % PHASES]
            for stream in streams:
                transport, answer, at = stream
                if at[0] < len(answer) and not transport.is_closing():
                    transport.write(answer[at[0]])
                    at[0] += 1
            streams[:] = [one for one in streams if one[2][0] < len(one[1]) and not one[0].is_closing()]


class Connection(asyncio.Protocol):
    """One HTTP/1.1 connection, kept open; a request's body has a Content-Length."""

    def __init__(self, streams: Streams, texts: Texts) -> None:
        self._streams, self._texts = streams, texts
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.set_write_buffer_limits(_UNREAD)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            return
        line, *fields = head.split(b"\r\n")
        lengths = [field.split(b":")[1] for field in fields if field.lower().startswith(b"content-length:")]
        length = int(lengths[0]) if lengths else 0
        if len(rest) < length:
            return
        body, self._read = rest[:length], rest[length:]
        if line.startswith(b"POST"):
            self._answer(orjson.loads(body)["messages"][-1]["content"])
        elif line.startswith(b"GET /late"):
            self._tell(orjson.dumps({"late_ms": self._streams.late_s * 1000}))
            self._streams.late_s = 0.0
        else:
            if line.startswith((b"GET /short", b"GET /paced")):
                self._streams.short = line.startswith(b"GET /short")
            self._tell(_MODELS)

    def _answer(self, prompt: str) -> None:
        self._transport.write(_HEAD)
        if self._streams.short:
            self._transport.write(b"".join(frames(self._texts.brief(prompt))))
        else:
            self._streams.begin(self._transport, frames(self._texts.next(prompt)))

    def _tell(self, body: bytes) -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
        self._transport.write(head % len(body) + body)


async def serve(port: int, pace: float, texts: Texts) -> None:
    streams = Streams(pace)
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(streams, texts), "127.0.0.1", port, backlog=1024
    )
    async with server:
        await streams.beat()


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.paced_model", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pace", type=float, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--tokens", type=int, required=True)
    given = parser.parse_args(arguments)
    texts = Texts(json.loads(given.answers.read_text(encoding="utf-8")), given.tokens)
    asyncio.run(serve(given.port, given.pace, texts))


if __name__ == "__main__":
    main(sys.argv[1:])
