"""Two ways into the library for the command line: a running service over HTTP, or the data folder directly.

Both upload as an editor and approve as another person, so that the audit trail reads the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from app.errors import AppError, Unauthenticated
from app.knowledge.documents import Document
from app.knowledge.library import Library
from app.knowledge.preparing import Metadata, Notice, RefusedMember, Source
from app.settings import Settings
from ingestion.frames import metadata_to

_EDITOR, _APPROVER = "editor", "approver"
_DEMO_PASSWORD = "demo"  # noqa: S105 - published: demo mode answers the loopback interface only
_ANSWERS_WITHIN_S = 2.0
_REQUEST_S = 120.0


class NoToken(Unauthenticated):
    code, title = "no_token", "服务需要登录：请把编辑人员的令牌放进 WENDA_TOKEN 后重试。"


@dataclass(frozen=True, slots=True)
class KnownVersion:
    """A version the library already has. said: its metadata by name, dates as text."""

    document_id: str
    version: int
    status: str
    sha256: str
    said: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class JobState:
    """outcome: created | new_version | unchanged once done. error: once failed."""

    job_id: str
    document_id: str
    version: int
    status: str
    step: str
    done: int
    total: int
    outcome: str | None = None
    warnings: tuple[Notice, ...] = ()
    error: Notice | None = None


@dataclass(frozen=True, slots=True)
class MemberState:
    """A file inside an archive. path: within it. error: why it was refused; then there is no job."""

    path: str
    job_id: str = ""
    error: Notice | None = None


class Door(Protocol):
    async def versions(self, path: str) -> list[KnownVersion]:
        """Every version of the document whose path this is; empty when there is none."""

    async def upload(self, source: Source, metadata: Metadata, document_id: str | None) -> str:
        """The job's id. Raises AppError for what can be told at once."""

    async def upload_archive(self, source: Source, metadata: Metadata) -> Sequence[MemberState]:
        """Every member with its job, or why it was refused. Raises AppError when nothing can be taken."""

    async def job(self, job_id: str) -> JobState: ...

    async def publish(self, document_id: str, version: int) -> None:
        """Submit and approve; nothing when it is approved already. Raises AppError."""

    async def close(self) -> None: ...


class LibraryDoor:
    """The library of this process; whoever opened it closes it."""

    def __init__(self, library: Library, tenant: str) -> None:
        self._library, self._tenant = library, tenant

    async def versions(self, path: str) -> list[KnownVersion]:
        found = next((d for d in await self._library.documents(self._tenant) if d.path == path), None)
        return [] if found is None else _known(found)

    async def all_versions(self) -> Mapping[str, list[KnownVersion]]:
        """Every document's versions by its path."""
        return {one.path: _known(one) for one in await self._library.documents(self._tenant)}

    async def upload(self, source: Source, metadata: Metadata, document_id: str | None) -> str:
        accepted = await self._library.upload(self._tenant, _EDITOR, source, metadata, document_id=document_id)
        return accepted.job_id

    async def upload_archive(self, source: Source, metadata: Metadata) -> Sequence[MemberState]:
        members = await self._library.upload_archive(self._tenant, _EDITOR, source, metadata)
        return [
            MemberState(member.path, error=member.error)
            if isinstance(member, RefusedMember)
            else MemberState(member.path, member.accepted.job_id)
            for member in members
        ]

    async def job(self, job_id: str) -> JobState:
        job = await self._library.job(self._tenant, job_id)
        return JobState(
            job_id=job.id,
            document_id=job.document_id,
            version=job.version,
            status=job.status,
            step=job.step,
            done=job.done,
            total=job.total,
            outcome=job.outcome,
            warnings=tuple(job.warnings),
            error=job.error,
        )

    async def publish(self, document_id: str, version: int) -> None:
        document = await self._library.document(self._tenant, document_id)
        status = next(one.status for one in document.versions if one.version == version)
        if status == "draft":
            await self._library.submit(self._tenant, _EDITOR, document_id, version)
        if status in ("draft", "in_review"):
            await self._library.approve(self._tenant, _APPROVER, document_id, version)

    async def close(self) -> None:
        """The library outlives its door."""


def _known(document: Document) -> list[KnownVersion]:
    return [
        KnownVersion(
            document_id=document.id,
            version=version.version,
            status=version.status,
            sha256=version.sha256,
            said=metadata_to(
                Metadata(
                    kind=version.kind,
                    title=version.title,
                    product_code=version.product_code,
                    risk_level=version.risk_level,
                    valid_from=version.valid_from,
                    valid_to=version.valid_to,
                    audience=version.audience,
                )
            ),
        )
        for version in document.versions
    ]


class ServiceDoor:
    """A running service. Tokens: WENDA_TOKEN for both roles, else the demo users'."""

    def __init__(self, client: httpx.AsyncClient, editor: str, approver: str) -> None:
        self._client = client
        self._editor = {"Authorization": f"Bearer {editor}"}
        self._approver = {"Authorization": f"Bearer {approver}"}

    @classmethod
    async def knock(cls, settings: Settings, transport: httpx.AsyncBaseTransport | None = None) -> ServiceDoor | None:
        """None when nobody answers at the settings' url. Raises NoToken when a login is needed and none is given."""
        client = httpx.AsyncClient(base_url=settings.url, timeout=_REQUEST_S, transport=transport, trust_env=False)
        try:
            response = await client.get("/healthz", timeout=_ANSWERS_WITHIN_S)
            if not response.is_success:
                raise httpx.HTTPError("not a healthy service")
        except httpx.HTTPError:
            await client.aclose()
            return None
        try:
            if settings.token is not None:
                token = settings.token.get_secret_value()
                return cls(client, token, token)
            return cls(client, await _log_in(client, _EDITOR), await _log_in(client, _APPROVER))
        except BaseException:
            await client.aclose()
            raise

    async def versions(self, path: str) -> list[KnownVersion]:
        listed = await self._ask("GET", "/v1/documents", self._editor)
        found = next((one for one in listed["documents"] if one["path"] == path), None)
        if found is None:
            return []
        document = await self._ask("GET", f"/v1/documents/{found['document_id']}", self._editor)
        return [
            KnownVersion(
                document_id=document["document_id"],
                version=one["version"],
                status=one["status"],
                sha256=one["sha256"],
                said={name: one[name] for name in metadata_to(Metadata())},
            )
            for one in document["versions"]
        ]

    async def upload(self, source: Source, metadata: Metadata, document_id: str | None) -> str:
        return str((await self._post(source, metadata, document_id))["job_id"])

    async def upload_archive(self, source: Source, metadata: Metadata) -> Sequence[MemberState]:
        accepted = await self._post(source, metadata, None)
        return [
            MemberState(one["path"], error=Notice(one["error"]["code"], one["error"]["title"]))
            if "error" in one
            else MemberState(one["path"], one["job_id"])
            for one in accepted["members"]
        ]

    async def _post(self, source: Source, metadata: Metadata, document_id: str | None) -> Any:
        said = {name: value for name, value in metadata_to(metadata).items() if value}
        form = {**said, "path": source.path, **({"document_id": document_id} if document_id else {})}
        file = (source.path.rsplit("/", 1)[-1], source.content)
        return await self._ask("POST", "/v1/documents", self._editor, data=form, files={"file": file})

    async def job(self, job_id: str) -> JobState:
        job = await self._ask("GET", f"/v1/jobs/{job_id}", self._editor)
        return JobState(
            job_id=job_id,
            document_id=job["document_id"],
            version=job["version"],
            status=job["status"],
            step=job["step"],
            done=job["done"],
            total=job["total"],
            outcome=job["outcome"],
            warnings=tuple(Notice(one["code"], one["title"]) for one in job["warnings"]),
            error=Notice(job["error"]["code"], job["error"]["title"]) if job["error"] else None,
        )

    async def publish(self, document_id: str, version: int) -> None:
        document = await self._ask("GET", f"/v1/documents/{document_id}", self._editor)
        status = next(one["status"] for one in document["versions"] if one["version"] == version)
        place = f"/v1/documents/{document_id}/versions/{version}"
        if status == "draft":
            await self._ask("POST", f"{place}/submit", self._editor, json={})
        if status in ("draft", "in_review"):
            await self._ask("POST", f"{place}/approve", self._approver, json={})

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], **body: Any) -> Any:
        try:
            response = await self._client.request(method, url, headers=headers, **body)
        except httpx.HTTPError as error:
            raise AppError("与服务的连接中断，请确认服务正在运行后重试。", code="service_gone", status=503) from error
        if response.is_success:
            return response.json()
        raise _problem(response)


async def _log_in(client: httpx.AsyncClient, user: str) -> str:
    response = await client.post("/v1/auth/token", data={"username": user, "password": _DEMO_PASSWORD})
    if not response.is_success:
        raise NoToken
    return str(response.json()["access_token"])


def _problem(response: httpx.Response) -> AppError:
    try:
        body = response.json()
        return AppError(str(body["title"]), code=str(body["code"]), status=response.status_code)
    except (ValueError, KeyError, TypeError):
        return AppError(code=f"http_{response.status_code}", status=response.status_code)
