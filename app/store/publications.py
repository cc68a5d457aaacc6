"""The history of publication decisions: what each made of each version, and what was known at an instant.

Only ever added to, inside the transaction of the decision; the audit ledger holds the same decisions, chained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import orjson
from sqlalchemy import Connection, func, insert, or_, select

from app.knowledge.documents import Entry, Version
from app.knowledge.passage import Editions
from app.store.schema import AuditRow, PublicationRow, VersionRow

_TICK = timedelta(microseconds=1)


def record_publications(connection: Connection, versions: Sequence[Version], revision: int, now: datetime) -> None:
    """Add the outcome for those of the changed versions whose days, or whose approval, were ever public."""
    public = [version for version in versions if version.approved_at is not None]
    if not public:
        return
    last = connection.execute(
        select(func.max(PublicationRow.recorded_at)).where(PublicationRow.document_id == public[0].document_id)
    ).scalar_one()
    recorded_at = now if last is None else max(now, last + _TICK)
    connection.execute(
        insert(PublicationRow),
        [
            {
                "document_id": version.document_id,
                "version": version.version,
                "revision": revision,
                "tenant": version.tenant,
                "approved": version.status == "approved" and not version.overtaken,
                "in_force_from": version.in_force_from,
                "in_force_to": version.in_force_to,
                "recorded_at": recorded_at,
            }
            for version in public
        ],
    )


def read_editions(connection: Connection, tenant: str, as_of: date, known_at: datetime) -> Editions:
    """By the last decision about each version that had been recorded by then."""
    row = PublicationRow
    last = (
        select(row.document_id, row.version, func.max(row.revision).label("revision"))
        .where(row.tenant == tenant, row.recorded_at <= known_at)
        .group_by(row.document_id, row.version)
        .subquery()
    )
    found = connection.execute(
        select(row.document_id, row.version, row.in_force_from, row.in_force_to)
        .join(
            last,
            (row.document_id == last.c.document_id)
            & (row.version == last.c.version)
            & (row.revision == last.c.revision),
        )
        .where(
            row.approved,
            or_(row.in_force_from.is_(None), row.in_force_from <= as_of),
            or_(row.in_force_to.is_(None), row.in_force_to >= as_of),
        )
    )
    uploaded = connection.execute(
        select(VersionRow.document_id, VersionRow.version).where(
            VersionRow.tenant == tenant, VersionRow.created_at <= known_at
        )
    )
    return Editions(
        tenant=tenant,
        as_of=as_of,
        known_at=known_at,
        in_force={(one.document_id, one.version): (one.in_force_from, one.in_force_to) for one in found},
        existing=frozenset((one.document_id, one.version) for one in uploaded),
    )


def read_history(connection: Connection, tenant: str, document_id: str) -> Mapping[int, Sequence[Entry]]:
    """From the audit ledger. A roll-back is told of every version that it changed."""
    rows = connection.execute(
        select(AuditRow.type, AuditRow.actor, AuditRow.payload, AuditRow.recorded_at)
        .where(AuditRow.tenant == tenant, AuditRow.document_id == document_id, AuditRow.type.like("version.%"))
        .order_by(AuditRow.sequence)
    )
    history: dict[int, list[Entry]] = {}
    for row in rows:
        payload = orjson.loads(row.payload)
        entry = Entry(row.recorded_at, row.actor, row.type.removeprefix("version."), payload.get("comment", ""))
        touched = {int(payload["version"])}
        if entry.action == "rolled_back":
            touched.update(map(int, payload["versions"]))
        for version in touched:
            history.setdefault(version, []).append(entry)
    return history
