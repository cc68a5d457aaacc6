"""Topics pinned to approved wording; every worker reads them here, and every change is in the audit ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from app.clock import Clock, utc_now
from app.errors import NotFound
from app.store.database import Database
from app.store.ledger import append_record
from app.store.records import Freeze
from app.store.schema import FreezeRow

_FIELDS = tuple(Freeze.__dataclass_fields__)


class Freezes:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def live(self, day: date, tenant: str | None = None) -> list[Freeze]:
        """Freezes that hold on that day or later, of one tenant or of all, the newest first."""

        def work(connection: Connection) -> list[Freeze]:
            query = select(*(getattr(FreezeRow, name) for name in _FIELDS)).where(
                FreezeRow.lifted_at.is_(None), or_(FreezeRow.valid_to.is_(None), FreezeRow.valid_to >= day)
            )
            if tenant is not None:
                query = query.where(FreezeRow.tenant == tenant)
            rows = connection.execute(query.order_by(FreezeRow.created_at.desc(), FreezeRow.id))
            return [_freeze(row._mapping) for row in rows]

        return await self._database.read(work)

    async def add(self, freeze: Freeze) -> None:
        def work(connection: Connection) -> None:
            connection.execute(insert(FreezeRow).values({**asdict(freeze), "questions": list(freeze.questions)}))
            self._record(connection, freeze.tenant, "freeze.created", freeze.created_by, _told(freeze))

        await self._database.write(work, durable=True)

    async def lift(self, tenant: str, freeze_id: str, *, actor: str, comment: str = "") -> None:
        """End a freeze; the audit record keeps why. Raises NotFound for an unknown, lifted or another tenant's one."""

        def work(connection: Connection) -> None:
            changed = connection.execute(
                update(FreezeRow)
                .where(FreezeRow.tenant == tenant, FreezeRow.id == freeze_id, FreezeRow.lifted_at.is_(None))
                .values(lifted_at=self._clock(), lifted_by=actor)
            )
            if not changed.rowcount:
                raise NotFound()
            self._record(connection, tenant, "freeze.lifted", actor, {"freeze_id": freeze_id, "comment": comment})

        await self._database.write(work, durable=True)

    def _record(self, connection: Connection, tenant: str, type: str, actor: str, payload: Mapping[str, Any]) -> None:
        append_record(connection, tenant=tenant, type=type, actor=actor, payload=payload, clock=self._clock)


def _freeze(row: Mapping[Any, Any]) -> Freeze:
    return Freeze(**{**{name: row[name] for name in _FIELDS}, "questions": tuple(row["questions"])})


def _told(freeze: Freeze) -> dict[str, Any]:
    return {
        "freeze_id": freeze.id,
        "topic": freeze.topic,
        "questions": list(freeze.questions),
        "text": freeze.text,
        "comment": freeze.comment,
        "valid_from": freeze.valid_from,
        "valid_to": freeze.valid_to,
    }
