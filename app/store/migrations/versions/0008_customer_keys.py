"""A key for each conversation and profile, under which its text is sealed; the text itself is sealed by the service
after its start, which has the master key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import PlainText, UtcDateTime

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "customer_keys",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("customer_id", PlainText(), nullable=False),
        sa.Column("scope", PlainText(), nullable=False),
        sa.Column("wrapped", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_customer_keys"),
    )
    op.create_index("ix_customer_keys_scope", "customer_keys", ["scope"], unique=True)
    op.create_index("ix_customer_keys_tenant_customer_id", "customer_keys", ["tenant", "customer_id"], unique=False)
