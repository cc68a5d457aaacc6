"""Reading and verifying the audit ledger; it is written by app.store inside the transactions it records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, select

from app.store.database import Database
from app.store.ledger import GENESIS, AuditRecord, record_hash
from app.store.schema import AuditHeadRow, AuditRow

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Verification:
    """records: how many were looked at. first_bad: the number of the first record that does not fit, or None."""

    ok: bool
    records: int
    first_bad: int | None = None


class Ledger:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(
        self,
        tenant: str,
        *,
        conversation_id: str | None = None,
        document_id: str | None = None,
        since: str | None = None,
        limit: int = 200,
    ) -> Sequence[AuditRecord]:
        """The newest records first. since: an RFC 3339 time in UTC."""

        def work(connection: Connection) -> Sequence[AuditRecord]:
            query = select(*_COLUMNS).where(AuditRow.tenant == tenant)
            if conversation_id is not None:
                query = query.where(AuditRow.conversation_id == conversation_id)
            if document_id is not None:
                query = query.where(AuditRow.document_id == document_id)
            if since is not None:
                query = query.where(AuditRow.recorded_at >= since)
            rows = connection.execute(query.order_by(AuditRow.sequence.desc()).limit(limit))
            return [AuditRecord(*row) for row in rows]

        return await self._database.read(work)

    async def verify(self, tenant: str) -> Verification:
        """Recompute the whole chain: finds records changed, removed, reordered, added or cut off at the end."""
        return await self._database.read(lambda c: _verify(c, tenant))


def verify_all(connection: Connection) -> dict[str, Verification]:
    """Every tenant's chain, by tenant: for a copy of the records that no service has open."""
    tenants = connection.execute(select(AuditHeadRow.tenant).union(select(AuditRow.tenant))).scalars()
    return {tenant: _verify(connection, tenant) for tenant in sorted(tenants)}


_COLUMNS = [getattr(AuditRow, field.name) for field in fields(AuditRecord)]


def _verify(connection: Connection, tenant: str) -> Verification:
    head = connection.execute(
        select(AuditHeadRow.sequence, AuditHeadRow.hash).where(AuditHeadRow.tenant == tenant)
    ).one_or_none()
    last_sequence, last_hash = (head.sequence, head.hash) if head else (0, GENESIS)
    expected, previous = 1, GENESIS
    while True:
        rows = connection.execute(
            select(*_COLUMNS)
            .where(AuditRow.tenant == tenant, AuditRow.sequence >= expected)
            .order_by(AuditRow.sequence)
            .limit(_PAGE)
        ).all()
        for row in rows:
            record = AuditRecord(*row)
            if record.sequence != expected or record.previous_hash != previous or not _fits(record):
                return Verification(False, expected - 1, expected)
            expected, previous = expected + 1, record.hash
        if len(rows) < _PAGE:
            break
    count = expected - 1
    if count != last_sequence or previous != last_hash:
        return Verification(False, count, min(count, last_sequence) + 1)
    return Verification(True, count)


def _fits(record: AuditRecord) -> bool:
    return record.hash == record_hash(
        record.previous_hash,
        tenant=record.tenant,
        sequence=record.sequence,
        type=record.type,
        actor=record.actor,
        conversation_id=record.conversation_id,
        document_id=record.document_id,
        payload=record.payload,
        recorded_at=record.recorded_at,
    )
