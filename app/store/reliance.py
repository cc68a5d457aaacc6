"""Which answers rest on which passages: written with each turn, read when a version turns out to be wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select

from app.errors import NotFound
from app.store.database import Database
from app.store.records import Turn
from app.store.schema import TurnPassageRow, TurnRow

_STORE = insert(TurnPassageRow)


@dataclass(frozen=True, slots=True)
class RelyingTurn:
    """question: masked. passage_ids: the version's passages that the answer was made from. cited: one was shown."""

    turn_id: str
    conversation_id: str
    customer_id: str
    question: str
    asked_at: datetime
    as_of: date
    passage_ids: Sequence[str]
    cited: bool


@dataclass(frozen=True, slots=True)
class Relied:
    """turns: the newest first, as many as asked for; the counts are of all. next: where the rest goes on, if any."""

    turns: Sequence[RelyingTurn]
    turn_count: int
    customer_count: int
    next: str | None


class Reliance:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def on(self, tenant: str, document_id: str, version: int, limit: int, after: str | None = None) -> Relied:
        """The turns whose answers were made from passages of this version. after: `next` of the part before.

        Raises NotFound: no turn of that id rests on this version.
        """
        return await self._database.read(lambda c: _read(c, tenant, document_id, version, limit, after))


def insert_reliance(connection: Connection, turn: Turn, created_at: datetime) -> None:
    """In the turn's own transaction. Passages that were found and not answered from are no reliance."""
    rows = passages_relied_on(turn.trace, turn.result, turn.generator)
    if rows:
        common = {"turn_id": turn.id, "tenant": turn.tenant, "created_at": created_at}
        connection.execute(_STORE, [{**row, **common} for row in rows])


def passages_relied_on(trace: Mapping[str, Any], result: Mapping[str, Any], generator: str) -> list[dict[str, Any]]:
    """passage_id, document_id, version, cited: all that a generator was given, when one wrote any of the answer."""
    if generator == "rule":
        return []
    cited = {row.get("passage_id") for row in result.get("citations", ())}
    found = {row["passage_id"]: row for row in trace.get("passages", ())}
    return [
        {
            "passage_id": passage_id,
            "document_id": row["document_id"],
            "version": row["version"],
            "cited": passage_id in cited,
        }
        for passage_id, row in found.items()
    ]


def _read(connection: Connection, tenant: str, document_id: str, version: int, limit: int, after: str | None) -> Relied:
    link, turn = TurnPassageRow, TurnRow
    of_version = (link.tenant == tenant, link.document_id == document_id, link.version == version)
    counted = connection.execute(
        select(func.count(func.distinct(turn.id)), func.count(func.distinct(turn.customer_id)))
        .join(link, link.turn_id == turn.id)
        .where(*of_version)
    ).one()
    at = func.max(link.created_at)
    newest = select(link.turn_id).where(*of_version).group_by(link.turn_id).order_by(at.desc(), link.turn_id)
    if after is not None:
        last = connection.execute(select(at).where(*of_version, link.turn_id == after)).scalar_one()
        if last is None:
            raise NotFound()
        newest = newest.having(or_(at < last, and_(at == last, link.turn_id > after)))
    # One more than asked for tells whether there are more.
    ids = connection.execute(newest.limit(limit + 1)).scalars().all()
    shown = ids[:limit]
    known = {
        row.id: row
        for row in connection.execute(
            select(turn.id, turn.conversation_id, turn.customer_id, turn.question, turn.created_at, turn.as_of).where(
                turn.id.in_(shown)
            )
        )
    }
    turns = [known[id] for id in shown if id in known]
    links: dict[str, list[tuple[str, bool]]] = {}
    for row in connection.execute(
        select(link.turn_id, link.passage_id, link.cited).where(*of_version, link.turn_id.in_([t.id for t in turns]))
    ):
        links.setdefault(row.turn_id, []).append((row.passage_id, row.cited))
    return Relied(
        turns=[
            RelyingTurn(
                turn_id=row.id,
                conversation_id=row.conversation_id,
                customer_id=row.customer_id,
                question=row.question,
                asked_at=row.created_at,
                as_of=row.as_of,
                passage_ids=sorted(passage_id for passage_id, _ in links.get(row.id, ())),
                cited=any(cited for _, cited in links.get(row.id, ())),
            )
            for row in turns
        ],
        turn_count=counted[0],
        customer_count=counted[1],
        next=shown[-1] if len(ids) > limit else None,
    )
