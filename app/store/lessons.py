"""Agents' answers on their way into knowledge: written in the transaction that ends the ticket, so that none is lost.

What is left to do stands in the rows themselves (an outbox): first every wording is settled, then the FAQ draft is
made, then the row names it. Each step may be repeated by any worker and is done once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.clock import Clock, utc_now
from app.store.database import Database
from app.store.desk_schema import GapRow, LessonRow
from app.store.ledger import append_record
from app.store.records import Lesson
from app.store.sealing import under

_COLUMNS = [getattr(LessonRow, name) for name in Lesson.__dataclass_fields__]


def insert_lesson(connection: Connection, lesson: Lesson) -> None:
    connection.execute(insert(LessonRow).values(**_sealed(connection, lesson)))


class LessonRecords:
    def __init__(self, database: Database, clock: Clock = utc_now) -> None:
        self._database = database
        self._clock = clock

    async def open(self) -> list[Lesson]:
        """Those that have no draft yet and may have one, of every tenant, the oldest first."""
        query = select(*_COLUMNS).where(LessonRow.document_id.is_(None), LessonRow.problem.is_(None))

        def work(connection: Connection) -> list[Lesson]:
            return [Lesson(**row._mapping) for row in connection.execute(query.order_by(LessonRow.created_at))]

        return await self._database.read(work)

    async def of_ticket(self, tenant: str, ticket_id: str) -> Lesson | None:
        query = select(*_COLUMNS).where(LessonRow.ticket_id == ticket_id, LessonRow.tenant == tenant)
        return await self._one(query)

    async def of_document(self, tenant: str, document_id: str) -> Lesson | None:
        query = select(*_COLUMNS).where(LessonRow.document_id == document_id, LessonRow.tenant == tenant)
        return await self._one(query.limit(1))

    async def settle(self, lesson: Lesson, questions: Sequence[str], gap_ids: Sequence[str]) -> Lesson:
        """Fix the wordings that the draft answers. Whoever comes second gets what the first one fixed."""
        own = LessonRow.ticket_id == lesson.ticket_id

        def work(connection: Connection) -> Lesson:
            values = {"questions": list(questions), "gap_ids": list(gap_ids)}
            connection.execute(update(LessonRow).where(own, LessonRow.questions.is_(None)).values(**values))
            return Lesson(**connection.execute(select(*_COLUMNS).where(own)).one()._mapping)

        return await self._database.write(work, durable=True)

    async def drafted(self, lesson: Lesson, document_id: str, version: int) -> None:
        """Name the draft, here and at the gaps it answers; the document's history tells where it came from."""

        def work(connection: Connection) -> None:
            named = connection.execute(
                update(LessonRow)
                .where(LessonRow.ticket_id == lesson.ticket_id, LessonRow.document_id.is_(None))
                .values(document_id=document_id, version=version)
            )
            if not named.rowcount:
                return
            connection.execute(
                update(GapRow)
                .where(
                    GapRow.tenant == lesson.tenant,
                    GapRow.id.in_(lesson.gap_ids or ()),
                    GapRow.document_id.is_(None),
                )
                .values(document_id=document_id, version=version)
            )
            append_record(
                connection,
                tenant=lesson.tenant,
                type="version.from_ticket",
                actor=lesson.agent_id,
                conversation_id=lesson.conversation_id,
                document_id=document_id,
                payload={
                    "version": version,
                    "comment": f"来自人工工单 {lesson.ticket_id}，客户问：{lesson.question}",
                    "ticket_id": lesson.ticket_id,
                    "gaps": list(lesson.gap_ids or ()),
                },
                clock=self._clock,
            )

        await self._database.write(work, durable=True)

    async def refused(self, lesson: Lesson, problem: str) -> None:
        """The file will never be accepted: it is not tried again."""
        own = (LessonRow.ticket_id == lesson.ticket_id) & LessonRow.document_id.is_(None)
        await self._database.write(lambda c: c.execute(update(LessonRow).where(own).values(problem=problem)) and None)

    async def _one(self, query: object) -> Lesson | None:
        def work(connection: Connection) -> Lesson | None:
            row = connection.execute(query).one_or_none()  # type: ignore[call-overload]
            return Lesson(**row._mapping) if row else None

        return await self._database.read(work)


def _sealed(connection: Connection, lesson: Lesson) -> dict[str, Any]:
    words = {name: under(connection, lesson.conversation_id, getattr(lesson, name)) for name in ("question", "answer")}
    return {**asdict(lesson), **words}
