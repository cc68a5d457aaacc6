"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText, UtcDateTime

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "audit_heads",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_audit_heads"),
    )
    op.create_table(
        "audit_records",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", PlainText(), nullable=False),
        sa.Column("actor", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=True),
        sa.Column("document_id", PlainText(), nullable=True),
        sa.Column("payload", PlainText(), nullable=False),
        sa.Column("recorded_at", PlainText(), nullable=False),
        sa.Column("previous_hash", PlainText(), nullable=False),
        sa.Column("hash", PlainText(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "sequence", name="pk_audit_records"),
    )
    op.create_index(
        "ix_audit_records_tenant_conversation_id", "audit_records", ["tenant", "conversation_id"], unique=False
    )
    op.create_index("ix_audit_records_tenant_document_id", "audit_records", ["tenant", "document_id"], unique=False)
    op.create_index("ix_audit_records_tenant_recorded_at", "audit_records", ["tenant", "recorded_at"], unique=False)
    op.create_table(
        "claims",
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("idempotency_key", PlainText(), nullable=True),
        sa.Column("body_sha256", PlainText(), nullable=False),
        sa.Column("worker_id", PlainText(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("turn_id", name="pk_claims"),
    )
    op.create_index("ix_claims_closed_at_worker_id", "claims", ["closed_at", "worker_id"], unique=False)
    op.create_index(
        "ix_claims_conversation_id_idempotency_key", "claims", ["conversation_id", "idempotency_key"], unique=True
    )
    op.create_table(
        "conversations",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_conversations"),
    )
    op.create_index(
        "ix_conversations_tenant_customer_id_created_at",
        "conversations",
        ["tenant", "customer_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "documents",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("path", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("settled_revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
    )
    op.create_index("ix_documents_tenant_path", "documents", ["tenant", "path"], unique=True)
    op.create_table(
        "events",
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("type", PlainText(), nullable=False),
        sa.Column("turn_id", PlainText(), nullable=True),
        sa.Column("data", JsonText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "sequence", name="pk_events"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "feedback",
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("author", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("rating", PlainText(), nullable=False),
        sa.Column("tags", JsonText(), nullable=False),
        sa.Column("comment", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "author", name="pk_feedback"),
    )
    op.create_table(
        "gaps",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("cause", PlainText(), nullable=False),
        sa.Column("question", PlainText(), nullable=False),
        sa.Column("normalised", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
    )
    op.create_index("ix_gaps_tenant_created_at", "gaps", ["tenant", "created_at"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("step", PlainText(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("outcome", PlainText(), nullable=True),
        sa.Column("warnings", JsonText(), nullable=False),
        sa.Column("error", JsonText(), nullable=True),
        sa.Column("actor", PlainText(), nullable=False),
        sa.Column("worker_id", PlainText(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_status_created_at", "jobs", ["status", "created_at"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("tolerance", PlainText(), nullable=True),
        sa.Column("assessed_until", sa.Date(), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("updated_by", PlainText(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", "customer_id", name="pk_profiles"),
    )
    op.create_table(
        "ratings",
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("comment", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_ratings"),
    )
    op.create_table(
        "synonyms",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("groups", JsonText(), nullable=False),
        sa.Column("updated_by", PlainText(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_synonyms"),
    )
    op.create_table(
        "tickets",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("turn_id", PlainText(), nullable=True),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("reason", PlainText(), nullable=False),
        sa.Column("priority", PlainText(), nullable=False),
        sa.Column("skill", PlainText(), nullable=False),
        sa.Column("summary", JsonText(), nullable=False),
        sa.Column("agent_id", PlainText(), nullable=True),
        sa.Column("resolution", PlainText(), nullable=False),
        sa.Column("reusable", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tickets"),
    )
    op.create_index(
        "ix_tickets_tenant_status_priority_created_at",
        "tickets",
        ["tenant", "status", "priority", "created_at"],
        unique=False,
    )
    op.create_index(
        "ux_tickets_open_conversation",
        "tickets",
        ["conversation_id"],
        unique=True,
        sqlite_where=sa.text("status IN ('queued', 'assigned')"),
        postgresql_where=sa.text("status IN ('queued', 'assigned')"),
    )
    op.create_table(
        "turns",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("question", PlainText(), nullable=False),
        sa.Column("standalone", PlainText(), nullable=False),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("reason", PlainText(), nullable=False),
        sa.Column("generator", PlainText(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("result", JsonText(), nullable=False),
        sa.Column("trace", JsonText(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_turns"),
    )
    op.create_index("ix_turns_conversation_id_sequence", "turns", ["conversation_id", "sequence"], unique=False)
    op.create_index("ix_turns_tenant_created_at", "turns", ["tenant", "created_at"], unique=False)
    op.create_table(
        "versions",
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("file_name", PlainText(), nullable=False),
        sa.Column("sha256", PlainText(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("declared", JsonText(), nullable=False),
        sa.Column("kind", PlainText(), nullable=False),
        sa.Column("title", PlainText(), nullable=False),
        sa.Column("product_code", PlainText(), nullable=True),
        sa.Column("risk_level", PlainText(), nullable=True),
        sa.Column("audience", PlainText(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("overtaken", sa.Boolean(), nullable=False),
        sa.Column("ends_predecessor", sa.Boolean(), nullable=False),
        sa.Column("editors", JsonText(), nullable=False),
        sa.Column("approver", PlainText(), nullable=True),
        sa.Column("comment", PlainText(), nullable=False),
        sa.Column("warnings", JsonText(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("document_id", "version", name="pk_versions"),
    )
    op.create_index("ix_versions_tenant_status", "versions", ["tenant", "status"], unique=False)
    op.create_table(
        "workers",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("host", PlainText(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("beats", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workers"),
    )
