"""An index that has lost everything is filled again from the kept uploads, version by version.

What people decided stays as it is: only passages are made anew, with the metadata and the corrections that the version
has. What a newer reader reads otherwise than what was approved is noted on the version and in the ledger.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Protocol, TypeVar

import structlog

from app.errors import AppError
from app.knowledge.documents import CLEARABLE, Document, Version, find
from app.knowledge.index import KnowledgeIndex
from app.knowledge.preparing import Metadata, Notice, PreparationFailed, Prepare, Prepared, Source
from app.knowledge.uploads import Uploads

T = TypeVar("T")

_log = structlog.get_logger(__name__)

BATCH = 256
RETRY = 5.0
# Starts on one version that end in a failure nobody foresaw; then the others must not wait for it any longer.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Rebuilding:
    """done, total, lost: versions. lost: those that could not be read again. running: False once all is back."""

    done: int
    total: int
    lost: int = 0
    running: bool = True


class RebuildStore(Protocol):
    async def document(self, tenant: str, document_id: str) -> Document: ...
    async def prepared_versions(self) -> list[tuple[str, str, int]]:
        """(tenant, document, version) of everything the index should have passages of, documents together."""

    async def note_rebuilt(self, version: Version, prepared: Prepared) -> bool:
        """Whether its passages are the ones that it had."""

    async def note_lost(self, version: Version, reason: Notice) -> None: ...


class Rebuild:
    """settle: shows in the index what was decided of a document."""

    def __init__(
        self,
        store: RebuildStore,
        index: KnowledgeIndex,
        prepare: Prepare,
        uploads: Uploads,
        settle: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._store, self._index, self._prepare, self._uploads = store, index, prepare, uploads
        self._settle = settle
        self.progress: Rebuilding | None = None

    async def run(self) -> None:
        """Until every version is back or known to be lost; then searches answer again."""
        self.progress = Rebuilding(0, 0)
        versions = await self._patiently(self._store.prepared_versions)
        self.progress = Rebuilding(0, len(versions))
        for (tenant, document_id), group in groupby(versions, key=lambda one: one[:2]):
            for _, _, number in group:
                lost = not await self._bring_back(tenant, document_id, number)
                self.progress = replace(self.progress, done=self.progress.done + 1, lost=self.progress.lost + int(lost))
            await self._patiently(lambda t=tenant, d=document_id: self._settle(t, d))  # type: ignore[misc]
        await self._patiently(self._index.rebuilt)
        self.progress = replace(self.progress, running=False)
        _log.info("index_rebuilt", versions=self.progress.total, lost=self.progress.lost)

    async def _bring_back(self, tenant: str, document_id: str, number: int) -> bool:
        failures = 0
        while True:
            document = await self._patiently(lambda: self._store.document(tenant, document_id))
            version = find(document.versions, number)
            try:
                await self._index_again(version)
            except (PreparationFailed, FileNotFoundError) as error:
                return await self._lose(version, error)
            except AppError as error:  # the encoder or the index is away; both come back
                _log.warning("version_not_rebuilt", document_id=document_id, version=number, code=error.code)
            except Exception as error:
                _log.error("version_not_rebuilt", document_id=document_id, version=number, exc_info=error)
                failures += 1
                if failures >= ATTEMPTS:
                    return await self._lose(version, error)
            else:
                return True
            await asyncio.sleep(RETRY)

    async def _index_again(self, version: Version) -> None:
        content = await self._uploads.read(version.sha256)
        prepared = await self._prepare.prepare(
            Source(version.file_name, content),
            _settled_metadata(version),
            tenant=version.tenant,
            document_id=version.document_id,
            version=version.version,
            corrections=version.corrections,
        )
        for start in range(0, len(prepared.points), BATCH):
            await self._index.upsert(prepared.points[start : start + BATCH])
        if not await self._store.note_rebuilt(version, prepared):
            _log.warning("version_reads_otherwise", document_id=version.document_id, version=version.version)

    async def _lose(self, version: Version, error: Exception) -> bool:
        _log.error(
            "version_lost",
            document_id=version.document_id,
            version=version.version,
            error=error.code if isinstance(error, AppError) else type(error).__name__,
        )
        await self._patiently(lambda: self._store.note_lost(version, LOST))
        return False

    async def _patiently(self, step: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await step()
            except Exception as error:  # database or index are briefly away
                _log.warning("rebuilding_waits", error=type(error).__name__)
                await asyncio.sleep(RETRY)


LOST = Notice("not_rebuilt", "索引重建时这份文件无法再次读取，内容暂时查不到，请重新上传原文件。")
READS_OTHERWISE = Notice("reads_otherwise", "索引重建后，读出的文字与当时审批的不完全相同，请对照原件核对。")


def _settled_metadata(version: Version) -> Metadata:
    """All of it as the version has it: nothing is proposed anew."""
    values = {name: getattr(version, name) for name in CLEARABLE}
    return Metadata(
        kind=version.kind,
        title=version.title,
        audience=version.audience,
        left_empty=tuple(name for name, value in values.items() if value is None),
        **values,
    )
