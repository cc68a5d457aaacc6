"""Server-sent events: one frame from its parts, and a response with pings that notices readers who are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.types import Receive, Scope, Send

# A reader that takes nothing for this long is gone (seconds).
SEND_TIMEOUT_S = 20
PING_S = 15
# An answer that is under way when the service is told to stop has this long to be finished, seconds: as long as a model
# needs for the longest one. Whoever only follows is let go at once, and comes back to another worker.
FINISH_S = 24


def frame(event: str, data: Any, sequence: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(
        data=orjson.dumps(data).decode(), event=event, id=None if sequence is None else str(sequence), sep="\n"
    )


class _Stream(EventSourceResponse):
    """on_end: called when nothing more is sent, even if nothing ever was: frames that nobody began to read run no
    `finally` of their own."""

    def __init__(self, *arguments: Any, on_end: Callable[[], None], **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._on_end = on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._on_end()


def stream(
    frames: AsyncIterator[ServerSentEvent] | AsyncIterator[bytes],
    *,
    finishes: bool = False,
    on_end: Callable[[], None] = lambda: None,
) -> EventSourceResponse:
    """finishes: the frames come to an end by themselves, and a service that stops waits for it. on_end: what to do once
    the reader has everything or is gone."""
    return _Stream(
        frames,
        on_end=on_end,
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
        headers={"x-accel-buffering": "no"},
        sep="\n",
        shutdown_grace_period=FINISH_S if finishes else 0,
    )
