"""What staff recorded about customers, and what customers said about the service."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from app.clock import Clock, utc_now
from app.events import Event
from app.store.database import Database
from app.store.desk_schema import FeedbackRow, RatingRow
from app.store.event_log import EventLog
from app.store.gaps import insert_gap
from app.store.ledger import append_record
from app.store.records import Conversation, Profile, Rating, Ticket, Turn
from app.store.schema import ProfileRow
from app.store.sealing import sealed_payload, under
from app.store.tickets import Announce, queue_ticket

# Built once; every turn runs it.
_PROFILE = select(ProfileRow.tolerance, ProfileRow.assessed_until, ProfileRow.birth_year).where(
    ProfileRow.tenant == bindparam("owner"), ProfileRow.customer_id == bindparam("customer")
)


def profile_scope(tenant: str, customer_id: str) -> str:
    """The name of the key for what is said of the customer outside conversations."""
    return f"profile:{len(tenant)}:{tenant}:{customer_id}"


class Customers:
    def __init__(self, database: Database, log: EventLog, *, new_id: Callable[[], str], clock: Clock = utc_now) -> None:
        self._database = database
        self._log = log
        self._new_id = new_id
        self._clock = clock

    async def profile(self, tenant: str, customer_id: str) -> Profile | None:
        def work(connection: Connection) -> Profile | None:
            row = connection.execute(_PROFILE, {"owner": tenant, "customer": customer_id}).one_or_none()
            return Profile(**row._mapping) if row else None

        return await self._database.read(work)

    async def put_profile(self, tenant: str, customer_id: str, profile: Profile, actor: str) -> None:
        """Replace the profile; the audit record says who changed it."""

        def work(connection: Connection) -> None:
            connection.execute(
                delete(ProfileRow).where(ProfileRow.tenant == tenant, ProfileRow.customer_id == customer_id)
            )
            connection.execute(
                insert(ProfileRow).values(
                    tenant=tenant,
                    customer_id=customer_id,
                    **asdict(profile),
                    updated_by=actor,
                    updated_at=self._clock(),
                )
            )
            append_record(
                connection,
                tenant=tenant,
                type="profile.changed",
                actor=actor,
                payload=sealed_payload(
                    connection,
                    profile_scope(tenant, customer_id),
                    {"customer_id": customer_id},
                    asdict(profile),
                    (tenant, customer_id),
                ),
                clock=self._clock,
            )

        await self._database.write(work, durable=True)

    async def give_feedback(
        self,
        turn: Turn,
        author: str,
        rating: str,
        tags: Sequence[str],
        comment: str,
        *,
        ticket: Ticket | None = None,
        announce: Announce | None = None,
    ) -> None:
        """One opinion an author and turn, the last one counts. A thumb down also enters the gaps, once.

        ticket, announce: the hand-over it leads to, in the same transaction; not again when the author only says
        it in other words.
        """
        now = self._clock()

        def work(connection: Connection) -> list[Event]:
            row = connection.execute(
                select(FeedbackRow.rating, FeedbackRow.comment).where(
                    FeedbackRow.turn_id == turn.id, FeedbackRow.author == author
                )
            ).one_or_none()
            before, said = (row.rating, row.comment) if row else ("", "")
            _replace(
                connection,
                FeedbackRow,
                {"turn_id": turn.id, "author": author},
                {
                    "tenant": turn.tenant,
                    "conversation_id": turn.conversation_id,
                    "rating": rating,
                    "tags": list(tags),
                    "comment": under(connection, turn.conversation_id, comment),
                    "created_at": now,
                },
            )
            if rating == "down" and before != "down":
                insert_gap(connection, self._new_id(), turn, "down_rated", now)
            if ticket is None or announce is None or (before == "down" and said):
                return []
            own = replace(ticket, turn_id=turn.id)
            _, _, written = queue_ticket(connection, own, announce, author, self._clock)
            return written

        future = self._database.submit(work, durable=True)
        self._log.publish_when_done(turn.conversation_id, future)
        await asyncio.shield(future)

    async def rate(
        self,
        conversation: Conversation,
        score: int,
        comment: str,
        reasons: Sequence[str] = (),
        *,
        ticket_id: str = "",
    ) -> None:
        """One rating of each person's service (ticket_id) and one of the bot's; the last one counts. score: 1..5."""

        def work(connection: Connection) -> None:
            _replace(
                connection,
                RatingRow,
                {"conversation_id": conversation.id, "ticket_id": ticket_id},
                {
                    "tenant": conversation.tenant,
                    "about": "person" if ticket_id else "bot",
                    "score": score,
                    "reasons": list(reasons),
                    "comment": under(connection, conversation.id, comment),
                    "created_at": self._clock(),
                },
            )

        await self._database.write(work, durable=True)

    async def ratings(self, conversation_id: str, ticket_id: str) -> list[Rating]:
        """What the customer thought of the bot, and of that ticket's person; those that were given."""
        columns = [getattr(RatingRow, name) for name in Rating.__dataclass_fields__]
        query = select(*columns).where(
            RatingRow.conversation_id == conversation_id, RatingRow.ticket_id.in_(("", ticket_id))
        )
        return await self._database.read(lambda c: [Rating(**row._mapping) for row in c.execute(query)])


def _replace(connection: Connection, model: Any, key: dict[str, Any], values: dict[str, Any]) -> None:
    connection.execute(delete(model).where(*(getattr(model, name) == value for name, value in key.items())))
    connection.execute(insert(model).values(**key, **values))
