"""What a customer may have and have gone: a copy of everything about them, and its erasure.

Erasing deletes the rows and the keys of their conversations, so that what stays behind elsewhere (the audit chain,
backups made later) cannot be read. What the law holds stays sealed, taken away from the customer's name in the
service, until its day; the sweep erases it then, and everything else when it is older than the settings say.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from app.clock import Clock, business_date, utc_now
from app.errors import Conflict
from app.store.customers import profile_scope
from app.store.database import Database
from app.store.desk_schema import (
    AgentMessageRow,
    FeedbackRow,
    GapRow,
    LessonRow,
    MarkRow,
    NoticeRequestRow,
    NoticeRow,
    RatingRow,
    SealedRow,
    TicketRow,
)
from app.store.ledger import append_record
from app.store.messages import view_messages
from app.store.schema import (
    ClaimRow,
    ConversationRow,
    CustomerKeyRow,
    EventRow,
    ProfileRow,
    TurnPassageRow,
    TurnRow,
)

# Whose a conversation is that the law holds after its customer had it erased; no token names such a customer.
HELD = "held:"
# Tickets whose files must be kept, whatever the customer wants.
_COMPLAINTS = ("complaint", "mis_selling")
_PAGE = 100


class TicketOpen(Conflict):
    code, title = "ticket_open", "人工客服正在为您处理，请等处理完，或先退出排队，再删除您的数据。"


class TurnRunning(Conflict):
    code, title = "turn_running", "上一个问题还在回答，请等回答结束再删除您的数据。"


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what is kept (days), and records of suitability (years)."""

    conversation_days: int
    suitability_years: int

    def complaint(self, since: datetime) -> date:
        return business_date(since) + timedelta(days=self.conversation_days)

    def suitability(self, since: datetime) -> date:
        day = business_date(since)
        try:
            return day.replace(year=day.year + self.suitability_years)
        except ValueError:  # the 29th of February
            return day.replace(year=day.year + self.suitability_years, month=3, day=1)


@dataclass(frozen=True, slots=True)
class Held:
    """reason: suitability | complaint. until: the last day it must be kept."""

    reason: str
    until: date


@dataclass(slots=True)
class Erasure:
    """erased: how many of what are gone. held: what stays, and why."""

    erased: dict[str, int] = field(default_factory=lambda: {"conversations": 0, "tickets": 0, "profiles": 0})
    held: list[Held] = field(default_factory=list)


class CustomerRights:
    def __init__(self, database: Database, retention: Retention, clock: Clock = utc_now) -> None:
        self._database = database
        self._retention = retention
        self._clock = clock

    async def export(self, tenant: str, customer_id: str, actor: str) -> dict[str, Any]:
        """Everything about the customer, as JSON values; the record of who took it is on the disk before this returns.

        A message's `sealed` is its encrypted original, where masking took something out.
        """
        now = self._clock()

        def work(connection: Connection) -> dict[str, Any]:
            found = _export(connection, tenant, customer_id)
            found["held"] = [asdict(one) for one in _held_already(connection, tenant, customer_id, self._retention)]
            payload = {"customer_id": customer_id, "conversations": len(found["conversations"])}
            append_record(
                connection,
                tenant=tenant,
                type="customer.exported",
                actor=actor,
                payload=payload,
                clock=lambda: now,
            )
            return found

        return await self._database.write(work, durable=True)

    async def erase(self, tenant: str, customer_id: str, actor: str) -> Erasure:
        """Repeating it changes nothing. Raises TicketOpen, TurnRunning; then nothing is erased."""
        now = self._clock()

        def work(connection: Connection) -> Erasure:
            ids = _conversations(connection, tenant, customer_id)
            _check_quiet(connection, ids)
            done = Erasure()
            for conversation_id in ids:
                held = _holds(connection, conversation_id, self._retention, business_date(now))
                if held:
                    _take_from_customer(connection, conversation_id, customer_id)
                else:
                    done.erased["tickets"] += _erase_conversation(connection, conversation_id)
                    done.erased["conversations"] += 1
            done.erased["profiles"] += _erase_profile(connection, tenant, customer_id, self._retention, now)
            done.held = _held_already(connection, tenant, customer_id, self._retention)
            if any(done.erased.values()):
                payload = {
                    "customer_id": customer_id,
                    "erased": done.erased,
                    "held": [{"reason": one.reason, "until": one.until.isoformat()} for one in done.held],
                }
                append_record(
                    connection,
                    tenant=tenant,
                    type="customer.erased",
                    actor=actor,
                    payload=payload,
                    clock=lambda: now,
                )
            return done

        done = await self._database.write(work, durable=True)
        await self._forget()
        return done

    async def known(self, tenant: str, customer_id: str) -> bool:
        """Whether anything is recorded about such a customer."""

        def work(connection: Connection) -> bool:
            profile = select(ProfileRow.tenant).where(
                ProfileRow.tenant == tenant, ProfileRow.customer_id == customer_id
            )
            key = select(CustomerKeyRow.id).where(
                CustomerKeyRow.tenant == tenant, CustomerKeyRow.customer_id == customer_id
            )
            return bool(
                _conversations(connection, tenant, customer_id)
                or connection.execute(profile).first()
                or connection.execute(key.limit(1)).first()
            )

        return await self._database.read(work)

    async def sweep(self) -> int:
        """Erase what is older than it may be kept. Gives the number of conversations."""
        now = self._clock()
        before = now - timedelta(days=self._retention.conversation_days)
        done, after = 0, ""
        while True:
            after, count = await self._database.write(
                lambda c, after=after: _sweep_page(c, before, after, self._retention, now)  # type: ignore[misc]
            )
            done += count
            if not after:
                break
        if done:
            await self._forget()
        return done

    async def _forget(self) -> None:
        if self._database.keyring is not None:
            self._database.keyring.forget()
        await self._database.empty_journal()


def _conversations(connection: Connection, tenant: str, customer_id: str) -> list[str]:
    query = (
        select(ConversationRow.id)
        .where(ConversationRow.tenant == tenant, ConversationRow.customer_id == customer_id)
        .order_by(ConversationRow.created_at, ConversationRow.id)
    )
    return list(connection.execute(query).scalars())


def _check_quiet(connection: Connection, ids: Sequence[str]) -> None:
    if not ids:
        return
    open_ticket = select(TicketRow.id).where(
        TicketRow.conversation_id.in_(ids), TicketRow.status.in_(("queued", "assigned"))
    )
    if connection.execute(open_ticket.limit(1)).first():
        raise TicketOpen()
    running = select(ClaimRow.turn_id).where(ClaimRow.conversation_id.in_(ids), ClaimRow.closed_at.is_(None))
    if connection.execute(running.limit(1)).first():
        raise TurnRunning()


def _holds(connection: Connection, conversation_id: str, retention: Retention, today: date) -> list[Held]:
    """What the law still keeps the conversation for."""
    held: list[Held] = []
    turns = connection.execute(
        select(TurnRow.trace, TurnRow.created_at).where(TurnRow.conversation_id == conversation_id)
    )
    for turn in turns:
        standing = turn.trace.get("standing")
        if standing and standing.get("state") != "missing":  # an assessment decided what was said
            held.append(Held("suitability", retention.suitability(turn.created_at)))
    tickets = connection.execute(
        select(TicketRow.created_at, TicketRow.closed_at).where(
            TicketRow.conversation_id == conversation_id, TicketRow.reason.in_(_COMPLAINTS)
        )
    )
    held += [Held("complaint", retention.complaint(ticket.closed_at or ticket.created_at)) for ticket in tickets]
    return _latest(one for one in held if one.until >= today)


def _held_already(connection: Connection, tenant: str, customer_id: str, retention: Retention) -> list[Held]:
    """What an erasure, this one or an earlier one, left."""
    held: list[Held] = []
    for conversation_id in _conversations(connection, tenant, f"{HELD}{customer_id}"):
        held += _holds(connection, conversation_id, retention, date.min)
    profile = connection.execute(
        select(ProfileRow.updated_at).where(
            ProfileRow.tenant == tenant, ProfileRow.customer_id == f"{HELD}{customer_id}"
        )
    ).scalar_one_or_none()
    if profile is not None:
        held.append(Held("suitability", retention.suitability(profile)))
    return _latest(held)


def _latest(held: Iterable[Held]) -> list[Held]:
    """One a reason, with its last day."""
    last: dict[str, date] = {}
    for one in held:
        last[one.reason] = max(one.until, last.get(one.reason, date.min))
    return [Held(reason, until) for reason, until in sorted(last.items())]


def _take_from_customer(connection: Connection, conversation_id: str, customer_id: str) -> None:
    """The customer's page and exports show it no more; an admin and the agents whose ticket it was still can."""
    own = f"{HELD}{customer_id}"
    named: tuple[Any, ...] = (TurnRow, TicketRow, SealedRow)
    for model in named:
        connection.execute(update(model).where(model.conversation_id == conversation_id).values(customer_id=own))
    connection.execute(update(ConversationRow).where(ConversationRow.id == conversation_id).values(customer_id=own))
    about: tuple[Any, ...] = (GapRow, NoticeRequestRow, NoticeRow, MarkRow, FeedbackRow, RatingRow)
    for model in about:
        connection.execute(delete(model).where(model.conversation_id == conversation_id))
    _idle(connection, conversation_id)


def _erase_conversation(connection: Connection, conversation_id: str) -> int:
    """Everything said in it and about it, and its key. Gives the number of its tickets."""
    tickets = select(TicketRow.id).where(TicketRow.conversation_id == conversation_id)
    connection.execute(delete(AgentMessageRow).where(AgentMessageRow.ticket_id.in_(tickets)))
    turns = select(TurnRow.id).where(TurnRow.conversation_id == conversation_id)
    connection.execute(delete(TurnPassageRow).where(TurnPassageRow.turn_id.in_(turns)))
    _idle(connection, conversation_id)
    own = LessonRow.conversation_id == conversation_id
    connection.execute(delete(LessonRow).where(own, LessonRow.document_id.is_(None)))
    # What an agent made knowledge of is the bank's; the customer's words behind it go.
    connection.execute(update(LessonRow).where(own).values(question="", answer="", questions=[]))
    count = connection.execute(
        select(func.count()).select_from(TicketRow).where(TicketRow.conversation_id == conversation_id)
    ).scalar_one()
    for model in (
        GapRow,
        NoticeRequestRow,
        NoticeRow,
        MarkRow,
        FeedbackRow,
        RatingRow,
        SealedRow,
        TicketRow,
        ClaimRow,
        TurnRow,
        EventRow,
    ):
        connection.execute(delete(model).where(model.conversation_id == conversation_id))
    connection.execute(delete(CustomerKeyRow).where(CustomerKeyRow.scope == conversation_id))
    connection.execute(delete(ConversationRow).where(ConversationRow.id == conversation_id))
    return int(count)


def _idle(connection: Connection, conversation_id: str) -> None:
    """No Idempotency-Key gives an answer of it again, and no hash of what was asked stays."""
    own = ClaimRow.conversation_id == conversation_id
    connection.execute(update(ClaimRow).where(own).values(idempotency_key=None, body_sha256=""))


def _erase_profile(connection: Connection, tenant: str, customer_id: str, retention: Retention, now: datetime) -> int:
    own = (ProfileRow.tenant == tenant) & (ProfileRow.customer_id == customer_id)
    row = connection.execute(select(ProfileRow.tolerance, ProfileRow.updated_at).where(own)).one_or_none()
    if row is None:
        return 0
    if row.tolerance is not None and retention.suitability(row.updated_at) >= business_date(now):
        hidden = f"{HELD}{customer_id}"
        connection.execute(delete(ProfileRow).where(ProfileRow.tenant == tenant, ProfileRow.customer_id == hidden))
        connection.execute(update(ProfileRow).where(own).values(customer_id=hidden))
        return 0
    _drop_profile(connection, tenant, customer_id)
    return 1


def _drop_profile(connection: Connection, tenant: str, customer_id: str) -> None:
    named = (customer_id, f"{HELD}{customer_id}")
    connection.execute(delete(ProfileRow).where(ProfileRow.tenant == tenant, ProfileRow.customer_id.in_(named)))
    connection.execute(delete(CustomerKeyRow).where(CustomerKeyRow.scope == profile_scope(tenant, customer_id)))


def _sweep_page(
    connection: Connection, before: datetime, after: str, retention: Retention, now: datetime
) -> tuple[str, int]:
    """One page of conversations begun before that time; gives the last id looked at ("" = no more) and the erased."""
    rows = connection.execute(
        select(ConversationRow.id, ConversationRow.tenant)
        .where(ConversationRow.created_at < before, ConversationRow.id > after)
        .order_by(ConversationRow.id)
        .limit(_PAGE)
    ).all()
    gone: dict[str, int] = {}
    for row in rows:
        last = connection.execute(
            select(func.max(EventRow.created_at)).where(EventRow.conversation_id == row.id)
        ).scalar_one_or_none()
        busy = select(TicketRow.id).where(
            TicketRow.conversation_id == row.id, TicketRow.status.in_(("queued", "assigned"))
        )
        if (last is not None and last >= before) or connection.execute(busy).first():
            continue
        if not _holds(connection, row.id, retention, business_date(now)):
            _erase_conversation(connection, row.id)
            gone[row.tenant] = gone.get(row.tenant, 0) + 1
    if not after:
        _sweep_profiles(connection, retention, now)
    for tenant, count in sorted(gone.items()):
        payload = {"conversations": count, "begun_before": before.isoformat()}
        append_record(
            connection, tenant=tenant, type="retention.swept", actor="retention", payload=payload, clock=lambda: now
        )
    return (rows[-1].id if len(rows) == _PAGE else ""), sum(gone.values())


def _sweep_profiles(connection: Connection, retention: Retention, now: datetime) -> None:
    long_ago = now - timedelta(days=365 * retention.suitability_years)
    rows = connection.execute(
        select(ProfileRow.tenant, ProfileRow.customer_id, ProfileRow.updated_at).where(ProfileRow.updated_at < long_ago)
    ).all()
    for row in rows:
        if retention.suitability(row.updated_at) < business_date(now):
            _drop_profile(connection, row.tenant, row.customer_id.removeprefix(HELD))


def _export(connection: Connection, tenant: str, customer_id: str) -> dict[str, Any]:
    profile = connection.execute(
        select(ProfileRow.tolerance, ProfileRow.assessed_until, ProfileRow.birth_year, ProfileRow.updated_at).where(
            ProfileRow.tenant == tenant, ProfileRow.customer_id == customer_id
        )
    ).one_or_none()
    return {
        "customer_id": customer_id,
        "profile": dict(profile._mapping) if profile else None,
        "conversations": [
            _export_conversation(connection, conversation_id)
            for conversation_id in _conversations(connection, tenant, customer_id)
        ],
    }


def _export_conversation(connection: Connection, conversation_id: str) -> dict[str, Any]:
    def rows(model: Any, *names: str) -> list[dict[str, Any]]:
        query = select(*(getattr(model, name) for name in names)).where(model.conversation_id == conversation_id)
        return [dict(row._mapping) for row in connection.execute(query)]

    originals = {row["turn_id"]: row["sealed"] for row in rows(SealedRow, "turn_id", "sealed")}
    messages = []
    for one in view_messages(connection, conversation_id):
        said: dict[str, Any] = {"from": one.role, "text": one.text, "at": one.created_at}
        if one.role == "bot" and one.ai_label:
            said["ai_label"] = one.ai_label
        if one.role == "customer" and one.turn_id in originals:
            said["sealed"] = originals[one.turn_id]
        messages.append(said)
    return {
        "id": conversation_id,
        "messages": messages,
        "ratings": rows(RatingRow, "about", "score", "reasons", "comment", "created_at"),
        "feedback": rows(FeedbackRow, "turn_id", "rating", "tags", "comment", "created_at"),
        "tickets": rows(TicketRow, "id", "status", "reason", "created_at", "closed_at", "callback_masked"),
        "answer_notices": rows(NoticeRequestRow, "asked", "consent", "requested_at", "revoked_at", "told_at"),
    }
