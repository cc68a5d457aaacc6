"""The synonym groups that knowledge managers edit, one list a tenant."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.ledger import append_record
from app.store.schema import SynonymsRow


class Synonyms:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def get(self, tenant: str) -> list[list[str]] | None:
        """Groups of words that mean the same; None when nobody has edited them yet."""
        statement = select(SynonymsRow.groups).where(SynonymsRow.tenant == tenant)
        return await self._database.read(lambda c: c.execute(statement).scalar_one_or_none())

    async def put(self, tenant: str, groups: Sequence[Sequence[str]], actor: str) -> None:
        """Replace all groups; the audit record keeps the new ones."""
        words = [list(group) for group in groups]

        def work(connection: Connection) -> None:
            connection.execute(delete(SynonymsRow).where(SynonymsRow.tenant == tenant))
            connection.execute(
                insert(SynonymsRow).values(tenant=tenant, groups=words, updated_by=actor, updated_at=self._clock())
            )
            append_record(
                connection,
                tenant=tenant,
                type="synonyms.changed",
                actor=actor,
                payload={"groups": words},
                clock=self._clock,
            )

        await self._database.write(work, durable=True)
