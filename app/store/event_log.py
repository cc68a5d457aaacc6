"""The log of each conversation: every event is stored and numbered here before anyone sees it.

Numbers run 1, 2, 3 … without holes. A follower gets what is stored and then what comes, each event once and in order;
events of this process arrive at once, those of other workers within POLL seconds.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial

from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import Clock, utc_now
from app.errors import NotFound
from app.events import Event, NewEvent, Whisper
from app.store.database import Database
from app.store.schema import ConversationRow, EventRow
from app.store.sealing import under

POLL = 0.5
BACKLOG = 256
PAGE = 500
EVERYTHING = 2**31 - 1

# Built once: building a statement costs more than running it, and a running answer appends once a sentence.
_COUNT = (
    update(ConversationRow)
    .where(ConversationRow.id == bindparam("conversation"))
    .values(last_sequence=ConversationRow.last_sequence + bindparam("added"))
    .returning(ConversationRow.last_sequence)
)
_INSERT = insert(EventRow)
_PAGE = (
    select(EventRow.sequence, EventRow.type, EventRow.data, EventRow.turn_id)
    .where(EventRow.conversation_id == bindparam("conversation"), EventRow.sequence > bindparam("after"))
    .order_by(EventRow.sequence)
    .limit(bindparam("page"))
)


def append_events(
    connection: Connection, conversation_id: str, events: Sequence[NewEvent], clock: Clock = utc_now
) -> list[Event]:
    """Number and store events inside a transaction of the caller's, who must `publish` them after the commit."""
    if not events:
        return []
    last = connection.execute(_COUNT, {"conversation": conversation_id, "added": len(events)}).scalar_one_or_none()
    if last is None:
        raise NotFound()
    now = clock()
    first = last - len(events) + 1
    numbered = [Event(first + n, new.type, new.data, new.turn_id) for n, new in enumerate(events)]
    connection.execute(
        _INSERT,
        [
            {
                "conversation_id": conversation_id,
                "sequence": event.sequence,
                "type": event.type,
                "turn_id": event.turn_id,
                "data": under(connection, conversation_id, event.data),
                "created_at": now,
            }
            for event in numbered
        ],
    )
    return numbered


class _Follower:
    """What has been published to one reader and not yet taken; on overflow it is dropped and read again later."""

    __slots__ = ("pending", "signal", "whispers")

    def __init__(self) -> None:
        self.signal = asyncio.Event()
        self.pending: list[Event] = []
        self.whispers: list[Whisper] = []

    def offer(self, events: Sequence[Event]) -> None:
        if len(self.pending) + len(events) > BACKLOG:
            self.pending.clear()
        else:
            self.pending.extend(events)
        self.signal.set()

    def whisper(self, whispers: Sequence[Whisper]) -> None:
        if len(self.whispers) < BACKLOG:
            self.whispers.extend(whispers)
        self.signal.set()

    def take(self) -> list[Event]:
        taken, self.pending = self.pending, []
        self.signal.clear()
        return taken

    def take_whispers(self) -> list[Whisper]:
        taken, self.whispers = self.whispers, []
        return taken


class EventLog:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock
        self._followers: dict[str, set[_Follower]] = {}
        self._published: dict[str, int] = {}
        self._poller: asyncio.Task[None] | None = None
        self.listeners: list[Callable[[str, Sequence[Event]], None]] = []

    async def append(self, conversation_id: str, events: Sequence[NewEvent], *, patient: bool = False) -> list[Event]:
        """Store and number the events. patient: a few milliseconds later will do. Raises NotFound for an unknown
        conversation.

        Once begun, the append completes and reaches the followers even if the caller is cancelled.
        """
        future = self._database.submit(
            lambda c: append_events(c, conversation_id, events, self._clock), patient=patient
        )
        self.publish_when_done(conversation_id, future)
        return await asyncio.shield(future)

    async def read(self, conversation_id: str, after: int = 0) -> list[Event]:
        return await self._database.read(lambda c: _read(c, conversation_id, after, EVERYTHING))

    def followers(self, conversation_id: str) -> int:
        """How many streams of this process are following the conversation now."""
        return len(self._followers.get(conversation_id, ()))

    def followed(self) -> set[str]:
        """The conversations that streams of this process are following now."""
        return set(self._followers)

    async def follow(self, conversation_id: str, after: int = 0) -> AsyncGenerator[Event]:
        """Everything after `after`, then live, without end. Close the iterator (or cancel) to stop."""
        async with aclosing(self.listen(conversation_id, after)) as heard:
            async for event in heard:
                if isinstance(event, Event):
                    yield event

    async def listen(self, conversation_id: str, after: int = 0) -> AsyncGenerator[Event | Whisper]:
        """follow(), and what is whispered meanwhile."""
        after = min(after, EVERYTHING)
        follower = _Follower()
        self._followers.setdefault(conversation_id, set()).add(follower)
        self._ensure_poller()
        cursor = after
        try:
            stale = True
            while True:
                events = follower.take()
                if stale or not events or events[0].sequence > cursor + 1:
                    events = await self._page(conversation_id, cursor)
                    stale = len(events) == PAGE
                for event in events:
                    if event.sequence > cursor:
                        cursor = event.sequence
                        yield event
                for whisper in follower.take_whispers():
                    yield whisper
                if not stale and not follower.pending and not follower.whispers:
                    await follower.signal.wait()
        finally:
            own = self._followers[conversation_id]
            own.discard(follower)
            if not own:
                del self._followers[conversation_id]
                self._published.pop(conversation_id, None)

    def publish_when_done(self, conversation_id: str, future: asyncio.Future[list[Event]]) -> None:
        """Hand a transaction's events to the followers as soon as it is committed."""

        def publish(done: asyncio.Future[list[Event]]) -> None:
            if not done.cancelled() and done.exception() is None:
                self.publish(conversation_id, done.result())

        future.add_done_callback(publish)

    def publish(self, conversation_id: str, events: Sequence[Event]) -> None:
        """Hand committed events to the followers in this process."""
        for listener in self.listeners if events else ():
            listener(conversation_id, events)
        followers = self._followers.get(conversation_id)
        if not followers or not events:
            return
        self._published[conversation_id] = max(self._published.get(conversation_id, 0), events[-1].sequence)
        for follower in followers:
            follower.offer(events)

    def whisper(self, conversation_id: str, whispers: Sequence[Whisper]) -> None:
        """Tell the followers in this process something that is not kept."""
        for follower in self._followers.get(conversation_id, ()):
            follower.whisper(whispers)

    async def close(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
            with suppress(asyncio.CancelledError):
                await self._poller
            self._poller = None

    async def _page(self, conversation_id: str, after: int) -> list[Event]:
        return await self._database.read(lambda c: _read(c, conversation_id, after, PAGE))

    def _ensure_poller(self) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll(), name="event-log-poll")

    async def _poll(self) -> None:
        """Look for events that other workers appended to conversations followed here."""
        while True:
            await asyncio.sleep(POLL)
            ids = list(self._followers)
            for start in range(0, len(ids), PAGE):
                chunk = ids[start : start + PAGE]
                with suppress(Exception):  # a database that is briefly away is asked again at the next poll
                    for conversation_id, last in await self._database.read(partial(_heads, ids=chunk)):
                        self._wake(conversation_id, last)

    def _wake(self, conversation_id: str, last: int) -> None:
        if last <= self._published.get(conversation_id, 0):
            return
        self._published[conversation_id] = last
        for follower in self._followers.get(conversation_id, ()):
            follower.signal.set()


def _read(connection: Connection, conversation_id: str, after: int, limit: int) -> list[Event]:
    values = {"conversation": conversation_id, "after": min(after, EVERYTHING), "page": limit}
    rows = connection.execute(_PAGE, values)
    return [Event(row.sequence, row.type, row.data, row.turn_id) for row in rows]


def _heads(connection: Connection, ids: Sequence[str]) -> list[tuple[str, int]]:
    rows = connection.execute(
        select(ConversationRow.id, ConversationRow.last_sequence).where(ConversationRow.id.in_(ids))
    )
    return [(row.id, row.last_sequence) for row in rows]
