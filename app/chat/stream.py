"""A turn's way out: events go to the conversation's log first, in order, and only then to whoever listens.

Emitting never waits; a single writer takes what has gathered, so a slow disk costs one write, not one a sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, Protocol

from app.chat.words import say
from app.events import Event, EventType, NewEvent

_SHOWN: EventType = "answer.delta"
# A write that takes longer is told to whoever listens, seconds: nothing is shown before it is saved, but silence would
# be worse.
_LATE_S = 2.5


class Log(Protocol):
    """What the stream needs of app.store's EventLog."""

    async def append(
        self, conversation_id: str, events: Sequence[NewEvent], *, patient: bool = False
    ) -> list[Event]: ...


class TurnStream:
    """One turn's events. `emit` is called by the turn; `events` is read by one HTTP response."""

    def __init__(self, log: Log, conversation_id: str, turn_id: str) -> None:
        self._log = log
        self._conversation_id = conversation_id
        self._turn_id = turn_id
        self._waiting: list[NewEvent] = []
        self._shown = False
        self._writer: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self._out: asyncio.Queue[Sequence[Event] | None] = asyncio.Queue()

    def emit(self, kind: EventType, data: Mapping[str, Any]) -> None:
        """Queue one event. Raises what the log raised, if an earlier write failed."""
        if self._failure is not None:
            raise self._failure
        # Clients that follow two turns at once (two tabs) tell them apart by it.
        self._waiting.append(NewEvent(kind, {**data, "turn_id": self._turn_id}, self._turn_id))
        if self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                # Everybody waits for the first sentence; what follows may share a commit with other answers.
                first = not self._shown and any(event.type == _SHOWN for event in batch)
                self._shown = self._shown or first
                late = asyncio.get_running_loop().call_later(_LATE_S, self._tell_late)
                try:
                    written = await self._log.append(self._conversation_id, batch, patient=not first)
                finally:
                    late.cancel()
                self._out.put_nowait(written)
        except Exception as failure:
            self._failure = failure
        finally:
            self._writer = None

    def _tell_late(self) -> None:
        """Outside the log, which is what is being waited for, and so without a number."""
        told = {"stage": "saving", "text": say("progress.saving", "zh-Hans"), "turn_id": self._turn_id}
        self._out.put_nowait([Event(0, "turn.progress", told, self._turn_id)])

    async def flush(self) -> None:
        """Return when everything emitted is in the log. Raises what the log raised."""
        while self._writer is not None:
            await asyncio.shield(self._writer)
        if self._failure is not None:
            raise self._failure

    def finish(self, closing: Sequence[Event] = ()) -> None:
        """Hand out the events that the closing transaction wrote, and end."""
        if closing:
            self._out.put_nowait(closing)
        self._out.put_nowait(None)

    async def batches(self) -> AsyncGenerator[Sequence[Event], None]:
        """The turn's own events as they become durable, those of one commit together; ends after the last. To be read
        once."""
        while (batch := await self._out.get()) is not None:
            yield batch

    async def events(self) -> AsyncGenerator[Event, None]:
        """batches(), event by event."""
        async with aclosing(self.batches()) as batches:
            async for batch in batches:
                for event in batch:
                    yield event
