"""Documents and versions in the database; implements what app.knowledge.library asks of a store."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.errors import NotFound
from app.knowledge.documents import Accepted, Document, Entry, Job, NotReady, Upload, Version
from app.knowledge.governance import settle
from app.knowledge.passage import Editions
from app.knowledge.preparing import KeptOut
from app.store.document_jobs import DocumentJobs, insert_job, unfinished_job
from app.store.document_rebuilds import DocumentRebuilds
from app.store.document_rows import (
    VERSION,
    insert_version,
    read_document,
    read_versions,
    same,
    version_of,
    version_values,
)
from app.store.ledger import append_record
from app.store.publications import read_editions, read_history, record_publications
from app.store.quarantine import read_kept_out
from app.store.schema import DocumentRow, VersionRow


class Documents(DocumentJobs, DocumentRebuilds):
    """Takes uploads, reads documents and writes decisions."""

    # -- uploads ----------------------------------------------------------------------------------------------

    async def accept(self, upload: Upload) -> Accepted:
        """Find or make the document, add a version with its job; or see that nothing is new.

        The same file again while its job is under way gives that job; afterwards a job that is done, `unchanged`.
        """
        document_id, job_id = self._new_id(), self._new_id()

        def work(connection: Connection) -> Accepted:
            found = self._document_for(connection, upload)
            versions = read_versions(connection, found) if found is not None else []
            before = versions[-1] if versions else None
            if before is not None and same(before, upload):
                return self._nothing_new(connection, upload, before, job_id)
            known = found or document_id
            now = self._clock()
            if found is None:
                path = upload.path or known
                connection.execute(
                    insert(DocumentRow).values(
                        id=known,
                        tenant=upload.tenant,
                        path=path,
                        created_at=now,
                        last_version=1,
                        revision=0,
                        settled_revision=0,
                    )
                )
                number = 1
            else:
                number = connection.execute(
                    update(DocumentRow)
                    .where(DocumentRow.id == known)
                    .values(last_version=DocumentRow.last_version + 1)
                    .returning(DocumentRow.last_version)
                ).scalar_one()
            insert_version(connection, known, number, upload, now, before)
            insert_job(connection, Job(job_id, upload.tenant, known, number, "queued", actor=upload.actor), now)
            append_record(
                connection,
                tenant=upload.tenant,
                type="version.uploaded",
                actor=upload.actor,
                document_id=known,
                payload={"version": number, "sha256": upload.sha256, "file_name": upload.file_name},
                clock=self._clock,
            )
            return Accepted(known, number, job_id)

        return await self._database.write(work, durable=True)

    # -- documents and versions -------------------------------------------------------------------------------

    async def documents(self, tenant: str, *, query: str = "", kind: str | None = None) -> list[Document]:
        """Documents whose newest title, product code or path contains the query; the newest first."""

        def work(connection: Connection) -> list[Document]:
            rows = connection.execute(
                select(DocumentRow.id, DocumentRow.path)
                .where(DocumentRow.tenant == tenant)
                .order_by(DocumentRow.created_at.desc(), DocumentRow.id)
            ).all()
            versions: dict[str, list[Version]] = {}
            for row in connection.execute(
                select(*VERSION).where(VersionRow.tenant == tenant).order_by(VersionRow.version)
            ):
                versions.setdefault(row.document_id, []).append(version_of(row._mapping))
            return [Document(row.id, tenant, row.path, tuple(versions[row.id])) for row in rows if row.id in versions]

        wanted = query.casefold().strip()
        found = [d for d in await self._database.read(work) if kind is None or d.latest.kind == kind]
        return [d for d in found if wanted in f"{d.latest.title}\n{d.latest.product_code or ''}\n{d.path}".casefold()]

    async def document(self, tenant: str, document_id: str) -> Document:
        """Raises NotFound for an unknown document and for another tenant's."""
        return await self._database.read(lambda c: read_document(c, tenant, document_id))

    async def change(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version]], Sequence[Version]],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Document:
        """Apply a decision to all versions of a document at once; what it raises is raised here, nothing changed."""

        def work(connection: Connection) -> Document:
            connection.execute(select(DocumentRow.id).where(DocumentRow.id == document_id).with_for_update())
            before = read_document(connection, tenant, document_id)
            after = settle(decide(before.versions))
            changed = [new for old, new in zip(before.versions, after, strict=True) if new != old]
            if not changed:
                return before
            for version in changed:
                connection.execute(
                    update(VersionRow)
                    .where(VersionRow.document_id == document_id, VersionRow.version == version.version)
                    .values(version_values(version))
                )
            revision = connection.execute(
                update(DocumentRow)
                .where(DocumentRow.id == document_id)
                .values(revision=DocumentRow.revision + 1)
                .returning(DocumentRow.revision)
            ).scalar_one()
            record_publications(connection, changed, revision, self._clock())
            append_record(
                connection,
                tenant=tenant,
                type=record_type,
                actor=actor,
                document_id=document_id,
                payload={
                    **payload,
                    "versions": {
                        str(v.version): [v.status, v.in_force_from, v.in_force_to, v.overtaken] for v in changed
                    },
                },
                clock=self._clock,
            )
            return replace(before, versions=tuple(after))

        return await self._database.write(work, durable=True)

    async def kept_out(self, document_id: str, version: int) -> list[KeptOut]:
        """What of the version's file did not become knowledge."""
        return await self._database.read(lambda c: read_kept_out(c, document_id, version))

    async def revise(
        self,
        tenant: str,
        document_id: str,
        decide: Callable[[Sequence[Version], int], Version],
        *,
        actor: str,
        record_type: str,
        payload: Mapping[str, Any],
    ) -> Accepted:
        """Change a draft, or add one, so that it has to be prepared again, with the job that does it.

        decide: all versions and the next free number to the version as it shall be. Raises NotReady while that version
        is still being prepared.
        """
        job_id = self._new_id()

        def work(connection: Connection) -> Accepted:
            last = connection.execute(
                select(DocumentRow.last_version).where(DocumentRow.id == document_id).with_for_update()
            ).scalar_one_or_none()
            if last is None:
                raise NotFound()
            before = read_document(connection, tenant, document_id)
            version = decide(before.versions, last + 1)
            values = version_values(version)
            if version.version > last:
                connection.execute(insert(VersionRow).values(values))
                connection.execute(
                    update(DocumentRow).where(DocumentRow.id == document_id).values(last_version=version.version)
                )
            else:
                if unfinished_job(connection, version) is not None:
                    raise NotReady()
                connection.execute(
                    update(VersionRow)
                    .where(VersionRow.document_id == document_id, VersionRow.version == version.version)
                    .values(values)
                )
            insert_job(
                connection, Job(job_id, tenant, document_id, version.version, "queued", actor=actor), self._clock()
            )
            append_record(
                connection,
                tenant=tenant,
                type=record_type,
                actor=actor,
                document_id=document_id,
                payload={**payload, "version": version.version},
                clock=self._clock,
            )
            return Accepted(document_id, version.version, job_id)

        return await self._database.write(work, durable=True)

    async def editions(self, tenant: str, as_of: date, known_at: datetime) -> Editions:
        """What was in force on `as_of` by the decisions made until `known_at`."""
        return await self._database.read(lambda c: read_editions(c, tenant, as_of, known_at))

    async def history(self, tenant: str, document_id: str) -> Mapping[int, Sequence[Entry]]:
        """Who did what to each version, oldest first."""
        return await self._database.read(lambda c: read_history(c, tenant, document_id))

    async def unsettled(self) -> list[tuple[str, str]]:
        """(tenant, document id) of documents whose last change the index may not show yet."""

        def work(connection: Connection) -> list[tuple[str, str]]:
            rows = connection.execute(
                select(DocumentRow.tenant, DocumentRow.id).where(DocumentRow.settled_revision < DocumentRow.revision)
            )
            return [(row.tenant, row.id) for row in rows]

        return await self._database.read(work)

    async def revision(self, document_id: str) -> int:
        """Counts the changes of a document."""
        statement = select(DocumentRow.revision).where(DocumentRow.id == document_id)
        return await self._database.read(lambda c: c.execute(statement).scalar_one())

    async def mark_settled(self, document_id: str, revision: int) -> None:
        """The index shows what the versions said at `revision`."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(DocumentRow)
                .where(DocumentRow.id == document_id, DocumentRow.settled_revision < revision)
                .values(settled_revision=revision)
            )

        await self._database.write(work)

    async def titles_in_force(self, tenant: str, day: date) -> list[tuple[str, str | None, str | None]]:
        """(title, product code, risk level) of the product documents in force on that day."""

        def work(connection: Connection) -> list[Version]:
            rows = connection.execute(
                select(*VERSION).where(
                    VersionRow.tenant == tenant, VersionRow.status == "approved", VersionRow.kind == "product"
                )
            )
            return [version_of(row._mapping) for row in rows]

        versions = await self._database.read(work)
        return [(v.title, v.product_code, v.risk_level) for v in versions if v.in_force(day)]

    # -- small steps ------------------------------------------------------------------------------------------

    def _document_for(self, connection: Connection, upload: Upload) -> str | None:
        query = select(DocumentRow.id).where(DocumentRow.tenant == upload.tenant)
        if upload.document_id is not None:
            query = query.where(DocumentRow.id == upload.document_id)
        else:
            query = query.where(DocumentRow.path == upload.path)
        found = connection.execute(query.with_for_update()).scalar_one_or_none()
        if found is None and upload.document_id is not None:
            raise NotFound()
        return found

    def _nothing_new(self, connection: Connection, upload: Upload, version: Version, job_id: str) -> Accepted:
        if not version.ready and (under_way := unfinished_job(connection, version)) is not None:
            return Accepted(version.document_id, version.version, under_way)
        job = Job(
            job_id,
            upload.tenant,
            version.document_id,
            version.version,
            "done",
            step="done",
            outcome="unchanged",
            actor=upload.actor,
        )
        insert_job(connection, job, self._clock())
        return Accepted(version.document_id, version.version, job_id)
