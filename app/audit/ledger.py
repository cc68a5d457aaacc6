"""Reading and verifying the audit ledger; it is written by app.store inside the transactions it records."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from app.store.database import Database
from app.store.ledger import GENESIS, AuditRecord, record_hash
from app.store.schema import AuditHeadRow, AuditRow
from app.store.sealing import opened_payload

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
        """The newest records first, personal text opened where its key still is. since: an RFC 3339 time in UTC."""

        def work(connection: Connection) -> Sequence[AuditRecord]:
            query = select(*_COLUMNS).where(AuditRow.tenant == tenant)
            if conversation_id is not None:
                query = query.where(AuditRow.conversation_id == conversation_id)
            if document_id is not None:
                query = query.where(AuditRow.document_id == document_id)
            if since is not None:
                query = query.where(AuditRow.recorded_at >= since)
            rows = connection.execute(query.order_by(AuditRow.sequence.desc()).limit(limit))
            records = [AuditRecord(*row) for row in rows]
            return [replace(record, payload=opened_payload(record.payload)) for record in records]

        return await self._database.read(work)

    async def verify(self, tenant: str) -> Verification:
        """Recompute the whole chain: finds records changed, removed, reordered, added or cut off at the end."""
        return await self._database.read(lambda c: verify_chain(c, tenant))


def verify_all(connection: Connection) -> dict[str, Verification]:
    """Every tenant's chain, by tenant: for a copy of the records that no service has open."""
    tenants = connection.execute(select(AuditHeadRow.tenant).union(select(AuditRow.tenant))).scalars()
    return {tenant: verify_chain(connection, tenant) for tenant in sorted(tenants)}


_COLUMNS = [getattr(AuditRow, field.name) for field in fields(AuditRecord)]


def verify_chain(connection: Connection, tenant: str) -> Verification:
    """One chain from its first record to the end that its head row tells."""
    head = connection.execute(
        select(AuditHeadRow.sequence, AuditHeadRow.hash).where(AuditHeadRow.tenant == tenant)
    ).one_or_none()
    last_sequence, last_hash = (head.sequence, head.hash) if head else (0, GENESIS)
    expected, previous = 1, GENESIS
    while True:
        try:
            records = _page(connection, tenant, expected, _PAGE)
            whole = len(records) < _PAGE
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            # Some record holds what is not even text; the ones before it are read one by one.
            records, whole = _readable(connection, tenant, expected), True
        misfit = first_misfit(records, expected, previous)
        if misfit is not None:
            return Verification(False, misfit - 1, misfit)
        expected += len(records)
        previous = records[-1].hash if records else previous
        if whole:
            break
    count = expected - 1
    if count != last_sequence or previous != last_hash:
        return Verification(False, count, min(count, last_sequence) + 1)
    return Verification(True, count)


def first_misfit(records: Sequence[AuditRecord], expected: int, previous: str) -> int | None:
    """The number of the first record that is not the one to be expected there, None = all are.

    expected, previous: the number of the first of them, and the hash of the record before.
    """
    for record in records:
        if record.sequence != expected or record.previous_hash != previous or not _fits(record):
            return expected
        expected, previous = expected + 1, record.hash
    return None


def _page(connection: Connection, tenant: str, first: int, count: int) -> list[AuditRecord]:
    rows = connection.execute(
        select(*_COLUMNS)
        .where(AuditRow.tenant == tenant, AuditRow.sequence >= first)
        .order_by(AuditRow.sequence)
        .limit(count)
    ).all()
    return [AuditRecord(*row) for row in rows]


def _readable(connection: Connection, tenant: str, first: int) -> list[AuditRecord]:
    """The records from there up to the first that cannot be read."""
    found: list[AuditRecord] = []
    with suppress(DBAPIError):
        while page := _page(connection, tenant, first + len(found), 1):
            found += page
    return found


def _fits(record: AuditRecord) -> bool:
    try:
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
    except (TypeError, ValueError):  # what stands there is no longer what can be hashed
        return False
