"""The audit ledger's rows: append-only, one hash chain a tenant, written inside the transaction they record.

Each record's hash covers its number, type, actor, time, payload and the hash before it, so that no record can be
changed, removed or reordered unseen; the head row keeps the length, so that the end cannot be cut off unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from app.clock import Clock, utc_now
from app.store.schema import AuditHeadRow, AuditRow

GENESIS = "0" * 64

# Built once; every turn runs them.
_HEAD = (
    select(AuditHeadRow.sequence, AuditHeadRow.hash).where(AuditHeadRow.tenant == bindparam("chain")).with_for_update()
)
_ADD = insert(AuditRow)
_MOVE_HEAD = (
    update(AuditHeadRow)
    .where(AuditHeadRow.tenant == bindparam("chain"))
    .values(sequence=bindparam("last"), hash=bindparam("digest"))
)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One entry. payload: canonical JSON text. recorded_at: RFC 3339, UTC. Hashes are hex SHA-256."""

    tenant: str
    sequence: int
    type: str
    actor: str
    conversation_id: str | None
    document_id: str | None
    payload: str
    recorded_at: str
    previous_hash: str
    hash: str


def canonical(payload: Mapping[str, Any]) -> str:
    """JSON with sorted keys: the same facts always give the same text."""
    return orjson.dumps(payload, option=orjson.OPT_SORT_KEYS).decode()


def record_hash(
    previous_hash: str,
    *,
    tenant: str,
    sequence: int,
    type: str,
    actor: str,
    conversation_id: str | None,
    document_id: str | None,
    payload: str,
    recorded_at: str,
) -> str:
    """SHA-256 over the JSON list of every field and the hash before it: unambiguous, whatever the fields hold."""
    fields = [previous_hash, tenant, sequence, type, actor, conversation_id, document_id, payload, recorded_at]
    return hashlib.sha256(orjson.dumps(fields)).hexdigest()


def append_record(
    connection: Connection,
    *,
    tenant: str,
    type: str,
    actor: str,
    payload: Mapping[str, Any],
    conversation_id: str | None = None,
    document_id: str | None = None,
    clock: Clock = utc_now,
) -> AuditRecord:
    """Add the next record of the tenant's chain inside the caller's transaction.

    Call it last in the transaction: on PostgreSQL it holds the tenant's head row until the commit.
    """
    head = connection.execute(_HEAD, {"chain": tenant}).one_or_none()
    sequence, previous = (head.sequence + 1, head.hash) if head else (1, GENESIS)
    fields: dict[str, Any] = {
        "tenant": tenant,
        "sequence": sequence,
        "type": type,
        "actor": actor,
        "conversation_id": conversation_id,
        "document_id": document_id,
        "payload": canonical(payload),
        "recorded_at": clock().isoformat(),
    }
    digest = record_hash(previous, **fields)
    connection.execute(_ADD, {**fields, "previous_hash": previous, "hash": digest})
    if head is None:
        # Two first records at once: the second insert of the head fails and its transaction is tried again.
        connection.execute(insert(AuditHeadRow).values(tenant=tenant, sequence=sequence, hash=digest))
    else:
        connection.execute(_MOVE_HEAD, {"chain": tenant, "last": sequence, "digest": digest})
    return AuditRecord(**fields, previous_hash=previous, hash=digest)
