"""What versions were corrected to, what each decision published, and which answers rest on which passages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from app.store.columns import JsonText, PlainText, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for name, empty in (("confirmed", "{}"), ("proposed", "[]"), ("corrections", "[]")):
        op.add_column("versions", sa.Column(name, JsonText(), nullable=False, server_default=empty))
    op.add_column("versions", sa.Column("corrected_from", sa.Integer(), nullable=True))
    op.add_column("versions", sa.Column("submitted_by", PlainText(), nullable=True))
    publications = op.create_table(
        "publications",
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("approved", sa.Boolean(), nullable=False),
        sa.Column("in_force_from", sa.Date(), nullable=True),
        sa.Column("in_force_to", sa.Date(), nullable=True),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("document_id", "version", "revision", name="pk_publications"),
    )
    op.create_index("ix_publications_tenant_recorded_at", "publications", ["tenant", "recorded_at"], unique=False)
    turn_passages = op.create_table(
        "turn_passages",
        sa.Column("turn_id", PlainText(), nullable=False),
        sa.Column("passage_id", PlainText(), nullable=False),
        sa.Column("tenant", PlainText(), nullable=False),
        sa.Column("document_id", PlainText(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("cited", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("turn_id", "passage_id", name="pk_turn_passages"),
    )
    op.create_index(
        "ix_turn_passages_tenant_document_id_version_created_at",
        "turn_passages",
        ["tenant", "document_id", "version", "created_at"],
        unique=False,
    )
    _add(publications, _decisions())
    _add(turn_passages, _relied())


def _add(table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 500):
        op.bulk_insert(table, rows[start : start + 500])


def _decisions() -> list[dict[str, Any]]:
    """The audit ledger has said since the beginning what each decision made of each version."""
    records = op.get_bind().execute(
        sa.text(
            "SELECT tenant, document_id, payload, recorded_at FROM audit_records"
            " WHERE type IN ('version.approved', 'version.withdrawn', 'version.rolled_back')"
            " ORDER BY tenant, sequence"
        )
    )
    rows: list[dict[str, Any]] = []
    counted: dict[str, int] = {}
    for record in records:
        revision = counted[record.document_id] = counted.get(record.document_id, 0) + 1
        for version, (status, starts, ends, overtaken) in orjson.loads(record.payload)["versions"].items():
            if status not in ("approved", "withdrawn"):
                continue
            rows.append(
                {
                    "document_id": record.document_id,
                    "version": int(version),
                    "revision": revision,
                    "tenant": record.tenant,
                    "approved": status == "approved" and not overtaken,
                    "in_force_from": date.fromisoformat(starts) if starts else None,
                    "in_force_to": date.fromisoformat(ends) if ends else None,
                    "recorded_at": datetime.fromisoformat(record.recorded_at),
                }
            )
    return rows


def _relied() -> list[dict[str, Any]]:
    turns = op.get_bind().execute(
        sa.text("SELECT id, tenant, trace, result, created_at FROM turns WHERE generator <> 'rule'").columns(
            trace=JsonText(), result=JsonText(), created_at=UtcDateTime()
        )
    )
    rows = []
    for turn in turns:
        cited = {row.get("passage_id") for row in turn.result.get("citations", ())}
        for row in {row["passage_id"]: row for row in turn.trace.get("passages", ())}.values():
            rows.append(
                {
                    "turn_id": turn.id,
                    "passage_id": row["passage_id"],
                    "tenant": turn.tenant,
                    "document_id": row["document_id"],
                    "version": row["version"],
                    "cited": row["passage_id"] in cited,
                    "created_at": turn.created_at,
                }
            )
    return rows
