"""What the filling of a lost index asks of the database, and writes there; implements app.knowledge.rebuilding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import orjson
from sqlalchemy import Connection, Update, select, update

from app.clock import Clock
from app.knowledge.documents import Version
from app.knowledge.preparing import Notice, Prepared
from app.knowledge.rebuilding import READS_OTHERWISE
from app.store.database import Database
from app.store.ledger import append_record
from app.store.schema import AuditRow, VersionRow

_PREPARED, _REBUILT = "version.prepared", "version.rebuilt"


class DocumentRebuilds:
    _database: Database
    _clock: Clock

    async def prepared_versions(self) -> list[tuple[str, str, int]]:
        statement = (
            select(VersionRow.tenant, VersionRow.document_id, VersionRow.version)
            .where(VersionRow.passages > 0)
            .order_by(VersionRow.tenant, VersionRow.document_id, VersionRow.version)
        )
        rows = await self._database.read(lambda c: c.execute(statement).all())
        return [(row.tenant, row.document_id, row.version) for row in rows]

    async def note_rebuilt(self, version: Version, prepared: Prepared) -> bool:
        """Compared with the passages that the ledger has of it."""
        passages = [[point.passage.id, point.passage.sha256] for point in prepared.points]

        def work(connection: Connection) -> bool:
            same = _last_passages(connection, version) == passages
            self._note(connection, version, () if same else (READS_OTHERWISE,), {"passages": passages, "same": same})
            if not same:
                connection.execute(_row(version).values(passages=len(passages), pages=prepared.pages))
            return same

        return await self._database.write(work, durable=True)

    async def note_lost(self, version: Version, reason: Notice) -> None:
        await self._database.write(
            lambda connection: self._note(connection, version, (reason,), {"code": reason.code}), durable=True
        )

    def _note(
        self, connection: Connection, version: Version, notices: Sequence[Notice], payload: dict[str, object]
    ) -> None:
        kept = [one for one in version.warnings if one.code not in {notice.code for notice in notices}]
        if notices:
            connection.execute(_row(version).values(warnings=[asdict(one) for one in (*notices, *kept)]))
        append_record(
            connection,
            tenant=version.tenant,
            type=_REBUILT,
            actor="ingestion",
            document_id=version.document_id,
            payload={"version": version.version, **payload},
            clock=self._clock,
        )


def _row(version: Version) -> Update:
    return update(VersionRow).where(
        VersionRow.document_id == version.document_id, VersionRow.version == version.version
    )


def _last_passages(connection: Connection, version: Version) -> list[list[str]] | None:
    """(id, sha256) of its passages as last written down."""
    rows = connection.execute(
        select(AuditRow.payload)
        .where(AuditRow.document_id == version.document_id, AuditRow.type.in_((_PREPARED, _REBUILT)))
        .order_by(AuditRow.sequence.desc())
    )
    for row in rows:
        payload = orjson.loads(row.payload)
        if payload["version"] == version.version and "passages" in payload:
            passages: list[list[str]] = payload["passages"]
            return passages
    return None
