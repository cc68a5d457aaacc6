"""What the desk's figures are counted from: turns, tickets and ratings of a span of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from app.store.database import Database
from app.store.desk_schema import RatingRow, TicketRow
from app.store.records import Rating
from app.store.schema import TurnRow


@dataclass(frozen=True, slots=True)
class TicketTimes:
    """One ticket's moments; resolved: whether closed_at is the end of a person's work (not a customer who left)."""

    conversation_id: str
    reason: str
    reopened: bool
    resolved: bool
    created_at: datetime
    first_response_at: datetime | None
    assigned_at: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Happened:
    """turns: (conversation, when)."""

    turns: Sequence[tuple[str, datetime]]
    tickets: Sequence[TicketTimes]
    ratings: Sequence[Rating]


class ServiceRecords:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def happened(self, tenant: str, since: datetime, until: datetime) -> Happened:
        """Everything of the tenant's that began in [since, until)."""
        return await self._database.read(lambda c: _happened(c, tenant, since, until))


def _happened(connection: Connection, tenant: str, since: datetime, until: datetime) -> Happened:
    turns = connection.execute(
        select(TurnRow.conversation_id, TurnRow.created_at).where(
            TurnRow.tenant == tenant, TurnRow.created_at >= since, TurnRow.created_at < until
        )
    )
    tickets = connection.execute(
        select(
            TicketRow.conversation_id,
            TicketRow.reason,
            TicketRow.reopened,
            TicketRow.status,
            TicketRow.created_at,
            TicketRow.first_response_at,
            TicketRow.assigned_at,
            TicketRow.closed_at,
        ).where(TicketRow.tenant == tenant, TicketRow.created_at >= since, TicketRow.created_at < until)
    )
    ratings = connection.execute(
        select(*(getattr(RatingRow, name) for name in Rating.__dataclass_fields__)).where(
            RatingRow.tenant == tenant, RatingRow.created_at >= since, RatingRow.created_at < until
        )
    )
    return Happened(
        turns=[(row[0], row[1]) for row in turns],
        tickets=[TicketTimes(row[0], row[1], row[2], row[3] in ("resolved", "returned"), *row[4:]) for row in tickets],
        ratings=[Rating(**row._mapping) for row in ratings],
    )
