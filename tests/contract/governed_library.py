"""A library whose files become small vectors, over a real index and a real database: for tests of what can be found."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.knowledge.index import KnowledgeIndex, SparseVector
from app.knowledge.library import Library
from app.knowledge.passage import Audience, Passage, Scope
from app.knowledge.preparing import Metadata, Prepared, Source
from app.knowledge.uploads import Uploads
from app.store import Database, Documents, Worker
from tests.contract.index_points import direction, query
from tests.fakes import LinePrepare

START = datetime(2026, 1, 1, 4, 0, tzinfo=UTC)


class VectorPrepare(LinePrepare):
    """Every passage has the one word that `everything` asks for."""

    async def prepare(self, source: Source, metadata: Metadata, **more: Any) -> Prepared:
        prepared = await super().prepare(source, metadata, **more)
        words = {"words": SparseVector((1,), (1.0,))}
        points = [
            replace(point, dense={"meaning": direction(point.passage.ordinal)}, sparse=words)
            for point in prepared.points
        ]
        return replace(prepared, points=points)


class GovernedLibrary:
    """now: the service's clock; move it as the test needs."""

    def __init__(self, library: Library, documents: Documents, index: KnowledgeIndex, clock: list[datetime]) -> None:
        self.library, self.documents, self.index = library, documents, index
        self._clock = clock

    @property
    def now(self) -> datetime:
        return self._clock[0]

    def pass_time(self, span: timedelta) -> None:
        self._clock[0] += span

    async def draft(self, tenant: str, path: str, text: str, audience: Audience = "public", **days: date | None) -> Any:
        metadata = Metadata(kind="product", title=path, audience=audience, **days)  # type: ignore[arg-type]
        accepted = await self.library.upload(tenant, "editor", Source(path, text.encode()), metadata)
        job = await self.library.wait(tenant, accepted.job_id)
        assert job.status == "done", job
        return accepted

    async def publish(self, tenant: str, path: str, text: str, **more: Any) -> Any:
        accepted = await self.draft(tenant, path, text, **more)
        await self.library.submit(tenant, "editor", accepted.document_id, accepted.version)
        await self.library.approve(tenant, "approver", accepted.document_id, accepted.version)
        return accepted

    async def found(self, scope: Scope) -> list[Passage]:
        """Everything that a search in this scope can bring up."""
        return [hit.passage for hit in (await self.index.search(query(), scope))["words"]]

    async def known(self, scope: Scope, known_at: datetime) -> list[Passage]:
        editions = await self.documents.editions(scope.tenant, scope.as_of, known_at)
        return [editions.restated(passage) for passage in await self.found(replace(scope, editions=editions))]


@asynccontextmanager
async def governed_library(index: KnowledgeIndex, folder: Path, url: str = "") -> AsyncIterator[GovernedLibrary]:
    """The index stays the caller's to close."""
    clock = [START]
    database = Database(url or f"sqlite:///{folder / 'wenda.db'}")
    await database.open()
    documents = Documents(database, worker=Worker(database), new_id=lambda: uuid.uuid4().hex, clock=lambda: clock[0])
    library = Library(documents, index, VectorPrepare(), Uploads(folder / "uploads"), clock=lambda: clock[0])
    await library.start()
    try:
        yield GovernedLibrary(library, documents, index, clock)
    finally:
        await library.stop()
        await database.close()


def versions_of(passages: Sequence[Passage]) -> Mapping[str, set[int]]:
    found: dict[str, set[int]] = {}
    for passage in passages:
        found.setdefault(passage.document_id, set()).add(passage.version)
    return found
