"""What was kept out of a version's knowledge, and how many pieces that are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "quarantine",
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("items", JsonText(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "version", name="pk_quarantine"),
    )
    op.add_column("versions", sa.Column("quarantined", sa.Integer(), nullable=False, server_default="0"))
