"""Agents' answers that may become knowledge, notices to those who asked in vain, ratings of bot and person apart."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText, UtcDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "lessons",
        sa.Column("ticket_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("agent_id", PlainText(), nullable=False),
        sa.Column("question", PlainText(), nullable=False),
        sa.Column("answer", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("questions", JsonText(), nullable=True),
        sa.Column("gap_ids", JsonText(), nullable=True),
        sa.Column("document_id", PlainText(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("problem", PlainText(), nullable=True),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_lessons"),
    )
    op.create_index("ix_lessons_tenant_document_id", "lessons", ["tenant", "document_id"], unique=False)
    op.create_table(
        "notice_requests",
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("asked", PlainText(), nullable=False),
        sa.Column("question", PlainText(), nullable=False),
        sa.Column("language", PlainText(), nullable=False),
        sa.Column("consent", PlainText(), nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("told_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("turn_id", name="pk_notice_requests"),
    )
    op.create_index("ix_notice_requests_tenant_told_at", "notice_requests", ["tenant", "told_at"], unique=False)
    op.create_index("ix_notice_requests_conversation_id", "notice_requests", ["conversation_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "customer_id", name="pk_notices"),
    )
    op.create_index("ix_gaps_turn_id", "gaps", ["turn_id"], unique=False)
    op.create_index("ix_gaps_document_id", "gaps", ["document_id"], unique=False)
    _rate_apart()


def _rate_apart() -> None:
    """One rating for each person's service and one for the bot, where there was one a conversation.

    A rating given after a person had come was of that person's service.
    """
    op.execute("ALTER TABLE ratings RENAME TO ratings_before")
    # PostgreSQL keeps a constraint's name when its table gets another.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE ratings_before RENAME CONSTRAINT pk_ratings TO pk_ratings_before")
    op.create_table(
        "ratings",
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("ticket_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("about", PlainText(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", JsonText(), nullable=False),
        sa.Column("comment", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "ticket_id", name="pk_ratings"),
    )
    op.create_index("ix_ratings_tenant_created_at", "ratings", ["tenant", "created_at"], unique=False)
    op.execute(
        """
        INSERT INTO ratings (conversation_id, ticket_id, tenant, about, score, reasons, comment, created_at)
        SELECT conversation_id, coalesce(served, ''), tenant, CASE WHEN served IS NULL THEN 'bot' ELSE 'person' END,
            score, '[]', comment, created_at
        FROM (
            SELECT ratings_before.*, (
                SELECT tickets.id FROM tickets
                WHERE tickets.conversation_id = ratings_before.conversation_id
                    AND tickets.assigned_at <= ratings_before.created_at
                ORDER BY tickets.assigned_at DESC LIMIT 1
            ) AS served
            FROM ratings_before
        ) AS known
        """
    )
    op.drop_table("ratings_before")
