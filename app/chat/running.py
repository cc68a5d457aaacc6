"""The turns under way in this process: each runs as a task of its own, so that one HTTP response leaving does not
decide alone whether the work goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import Any

from app.chat.ask import Ask
from app.chat.places import Places
from app.chat.stream import TurnStream
from app.chat.turn import TurnRunner
from app.events import Event
from app.store import EventLog


class RunningTurn:
    """A turn and the response that listens to it."""

    def __init__(self, task: asyncio.Task[dict[str, Any]], stream: TurnStream) -> None:
        self._task = task
        self._stream = stream

    def events(self) -> AsyncGenerator[Event, None]:
        return self._stream.events()

    def batches(self) -> AsyncGenerator[Sequence[Event], None]:
        return self._stream.batches()

    async def result(self) -> dict[str, Any]:
        return await asyncio.shield(self._task)

    def cancel(self) -> None:
        """Not before its first step: a task that never ran could not close its turn."""
        self._task.get_loop().call_soon(self._task.cancel)


class Turns:
    """Starts turns and ends them: when their customer has left, or when the service stops.

    on_ended: told of each turn's id once nothing of it runs here any more.
    """

    def __init__(self, runner: TurnRunner, log: EventLog, places: Places, on_ended: Callable[[str], None]) -> None:
        self.places = places
        self._runner = runner
        self._log = log
        self._on_ended = on_ended
        self._tasks: set[asyncio.Task[dict[str, Any]]] = set()

    def start(self, ask: Ask) -> RunningTurn:
        stream = TurnStream(self._log, ask.conversation.id, ask.turn_id)
        task = asyncio.create_task(self._runner.run(ask, stream))
        self._tasks.add(task)

        def ended(task: asyncio.Task[dict[str, Any]]) -> None:
            self._tasks.discard(task)
            self._on_ended(ask.turn_id)
            stream.finish()  # whatever happened: nobody waits for a turn that is not there

        task.add_done_callback(ended)
        return RunningTurn(task, stream)

    def leave(self, ask: Ask, turn: RunningTurn) -> None:
        """The response that started the turn is gone. Nobody else following: stop the model now."""
        if not self._log.followers(ask.conversation.id):
            turn.cancel()

    async def finish(self, patience_s: float) -> None:
        """Let running turns end; after patience_s seconds cancel what is left (they close themselves)."""
        if not self._tasks:
            return
        _, left = await asyncio.wait(self._tasks, timeout=patience_s)
        for task in left:
            task.cancel()
        for task in left:
            with suppress(asyncio.CancelledError, Exception):
                await task

    @property
    def under_way(self) -> int:
        """How many turns are running here now."""
        return len(self._tasks)
