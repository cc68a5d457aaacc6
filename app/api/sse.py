"""Server-sent events: one frame from its parts, and a response with pings that notices readers who are gone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from sse_starlette import EventSourceResponse, ServerSentEvent

# A reader that takes nothing for this long is gone (seconds).
SEND_TIMEOUT_S = 20
PING_S = 15


def frame(event: str, data: Any, sequence: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(
        data=orjson.dumps(data).decode(), event=event, id=None if sequence is None else str(sequence), sep="\n"
    )


def stream(frames: AsyncIterator[ServerSentEvent] | AsyncIterator[bytes]) -> EventSourceResponse:
    return EventSourceResponse(
        frames, ping=PING_S, send_timeout=SEND_TIMEOUT_S, headers={"x-accel-buffering": "no"}, sep="\n"
    )
