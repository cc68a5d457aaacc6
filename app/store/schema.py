"""The tables of conversations, documents and the ledger; app.store.desk_schema has those of the desk and of what people
thought. The same models serve SQLite and PostgreSQL; Alembic migrations beside this file build them.

A test checks that the migrations and the models agree.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, Index, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from app.store.columns import JsonText, PlainText, UtcDateTime
from app.store.sealing import SealedJson, SealedText


class Model(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads a plain class attribute
        str: PlainText,
        datetime: UtcDateTime,
        date: Date,
        dict[str, Any]: JsonText,
        list[Any]: JsonText,
    }


class WorkerRow(Model):
    """A running process; its turns and jobs are taken over when it is gone."""

    __tablename__ = "workers"
    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    beats: Mapped[int]


class ConversationRow(Model):
    """last_sequence counts the conversation's events; raising it also locks the conversation on PostgreSQL."""

    __tablename__ = "conversations"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    customer_id: Mapped[str]
    created_at: Mapped[datetime]
    last_sequence: Mapped[int] = mapped_column(Integer, default=0)
    __table_args__ = (Index(None, "tenant", "customer_id", "created_at"),)


class CustomerKeyRow(Model):
    """scope: the conversation whose text is sealed under the key, or profile_scope. wrapped: under the master key."""

    __tablename__ = "customer_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    customer_id: Mapped[str]
    scope: Mapped[str]
    wrapped: Mapped[str]
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "scope", unique=True), Index(None, "tenant", "customer_id"))


class EventRow(Model):
    __tablename__ = "events"
    conversation_id: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    turn_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    created_at: Mapped[datetime]
    __table_args__ = ({"sqlite_with_rowid": False},)


class ClaimRow(Model):
    """A turn from its first moment: who runs it, and under which Idempotency-Key. closed_at: the turn is stored."""

    __tablename__ = "claims"
    turn_id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str]
    tenant: Mapped[str]
    idempotency_key: Mapped[str | None]
    body_sha256: Mapped[str]
    worker_id: Mapped[str]
    started_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    __table_args__ = (
        Index(None, "conversation_id", "idempotency_key", unique=True),
        Index(None, "closed_at", "worker_id"),
    )


class TurnRow(Model):
    """sequence: of the turn's last event; the turns' order, whatever the clock does."""

    __tablename__ = "turns"
    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str]
    tenant: Mapped[str]
    customer_id: Mapped[str]
    question: Mapped[str] = mapped_column(SealedText)
    standalone: Mapped[str] = mapped_column(SealedText)
    text: Mapped[str] = mapped_column(SealedText)
    status: Mapped[str]
    reason: Mapped[str]
    generator: Mapped[str]
    as_of: Mapped[date]
    result: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    trace: Mapped[dict[str, Any]] = mapped_column(SealedJson)
    sequence: Mapped[int]
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "conversation_id", "sequence"), Index(None, "tenant", "created_at"))


class FreezeRow(Model):
    """A topic pinned to approved wording from valid_from to valid_to (business dates, both inclusive).

    lifted_at: an approver ended it; the row stays for the record.
    """

    __tablename__ = "freezes"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    topic: Mapped[str]
    questions: Mapped[list[Any]]
    text: Mapped[str]
    comment: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    lifted_by: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "tenant", "lifted_at"),)


class AuditHeadRow(Model):
    """The end of a tenant's chain: also the row that serialises appends to it on PostgreSQL."""

    __tablename__ = "audit_heads"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int]
    hash: Mapped[str]


class AuditRow(Model):
    """payload: canonical JSON text, exactly what was hashed."""

    __tablename__ = "audit_records"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    type: Mapped[str]
    actor: Mapped[str]
    conversation_id: Mapped[str | None]
    document_id: Mapped[str | None]
    payload: Mapped[str]
    recorded_at: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]
    __table_args__ = (
        Index(None, "tenant", "conversation_id"),
        Index(None, "tenant", "document_id"),
        Index(None, "tenant", "recorded_at"),
    )


class ProfileRow(Model):
    __tablename__ = "profiles"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(primary_key=True)
    tolerance: Mapped[str | None]
    assessed_until: Mapped[date | None]
    birth_year: Mapped[int | None]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime]


class DocumentRow(Model):
    """path: its identity among ingested files. settled_revision < revision: the index may still show less than the
    versions say."""

    __tablename__ = "documents"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    path: Mapped[str]
    created_at: Mapped[datetime]
    last_version: Mapped[int]
    revision: Mapped[int]
    settled_revision: Mapped[int]
    __table_args__ = (Index(None, "tenant", "path", unique=True),)


class VersionRow(Model):
    """valid_from, valid_to: as declared; in_force_from, in_force_to: what the index filters by.

    ends_predecessor: a withdrawn version that was in force still ends the one before it.
    declared: the metadata as uploaded, for recognising an unchanged file; confirmed: what people said of it since.
    """

    __tablename__ = "versions"
    document_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant: Mapped[str]
    status: Mapped[str]
    ready: Mapped[bool]
    file_name: Mapped[str]
    sha256: Mapped[str]
    size: Mapped[int]
    declared: Mapped[dict[str, Any]]
    kind: Mapped[str]
    title: Mapped[str]
    product_code: Mapped[str | None]
    risk_level: Mapped[str | None]
    audience: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    in_force_from: Mapped[date | None]
    in_force_to: Mapped[date | None]
    overtaken: Mapped[bool]
    ends_predecessor: Mapped[bool]
    editors: Mapped[list[Any]]
    approver: Mapped[str | None]
    comment: Mapped[str]
    warnings: Mapped[list[Any]]
    passages: Mapped[int]
    pages: Mapped[int]
    quarantined: Mapped[int]
    created_at: Mapped[datetime]
    confirmed: Mapped[dict[str, Any]]
    proposed: Mapped[list[Any]]
    corrections: Mapped[list[Any]]
    corrected_from: Mapped[int | None]
    submitted_by: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    __table_args__ = (Index(None, "tenant", "status"),)


class QuarantineRow(Model):
    """What of a version's file was kept out of knowledge, for the editor to see."""

    __tablename__ = "quarantine"
    document_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    items: Mapped[list[Any]]


class PublicationRow(Model):
    """What a decision made of a version: from then on it answered on these days, or not at all. Only ever added to.

    revision: the document's, counting its decisions; recorded_at rises with it, whatever the clock does.
    """

    __tablename__ = "publications"
    document_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tenant: Mapped[str]
    approved: Mapped[bool]
    in_force_from: Mapped[date | None]
    in_force_to: Mapped[date | None]
    recorded_at: Mapped[datetime]
    __table_args__ = (Index(None, "tenant", "recorded_at"),)


class TurnPassageRow(Model):
    """A passage that a turn's answer was made from; cited: the customer was shown it as a source."""

    __tablename__ = "turn_passages"
    turn_id: Mapped[str] = mapped_column(primary_key=True)
    passage_id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    document_id: Mapped[str]
    version: Mapped[int]
    cited: Mapped[bool]
    created_at: Mapped[datetime]
    __table_args__ = (Index(None, "tenant", "document_id", "version", "created_at"),)


class JobRow(Model):
    __tablename__ = "jobs"
    id: Mapped[str] = mapped_column(primary_key=True)
    tenant: Mapped[str]
    document_id: Mapped[str]
    version: Mapped[int]
    status: Mapped[str]
    step: Mapped[str]
    done: Mapped[int]
    total: Mapped[int]
    outcome: Mapped[str | None]
    warnings: Mapped[list[Any]]
    error: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    actor: Mapped[str]
    worker_id: Mapped[str | None]
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    __table_args__ = (Index(None, "status", "created_at"),)


class SynonymsRow(Model):
    __tablename__ = "synonyms"
    tenant: Mapped[str] = mapped_column(primary_key=True)
    groups: Mapped[list[Any]]
    updated_by: Mapped[str]
    updated_at: Mapped[datetime]
