"""What the human desk keeps: tickets' clocks and call-backs, read marks, agents' messages by key, agents, rules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    for column in (
        sa.Column("language", PlainText(), nullable=False, server_default="zh-Hans"),
        sa.Column("respond_by", UtcDateTime(), nullable=True),
        sa.Column("first_response_at", UtcDateTime(), nullable=True),
        sa.Column("transferred_from", PlainText(), nullable=True),
        sa.Column("reopened", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("opened_sequence", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("callback_at", UtcDateTime(), nullable=True),
        sa.Column("callback_masked", PlainText(), nullable=True),
        sa.Column("callback_sealed", PlainText(), nullable=True),
    ):
        op.add_column("tickets", column)
    op.create_index("ix_tickets_conversation_id_created_at", "tickets", ["conversation_id", "created_at"], unique=False)
    op.create_table(
        "agent_messages",
        sa.Column("ticket_id", PlainText(), nullable=False),
        sa.Column("idempotency_key", PlainText(), nullable=False),
        sa.Column("text_sha256", PlainText(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "idempotency_key", name="pk_agent_messages"),
    )
    op.create_table(
        "marks",
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("customer_read", sa.Integer(), nullable=False),
        sa.Column("agent_read", sa.Integer(), nullable=False),
        sa.Column("customer_typing_at", UtcDateTime(), nullable=True),
        sa.Column("agent_typing_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name="pk_marks"),
    )
    op.create_table(
        "agents",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("status", PlainText(), nullable=False),
        sa.Column("skills", JsonText(), nullable=False),
        sa.Column("languages", JsonText(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("tenant", "id", name="pk_agents"),
    )
    op.create_table(
        "desk_rules",
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("rules", JsonText(), nullable=False),
        sa.Column("updated_by", PlainText(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name="pk_desk_rules"),
    )
