"""Customers' messages as they wrote them, encrypted, where masking took something out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import PlainText, UtcDateTime

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "sealed_messages",
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("conversation_id", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("sealed", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", name="pk_sealed_messages"),
    )
    op.create_index("ix_sealed_messages_tenant_customer_id", "sealed_messages", ["tenant", "customer_id"], unique=False)
