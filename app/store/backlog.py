"""What waits for somebody or something, over all tenants: for operators' gauges, never for a caller of one tenant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from app.store.database import Database
from app.store.desk_schema import TicketRow
from app.store.schema import JobRow


@dataclass(frozen=True, slots=True)
class Waiting:
    """tickets: (how many are queued, since when the oldest) by priority. jobs: how many by status, unfinished ones."""

    tickets: Mapping[str, tuple[int, datetime]]
    jobs: Mapping[str, int]


class Backlog:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def waiting(self) -> Waiting:
        return await self._database.read(_waiting)


_TICKETS = (
    select(TicketRow.priority, func.count(), func.min(TicketRow.created_at))
    .where(TicketRow.status == "queued")
    .group_by(TicketRow.priority)
)
_JOBS = (
    select(JobRow.status, func.count().label("jobs"))
    .where(JobRow.status.in_(("queued", "running")))
    .group_by(JobRow.status)
)


def _waiting(connection: Connection) -> Waiting:
    return Waiting(
        {priority: (count, since) for priority, count, since in connection.execute(_TICKETS)},
        {row.status: row.jobs for row in connection.execute(_JOBS)},
    )
