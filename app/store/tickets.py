"""Tickets: one open ticket a conversation; a change, its events and its audit record are one transaction."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import Clock, utc_now
from app.errors import NotFound, ReusedKey
from app.events import Event, NewEvent
from app.store.database import Database
from app.store.desk_schema import AgentMessageRow, TicketRow
from app.store.event_log import EventLog, append_events
from app.store.ledger import append_record
from app.store.lessons import insert_lesson
from app.store.records import Lesson, Ticket
from app.store.schema import ConversationRow
from app.store.sealing import under

# The same customer back within this time has not been helped: the ticket counts as reopened.
REOPENED_WITHIN = timedelta(days=3)
# What tells of a ticket, given the stored one and its place in the queue (1 = next, 0 = not queued).
Announce = Callable[[Ticket, int], Sequence[NewEvent]]


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision made of a ticket. ticket: as it becomes; unchanged tickets write nothing. lesson: an answer that
    may become knowledge."""

    ticket: Ticket
    events: Sequence[NewEvent] = ()
    record_type: str = ""
    payload: Mapping[str, Any] | None = None
    lesson: Lesson | None = None


class Tickets:
    def __init__(self, database: Database, log: EventLog, clock: Clock = utc_now) -> None:
        self._database = database
        self._log = log
        self._clock = clock

    async def list(
        self,
        tenant: str,
        *,
        status: str | None = None,
        priority: str | None = None,
        skill: str | None = None,
        agent_id: str | None = None,
    ) -> list[Ticket]:
        """Most urgent first, then oldest first; at most 500."""

        def work(connection: Connection) -> list[Ticket]:
            query = select(*TICKET_COLUMNS).where(TicketRow.tenant == tenant)
            for column, wanted in (
                (TicketRow.status, status),
                (TicketRow.priority, priority),
                (TicketRow.skill, skill),
                (TicketRow.agent_id, agent_id),
            ):
                if wanted is not None:
                    query = query.where(column == wanted)
            query = query.order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id).limit(500)
            return [ticket_of(row._mapping) for row in connection.execute(query)]

        return await self._database.read(work)

    async def get(self, tenant: str, ticket_id: str) -> Ticket:
        return await self._database.read(lambda c: _ticket(c, tenant, ticket_id))

    async def position(self, ticket: Ticket) -> int:
        """Its place in the queue, 1 = next; 0 when it is not queued."""
        return await self._database.read(lambda c: place_of(c, ticket))

    async def agents_of(self, conversation_id: str) -> frozenset[str]:
        """The agents who have, or had, a ticket of the conversation."""

        def work(connection: Connection) -> frozenset[str]:
            rows = connection.execute(
                select(TicketRow.agent_id).where(
                    TicketRow.conversation_id == conversation_id, TicketRow.agent_id.is_not(None)
                )
            )
            return frozenset(row.agent_id for row in rows)

        return await self._database.read(work)

    async def last_served(self, conversation_id: str) -> str | None:
        """The ticket in which a person last came into the conversation; None = none ever did."""
        query = (
            select(TicketRow.id)
            .where(TicketRow.conversation_id == conversation_id, TicketRow.assigned_at.is_not(None))
            .order_by(TicketRow.assigned_at.desc(), TicketRow.id)
        )
        return await self._database.read(lambda c: c.execute(query.limit(1)).scalar_one_or_none())

    async def open_one(self, ticket: Ticket, announce: Announce, actor: str) -> tuple[Ticket, int]:
        """Queue the ticket, or join the conversation's open one; returns it with its place.

        announce(ticket, place) gives the events; it is asked inside the transaction, so the place is true.
        """
        kept: list[tuple[Ticket, int]] = []

        def work(connection: Connection) -> list[Event]:
            stored, place, written = queue_ticket(connection, ticket, announce, actor, self._clock)
            kept[:] = [(stored, place)]
            return written

        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(ticket.conversation_id, future)
        await asyncio.shield(future)
        return kept[0]

    async def change(self, tenant: str, ticket_id: str, decide: Callable[[Ticket], Change], actor: str) -> Ticket:
        """Apply `decide` to the ticket as it is now; what it raises is raised here and nothing changes.

        decide may return the ticket unchanged and without events: repeating an action is then harmless.
        """
        changed, _ = await self._apply(tenant, ticket_id, decide, actor)
        return changed

    async def speak(
        self,
        tenant: str,
        ticket_id: str,
        decide: Callable[[Ticket], Change],
        actor: str,
        *,
        text: str,
        idempotency_key: str | None = None,
    ) -> tuple[Ticket, int]:
        """change() for an agent's message; gives the event's number too.

        The same key and text are one message, however often they come. Raises ReusedKey for another text.
        """
        changed, sequence = await self._apply(tenant, ticket_id, decide, actor, keyed=(idempotency_key, text))
        return changed, sequence

    async def _apply(
        self,
        tenant: str,
        ticket_id: str,
        decide: Callable[[Ticket], Change],
        actor: str,
        keyed: tuple[str | None, str] | None = None,
    ) -> tuple[Ticket, int]:
        """Gives the ticket and the number of the last event written (0 = none)."""
        ticket = await self.get(tenant, ticket_id)
        key, text = keyed or (None, "")
        result: list[tuple[Ticket, int]] = []

        def work(connection: Connection) -> list[Event]:
            current = _ticket(connection, tenant, ticket_id, lock=True)
            if key is not None and (said := _said_before(connection, ticket_id, key, text)):
                result[:] = [(current, said)]
                return []
            change = decide(current)
            if change.ticket != current:
                connection.execute(
                    update(TicketRow).where(TicketRow.id == ticket_id).values(_values(connection, change.ticket))
                )
            written = append_events(connection, current.conversation_id, change.events, self._clock)
            sequence = written[-1].sequence if written else 0
            if key is not None:
                connection.execute(
                    insert(AgentMessageRow).values(
                        ticket_id=ticket_id, idempotency_key=key, text_sha256=_sha256(text), sequence=sequence
                    )
                )
            if change.lesson is not None:
                insert_lesson(connection, change.lesson)
            if change.record_type:
                append_record(
                    connection,
                    tenant=tenant,
                    type=change.record_type,
                    actor=actor,
                    conversation_id=current.conversation_id,
                    payload={"ticket_id": ticket_id, **(change.payload or {})},
                    clock=self._clock,
                )
            result[:] = [(change.ticket, sequence)]
            return written

        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(ticket.conversation_id, future)
        await asyncio.shield(future)
        return result[0]


def queue_ticket(
    connection: Connection, ticket: Ticket, announce: Announce, actor: str, clock: Clock
) -> tuple[Ticket, int, list[Event]]:
    """Inside a transaction of the caller's: queue the ticket or join the open one, tell of it and record it.

    A ticket that joins one of the same urgency is told of by nobody: it was, when that one was queued.
    """
    before = open_ticket_of(connection, ticket.conversation_id)
    stored = join_or_insert(connection, ticket)
    place = place_of(connection, stored)
    if before is not None and before.priority == stored.priority:
        return stored, place, []
    written = append_events(connection, ticket.conversation_id, announce(stored, place), clock)
    append_record(
        connection,
        tenant=ticket.tenant,
        type="ticket.opened",
        actor=actor,
        conversation_id=ticket.conversation_id,
        payload={"ticket_id": stored.id, "reason": stored.reason, "priority": stored.priority},
        clock=clock,
    )
    return stored, place, written


def open_ticket_of(connection: Connection, conversation_id: str) -> Ticket | None:
    row = connection.execute(_FIND_OPEN, {"conversation": conversation_id}).one_or_none()
    return ticket_of(row._mapping) if row else None


def join_or_insert(connection: Connection, ticket: Ticket) -> Ticket:
    """Insert the ticket; or, when the conversation has an open one, raise that one to the higher priority."""
    existing = open_ticket_of(connection, ticket.conversation_id)
    if existing is None:
        ticket = replace(
            ticket,
            opened_sequence=_last_sequence(connection, ticket.conversation_id),
            reopened=_resolved_since(connection, ticket),
        )
        connection.execute(insert(TicketRow).values(_values(connection, ticket)))
        return ticket
    if ticket.priority < existing.priority:
        existing = replace(
            existing,
            priority=ticket.priority,
            reason=ticket.reason,
            skill=ticket.skill if _moves(existing, ticket) else existing.skill,
            due_at=min(existing.due_at, ticket.due_at),
            respond_by=_earlier(existing.respond_by, ticket.respond_by),
            summary={**existing.summary, **ticket.summary},
        )
        connection.execute(update(TicketRow).where(TicketRow.id == existing.id).values(_values(connection, existing)))
    return existing


def _moves(existing: Ticket, urgent: Ticket) -> bool:
    """Whether the more urgent reason decides who takes the ticket: not once somebody has it, nor where an agent has
    sent it, unless it has become an emergency."""
    return existing.status == "queued" and (existing.transferred_from is None or urgent.priority == "P0")


def place_of(connection: Connection, ticket: Ticket) -> int:
    """Its place in the queue, 1 = next; 0 when it is not queued."""
    if ticket.status != "queued":
        return 0
    rows = connection.execute(
        select(TicketRow.id)
        .where(TicketRow.tenant == ticket.tenant, TicketRow.status == "queued", TicketRow.priority <= ticket.priority)
        .order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id)
    )
    ids = [row.id for row in rows]
    return ids.index(ticket.id) + 1 if ticket.id in ids else 0


def ticket_of(row: Mapping[Any, Any]) -> Ticket:
    return Ticket(**{name: row[name] for name in Ticket.__dataclass_fields__})


TICKET_COLUMNS = [getattr(TicketRow, name) for name in Ticket.__dataclass_fields__]
# Built once; every turn asks.
_FIND_OPEN = select(*TICKET_COLUMNS).where(
    TicketRow.conversation_id == bindparam("conversation"), TicketRow.status.in_(("queued", "assigned"))
)


def _ticket(connection: Connection, tenant: str, ticket_id: str, *, lock: bool = False) -> Ticket:
    query = select(*TICKET_COLUMNS).where(TicketRow.id == ticket_id, TicketRow.tenant == tenant)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound()
    return ticket_of(row._mapping)


def _last_sequence(connection: Connection, conversation_id: str) -> int:
    found = connection.execute(
        select(ConversationRow.last_sequence).where(ConversationRow.id == conversation_id)
    ).scalar_one_or_none()
    return found or 0


def _resolved_since(connection: Connection, ticket: Ticket) -> bool:
    query = select(TicketRow.id).where(
        TicketRow.conversation_id == ticket.conversation_id,
        TicketRow.status == "resolved",
        TicketRow.closed_at > ticket.created_at - REOPENED_WITHIN,
    )
    return connection.execute(query.limit(1)).first() is not None


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    return min((moment for moment in (one, other) if moment is not None), default=None)


def _said_before(connection: Connection, ticket_id: str, key: str, text: str) -> int:
    """The number of the message that came under this key; 0 = none did."""
    row = connection.execute(
        select(AgentMessageRow.text_sha256, AgentMessageRow.sequence).where(
            AgentMessageRow.ticket_id == ticket_id, AgentMessageRow.idempotency_key == key
        )
    ).one_or_none()
    if row is None:
        return 0
    if row.text_sha256 != _sha256(text):
        raise ReusedKey()
    return int(row.sequence)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _values(connection: Connection, ticket: Ticket) -> dict[str, Any]:
    values = {name: getattr(ticket, name) for name in Ticket.__dataclass_fields__}
    sealed = {name: under(connection, ticket.conversation_id, values[name]) for name in ("summary", "resolution")}
    return {**values, **sealed}
