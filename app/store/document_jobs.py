"""The work on uploads in the database; implements what app.knowledge.jobs asks of a store.

A job that waits, or that a dead process left, is taken up by whoever asks next; it ends once, with its version.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from app.clock import Clock, utc_now
from app.errors import NotFound
from app.knowledge.documents import Job, Version, find
from app.knowledge.preparing import KeptOut, Notice, Prepared
from app.store.database import Database
from app.store.document_rows import read_job, read_versions, resolved
from app.store.ledger import append_record
from app.store.quarantine import read_kept_out, replace_kept_out
from app.store.schema import DocumentRow, JobRow, VersionRow
from app.store.workers import Worker


class DocumentJobs:
    """worker: under whose id this process runs jobs."""

    def __init__(
        self, database: Database, *, worker: Worker, new_id: Callable[[], str], clock: Clock = utc_now
    ) -> None:
        self._database = database
        self._worker = worker
        self._new_id = new_id
        self._clock = clock

    async def claim_job(self) -> tuple[Job, Version] | None:
        """Take the oldest job that waits, or that a dead process left; None when there is nothing to do.

        Those that were interrupted least come first.
        """

        def work(connection: Connection) -> tuple[Job, Version] | None:
            alive = self._worker.living(connection)
            row = connection.execute(
                select(JobRow.id)
                .where(
                    or_(
                        JobRow.status == "queued",
                        (JobRow.status == "running") & JobRow.worker_id.not_in(alive),
                    )
                )
                .order_by(JobRow.attempts, JobRow.created_at, JobRow.id)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return None
            connection.execute(
                update(JobRow)
                .where(JobRow.id == row.id)
                .values(
                    status="running",
                    step="reading",
                    worker_id=self._worker.id,
                    attempts=JobRow.attempts + 1,
                    updated_at=self._clock(),
                )
            )
            job = read_job(connection, row.id)
            return job, find(read_versions(connection, job.document_id), job.version)

        return await self._database.write(work)

    async def requeue_job(self, job_id: str) -> None:
        """Give an unfinished job back: this process is stopping, which does not count as an attempt."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.status == "running")
                .values(status="queued", step="queued", worker_id=None, attempts=JobRow.attempts - 1)
            )

        await self._database.write(work)

    async def report_progress(self, job_id: str, step: str, done: int, total: int) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.status == "running")
                .values(step=step, done=done, total=total, updated_at=self._clock())
            )

        await self._database.write(work)

    async def finish_job(self, job: Job, prepared: Prepared) -> None:
        """The version is whole and searchable once approved."""
        passages = [point.passage for point in prepared.points]
        title = passages[0].title if passages else None

        def work(connection: Connection) -> None:
            version = find(read_versions(connection, job.document_id), job.version)
            connection.execute(
                update(VersionRow)
                .where(VersionRow.document_id == job.document_id, VersionRow.version == job.version)
                .values(
                    ready=True,
                    passages=len(passages),
                    pages=prepared.pages,
                    quarantined=len(prepared.kept_out),
                    warnings=[asdict(warning) for warning in prepared.warnings],
                    **resolved(version, prepared.metadata, title),
                )
            )
            replace_kept_out(connection, job.document_id, job.version, prepared.kept_out)
            first = job.version == 1
            connection.execute(
                update(JobRow)
                .where(JobRow.id == job.id)
                .values(
                    status="done",
                    step="done",
                    done=len(passages),
                    total=len(passages),
                    outcome="created" if first else "new_version",
                    warnings=[asdict(warning) for warning in prepared.warnings],
                    updated_at=self._clock(),
                )
            )
            append_record(
                connection,
                tenant=job.tenant,
                type="version.prepared",
                actor="ingestion",
                document_id=job.document_id,
                payload={"version": job.version, "passages": [[p.id, p.sha256] for p in passages]},
                clock=self._clock,
            )

        await self._database.write(work, durable=True)

    async def fail_job(
        self, job: Job, error: Notice, *, warnings: Sequence[Notice] = (), kept_out: Sequence[KeptOut] = ()
    ) -> None:
        """The version disappears, and its document with it when it was the only one; the job tells why, and what of
        the file was kept out.

        A draft that had been prepared before stays, not ready: people have worked on it.
        """

        def work(connection: Connection) -> None:
            connection.execute(
                delete(VersionRow).where(
                    VersionRow.document_id == job.document_id,
                    VersionRow.version == job.version,
                    VersionRow.passages == 0,
                )
            )
            if not read_versions(connection, job.document_id):
                connection.execute(delete(DocumentRow).where(DocumentRow.id == job.document_id))
            connection.execute(
                update(JobRow)
                .where(JobRow.id == job.id)
                .values(
                    status="failed",
                    error=asdict(error),
                    warnings=[asdict(warning) for warning in warnings],
                    updated_at=self._clock(),
                )
            )
            if kept_out:
                replace_kept_out(connection, job.document_id, job.version, kept_out)
            append_record(
                connection,
                tenant=job.tenant,
                type="version.failed",
                actor="ingestion",
                document_id=job.document_id,
                payload={"version": job.version, "code": error.code},
                clock=self._clock,
            )

        await self._database.write(work, durable=True)

    async def job(self, tenant: str, job_id: str) -> Job:
        """Raises NotFound for an unknown job and for another tenant's."""

        def work(connection: Connection) -> Job:
            found = read_job(connection, job_id)
            if found.tenant != tenant:
                raise NotFound()
            if found.status != "failed":
                return found
            return replace(found, kept_out=read_kept_out(connection, found.document_id, found.version))

        return await self._database.read(work)


def insert_job(connection: Connection, job: Job, now: datetime) -> None:
    values = {name: value for name, value in asdict(job).items() if name != "kept_out"}
    row = {**values, "worker_id": None, "created_at": now, "updated_at": now, "warnings": [], "error": None}
    connection.execute(insert(JobRow).values(row))


def unfinished_job(connection: Connection, version: Version) -> str | None:
    """The job that this version waits for."""
    running = connection.execute(
        select(JobRow.id).where(
            JobRow.document_id == version.document_id,
            JobRow.version == version.version,
            JobRow.status.in_(("queued", "running")),
        )
    )
    return running.scalars().first()
