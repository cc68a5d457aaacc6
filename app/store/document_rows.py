"""Rows of documents, versions and jobs as the dataclasses of app.knowledge.documents, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from app.errors import NotFound
from app.knowledge.documents import METADATA, Document, Job, Upload, Version
from app.knowledge.preparing import Correction, Metadata, Notice
from app.store.schema import DocumentRow, JobRow, VersionRow

VERSION = [getattr(VersionRow, field.name) for field in fields(Version)]
# What was kept out stands beside the version, also of one that came to nothing.
_JOB = [field.name for field in fields(Job) if field.name != "kept_out"]
JOB = [getattr(JobRow, name) for name in _JOB]


def read_document(connection: Connection, tenant: str, document_id: str) -> Document:
    row = connection.execute(
        select(DocumentRow.path).where(DocumentRow.id == document_id, DocumentRow.tenant == tenant)
    ).one_or_none()
    versions = read_versions(connection, document_id) if row else []
    if row is None or not versions:
        raise NotFound()
    return Document(document_id, tenant, row.path, tuple(versions))


def read_versions(connection: Connection, document_id: str) -> list[Version]:
    rows = connection.execute(
        select(*VERSION).where(VersionRow.document_id == document_id).order_by(VersionRow.version)
    )
    return [version_of(row._mapping) for row in rows]


def version_of(row: Mapping[Any, Any]) -> Version:
    values = {field.name: row[field.name] for field in fields(Version)}
    values["warnings"] = tuple(Notice(**warning) for warning in values["warnings"])
    values["editors"] = tuple(values["editors"])
    values["proposed"] = tuple(values["proposed"])
    values["corrections"] = tuple(Correction(**correction) for correction in values["corrections"])
    return Version(**values)


def version_values(version: Version) -> dict[str, Any]:
    values = {field.name: getattr(version, field.name) for field in fields(Version)}
    values["warnings"] = [asdict(warning) for warning in version.warnings]
    values["editors"] = list(version.editors)
    values["declared"], values["confirmed"] = dict(version.declared), dict(version.confirmed)
    values["proposed"] = list(version.proposed)
    values["corrections"] = [asdict(correction) for correction in version.corrections]
    return values


def insert_version(
    connection: Connection, document_id: str, number: int, upload: Upload, now: datetime, before: Version | None
) -> None:
    """before: the document's last version, if it has one. What was only for staff stays so until somebody says else."""
    declared = dict(upload.declared)
    version = Version(
        document_id=document_id,
        version=number,
        tenant=upload.tenant,
        status="draft",
        ready=False,
        file_name=upload.file_name,
        sha256=upload.sha256,
        size=upload.size,
        declared=declared,
        kind=declared.get("kind") or "product",
        title=declared.get("title") or upload.file_name,
        product_code=declared.get("product_code"),
        risk_level=declared.get("risk_level"),
        audience=declared.get("audience") or (before.audience if before else "public"),
        valid_from=_day(declared.get("valid_from")),
        valid_to=_day(declared.get("valid_to")),
        editors=(upload.actor,),
        created_at=now,
    )
    connection.execute(insert(VersionRow).values(version_values(version)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def same(version: Version, upload: Upload) -> bool:
    """Same bytes and same metadata, and still something people work with."""
    return (
        version.sha256 == upload.sha256
        and _of_audience(version.declared, version) == _of_audience(upload.declared, version)
        and version.status != "withdrawn"
    )


def _of_audience(declared: Mapping[str, Any], version: Version) -> dict[str, Any]:
    return {"audience": version.audience, **declared}


def resolved(version: Version, metadata: Metadata, title: str | None) -> dict[str, Any]:
    """The metadata after proposals from the text, and which of it is only proposed. Kind, title and audience that
    nothing is known of keep what the row has."""
    values: dict[str, Any] = {name: getattr(metadata, name) for name in METADATA}
    values["title"] = metadata.title or title
    said = {**version.declared, **version.confirmed}
    proposed = [name for name in METADATA if name != "audience" and name not in said and values[name] is not None]
    kept = {name for name in ("kind", "title", "audience") if values[name] is None}
    return {**{name: value for name, value in values.items() if name not in kept}, "proposed": proposed}


def read_job(connection: Connection, job_id: str) -> Job:
    row = connection.execute(select(*JOB).where(JobRow.id == job_id)).one_or_none()
    if row is None:
        raise NotFound()
    values = {name: row._mapping[name] for name in _JOB}
    values["warnings"] = tuple(Notice(**warning) for warning in values["warnings"])
    values["error"] = Notice(**values["error"]) if values["error"] else None
    return Job(**values)
