"""Who wants to be told once a question has an answer, and who has been told: once a document and customer.

The key of `notices`, the spent request and the event in the conversation are one transaction: a crash leaves all of
them or none, and of two workers only one can commit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, insert, or_, select, update

from app.clock import Clock, utc_now
from app.errors import Conflict
from app.events import Event, NewEvent
from app.store.database import Database
from app.store.desk_schema import GapRow, LessonRow, NoticeRequestRow, NoticeRow
from app.store.document_rows import VERSION, version_of
from app.store.event_log import EventLog, append_events
from app.store.ledger import append_record
from app.store.records import NoticeRequest
from app.store.schema import DocumentRow, VersionRow
from app.store.sealing import under

_COLUMNS = [getattr(NoticeRequestRow, name) for name in NoticeRequest.__dataclass_fields__]
_OPEN = NoticeRequestRow.revoked_at.is_(None) & NoticeRequestRow.told_at.is_(None)


class AlreadyTold(Conflict):
    code, title = "already_told", "这个问题的答案已经通知过您了，请直接再问一次。"


@dataclass(frozen=True, slots=True)
class Answer:
    """A document in force that was written to answer questions. turns: those whose questions it was written for."""

    document_id: str
    version: int
    questions: Sequence[str]
    turns: frozenset[str]


class NoticeRecords:
    def __init__(self, database: Database, log: EventLog, clock: Clock = utc_now) -> None:
        self._database = database
        self._log = log
        self._clock = clock

    # -- the customer's wish ----------------------------------------------------------------------------------

    async def request(self, wish: NoticeRequest) -> NoticeRequest:
        """Keep the wish; repeating it changes nothing. Raises AlreadyTold."""

        def work(connection: Connection) -> NoticeRequest:
            own = NoticeRequestRow.turn_id == wish.turn_id
            row = connection.execute(select(*_COLUMNS).where(own).with_for_update()).one_or_none()
            known = NoticeRequest(**row._mapping) if row else None
            if known is not None and known.told_at is not None:
                raise AlreadyTold()
            if known is not None and known.open:
                return known
            if known is None:
                connection.execute(insert(NoticeRequestRow).values(**_sealed(connection, wish)))
            else:
                connection.execute(update(NoticeRequestRow).where(own).values(**_sealed(connection, wish)))
            self._record(connection, wish, "notice.requested", {"consent": wish.consent})
            return wish

        return await self._database.write(work, durable=True)

    async def revoke(self, tenant: str, turn_id: str) -> None:
        """Forget the wish; harmless when there is none."""
        now = self._clock()

        def work(connection: Connection) -> None:
            query = select(*_COLUMNS).where(NoticeRequestRow.turn_id == turn_id, NoticeRequestRow.tenant == tenant)
            row = connection.execute(query.with_for_update()).one_or_none()
            if row is None or not (wish := NoticeRequest(**row._mapping)).open:
                return
            connection.execute(
                update(NoticeRequestRow).where(NoticeRequestRow.turn_id == turn_id).values(revoked_at=now)
            )
            self._record(connection, wish, "notice.revoked", {})

        await self._database.write(work, durable=True)

    async def of_conversation(self, conversation_id: str) -> list[NoticeRequest]:
        """Every wish that was not taken back, the oldest first."""
        query = (
            select(*_COLUMNS)
            .where(NoticeRequestRow.conversation_id == conversation_id, NoticeRequestRow.revoked_at.is_(None))
            .order_by(NoticeRequestRow.requested_at)
        )
        return await self._requests(query)

    # -- telling ----------------------------------------------------------------------------------------------

    async def waiting(self) -> list[NoticeRequest]:
        """Everybody's open wishes, the oldest first."""
        return await self._requests(select(*_COLUMNS).where(_OPEN).order_by(NoticeRequestRow.requested_at))

    async def answers(self, tenant: str, today: date) -> list[Answer]:
        """The documents made from unanswered questions that are in force today and that the index shows."""
        return await self._database.read(lambda c: _answers(c, tenant, today))

    async def tell(self, answer: Answer, wishes: Sequence[NoticeRequest], event: NewEvent, today: date) -> Event | None:
        """Tell one customer, in the conversation of the first of these wishes of theirs, and spend all of them.

        None: they had been told of this document, or have changed their minds, or it is no longer in force.
        """
        first, now = wishes[0], self._clock()

        def work(connection: Connection) -> tuple[str, list[Event]]:
            # Whoever withdraws the document waits, or has done it already.
            connection.execute(select(DocumentRow.id).where(DocumentRow.id == answer.document_id).with_for_update())
            version = _in_force(connection, [answer.document_id], today).get(answer.document_id)
            if version is None:
                return "", []
            ids = [wish.turn_id for wish in wishes]
            query = select(*_COLUMNS).where(NoticeRequestRow.turn_id.in_(ids), _OPEN).with_for_update()
            left = {row.turn_id for row in connection.execute(query)}
            if not left:
                return "", []
            key = (NoticeRow.document_id == answer.document_id) & (NoticeRow.customer_id == first.customer_id)
            spent = update(NoticeRequestRow).where(NoticeRequestRow.turn_id.in_(left)).values(told_at=now)
            if connection.execute(select(NoticeRow.document_id).where(key)).first() is not None:
                connection.execute(spent)
                return "", []
            told = next(wish for wish in wishes if wish.turn_id in left)
            written = append_events(connection, told.conversation_id, [event], self._clock)
            connection.execute(
                insert(NoticeRow).values(
                    document_id=answer.document_id,
                    customer_id=told.customer_id,
                    tenant=told.tenant,
                    version=version,
                    conversation_id=told.conversation_id,
                    sequence=written[0].sequence,
                    created_at=now,
                )
            )
            connection.execute(spent)
            payload = {"document_id": answer.document_id, "version": version, "turns": sorted(left)}
            self._record(connection, told, "notice.sent", payload, actor="bot", document_id=answer.document_id)
            return told.conversation_id, written

        conversation_id, written = await self._database.write(work, durable=True)
        self._log.publish(conversation_id, written)
        return written[0] if written else None

    # -- small steps ------------------------------------------------------------------------------------------

    async def _requests(self, query: Select[Any]) -> list[NoticeRequest]:
        return await self._database.read(lambda c: [NoticeRequest(**row._mapping) for row in c.execute(query)])

    def _record(
        self,
        connection: Connection,
        wish: NoticeRequest,
        type: str,
        payload: Mapping[str, Any],
        *,
        actor: str = "",
        document_id: str | None = None,
    ) -> None:
        append_record(
            connection,
            tenant=wish.tenant,
            type=type,
            actor=actor or wish.customer_id,
            conversation_id=wish.conversation_id,
            document_id=document_id,
            payload={"turn_id": wish.turn_id, **payload},
            clock=self._clock,
        )


def _answers(connection: Connection, tenant: str, today: date) -> list[Answer]:
    gaps = connection.execute(
        select(GapRow.document_id, GapRow.turn_id, GapRow.question).where(
            GapRow.tenant == tenant, GapRow.document_id.is_not(None)
        )
    ).all()
    lessons = connection.execute(
        select(LessonRow.document_id, LessonRow.questions).where(
            LessonRow.tenant == tenant, LessonRow.document_id.is_not(None)
        )
    ).all()
    questions: dict[str, list[str]] = {}
    turns: dict[str, set[str]] = {}
    for row in gaps:
        questions.setdefault(row.document_id, []).append(row.question)
        turns.setdefault(row.document_id, set()).add(row.turn_id)
    for row in lessons:
        questions.setdefault(row.document_id, []).extend(row.questions or ())
    found = _in_force(connection, list(questions), today)
    return [
        Answer(id, version, list(dict.fromkeys(questions[id])), frozenset(turns.get(id, ())))
        for id, version in found.items()
    ]


def _in_force(connection: Connection, documents: Sequence[str], today: date) -> dict[str, int]:
    """Those of the documents that answer today, with the version that does; the index shows their last change."""
    found: dict[str, int] = {}
    for start in range(0, len(documents), 250):
        rows = connection.execute(
            select(*VERSION)
            .join(DocumentRow, DocumentRow.id == VersionRow.document_id)
            .where(
                VersionRow.document_id.in_(documents[start : start + 250]),
                VersionRow.status == "approved",
                or_(VersionRow.in_force_from.is_(None), VersionRow.in_force_from <= today),
                DocumentRow.settled_revision >= DocumentRow.revision,
            )
        )
        versions = [version_of(row._mapping) for row in rows]
        found.update({one.document_id: one.version for one in versions if one.in_force(today)})
    return found


def _sealed(connection: Connection, wish: NoticeRequest) -> dict[str, Any]:
    words = {name: under(connection, wish.conversation_id, getattr(wish, name)) for name in ("asked", "question")}
    return {**asdict(wish), **words}
