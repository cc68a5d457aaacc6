"""The tables of what customers thought and wanted to know, and of the desk that takes over from the bot."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.store.columns import JsonText
from app.store.schema import Model
from app.store.sealing import SealedJson, SealedText

_OPEN_TICKET = text("status IN ('queued', 'assigned')")


class FeedbackRow(Model):
    __tablename__ = "feedback"
    turn_id: Mapped[str] = mapped_column(primary_key=True)
    author: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    rating: Mapped[str]
    tags: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime]


class RatingRow(Model):
    """about: bot | person. ticket_id: of the person's service that is rated; "" = the bot's part. reasons: codes."""

    __tablename__ = "ratings"
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    about: Mapped[str]
    score: Mapped[int]
    reasons: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "tenant", "created_at"),)


class GapRow(Model):
    """A question the knowledge did not answer. cause: abstained | down_rated | conflicting.

    normalised groups equal questions. document_id, version: the FAQ draft made from it. dismissed_at: an editor put it
    aside; the same question asked later is a new row and comes up again.
    """

    __tablename__ = "gaps"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    turn_id: Mapped[str]
    cause: Mapped[str]
    question: Mapped[str] = mapped_column(SealedText)
    normalised: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime]
    document_id: Mapped[str | None]
    version: Mapped[int | None]
    dismissed_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "tenant", "created_at"), Index(None, "turn_id"), Index(None, "document_id"))


class LessonRow(Model):
    """An answer of an agent's that may become knowledge: written with the ticket's end, worked on afterwards.

    questions, gap_ids: every wording the draft answers, and whose they are, once settled (None = not yet).
    document_id, version: the FAQ draft. problem: the code with which the file was refused for good.
    """

    __tablename__ = "lessons"
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    agent_id: Mapped[str]
    question: Mapped[str] = mapped_column(SealedText)
    answer: Mapped[str] = mapped_column(SealedText)
    created_at: Mapped[datetime]
    questions: Mapped[list[Any] | None] = mapped_column(JsonText)
    gap_ids: Mapped[list[Any] | None] = mapped_column(JsonText)
    document_id: Mapped[str | None]
    version: Mapped[int | None]
    problem: Mapped[str | None]
    __table_args__ = (Index(None, "tenant", "document_id"),)


class NoticeRequestRow(Model):
    """A customer wants to be told once a question of theirs has an answer. asked: their own words; question: the same
    without what was said before. consent: which wording they agreed to.

    revoked_at: they changed their mind. told_at: they have been told; the request is spent.
    """

    __tablename__ = "notice_requests"
    turn_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    customer_id: Mapped[str]
    asked: Mapped[str] = mapped_column(SealedText)
    question: Mapped[str] = mapped_column(SealedText)
    language: Mapped[str]
    consent: Mapped[str]
    requested_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "tenant", "told_at"), Index(None, "conversation_id"))


class NoticeRow(Model):
    """A customer was told that this document answers what they asked; the key is what makes it once."""

    __tablename__ = "notices"
    document_id: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    version: Mapped[int]
    conversation_id: Mapped[str]
    sequence: Mapped[int]
    created_at: Mapped[datetime]


class TicketRow(Model):
    """opened_sequence: of the conversation's last event when it was queued; what came later is news to an agent.

    callback_sealed: the number to call, encrypted; callback_masked: what is shown of it.
    """

    __tablename__ = "tickets"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    customer_id: Mapped[str]
    turn_id: Mapped[str | None]
    status: Mapped[str]
    reason: Mapped[str]
    priority: Mapped[str]
    skill: Mapped[str]
    summary: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    agent_id: Mapped[str | None]
    resolution: Mapped[str] = mapped_column(SealedText)
    reusable: Mapped[bool]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    assigned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    language: Mapped[str]
    respond_by: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    transferred_from: Mapped[str | None]
    reopened: Mapped[bool]
    opened_sequence: Mapped[int]
    callback_at: Mapped[datetime | None]
    callback_masked: Mapped[str | None]
    callback_sealed: Mapped[str | None]
    __table_args__ = (
        Index(None, "tenant", "status", "priority", "created_at"),
        Index(None, "conversation_id", "created_at"),
        Index(
            "ux_tickets_open_conversation",
            "conversation_id",
            unique=True,
            sqlite_where=_OPEN_TICKET,
            postgresql_where=_OPEN_TICKET,
        ),
    )


class AgentMessageRow(Model):
    """An agent's message under its Idempotency-Key: sent again, it is the same message."""

    __tablename__ = "agent_messages"
    ticket_id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(primary_key=True)
    text_sha256: Mapped[str]
    sequence: Mapped[int]


class SealedRow(Model):
    """A customer's message as they wrote it, encrypted, where masking took something out of it."""

    __tablename__ = "sealed_messages"
    turn_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    conversation_id: Mapped[str]
    customer_id: Mapped[str]
    sealed: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "tenant", "customer_id"),)


class MarkRow(Model):
    """How far both sides of a conversation have read, and when they last typed. Overwritten, never kept."""

    __tablename__ = "marks"
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    customer_read: Mapped[int]
    agent_read: Mapped[int]
    customer_typing_at: Mapped[datetime | None]
    agent_typing_at: Mapped[datetime | None]


class AgentRow(Model):
    """What an agent takes. seen_at: when a desk of theirs was last open."""

    __tablename__ = "agents"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    status: Mapped[str]
    skills: Mapped[list[Any]]
    languages: Mapped[list[Any]]
    capacity: Mapped[int]
    seen_at: Mapped[datetime | None]


class DeskRulesRow(Model):
    """A tenant's own hours, skills and clocks; what it does not say is as in app/handoff/rules.yaml."""

    __tablename__ = "desk_rules"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    rules: Mapped[dict[str, Any]]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime]
