"""Tickets: one open ticket a conversation; a change, its events and its audit record are one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from app.clock import Clock, utc_now
from app.errors import NotFound
from app.events import Event, NewEvent
from app.store.database import Database
from app.store.event_log import EventLog, append_events
from app.store.ledger import append_record
from app.store.records import Ticket
from app.store.schema import TicketRow


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision made of a ticket. ticket: as it becomes; unchanged tickets write nothing."""

    ticket: Ticket
    events: Sequence[NewEvent] = ()
    record_type: str = ""
    payload: Mapping[str, Any] | None = None


class Tickets:
    def __init__(self, database: Database, log: EventLog, clock: Clock = utc_now) -> None:
        self._database = database
        self._log = log
        self._clock = clock

    async def list(self, tenant: str, *, status: str | None = None, priority: str | None = None) -> list[Ticket]:
        """Most urgent first, then oldest first."""

        def work(connection: Connection) -> list[Ticket]:
            query = select(*_TICKET).where(TicketRow.tenant == tenant)
            if status is not None:
                query = query.where(TicketRow.status == status)
            if priority is not None:
                query = query.where(TicketRow.priority == priority)
            query = query.order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id).limit(500)
            return [ticket_of(row._mapping) for row in connection.execute(query)]

        return await self._database.read(work)

    async def get(self, tenant: str, ticket_id: str) -> Ticket:
        return await self._database.read(lambda c: _ticket(c, tenant, ticket_id))

    async def position(self, ticket: Ticket) -> int:
        """Its place in the queue, 1 = next; 0 when it is not queued."""
        if ticket.status != "queued":
            return 0
        return await self._database.read(lambda c: _place(c, ticket))

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

    async def open_one(
        self, ticket: Ticket, announce: Callable[[Ticket, int], Sequence[NewEvent]], actor: str
    ) -> tuple[Ticket, int]:
        """Queue the ticket, or join the conversation's open one; returns it with its place.

        announce(ticket, place) gives the events; it is asked inside the transaction, so the place is true.
        """
        kept: list[tuple[Ticket, int]] = []

        def work(connection: Connection) -> list[Event]:
            before = open_ticket_of(connection, ticket.conversation_id)
            stored = join_or_insert(connection, ticket)
            place = _place(connection, stored) if stored.status == "queued" else 0
            kept[:] = [(stored, place)]
            if before is not None and before.priority == stored.priority:
                return []
            written = append_events(connection, ticket.conversation_id, announce(stored, place), self._clock)
            append_record(
                connection,
                tenant=ticket.tenant,
                type="ticket.opened",
                actor=actor,
                conversation_id=ticket.conversation_id,
                payload={"ticket_id": stored.id, "reason": stored.reason, "priority": stored.priority},
                clock=self._clock,
            )
            return written

        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(ticket.conversation_id, future)
        await asyncio.shield(future)
        return kept[0]

    async def change(self, tenant: str, ticket_id: str, decide: Callable[[Ticket], Change], actor: str) -> Ticket:
        """Apply `decide` to the ticket as it is now; what it raises is raised here and nothing changes.

        decide may return the ticket unchanged and without events: repeating an action is then harmless.
        """
        ticket = await self.get(tenant, ticket_id)
        result: list[Ticket] = []

        def work(connection: Connection) -> list[Event]:
            current = _ticket(connection, tenant, ticket_id, lock=True)
            change = decide(current)
            result[:] = [change.ticket]
            if change.ticket != current:
                connection.execute(update(TicketRow).where(TicketRow.id == ticket_id).values(_values(change.ticket)))
            written = append_events(connection, current.conversation_id, change.events, self._clock)
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
            return written

        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(ticket.conversation_id, future)
        await asyncio.shield(future)
        return result[0]


def open_ticket_of(connection: Connection, conversation_id: str) -> Ticket | None:
    row = connection.execute(_FIND_OPEN, {"conversation": conversation_id}).one_or_none()
    return ticket_of(row._mapping) if row else None


def join_or_insert(connection: Connection, ticket: Ticket) -> Ticket:
    """Insert the ticket; or, when the conversation has an open one, raise that one to the higher priority."""
    existing = open_ticket_of(connection, ticket.conversation_id)
    if existing is None:
        connection.execute(insert(TicketRow).values(_values(ticket)))
        return ticket
    if ticket.priority < existing.priority:
        existing = replace(
            existing,
            priority=ticket.priority,
            reason=ticket.reason,
            due_at=min(existing.due_at, ticket.due_at),
            summary={**existing.summary, **ticket.summary},
        )
        connection.execute(update(TicketRow).where(TicketRow.id == existing.id).values(_values(existing)))
    return existing


def queue_position(connection: Connection, tenant: str, priority: str) -> int:
    ahead = connection.execute(
        select(func.count()).where(
            TicketRow.tenant == tenant, TicketRow.status == "queued", TicketRow.priority <= priority
        )
    ).scalar_one()
    return ahead + 1


def ticket_of(row: Mapping[Any, Any]) -> Ticket:
    return Ticket(**{name: row[name] for name in Ticket.__dataclass_fields__})


_TICKET = [getattr(TicketRow, name) for name in Ticket.__dataclass_fields__]
# Built once; every turn asks.
_FIND_OPEN = select(*_TICKET).where(
    TicketRow.conversation_id == bindparam("conversation"), TicketRow.status.in_(("queued", "assigned"))
)


def _ticket(connection: Connection, tenant: str, ticket_id: str, *, lock: bool = False) -> Ticket:
    query = select(*_TICKET).where(TicketRow.id == ticket_id, TicketRow.tenant == tenant)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound()
    return ticket_of(row._mapping)


def _place(connection: Connection, ticket: Ticket) -> int:
    rows = connection.execute(
        select(TicketRow.id)
        .where(TicketRow.tenant == ticket.tenant, TicketRow.status == "queued", TicketRow.priority <= ticket.priority)
        .order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id)
    )
    ids = [row.id for row in rows]
    return ids.index(ticket.id) + 1


def _values(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in Ticket.__dataclass_fields__}
