"""The index protocol: named dense and sparse vectors beside a passage, searched only inside a Scope."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.knowledge.passage import Passage, Scope

Vector = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SparseVector:
    """indices: unique uint32 term ids; values: weights of the same length. IDF is applied by the index."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexLayout:
    """The vectors a collection has: dense names with their dimension (cosine), sparse names (IDF modifier).

    several: names of dense vectors, with their dimension, of which a passage has any number; its score is the best
    one's. They only score what another list has found, so that they need no graph and cost the same at any size.
    """

    dense: Mapping[str, int]
    sparse: tuple[str, ...]
    several: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """dense: by name, shape (dimension,), or (count, dimension) where the layout says several."""

    passage: Passage
    dense: Mapping[str, Vector]
    sparse: Mapping[str, SparseVector]


@dataclass(frozen=True, slots=True)
class IndexQuery:
    """One vector for each list wanted; an empty mapping asks for no list of that sort. limit: hits per list.

    A list of the layout's `several` has every passage of the other lists instead, and is absent when they are empty.
    """

    dense: Mapping[str, Vector] = field(default_factory=dict)
    sparse: Mapping[str, SparseVector] = field(default_factory=dict)
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Hit:
    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """New approval or validity for every passage of one document version; the vectors stay."""

    tenant: str
    document_id: str
    version: int
    approved: bool
    valid_from: date | None = None
    valid_to: date | None = None

    def applied_to(self, passage: Passage) -> Passage:
        return replace(passage, approved=self.approved, valid_from=self.valid_from, valid_to=self.valid_to)


class KnowledgeIndex(Protocol):
    """Implementations: QdrantEdgeIndex (embedded, its own process), QdrantServerIndex (qdrant-client)."""

    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        """Insert or replace by passage id. When it returns, the points survive `kill -9`."""

    async def change(self, changes: Sequence[DocumentChange]) -> None:
        """Set approval and validity of whole document versions (publishing, withdrawing) in one batch."""

    async def delete(self, tenant: str, document_id: str, version: int | None = None) -> None:
        """Remove a document's passages (one version, or all of them). Unknown ones are no error."""

    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        """One ranked list for each vector name in the query, best first, all inside the scope."""

    def scroll(self, tenant: str, document_id: str | None = None) -> AsyncIterator[Passage]:
        """Every passage of a tenant (or of one document), approved or not: for staff pages and maintenance."""

    async def get(self, tenant: str, ids: Sequence[str]) -> Sequence[Passage]:
        """Passages by id, in the order asked, unknown ones left out (citations, replay)."""

    async def count(self, tenant: str | None = None) -> int: ...

    async def awaits_rebuilding(self) -> bool:
        """True: it had another layout and lost everything. Until `rebuilt` says that every passage is there again,
        also after restarts, searches raise IndexRebuilding: an answer from half the knowledge may be a wrong one."""

    async def rebuilt(self) -> None: ...

    async def optimize(self) -> None:
        """Build what makes large collections fast; searches go on meanwhile."""

    async def snapshot(self, folder: Path, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Write a copy to a new or empty folder; it appears whole or not at all.

        meanwhile: awaited so that what it copies and this copy fit together. True: no write to the index fell between
        the two. False: it came first, and the copy may hold more than it.
        """

    async def restore(self, folder: Path) -> None: ...

    async def close(self) -> None: ...
