"""Questions the knowledge did not answer, grouped by what they say once width, case, space and marks are ignored."""

from __future__ import annotations

import unicodedata
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from app.store.database import Database
from app.store.records import Gap, Turn
from app.store.schema import GapRow


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
            question=question,
            normalised=normalise(question),
            created_at=now,
        )
    )


class Gaps:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, tenant: str, limit: int = 100) -> list[Gap]:
        """Equal questions together, the most frequent and then the most recent first."""

        def work(connection: Connection) -> list[Gap]:
            groups = connection.execute(
                select(
                    func.min(GapRow.id).label("id"),
                    GapRow.normalised,
                    func.count().label("asked"),
                    func.min(GapRow.created_at).label("first_at"),
                    func.max(GapRow.created_at).label("last_at"),
                )
                .where(GapRow.tenant == tenant)
                .group_by(GapRow.normalised)
                .order_by(func.count().desc(), func.max(GapRow.created_at).desc())
                .limit(limit)
            ).all()
            gaps = []
            for group in groups:
                members = connection.execute(
                    select(GapRow.question, GapRow.cause, GapRow.turn_id)
                    .where(GapRow.tenant == tenant, GapRow.normalised == group.normalised)
                    .order_by(GapRow.created_at.desc())
                    .limit(20)
                ).all()
                gaps.append(
                    Gap(
                        id=group.id,
                        question=members[0].question,
                        cause=members[0].cause,
                        count=group.asked,
                        first_at=group.first_at,
                        last_at=group.last_at,
                        turn_ids=tuple(member.turn_id for member in members),
                    )
                )
            return gaps

        return await self._database.read(work)
