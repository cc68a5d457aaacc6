"""The library: how a file becomes approved knowledge, and how it stops being so.

Upload -> job -> draft -> in_review -> approved -> superseded | withdrawn | expired. The editor and the approver are
different people. The database decides, the index follows: every decision is stored before the index is changed, and a
change that the index has not confirmed is applied again until it has.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Protocol

import structlog

from app.clock import Clock, business_date, utc_now
from app.errors import AppError, Invalid, NotFound
from app.knowledge import documents
from app.knowledge.difference import Cut, Difference, differ
from app.knowledge.documents import Accepted, AcceptedMember, Document, Entry, Job, ShownStatus, Upload, Version, find
from app.knowledge.index import KnowledgeIndex
from app.knowledge.jobs import Jobs, JobStore
from app.knowledge.passage import Editions, Passage
from app.knowledge.preparing import KeptOut, Metadata, Notice, Prepare, RefusedMember, Source
from app.knowledge.uploads import Uploads

_log = structlog.get_logger(__name__)

SETTLE_EVERY = 10.0


class DocumentStore(JobStore, Protocol):
    """Implemented by app.store.documents.Documents."""

    async def accept(self, upload: Upload) -> Accepted: ...
    async def documents(self, tenant: str, *, query: str = "", kind: str | None = None) -> list[Document]: ...
    async def document(self, tenant: str, document_id: str) -> Document: ...
    async def change(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version]], Sequence[Version]],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Document: ...
    async def kept_out(self, document_id: str, version: int) -> list[KeptOut]: ...
    async def revise(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version], int], Version],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Accepted: ...
    async def editions(self, tenant: str, as_of: date, known_at: datetime) -> Editions: ...
    async def history(self, tenant: str, document_id: str) -> Mapping[int, Sequence[Entry]]: ...
    async def unsettled(self) -> list[tuple[str, str]]: ...
    async def revision(self, document_id: str) -> int: ...
    async def mark_settled(self, document_id: str, revision: int) -> None: ...
    async def titles_in_force(self, tenant: str, day: date) -> list[tuple[str, str | None, str | None]]: ...


class Library:
    """on_published, when set, is awaited after the index shows a change of what a tenant has in force.

    cut: Chinese text into words, for people to compare versions by.
    """

    def __init__(
        self,
        store: DocumentStore,
        index: KnowledgeIndex,
        prepare: Prepare,
        uploads: Uploads,
        *,
        clock: Clock = utc_now,
        jobs_at_once: int = 2,
        cut: Cut = list,
    ) -> None:
        self._store = store
        self._index = index
        self._prepare = prepare
        self._uploads = uploads
        self._clock = clock
        self._cut = cut
        self.on_published: Callable[[str], Awaitable[None]] | None = None
        self._jobs = Jobs(store, index, prepare, uploads, at_once=jobs_at_once)
        self._locks: dict[str, asyncio.Lock] = {}
        self._settler: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bring the index to what was decided before an earlier process ended, then work on uploads."""
        await self._settle_all()
        self._jobs.start()
        self._settler = asyncio.create_task(self._keep_settled(), name="library-settle")

    async def stop(self) -> None:
        if self._settler is not None:
            self._settler.cancel()
            with suppress(asyncio.CancelledError):
                await self._settler
        await self._jobs.stop()

    # -- uploads ----------------------------------------------------------------------------------------------

    async def upload(
        self, tenant: str, actor: str, source: Source, metadata: Metadata, *, document_id: str | None = None
    ) -> Accepted:
        """Accept a file and queue the work on it. Raises PreparationFailed or Invalid for what can be told at once.

        source.path is the document's identity unless document_id names one.
        """
        self._prepare.inspect(source)
        if metadata.valid_from and metadata.valid_to and metadata.valid_to < metadata.valid_from:
            raise Invalid("失效日期早于生效日期，请修改日期后重试。", code="invalid_dates")
        sha256 = await self._uploads.keep(source.content)
        accepted = await self._store.accept(
            Upload(
                tenant=tenant,
                actor=actor,
                path=source.path,
                file_name=source.path.rsplit("/", 1)[-1],
                sha256=sha256,
                size=len(source.content),
                declared=_said(metadata),
                document_id=document_id,
            )
        )
        self._jobs.wake()
        return accepted

    def is_archive(self, path: str) -> bool:
        """True for a file that `upload_archive` takes."""
        return self._prepare.is_archive(path)

    async def upload_archive(
        self, tenant: str, actor: str, source: Source, metadata: Metadata
    ) -> Sequence[AcceptedMember | RefusedMember]:
        """Accept every member of an archive as a document of its own. Raises PreparationFailed for the whole archive.

        A member's identity is the archive's path and its own within it. metadata.title is nobody's: it names no member.
        """
        taken: list[AcceptedMember | RefusedMember] = []
        families: dict[str, str] = {}
        for member in await self._prepare.unpack(source, replace(metadata, title=None)):
            if isinstance(member, RefusedMember):
                taken.append(member)
                continue
            inside = Source(f"{source.path}/{member.path}", member.content)
            known = families.get(member.family) if member.family else None
            try:
                accepted = await self.upload(tenant, actor, inside, member.metadata, document_id=known)
            except AppError as problem:
                taken.append(RefusedMember(member.path, Notice(problem.code, problem.title)))
                continue
            if member.family:
                families.setdefault(member.family, accepted.document_id)
            taken.append(AcceptedMember(member.path, accepted))
        return taken

    async def job(self, tenant: str, job_id: str) -> Job:
        return await self._jobs.get(tenant, job_id)

    def follow_job(self, tenant: str, job_id: str) -> AsyncGenerator[Job]:
        """The job now and after each change, until it has ended."""
        return self._jobs.follow(tenant, job_id)

    async def wait(self, tenant: str, job_id: str) -> Job:
        """The job once it has ended."""
        job = await self._jobs.get(tenant, job_id)
        async for job in self._jobs.follow(tenant, job_id):  # noqa: B007 - the last one is the answer
            pass
        return job

    # -- reading ----------------------------------------------------------------------------------------------

    def today(self) -> date:
        return business_date(self._clock())

    async def documents(
        self, tenant: str, *, query: str = "", kind: str | None = None, status: ShownStatus | None = None
    ) -> list[Document]:
        """status: of any of the document's versions today."""
        found = await self._store.documents(tenant, query=query, kind=kind)
        if status is None:
            return found
        today = self.today()
        return [d for d in found if any(v.shown_status(today) == status for v in d.versions)]

    async def document(self, tenant: str, document_id: str) -> Document:
        return await self._store.document(tenant, document_id)

    async def passages(self, tenant: str, document_id: str, version: int) -> list[Passage]:
        """A version's passages in their order. Raises NotFound."""
        find((await self._store.document(tenant, document_id)).versions, version)
        found = [p async for p in self._index.scroll(tenant, document_id) if p.version == version]
        return sorted(found, key=lambda passage: passage.ordinal)

    async def kept_out(self, tenant: str, document_id: str, version: int) -> Sequence[KeptOut]:
        """What of a version's file did not become knowledge. Raises NotFound."""
        find((await self._store.document(tenant, document_id)).versions, version)
        return await self._store.kept_out(document_id, version)

    async def page_image(self, tenant: str, document_id: str, version: int, page: int, width: int) -> bytes:
        """A page of the uploaded file as a PNG. Raises NotFound, PreparationFailed (no_page_image, no_page)."""
        known = find((await self._store.document(tenant, document_id)).versions, version)
        try:
            content = await self._uploads.read(known.sha256)
        except FileNotFoundError:
            raise NotFound("原文件已不在，无法显示页面图像。", code="no_page_image") from None
        return await self._prepare.render(Source(known.file_name, content), page, width)

    async def history(self, tenant: str, document_id: str) -> Mapping[int, Sequence[Entry]]:
        """Who did what to each version, oldest first."""
        return await self._store.history(tenant, document_id)

    async def version(self, tenant: str, document_id: str, version: int) -> Version:
        """Raises NotFound."""
        return find((await self._store.document(tenant, document_id)).versions, version)

    async def file(self, tenant: str, document_id: str, version: int) -> tuple[Version, bytes]:
        """The uploaded bytes. Raises NotFound, also when the file itself is gone."""
        known = await self.version(tenant, document_id, version)
        try:
            return known, await self._uploads.read(known.sha256)
        except FileNotFoundError:
            raise NotFound() from None

    async def difference(self, tenant: str, document_id: str, version: int, against: int | None = None) -> Difference:
        """What a version changes. against: another version; None = the one in force, else the one before, if any."""
        document = await self._store.document(tenant, document_id)
        after = find(document.versions, version)
        if against is not None:
            before: Version | None = find(document.versions, against)
        else:
            earlier = [one for one in document.versions if one.version < version]
            before = document.current(self.today())
            if before is None or before.version == version:
                before = earlier[-1] if earlier else None
        passages = await self.passages(tenant, document_id, version)
        old = await self.passages(tenant, document_id, before.version) if before is not None else []
        return await asyncio.to_thread(differ, before, old, after, passages, self._cut)

    async def titles_in_force(self, tenant: str) -> list[tuple[str, str | None, str | None]]:
        """(title, product code, risk level) of today's product documents, for the catalogue."""
        return await self._store.titles_in_force(tenant, self.today())

    # -- drafts -----------------------------------------------------------------------------------------------

    async def edit(self, tenant: str, actor: str, document_id: str, version: int, said: Mapping[str, Any]) -> Document:
        """Confirm or change a draft's metadata, and prepare it again with them. said: JSON values, None clears.

        Raises WrongState, Invalid, NotReady.
        """

        def decide(versions: Sequence[Version], _next: int) -> Version:
            return documents.edit(find(versions, version), said, actor)

        await self._revise(tenant, actor, document_id, "version.edited", {"said": dict(said)}, decide)
        return await self._store.document(tenant, document_id)

    async def correct(self, tenant: str, actor: str, passage_id: str, text: str, comment: str = "") -> Accepted:
        """Reword a passage: in its draft, else in a new draft of the same file. Raises NotFound, NotReady."""
        found = await self._index.get(tenant, [passage_id])
        if not found:
            raise NotFound()
        passage = found[0]

        def decide(versions: Sequence[Version], number: int) -> Version:
            return documents.correct(versions, passage, text, actor, comment, self._clock(), number)

        payload = {"passage_id": passage_id, "text": text, "comment": comment}
        return await self._revise(tenant, actor, passage.document_id, "version.corrected", payload, decide)

    async def _revise(
        self,
        tenant: str,
        actor: str,
        document_id: str,
        record_type: str,
        payload: Mapping[str, Any],
        decide: Callable[[Sequence[Version], int], Version],
    ) -> Accepted:
        accepted = await self._store.revise(
            tenant, document_id, decide, actor=actor, record_type=record_type, payload=payload
        )
        self._jobs.wake()
        return accepted

    # -- governance -------------------------------------------------------------------------------------------

    async def submit(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return _with(versions, documents.submit(find(versions, version), actor, comment, self._clock()))

        return await self._change(tenant, actor, document_id, "version.submitted", version, comment, decide)

    async def reject(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return _with(versions, documents.reject(find(versions, version), comment))

        return await self._change(tenant, actor, document_id, "version.rejected", version, comment, decide)

    async def approve(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        """Publish. When this returns the index answers by it. Raises OwnEdit, WrongState."""

        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            approved = documents.approve(find(versions, version), versions, actor, comment, self._clock())
            return _with(versions, approved)

        return await self._publish(tenant, actor, document_id, "version.approved", version, comment, decide)

    async def withdraw(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return _with(versions, documents.withdraw(find(versions, version), comment, self._clock()))

        return await self._publish(tenant, actor, document_id, "version.withdrawn", version, comment, decide)

    async def roll_back(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        """An earlier version holds again; those approved after it are withdrawn."""

        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return documents.roll_back(find(versions, version), versions, actor, self._clock())

        return await self._publish(tenant, actor, document_id, "version.rolled_back", version, comment, decide)

    async def _change(
        self,
        tenant: str,
        actor: str,
        document_id: str,
        record_type: str,
        version: int,
        comment: str,
        decide: Callable[[Sequence[Version]], Sequence[Version]],
    ) -> Document:
        return await self._store.change(
            tenant,
            document_id,
            decide,
            actor=actor,
            record_type=record_type,
            payload={"version": version, "comment": comment},
        )

    async def _publish(
        self,
        tenant: str,
        actor: str,
        document_id: str,
        record_type: str,
        version: int,
        comment: str,
        decide: Callable[[Sequence[Version]], Sequence[Version]],
    ) -> Document:
        document = await self._change(tenant, actor, document_id, record_type, version, comment, decide)
        await self._settle(tenant, document_id)
        return document

    async def _settle(self, tenant: str, document_id: str) -> None:
        """Bring the index to what the versions say; a change made meanwhile is for its own settling."""
        async with self._locks.setdefault(document_id, asyncio.Lock()):
            revision = await self._store.revision(document_id)
            document = await self._store.document(tenant, document_id)
            await self._index.change(documents.changes(document.versions))
            await self._store.mark_settled(document_id, revision)
        if self.on_published is not None:
            await self.on_published(tenant)

    async def _keep_settled(self) -> None:
        while True:
            await asyncio.sleep(SETTLE_EVERY)
            await self._settle_all()

    async def _settle_all(self) -> None:
        """What cannot be settled now is tried again later; the database keeps what is missing."""
        try:
            for tenant, document_id in await self._store.unsettled():
                await self._settle(tenant, document_id)
        except (AppError, OSError) as error:
            _log.warning("index_not_settled", error=type(error).__name__)
        except Exception as error:
            _log.error("index_not_settled", exc_info=error)


def _with(versions: Sequence[Version], changed: Version) -> Sequence[Version]:
    return [changed if version.version == changed.version else version for version in versions]


def _said(metadata: Metadata) -> dict[str, Any]:
    """The declared metadata as JSON values, unsaid fields left out."""
    values = {
        "kind": metadata.kind,
        "title": metadata.title,
        "product_code": metadata.product_code,
        "risk_level": metadata.risk_level,
        "valid_from": metadata.valid_from.isoformat() if metadata.valid_from else None,
        "valid_to": metadata.valid_to.isoformat() if metadata.valid_to else None,
        "audience": metadata.audience,
    }
    return {name: value for name, value in values.items() if value}
