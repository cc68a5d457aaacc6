"""Server-sent events: one frame from its parts, and a response with pings that notices readers who are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent

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


def stream(
    frames: AsyncIterator[ServerSentEvent] | AsyncIterator[bytes], *, finishes: bool = False
) -> EventSourceResponse:
    """finishes: the frames come to an end by themselves, and a service that stops waits for it."""
    return EventSourceResponse(
        frames,
        ping=PING_S,
        send_timeout=SEND_TIMEOUT_S,
        headers={"x-accel-buffering": "no"},
        sep="\n",
        shutdown_grace_period=FINISH_S if finishes else 0,
    )
