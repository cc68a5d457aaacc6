"""What was kept out of a version's knowledge: written with the version's passages, read by its editors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from app.knowledge.preparing import KeptOut
from app.store.schema import QuarantineRow


def replace_kept_out(connection: Connection, document_id: str, version: int, items: Sequence[KeptOut]) -> None:
    """A version that is prepared again has what the last time found."""
    connection.execute(
        delete(QuarantineRow).where(QuarantineRow.document_id == document_id, QuarantineRow.version == version)
    )
    if items:
        values = {"document_id": document_id, "version": version, "items": [asdict(item) for item in items]}
        connection.execute(insert(QuarantineRow).values(values))


def read_kept_out(connection: Connection, document_id: str, version: int) -> list[KeptOut]:
    items = connection.execute(
        select(QuarantineRow.items).where(QuarantineRow.document_id == document_id, QuarantineRow.version == version)
    ).scalar_one_or_none()
    return [KeptOut(**item) for item in items or ()]
