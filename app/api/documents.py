"""Documents, versions and the work on uploads, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, fields
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.api.dependencies import Services, caller, services
from app.api.shown import Shown
from app.api.sse import frame, stream
from app.errors import AppError, Invalid, TooLarge
from app.identity import Caller, Role
from app.knowledge.difference import Difference
from app.knowledge.documents import AcceptedMember, Document, Entry, Job, ShownStatus, Version
from app.knowledge.passage import Audience, Kind, Passage
from app.knowledge.preparing import Metadata, Notice, RefusedMember, Source
from app.store.records import Lesson

router = APIRouter(prefix="/v1", tags=["knowledge"])
Parts = Annotated[Services, Depends(services)]
Editor = Annotated[Caller, Depends(caller(Role.EDITOR))]
Approver = Annotated[Caller, Depends(caller(Role.APPROVER))]
Governor = Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER))]
Reader = Annotated[Caller, Depends(caller(Role.EDITOR, Role.APPROVER, Role.EVALUATOR, Role.AGENT))]


class FileTooLarge(TooLarge):
    title = "文件太大，请拆分或压缩后重新上传。"


class ArchiveIsNoVersion(Invalid):
    code, title = "archive_is_no_version", "压缩包里的每个文件各自成为一份文件，请上传单个文件作为新版本。"


class DecisionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    comment: str = Field(default="", max_length=2000)


class MetadataBody(BaseModel):
    """What a person confirms or changes; a field left out stays as it is, null says that there is none."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = None
    kind: Kind | None = None
    product_code: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)] | None = None
    risk_level: Literal["R1", "R2", "R3", "R4", "R5"] | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    audience: Audience | None = None


class CorrectionBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), Shown]
    comment: str = Field(default="", max_length=2000)


class RollbackBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    version: int = Field(ge=1)
    comment: str = Field(default="", max_length=2000)


@router.post("/documents", status_code=202)
async def upload(
    who: Editor,
    parts: Parts,
    file: Annotated[UploadFile, File()],
    kind: Annotated[Kind | Literal[""], Form()] = "",
    title: Annotated[str, Form(max_length=300)] = "",
    product_code: Annotated[str, Form(max_length=64)] = "",
    risk_level: Annotated[Literal["R1", "R2", "R3", "R4", "R5", ""], Form()] = "",
    valid_from: Annotated[date | Literal[""], Form()] = "",
    valid_to: Annotated[date | Literal[""], Form()] = "",
    audience: Annotated[Audience | Literal[""], Form()] = "",
    document_id: Annotated[str, Form(max_length=64)] = "",
    path: Annotated[str, Form(max_length=500)] = "",
) -> dict[str, Any]:
    """Accept a file. Empty form fields are unsaid. path: its place in the ingested folder, else the file's name."""
    if file.size is not None and file.size > parts.settings.limits.upload_bytes:
        raise FileTooLarge()
    source = Source(path or file.filename or "", await file.read())
    metadata = Metadata(
        kind=kind or None,
        title=title.strip() or None,
        product_code=product_code.strip() or None,
        risk_level=risk_level or None,
        valid_from=valid_from or None,
        valid_to=valid_to or None,
        audience=audience or None,
    )
    if parts.library.is_archive(source.path):
        if document_id:
            raise ArchiveIsNoVersion()
        return _members(await parts.library.upload_archive(who.tenant, who.id, source, metadata))
    accepted = await parts.library.upload(who.tenant, who.id, source, metadata, document_id=document_id or None)
    return asdict(accepted)


@router.get("/jobs/{job_id}")
async def read_job(job_id: str, who: Reader, parts: Parts) -> dict[str, Any]:
    return _job(await parts.library.job(who.tenant, job_id))


@router.get("/jobs/{job_id}/events", response_class=EventSourceResponse)
async def follow_job(job_id: str, who: Reader, parts: Parts) -> EventSourceResponse:
    """`job.progress` after each visible change, then `job.ended`."""
    await parts.library.job(who.tenant, job_id)

    async def frames() -> AsyncIterator[ServerSentEvent]:
        async with aclosing(parts.library.follow_job(who.tenant, job_id)) as jobs:
            async for job in jobs:
                yield frame("job.ended" if job.ended else "job.progress", _job(job))

    return stream(frames())


@router.get("/documents")
async def list_documents(
    who: Reader, parts: Parts, query: str = "", kind: Kind | None = None, status: ShownStatus | None = None
) -> dict[str, Any]:
    found = await parts.library.documents(who.tenant, query=query, kind=kind, status=status)
    today = parts.library.today()
    return {"documents": [_summary(document, today) for document in found], "today": today}


@router.get("/documents/{document_id}")
async def read_document(document_id: str, who: Reader, parts: Parts) -> dict[str, Any]:
    return await _shown(parts, await parts.library.document(who.tenant, document_id))


@router.patch("/documents/{document_id}/versions/{version}")
async def edit(document_id: str, version: int, body: MetadataBody, who: Editor, parts: Parts) -> dict[str, Any]:
    """Confirm a draft's metadata; it is prepared again with them."""
    said = body.model_dump(mode="json", exclude_unset=True)
    document = await parts.library.edit(who.tenant, who.id, document_id, version, said)
    return await _shown(parts, document)


@router.patch("/passages/{passage_id}", status_code=202)
async def correct(passage_id: str, body: CorrectionBody, who: Editor, parts: Parts) -> dict[str, Any]:
    """Reword one passage in a draft; what is in force stays as it is until another person has approved that draft."""
    return asdict(await parts.library.correct(who.tenant, who.id, passage_id, body.text, body.comment))


@router.get("/documents/{document_id}/versions/{version}/diff")
async def read_difference(
    document_id: str, version: int, who: Reader, parts: Parts, against: int | None = None
) -> dict[str, Any]:
    return _difference(await parts.library.difference(who.tenant, document_id, version, against))


@router.get("/documents/{document_id}/versions/{version}/reliance")
async def read_reliance(
    document_id: str,
    version: int,
    who: Governor,
    parts: Parts,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    after: Annotated[str | None, Query(max_length=64)] = None,
) -> dict[str, Any]:
    """The turns whose answers were made from this version, the newest first, and how many customers that concerns.

    after: `next` of the part before, so that whoever must write to all of them can read them all.
    """
    await parts.library.version(who.tenant, document_id, version)
    return asdict(await parts.reliance.on(who.tenant, document_id, version, limit, after))


@router.get(
    "/documents/{document_id}/versions/{version}/file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def read_file(document_id: str, version: int, who: Reader, parts: Parts) -> Response:
    """The file as it was uploaded; a browser saves it and never opens it inside the page."""
    known, content = await parts.library.file(who.tenant, document_id, version)
    name = quote(known.file_name, safe="")
    return Response(
        content,
        media_type="application/octet-stream",
        headers={"content-disposition": f"attachment; filename*=UTF-8''{name}"},
    )


@router.get("/documents/{document_id}/versions/{version}/passages")
async def read_passages(document_id: str, version: int, who: Reader, parts: Parts) -> dict[str, Any]:
    passages = await parts.library.passages(who.tenant, document_id, version)
    return {"passages": [_passage(passage) for passage in passages]}


@router.get("/documents/{document_id}/versions/{version}/quarantine")
async def read_quarantine(document_id: str, version: int, who: Reader, parts: Parts) -> dict[str, Any]:
    """What of the file was kept out of knowledge: hidden text, and instructions to the assistant."""
    return {"items": [asdict(item) for item in await parts.library.kept_out(who.tenant, document_id, version)]}


@router.post("/documents/{document_id}/versions/{version}/submit")
async def submit(document_id: str, version: int, body: DecisionBody, who: Editor, parts: Parts) -> dict[str, Any]:
    document = await parts.library.submit(who.tenant, who.id, document_id, version, body.comment)
    return await _shown(parts, document)


@router.post("/documents/{document_id}/versions/{version}/approve")
async def approve(document_id: str, version: int, body: DecisionBody, who: Approver, parts: Parts) -> dict[str, Any]:
    document = await parts.library.approve(who.tenant, who.id, document_id, version, body.comment)
    return await _shown(parts, document)


@router.post("/documents/{document_id}/versions/{version}/reject")
async def reject(document_id: str, version: int, body: DecisionBody, who: Approver, parts: Parts) -> dict[str, Any]:
    document = await parts.library.reject(who.tenant, who.id, document_id, version, body.comment)
    return await _shown(parts, document)


@router.post("/documents/{document_id}/versions/{version}/withdraw")
async def withdraw(document_id: str, version: int, body: DecisionBody, who: Approver, parts: Parts) -> dict[str, Any]:
    document = await parts.library.withdraw(who.tenant, who.id, document_id, version, body.comment)
    return await _shown(parts, document)


@router.post("/documents/{document_id}/rollback")
async def roll_back(document_id: str, body: RollbackBody, who: Approver, parts: Parts) -> dict[str, Any]:
    document = await parts.library.roll_back(who.tenant, who.id, document_id, body.version, body.comment)
    return await _shown(parts, document)


def _members(members: Sequence[AcceptedMember | RefusedMember]) -> dict[str, Any]:
    """Every member with what became of it; the first accepted one stands for the upload. Raises the first refusal
    when none was accepted."""
    first = next((member.accepted for member in members if isinstance(member, AcceptedMember)), None)
    told = [
        {"path": member.path, **asdict(member.accepted)}
        if isinstance(member, AcceptedMember)
        else {"path": member.path, "error": asdict(member.error)}
        for member in members
    ]
    if first is None:
        error = next(member.error for member in members if isinstance(member, RefusedMember))
        raise AppError(error.title, code=error.code, status=422)
    return {**asdict(first), "members": told}


def _job(job: Job) -> dict[str, Any]:
    return {
        "job_id": job.id,
        "document_id": job.document_id,
        "version": job.version,
        "status": job.status,
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "outcome": job.outcome,
        "warnings": [asdict(warning) for warning in job.warnings],
        "error": asdict(job.error) if job.error else None,
        "kept_out": [asdict(item) for item in job.kept_out],
    }


def _summary(document: Document, today: date) -> dict[str, Any]:
    """The version in force today speaks for the document, else its newest."""
    current = document.current(today)
    shown = current or document.latest
    return {
        "document_id": document.id,
        "path": document.path,
        "title": shown.title,
        "kind": shown.kind,
        "product_code": shown.product_code,
        "status": shown.shown_status(today),
        "version": shown.version,
        "latest_version": document.latest.version,
        "latest_status": document.latest.shown_status(today),
        "valid_from": shown.in_force_from or shown.valid_from,
        "valid_to": shown.in_force_to or shown.valid_to,
        "updated_at": document.latest.created_at,
        "approver": shown.approver,
        "warning_count": len(document.latest.warnings),
        "periods": [_period(version, today) for version in document.versions if _counts(version)],
    }


def _counts(version: Version) -> bool:
    return version.status != "withdrawn" and not version.overtaken


def _period(version: Version, today: date) -> dict[str, Any]:
    """The days on which a version answers or, while nobody has approved it, would."""
    approved = version.status == "approved"
    return {
        "version": version.version,
        "status": version.shown_status(today),
        "from": version.in_force_from if approved else version.valid_from,
        "to": version.in_force_to if approved else version.valid_to,
    }


async def _shown(parts: Services, document: Document) -> dict[str, Any]:
    """The document with all its versions and what people did to them."""
    history = await parts.library.history(document.tenant, document.id)
    today = parts.library.today()
    versions = [
        _version(version, today, history.get(version.version, ()), parts.library.foreseen(document, version))
        for version in document.versions
    ]
    lesson = await parts.lesson_records.of_document(document.tenant, document.id)
    return {**_summary(document, today), "versions": versions, "today": today, "origin": _origin(lesson)}


def _origin(lesson: Lesson | None) -> dict[str, Any] | None:
    """The agent's answer that the document was made of; None = somebody uploaded it."""
    if lesson is None:
        return None
    return {
        "ticket_id": lesson.ticket_id,
        "conversation_id": lesson.conversation_id,
        "agent": lesson.agent_id,
        "question": lesson.question,
        "at": lesson.created_at,
        "questions": list(lesson.questions or ()),
    }


def _version(
    version: Version, today: date, history: Sequence[Entry], foreseen: Sequence[Notice] = ()
) -> dict[str, Any]:
    hidden = ("tenant", "declared", "confirmed", "ends_predecessor", "document_id")
    values = {field.name: getattr(version, field.name) for field in fields(version) if field.name not in hidden}
    values["status"] = version.shown_status(today)
    values["warnings"] = [asdict(warning) for warning in (*foreseen, *version.warnings)]
    values["corrections"] = [asdict(correction) for correction in version.corrections]
    values["history"] = [asdict(entry) for entry in history]
    return values


def _difference(difference: Difference) -> dict[str, Any]:
    counts = dict.fromkeys(("same", "added", "removed", "changed"), 0)
    passages: list[Mapping[str, Any]] = []
    for passage in difference.passages:
        counts[passage.change] += 1
        row = asdict(passage)
        if passage.change != "changed":
            del row["spans"]
        passages.append(row)
    return {
        "against": difference.against,
        "version": difference.version,
        "metadata": [asdict(field) for field in difference.metadata],
        "passages": passages,
        "counts": counts,
    }


def _passage(passage: Passage) -> dict[str, Any]:
    values = {field.name: getattr(passage, field.name) for field in fields(passage) if field.name != "tenant"}
    return {"passage_id": values.pop("id"), **values}
