"""Tickets as the desk shows them: with the conversation's latest message, what is unread, and who has read what."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select, tuple_

from app.store.desk_schema import MarkRow, TicketRow
from app.store.event_log import PAGE
from app.store.marks import marks_of
from app.store.records import Face, Marks, Said, Ticket
from app.store.schema import ConversationRow, EventRow, TurnRow
from app.store.tickets import TICKET_COLUMNS, ticket_of

_SPEAKERS = {"customer.message": "customer", "agent.message": "agent", "turn.completed": "bot"}
_OPEN = TicketRow.status.in_(("queued", "assigned"))


@dataclass(frozen=True, slots=True)
class View:
    """The desk at one moment. faces: every open ticket, most urgent first, then oldest first. closed: those known
    before that are open no more. said: what was said, by conversation, since what was known of it."""

    faces: Sequence[Face]
    closed: Sequence[Face]
    said: Mapping[str, Sequence[Said]]


def read_view(connection: Connection, tenant: str, known: Mapping[str, Face]) -> View:
    """known: the faces of the view before, by ticket id; only what changed since is read again."""
    query = (
        select(*TICKET_COLUMNS, ConversationRow.last_sequence)
        .join(ConversationRow, ConversationRow.id == TicketRow.conversation_id)
        .where(TicketRow.tenant == tenant)
        .order_by(TicketRow.priority, TicketRow.created_at, TicketRow.id)
    )
    rows = [(ticket_of(row._mapping), row.last_sequence) for row in connection.execute(query.where(_OPEN))]
    ids = {ticket.id for ticket, _ in rows}
    gone = [id for id in known if id not in ids]
    for part in _parts(gone):
        rows += [
            (ticket_of(row._mapping), row.last_sequence)
            for row in connection.execute(query.where(TicketRow.id.in_(part)))
        ]
    marks = _marks(connection, [ticket.conversation_id for ticket, _ in rows])
    faces, fresh = [], []
    for ticket, last_sequence in rows:
        own = marks.get(ticket.conversation_id, Marks())
        before = known.get(ticket.id)
        face = Face(ticket, last_sequence, marks=own)
        if before is not None:
            face = replace(face, last=before.last, unread=before.unread)
        if before is None or before.last_sequence != last_sequence or before.marks != own:
            fresh.append(face)
        faces.append(face)
    said = _said(
        connection,
        {face.ticket.conversation_id: known[face.ticket.id].last_sequence for face in fresh if face.ticket.id in known},
    )
    filled = {face.ticket.id: face for face in fill(connection, fresh)}
    faces = [filled.get(face.ticket.id, face) for face in faces]
    return View(
        [face for face in faces if face.ticket.id in ids], [face for face in faces if face.ticket.id not in ids], said
    )


def faces_of(connection: Connection, tickets: Sequence[Ticket]) -> list[Face]:
    """The faces of any tickets, open or closed."""
    marks = _marks(connection, [ticket.conversation_id for ticket in tickets])
    faces = [Face(ticket, 0, marks=marks.get(ticket.conversation_id, Marks())) for ticket in tickets]
    return fill(connection, faces)


def fill(connection: Connection, faces: Sequence[Face]) -> list[Face]:
    """Adds the latest message and the count of unread ones."""
    last = _latest(connection, {face.ticket.conversation_id for face in faces})
    unread = _unread(connection, [face.ticket.id for face in faces])
    return [
        replace(face, last=last.get(face.ticket.conversation_id), unread=unread.get(face.ticket.id, 0))
        for face in faces
    ]


def _said(connection: Connection, since: Mapping[str, int]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for part in _parts(list(since.items())):
        later = or_(
            *((EventRow.conversation_id == conversation) & (EventRow.sequence > after) for conversation, after in part)
        )
        for conversation, said in _messages(connection, later):
            found.setdefault(conversation, []).append(said)
    return found


def _latest(connection: Connection, conversations: Collection[str]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for part in _parts(sorted(conversations)):
        heads = (
            select(EventRow.conversation_id, func.max(EventRow.sequence))
            .outerjoin(TurnRow, (TurnRow.id == EventRow.turn_id) & (EventRow.type == "turn.completed"))
            .where(
                EventRow.conversation_id.in_(part),
                EventRow.type.in_(_SPEAKERS),
                # A relayed turn ends without a word.
                func.coalesce(TurnRow.text, "-") != "",
            )
            .group_by(EventRow.conversation_id)
        )
        pairs = [tuple(row) for row in connection.execute(heads)]
        if pairs:
            at = tuple_(EventRow.conversation_id, EventRow.sequence).in_(pairs)
            found.update(_messages(connection, at))
    return found


def _messages(connection: Connection, which: ColumnElement[bool]) -> Iterable[tuple[str, Said]]:
    rows = connection.execute(
        select(EventRow.conversation_id, EventRow.sequence, EventRow.type, EventRow.data, EventRow.created_at)
        .where(which, EventRow.type.in_(_SPEAKERS))
        .order_by(EventRow.conversation_id, EventRow.sequence)
    )
    for row in rows:
        text = _text(row.type, row.data)
        if text:
            yield row.conversation_id, Said(row.sequence, _SPEAKERS[row.type], text, row.created_at)


def _text(type: str, data: Mapping[str, Any]) -> str:
    return str(data["turn"].get("text", "") if type == "turn.completed" else data["text"])


def _unread(connection: Connection, ticket_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in _parts(ticket_ids):
        rows = connection.execute(
            select(TicketRow.id, func.count())
            .join(EventRow, EventRow.conversation_id == TicketRow.conversation_id)
            .outerjoin(MarkRow, MarkRow.conversation_id == TicketRow.conversation_id)
            .where(
                TicketRow.id.in_(part),
                EventRow.type == "customer.message",
                EventRow.sequence > TicketRow.opened_sequence,
                EventRow.sequence > func.coalesce(MarkRow.agent_read, 0),
            )
            .group_by(TicketRow.id)
        )
        found.update((row[0], row[1]) for row in rows)
    return found


def _marks(connection: Connection, conversations: Sequence[str]) -> dict[str, Marks]:
    found: dict[str, Marks] = {}
    for part in _parts(conversations):
        found.update(marks_of(connection, list(part)))
    return found


def _parts(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    """Databases take only so many parameters at a time."""
    return (items[start : start + PAGE // 2] for start in range(0, len(items), PAGE // 2))
