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
from datetime import date
from typing import Any

from app.clock import Clock, business_date, utc_now
from app.errors import AppError, Invalid, NotFound
from app.knowledge import governance
from app.knowledge.difference import Cut, Difference, differ
from app.knowledge.document_store import DocumentStore
from app.knowledge.documents import Accepted, AcceptedMember, Document, Entry, Job, ShownStatus, Upload, Version, find
from app.knowledge.governance import with_changed
from app.knowledge.index import KnowledgeIndex
from app.knowledge.jobs import Jobs
from app.knowledge.passage import Passage
from app.knowledge.preparing import KeptOut, Metadata, Notice, Prepare, RefusedMember, Source
from app.knowledge.rebuilding import Rebuild, Rebuilding
from app.knowledge.settling import Settling
from app.knowledge.uploads import Uploads


class Library:
    """cut: Chinese text into words, for people to compare versions by."""

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
        self._settling = Settling(store, index)
        self._jobs = Jobs(store, index, prepare, uploads, at_once=jobs_at_once)
        self._rebuild = Rebuild(store, index, prepare, uploads, self._settling.settle)
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Bring the index to what was decided before an earlier process ended, then work on uploads.

        An index that has lost everything is filled again first, in the background; uploads wait so long.
        """
        await self._settling.start()
        if await self._index.awaits_rebuilding():
            self._starting = asyncio.create_task(self._fill_again(), name="library-rebuild")
        else:
            self._jobs.start()

    async def stop(self) -> None:
        if self._starting is not None:
            self._starting.cancel()
            with suppress(asyncio.CancelledError):
                await self._starting
        await self._settling.stop()
        await self._jobs.stop()

    @property
    def rebuilding(self) -> Rebuilding | None:
        """How far the filling of an index that had lost everything is, or what it could not bring back; None: there
        was nothing to fill."""
        return self._rebuild.progress

    def on_published(self, tell: Callable[[str], Awaitable[None]]) -> None:
        """tell: awaited with the tenant after the index shows a change of what that tenant has in force."""
        self._settling.on_published = tell

    async def _fill_again(self) -> None:
        await self._rebuild.run()
        self._jobs.start()

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
            return governance.edit(find(versions, version), said, actor)

        await self._revise(tenant, actor, document_id, "version.edited", {"said": dict(said)}, decide)
        return await self._store.document(tenant, document_id)

    async def correct(self, tenant: str, actor: str, passage_id: str, text: str, comment: str = "") -> Accepted:
        """Reword a passage: in its draft, else in a new draft of the same file. Raises NotFound, NotReady."""
        found = await self._index.get(tenant, [passage_id])
        if not found:
            raise NotFound()
        passage = found[0]

        def decide(versions: Sequence[Version], number: int) -> Version:
            return governance.correct(versions, passage, text, actor, comment, self._clock(), number)

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
            return with_changed(versions, governance.submit(find(versions, version), actor, comment, self._clock()))

        return await self._change(tenant, actor, document_id, "version.submitted", version, comment, decide)

    async def reject(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return with_changed(versions, governance.reject(find(versions, version), comment))

        return await self._change(tenant, actor, document_id, "version.rejected", version, comment, decide)

    async def approve(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        """Publish. When this returns the index answers by it. Raises OwnEdit, WrongState."""

        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            approved = governance.approve(find(versions, version), versions, actor, comment, self._clock())
            return with_changed(versions, approved)

        return await self._publish(tenant, actor, document_id, "version.approved", version, comment, decide)

    def foreseen(self, document: Document, version: Version) -> Sequence[Notice]:
        """What an approver of this version should know beforehand."""
        return governance.foreseen(version, document.versions, self._clock())

    async def withdraw(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return with_changed(versions, governance.withdraw(find(versions, version), comment, self._clock()))

        return await self._publish(tenant, actor, document_id, "version.withdrawn", version, comment, decide)

    async def roll_back(self, tenant: str, actor: str, document_id: str, version: int, comment: str = "") -> Document:
        """An earlier version holds again; those approved after it are withdrawn."""

        def decide(versions: Sequence[Version]) -> Sequence[Version]:
            return governance.roll_back(find(versions, version), versions, actor, self._clock())

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
        await self._settling.settle(tenant, document_id)
        return document


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
