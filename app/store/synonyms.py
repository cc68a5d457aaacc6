"""The synonym groups that knowledge managers edit, one list a tenant."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import orjson
from sqlalchemy import Connection, insert, select, update

from app.clock import Clock, utc_now
from app.errors import Conflict
from app.store.database import Database
from app.store.ledger import append_record
from app.store.schema import SynonymsRow


class SynonymsChanged(Conflict):
    code = "synonyms_changed"
    title = "同义词刚被其他人改过，这次没有保存。请先复制您的改动，刷新页面，再在最新的内容上修改。"


def edition_of(groups: Sequence[Sequence[str]]) -> str:
    """The same groups in the same order, and only they, give the same text."""
    return hashlib.sha256(orjson.dumps([list(group) for group in groups])).hexdigest()[:32]


class Synonyms:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def get(self, tenant: str) -> list[list[str]] | None:
        """Groups of words that mean the same; None when nobody has edited them yet."""
        statement = select(SynonymsRow.groups).where(SynonymsRow.tenant == tenant)
        return await self._database.read(lambda c: c.execute(statement).scalar_one_or_none())

    async def put(self, tenant: str, groups: Sequence[Sequence[str]], actor: str, seen: str | None = None) -> None:
        """Replace all groups; the audit record keeps the new ones.

        seen: the edition that the new groups were made from. Raises SynonymsChanged when it is no longer the last one.
        """
        words = [list(group) for group in groups]
        own = SynonymsRow.tenant == tenant

        def work(connection: Connection) -> None:
            last = connection.execute(select(SynonymsRow.groups).where(own).with_for_update()).scalar_one_or_none()
            if seen is not None and seen != edition_of(last or []):
                raise SynonymsChanged()
            values = {"groups": words, "updated_by": actor, "updated_at": self._clock()}
            if last is None:
                connection.execute(insert(SynonymsRow).values(tenant=tenant, **values))
            else:
                connection.execute(update(SynonymsRow).where(own).values(values))
            append_record(
                connection,
                tenant=tenant,
                type="synonyms.changed",
                actor=actor,
                payload={"groups": words},
                clock=self._clock,
            )

        await self._database.write(work, durable=True)
