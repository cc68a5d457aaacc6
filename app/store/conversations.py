"""Conversations and their turns.

A turn, its audit record, its ticket, its gap and its closing events are one transaction: all of them or none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from app.clock import Clock, utc_now
from app.errors import NotFound
from app.events import Event, NewEvent
from app.store.claims import Claims, close_claim
from app.store.database import Database, Work
from app.store.event_log import EventLog, append_events
from app.store.gaps import insert_gap, normalise
from app.store.ledger import append_record
from app.store.messages import view_messages
from app.store.records import Asked, Conversation, MessageView, Said, Ticket, Turn
from app.store.reliance import insert_reliance
from app.store.schema import ConversationRow, EventRow, TurnRow
from app.store.sealed import insert_sealed
from app.store.sealing import sealed_payload, under
from app.store.tickets import Announce, join_or_insert, open_ticket_of, place_of
from app.store.turn_rows import TURN, find_turn, turn_of
from app.store.workers import Worker


class Conversations:
    """worker: under whose id this process claims turns. claims: what makes one request one turn.

    on_closed is told of each turn once it is stored.
    """

    def __init__(
        self,
        database: Database,
        log: EventLog,
        *,
        worker: Worker,
        new_id: Callable[[], str],
        clock: Clock = utc_now,
        on_closed: Callable[[Turn], None] | None = None,
    ) -> None:
        self._database = database
        self._log = log
        self._new_id = new_id
        self._clock = clock
        self._on_closed = on_closed
        self.claims = Claims(database, log, worker=worker, new_id=new_id, clock=clock)
        # Closings that could not be written: what was promised in them is kept until the database takes it.
        self._unwritten: dict[str, tuple[Turn, Work[list[Event]]]] = {}

    async def create(self, tenant: str, customer_id: str) -> Conversation:
        conversation = Conversation(self._new_id(), tenant, customer_id, self._clock())
        values = {**asdict(conversation), "last_sequence": 0}
        await self._database.write(lambda c: c.execute(_CREATE, values) and None)
        return conversation

    async def get(self, tenant: str, conversation_id: str) -> Conversation:
        """Raises NotFound for an unknown conversation and for another tenant's."""
        return await self._database.read(lambda c: _conversation(c, tenant, conversation_id))

    async def messages(self, conversation_id: str) -> list[MessageView]:
        """Everything said, in order, by the customer, the bot and agents."""
        return await self._database.read(lambda c: view_messages(c, conversation_id))

    async def recent(self, conversation_id: str, limit: int) -> list[Turn]:
        """The last closed turns, oldest first."""

        def work(connection: Connection) -> list[Turn]:
            rows = connection.execute(_RECENT, {"conversation": conversation_id, "most": limit})
            return [turn_of(row._mapping) for row in rows][::-1]

        return await self._database.read(work)

    async def recall(self, conversation_id: str, limit: int) -> list[Turn | Said]:
        """The last closed turns and what agents said since the first of them, in order."""
        return await self._database.read(lambda c: _recalled(c, conversation_id, limit))

    async def standing(self, conversation_id: str, limit: int) -> tuple[Ticket | None, list[Turn | Said]]:
        """open_ticket() and recall(), of the same moment."""
        return await self._database.read(
            lambda c: (open_ticket_of(c, conversation_id), _recalled(c, conversation_id, limit))
        )

    async def recent_questions(self, tenant: str, limit: int) -> list[Asked]:
        """The latest distinct questions of a tenant's customers that were answered or should have been, newest first.

        times: how often each was asked among the turns looked at (ten times the limit).
        """

        def work(connection: Connection) -> list[Asked]:
            rows = connection.execute(
                select(TurnRow.id, TurnRow.question, TurnRow.standalone, TurnRow.created_at)
                .where(TurnRow.tenant == tenant, TurnRow.status.in_(("answered", "abstained")))
                .order_by(TurnRow.created_at.desc(), TurnRow.id)
                .limit(limit * 10)
            )
            found: dict[str, Asked] = {}
            for row in rows:
                question = row.standalone or row.question
                key = normalise(question)
                known = found.get(key)
                if known is not None:
                    found[key] = replace(known, times=known.times + 1)
                elif key and len(found) < limit:
                    found[key] = Asked(row.id, question, row.created_at)
            return list(found.values())

        return await self._database.read(work)

    async def before(self, turn: Turn, limit: int) -> list[Turn]:
        """The turns of its conversation that were closed before this one, oldest first."""

        def work(connection: Connection) -> list[Turn]:
            own = select(TurnRow.sequence).where(TurnRow.id == turn.id).scalar_subquery()
            rows = connection.execute(
                select(*TURN)
                .where(TurnRow.conversation_id == turn.conversation_id, TurnRow.sequence < own)
                .order_by(TurnRow.sequence.desc())
                .limit(limit)
            )
            return [turn_of(row._mapping) for row in rows][::-1]

        return await self._database.read(work)

    async def turn(self, tenant: str, turn_id: str) -> Turn:
        """Raises NotFound for an unknown or unfinished turn and for another tenant's."""
        found = await self._database.read(lambda c: find_turn(c, turn_id))
        if found is None or found.tenant != tenant:
            raise NotFound()
        return found

    async def await_turn(self, conversation: Conversation, turn_id: str) -> Turn | None:
        """The turn once it is closed, here or on another worker; None when its claim was taken back. Cancel to stop
        waiting."""
        async with aclosing(self.claims.follow(conversation, turn_id)) as events:
            async for event in events:
                if event.type == "turn.completed":
                    return await self.turn(conversation.tenant, turn_id)
        return None

    async def close_turn(
        self,
        turn: Turn,
        events: Sequence[NewEvent],
        *,
        ticket: Ticket | None = None,
        announce: Announce | None = None,
        gap: str = "",
        sealed: str | None = None,
        actor: str = "bot",
    ) -> list[Event]:
        """Store the turn with everything that follows from it, and return its numbered closing events (>= 1).

        When the conversation already has an open ticket, the new one joins it, and the turn and the events name that
        one. announce(ticket, place) gives the events that tell of the ticket, before the others; it is asked inside
        the transaction, so the place is true. gap: why the question goes to the knowledge managers' list
        ("abstained", "conflicting"), "" = it does not. sealed: the customer's message as written, encrypted, where
        masking took something out.
        Closing a turn twice changes nothing and returns all its events as they were written.
        """
        now = self._clock()

        def work(connection: Connection) -> list[Event]:
            if find_turn(connection, turn.id) is not None:
                return []
            closed, closing = replace(turn, created_at=now), list(events)
            if ticket is not None:
                kept = join_or_insert(connection, replace(ticket, turn_id=turn.id))
                if kept.id != ticket.id:
                    closed = replace(closed, result={**closed.result, "ticket_id": kept.id})
                    closing = [_renamed(event, ticket.id, kept.id) for event in closing]
                if announce is not None:
                    told = announce(kept, place_of(connection, kept))
                    closing[:0] = [replace(event, turn_id=turn.id) for event in told]
            if gap:
                insert_gap(connection, self._new_id(), closed, gap, now)
            written = append_events(connection, turn.conversation_id, closing, self._clock)
            connection.execute(_STORE_TURN, {**_sealed_values(connection, closed), "sequence": written[-1].sequence})
            insert_reliance(connection, closed, now)
            if sealed is not None:
                insert_sealed(connection, closed, sealed, now)
            close_claim(connection, turn.id, now)
            append_record(
                connection,
                tenant=turn.tenant,
                type="turn",
                actor=actor,
                conversation_id=turn.conversation_id,
                payload=_turn_payload(connection, closed),
                clock=self._clock,
            )
            return written

        self._unwritten[turn.id] = (turn, work)
        if len(self._unwritten) > _MOST_UNWRITTEN:
            del self._unwritten[next(iter(self._unwritten))]
        return await self._write(turn, work)

    async def close_again(self, turn_id: str) -> bool:
        """Write the closing that this process could not write before, with the ticket that it promised.

        False when there is none. One that the database refuses a second time is given up: then it raises.
        """
        turn, work = self._unwritten.pop(turn_id, (None, None))
        if turn is None or work is None:
            return False
        await self._write(turn, work)
        return True

    async def _write(self, turn: Turn, work: Work[list[Event]]) -> list[Event]:
        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(turn.conversation_id, future)
        written = await asyncio.shield(future)
        self._unwritten.pop(turn.id, None)
        if not written:  # closed before
            return [event for event in await self._log.read(turn.conversation_id) if event.turn_id == turn.id]
        if self._on_closed is not None:
            self._on_closed(turn)
        return written

    async def open_ticket(self, conversation_id: str) -> Ticket | None:
        """The ticket that is queued or assigned now."""
        return await self._database.read(lambda c: open_ticket_of(c, conversation_id))


_MOST_UNWRITTEN = 1_000

# Built once; every turn runs them.
_RECENT = (
    select(*TURN, TurnRow.sequence)
    .where(TurnRow.conversation_id == bindparam("conversation"))
    .order_by(TurnRow.sequence.desc())
    .limit(bindparam("most"))
)
_AGENTS_SAID = (
    select(EventRow.sequence, EventRow.data, EventRow.created_at)
    .where(
        EventRow.conversation_id == bindparam("conversation"),
        EventRow.sequence > bindparam("since"),
        EventRow.type == "agent.message",
    )
    .order_by(EventRow.sequence)
)
_FIND_CONVERSATION = select(
    ConversationRow.id, ConversationRow.tenant, ConversationRow.customer_id, ConversationRow.created_at
).where(ConversationRow.id == bindparam("conversation"), ConversationRow.tenant == bindparam("owner"))
_CREATE = insert(ConversationRow)
_STORE_TURN = insert(TurnRow)


def _recalled(connection: Connection, conversation_id: str, limit: int) -> list[Turn | Said]:
    rows = connection.execute(_RECENT, {"conversation": conversation_id, "most": limit}).all()[::-1]
    since = rows[0].sequence if rows else 0
    said = connection.execute(_AGENTS_SAID, {"conversation": conversation_id, "since": since})
    items: list[tuple[int, Turn | Said]] = [(row.sequence, turn_of(row._mapping)) for row in rows]
    items += [(row.sequence, Said(row.sequence, "agent", row.data["text"], row.created_at)) for row in said]
    return [item for _, item in sorted(items, key=lambda pair: pair[0])]


def _conversation(connection: Connection, tenant: str, conversation_id: str) -> Conversation:
    row = connection.execute(_FIND_CONVERSATION, {"conversation": conversation_id, "owner": tenant}).one_or_none()
    if row is None:
        raise NotFound()
    return Conversation(row.id, row.tenant, row.customer_id, row.created_at)


def _turn_values(turn: Turn) -> dict[str, Any]:
    return {name: getattr(turn, name) for name in Turn.__dataclass_fields__}


# What of a turn is somebody's words, or shows them.
_PERSONAL = ("question", "standalone", "text", "result", "trace")


def _sealed_values(connection: Connection, turn: Turn) -> dict[str, Any]:
    values = _turn_values(turn)
    return {**values, **{name: under(connection, turn.conversation_id, values[name]) for name in _PERSONAL}}


def _turn_payload(connection: Connection, turn: Turn) -> dict[str, Any]:
    values = _turn_values(turn)
    values["as_of"] = turn.as_of.isoformat()
    values.pop("created_at")
    personal = {name: values.pop(name) for name in _PERSONAL}
    return sealed_payload(connection, turn.conversation_id, values, personal)


def _renamed(event: NewEvent, old: str, new: str) -> NewEvent:
    """The event with the ticket it names replaced, in `turn.completed` too."""
    data = {key: new if key == "ticket_id" and value == old else value for key, value in event.data.items()}
    turn = event.data.get("turn")
    if isinstance(turn, Mapping):
        data["turn"] = {**turn, "ticket_id": new}
    return replace(event, data=data)
