"""Seals what was recorded before conversations had keys, a few conversations a transaction.

Audit records are the exception: their chain says what they said, so those from before stay as they were written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, select, update

from app.store.database import Database
from app.store.desk_schema import FeedbackRow, GapRow, LessonRow, NoticeRequestRow, RatingRow, TicketRow
from app.store.schema import ConversationRow, CustomerKeyRow, EventRow, TurnRow
from app.store.sealing import under

_AT_ONCE = 5

# Every sealing column, by table and key. Each table has a column conversation_id.
SEALED: tuple[tuple[Any, tuple[str, ...], tuple[str, ...]], ...] = (
    (EventRow, ("conversation_id", "sequence"), ("data",)),
    (TurnRow, ("id",), ("question", "standalone", "text", "result", "trace")),
    (TicketRow, ("id",), ("summary", "resolution")),
    (FeedbackRow, ("turn_id", "author"), ("comment",)),
    (RatingRow, ("conversation_id", "ticket_id"), ("comment",)),
    (GapRow, ("id",), ("question", "normalised")),
    (NoticeRequestRow, ("turn_id",), ("asked", "question")),
    (LessonRow, ("ticket_id",), ("question", "answer")),
)


async def seal_older(database: Database) -> int:
    """Gives the number of conversations that had no key; 0 at once when the database seals nothing."""
    done = 0
    while database.keyring is not None:
        count = await database.write(_seal_some)
        done += count
        if count < _AT_ONCE:
            break
    return done


def _seal_some(connection: Connection) -> int:
    without = (
        select(ConversationRow.id)
        .where(ConversationRow.last_sequence > 0, ~exists().where(CustomerKeyRow.scope == ConversationRow.id))
        .limit(_AT_ONCE)
    )
    ids = list(connection.execute(without).scalars())
    for conversation_id in ids:
        for model, key, columns in SEALED:
            _seal_rows(connection, conversation_id, model, key, columns)
        under(connection, conversation_id, "made even where nothing was to be sealed")
    return len(ids)


def _seal_rows(
    connection: Connection, conversation_id: str, model: Any, key: tuple[str, ...], columns: tuple[str, ...]
) -> None:
    names = (*key, *columns)
    rows = connection.execute(
        select(*(getattr(model, name) for name in names)).where(model.conversation_id == conversation_id)
    ).all()
    for row in rows:
        found = dict(zip(names, row, strict=True))
        connection.execute(
            update(model)
            .where(*(getattr(model, name) == found[name] for name in key))
            .values({name: under(connection, conversation_id, found[name]) for name in columns})
        )
