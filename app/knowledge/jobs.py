"""The work on uploads: parse, encode, index. Every job ends once, done or failed; nothing stays half-indexed.

Jobs live in the database: a job that waits, or that a killed process left, is taken up by whoever runs next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Protocol

import structlog

from app.errors import AppError
from app.knowledge.documents import CLEARABLE, Job, Version
from app.knowledge.index import KnowledgeIndex
from app.knowledge.preparing import KeptOut, Metadata, Notice, PreparationFailed, Prepare, Prepared, Source
from app.knowledge.uploads import Uploads

_log = structlog.get_logger(__name__)

BATCH = 256
POLL = 2.0
REPORT = 0.5
# Starts of one job whose process ended in the middle of it. A killed service is nobody's fault, so this is generous;
# jobs that were never interrupted go first, so that one file that ends every process holds up no other.
ATTEMPTS = 10


class JobStore(Protocol):
    async def claim_job(self) -> tuple[Job, Version] | None: ...
    async def requeue_job(self, job_id: str) -> None: ...
    async def report_progress(self, job_id: str, step: str, done: int, total: int) -> None: ...
    async def finish_job(self, job: Job, prepared: Prepared) -> None: ...
    async def fail_job(
        self, job: Job, error: Notice, *, warnings: Sequence[Notice] = (), kept_out: Sequence[KeptOut] = ()
    ) -> None: ...
    async def job(self, tenant: str, job_id: str) -> Job: ...


class Jobs:
    """at_once: how many files are worked on at the same time in this process."""

    def __init__(
        self, store: JobStore, index: KnowledgeIndex, prepare: Prepare, uploads: Uploads, *, at_once: int = 2
    ) -> None:
        self._store = store
        self._index = index
        self._prepare = prepare
        self._uploads = uploads
        self._at_once = at_once
        self._wake = asyncio.Event()
        self._ended = asyncio.Condition()
        self._ends = 0
        self._progress: dict[str, tuple[str, int, int]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._work(), name=f"jobs-{n}") for n in range(self._at_once)]
        self._tasks.append(asyncio.create_task(self._report(), name="jobs-report"))

    async def stop(self) -> None:
        """Stop working; unfinished jobs go back to the queue."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        self._tasks.clear()

    def wake(self) -> None:
        """There may be a new job."""
        self._wake.set()

    async def get(self, tenant: str, job_id: str) -> Job:
        """The job with its latest progress. Raises NotFound."""
        job = await self._store.job(tenant, job_id)
        if job.status == "running" and job_id in self._progress:
            step, done, total = self._progress[job_id]
            return replace(job, step=step, done=done, total=total)
        return job

    async def follow(self, tenant: str, job_id: str) -> AsyncGenerator[Job]:
        """The job now and after each visible change, until it has ended."""
        last: Job | None = None
        while True:
            seen = self._ends
            job = await self.get(tenant, job_id)
            if job != last:
                last = job
                yield job
            if job.ended:
                return
            async with self._ended:
                if self._ends == seen:  # else one may have ended since the job was read
                    with suppress(TimeoutError):
                        async with asyncio.timeout(REPORT):
                            await self._ended.wait()

    async def _work(self) -> None:
        while True:
            self._wake.clear()
            try:
                claimed = await self._claim()
            except Exception as error:  # the database is away: try again, the job is safe there
                _log.warning("jobs_unreachable", error=type(error).__name__)
                claimed = None
            if claimed is None:
                # Not wait_for: it loses a cancellation that comes with the wake-up, and nothing would end this.
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self._wake.wait()
                continue
            self._wake.set()  # there may be more for the others
            job, version = claimed
            try:
                await self._run(job, version)
            except asyncio.CancelledError:
                with suppress(Exception):
                    await asyncio.shield(self._give_back(job, version))
                raise
            except Exception as error:  # store or index failed while ending the job: the next attempt ends it
                _log.error("job_not_ended", job_id=job.id, error=type(error).__name__)
                await asyncio.sleep(POLL)
                with suppress(Exception):
                    await self._store.requeue_job(job.id)
            finally:
                self._progress.pop(job.id, None)
                async with self._ended:
                    self._ends += 1
                    self._ended.notify_all()

    async def _claim(self) -> tuple[Job, Version] | None:
        """The database goes on with what was asked of it when nobody waits any more: a job it gives out then would be
        nobody's as long as this process lives, so it goes back."""
        claiming = asyncio.ensure_future(self._store.claim_job())
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            with suppress(Exception):
                if (claimed := await claiming) is not None:
                    await self._store.requeue_job(claimed[0].id)
            raise

    async def _run(self, job: Job, version: Version) -> None:
        try:
            if job.attempts > ATTEMPTS:
                raise AppError(code="interrupted", title="处理多次中断，请检查文件后重新上传。")
            if job.attempts > 1:
                await self._forget(job)
            prepared = await self._index_version(job, version)
        except AppError as error:
            await self._forget_failed(job, version)
            told = (error.warnings, error.kept_out) if isinstance(error, PreparationFailed) else ((), ())
            await self._store.fail_job(job, Notice(error.code, error.title), warnings=told[0], kept_out=told[1])
            _log.info("job_failed", job_id=job.id, document_id=job.document_id, code=error.code)
        except Exception as error:
            await self._forget_failed(job, version)
            await self._store.fail_job(job, Notice("internal", "处理文件时系统出了问题，请稍后重新上传。"))
            _log.error("job_failed", job_id=job.id, document_id=job.document_id, exc_info=error)
        else:
            await self._store.finish_job(job, prepared)
            _log.info(
                "job_done", job_id=job.id, document_id=job.document_id, version=job.version, n=len(prepared.points)
            )

    async def _index_version(self, job: Job, version: Version) -> Prepared:
        content = await self._uploads.read(version.sha256)
        prepared = await self._prepare.prepare(
            Source(version.file_name, content),
            _declared(version),
            tenant=job.tenant,
            document_id=job.document_id,
            version=job.version,
            on_progress=lambda step, done, total: self._note(job.id, step, done, total),
            corrections=version.corrections,
        )
        if version.passages:  # a draft prepared anew: what it said before must not stay beside what it says now
            await self._forget(job)
        total = len(prepared.points)
        for start in range(0, total, BATCH):
            self._note(job.id, "index", start, total)
            await self._index.upsert(prepared.points[start : start + BATCH])
        return prepared

    async def _forget(self, job: Job) -> None:
        await self._index.delete(job.tenant, job.document_id, job.version)

    async def _forget_failed(self, job: Job, version: Version) -> None:
        """A draft that was prepared before keeps its passages, so that people can go on from them."""
        if not version.passages:
            await self._forget(job)

    async def _give_back(self, job: Job, version: Version) -> None:
        await self._forget_failed(job, version)
        await self._store.requeue_job(job.id)

    def _note(self, job_id: str, step: str, done: int, total: int) -> None:
        self._progress[job_id] = (step, done, total)

    async def _report(self) -> None:
        """Keep the database's copy of the progress fresh enough for readers on other workers."""
        reported: dict[str, tuple[str, int, int]] = {}
        while True:
            await asyncio.sleep(REPORT)
            for job_id, progress in list(self._progress.items()):
                if reported.get(job_id) != progress:
                    with suppress(Exception):  # only a display; the next round reports again
                        await self._store.report_progress(job_id, *progress)
                        reported[job_id] = progress
            reported = {job_id: value for job_id, value in reported.items() if job_id in self._progress}


def _declared(version: Version) -> Metadata:
    """Only what people said, at the upload and since: proposals are made again from the text."""
    said = {**version.declared, **version.confirmed}
    return Metadata(
        kind=said.get("kind"),
        title=said.get("title"),
        product_code=said.get("product_code"),
        risk_level=said.get("risk_level"),
        valid_from=_day(said.get("valid_from")),
        valid_to=_day(said.get("valid_to")),
        audience=said.get("audience") or version.audience,
        left_empty=tuple(name for name in CLEARABLE if name in said and said[name] is None),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
