"""Questions the knowledge did not answer, one row each time, until a FAQ answers them or an editor puts them aside."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.desk_schema import FeedbackRow, GapRow
from app.store.ledger import append_record
from app.store.records import GapQuestion, Turn
from app.store.schema import VersionRow
from app.store.sealing import under

# The most recent ones; older questions no longer say what customers want today.
_READ = 2000


def normalise(question: str) -> str:
    folded = unicodedata.normalize("NFKC", question).casefold()
    return "".join(char for char in folded if char.isalnum())


def insert_gap(connection: Connection, gap_id: str, turn: Turn, cause: str, now: datetime) -> None:
    question = turn.standalone or turn.question
    connection.execute(
        insert(GapRow).values(
            id=gap_id,
            tenant=turn.tenant,
            conversation_id=turn.conversation_id,
            turn_id=turn.id,
            cause=cause,
            question=under(connection, turn.conversation_id, question),
            normalised=under(connection, turn.conversation_id, normalise(question)),
            created_at=now,
        )
    )


class Gaps:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def open(self, tenant: str, limit: int = _READ) -> list[GapQuestion]:
        """Questions neither put aside nor answered by an approved FAQ made from them; the newest first."""

        def work(connection: Connection) -> list[GapQuestion]:
            rows = connection.execute(
                select(
                    GapRow.id,
                    GapRow.question,
                    GapRow.normalised,
                    GapRow.turn_id,
                    GapRow.cause,
                    GapRow.created_at,
                    GapRow.document_id,
                    GapRow.version,
                )
                .where(GapRow.tenant == tenant, GapRow.dismissed_at.is_(None))
                .order_by(GapRow.created_at.desc(), GapRow.id)
                .limit(limit)
            ).all()
            drafted = {row.document_id for row in rows if row.document_id is not None}
            versions = connection.execute(
                select(VersionRow.document_id, VersionRow.version, VersionRow.status).where(
                    VersionRow.document_id.in_(drafted)
                )
            ).all()
            known = {(row.document_id, row.version) for row in versions}
            answered = {row.document_id for row in versions if row.status == "approved"}
            comments = _comments(connection, [row.turn_id for row in rows if row.cause == "down_rated"])
            return [
                GapQuestion(
                    id=row.id,
                    question=row.question,
                    normalised=row.normalised,
                    turn_id=row.turn_id,
                    cause=row.cause,
                    asked_at=row.created_at,
                    comment=comments.get(row.turn_id, "") if row.cause == "down_rated" else "",
                    draft=(row.document_id, row.version) if (row.document_id, row.version) in known else None,
                )
                for row in rows
                if row.document_id not in answered
            ]

        return await self._database.read(work)

    async def drafted(
        self, tenant: str, gap_id: str, ids: Sequence[str], document_id: str, version: int, *, actor: str
    ) -> None:
        """A FAQ draft was made from these questions; the audit record names them."""
        await self._change(
            tenant,
            ids,
            {"document_id": document_id, "version": version},
            "gap.drafted",
            actor,
            {"gap_id": gap_id, "questions": list(ids), "version": version},
            document_id,
        )

    async def dismiss(self, tenant: str, gap_id: str, ids: Sequence[str], comment: str, *, actor: str) -> None:
        """Put these questions aside."""
        payload: dict[str, object] = {"gap_id": gap_id, "questions": list(ids), "comment": comment}
        await self._change(tenant, ids, {"dismissed_at": self._clock()}, "gap.dismissed", actor, payload)

    async def _change(
        self,
        tenant: str,
        ids: Sequence[str],
        values: dict[str, object],
        type: str,
        actor: str,
        payload: dict[str, object],
        document_id: str | None = None,
    ) -> None:
        def work(connection: Connection) -> None:
            connection.execute(update(GapRow).where(GapRow.tenant == tenant, GapRow.id.in_(ids)).values(**values))
            append_record(
                connection,
                tenant=tenant,
                type=type,
                actor=actor,
                document_id=document_id,
                payload=payload,
                clock=self._clock,
            )

        await self._database.write(work, durable=True)


def _comments(connection: Connection, turn_ids: Sequence[str]) -> dict[str, str]:
    """What people said beside a thumb down, by turn; the latest one."""
    rows = connection.execute(
        select(FeedbackRow.turn_id, FeedbackRow.comment)
        .where(FeedbackRow.turn_id.in_(turn_ids), FeedbackRow.rating == "down", FeedbackRow.comment != "")
        .order_by(FeedbackRow.created_at)
    )
    return {row.turn_id: row.comment for row in rows}
