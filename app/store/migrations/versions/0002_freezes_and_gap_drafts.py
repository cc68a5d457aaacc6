"""Freezes; what became of a gap: a draft, or put aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "freezes",
        sa.Column("id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("topic", PlainText(), nullable=False),
        sa.Column("questions", JsonText(), nullable=False),
        sa.Column("text", PlainText(), nullable=False),
        sa.Column("comment", PlainText(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("created_by", PlainText(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", PlainText(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_freezes"),
    )
    op.create_index("ix_freezes_tenant_lifted_at", "freezes", ["tenant", "lifted_at"], unique=False)
    op.add_column("gaps", sa.Column("document_id", PlainText(), nullable=True))
    op.add_column("gaps", sa.Column("version", sa.Integer(), nullable=True))
    op.add_column("gaps", sa.Column("dismissed_at", UtcDateTime(), nullable=True))
