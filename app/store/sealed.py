"""Encrypted originals of masked messages: kept with the turn, opened only together with a record of who and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.desk_schema import SealedRow
from app.store.ledger import append_record
from app.store.records import Ticket, Turn
from app.store.schema import EventRow


def insert_sealed(connection: Connection, turn: Turn, sealed: str, now: datetime) -> None:
    connection.execute(
        insert(SealedRow).values(
            turn_id=turn.id,
            tenant=turn.tenant,
            conversation_id=turn.conversation_id,
            customer_id=turn.customer_id,
            sealed=sealed,
            created_at=now,
        )
    )


class SealedMessages:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def take_out(self, ticket: Ticket, sequence: int | None, *, actor: str, reason: str) -> str | None:
        """The encrypted original of one message of the ticket's conversation, or of its call-back number when
        sequence is None; None = nothing was kept.

        The record of who opened what, and why, is on the disk before this returns.
        """

        def work(connection: Connection) -> str | None:
            sealed = ticket.callback_sealed if sequence is None else _of_message(connection, ticket, sequence)
            if sealed is None:
                return None
            payload: dict[str, Any] = {"ticket_id": ticket.id, "reason": reason, "customer_id": ticket.customer_id}
            append_record(
                connection,
                tenant=ticket.tenant,
                type="personal_data.revealed",
                actor=actor,
                conversation_id=ticket.conversation_id,
                payload={**payload, "message_sequence": sequence},
                clock=self._clock,
            )
            return sealed

        return await self._database.write(work, durable=True)


def _of_message(connection: Connection, ticket: Ticket, sequence: int) -> str | None:
    query = (
        select(SealedRow.sealed)
        .join(EventRow, EventRow.turn_id == SealedRow.turn_id)
        .where(
            EventRow.conversation_id == ticket.conversation_id,
            EventRow.sequence == sequence,
            EventRow.type == "customer.message",
            SealedRow.conversation_id == ticket.conversation_id,
        )
    )
    return connection.execute(query).scalar_one_or_none()
