"""A small index that scores as the real ones do (cosine, sparse with IDF), and embedders without a model."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from app.knowledge.index import Hit, IndexPoint, IndexQuery, SparseVector
from app.knowledge.passage import Kind, Passage, Scope, passage_id, text_sha256
from tests.fakes import MemoryIndex, in_scope

DIMENSION = 384


class PairEmbedder:
    """Texts that share character pairs have near vectors. failing: every question raises it."""

    def __init__(self) -> None:
        self.name, self.dimension = "pairs", DIMENSION
        self.failing: Exception | None = None
        self.embedded: list[str] = []

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        if self.failing is not None:
            raise self.failing
        return self._vector(text)

    async def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> NDArray[np.float32]:
        # What all texts share weighs the same in short and in long ones, as in a real model.
        vector = np.full(self.dimension, 0.13 * len(text) ** 0.5, np.float32)
        for pair in zip(text, text[1:] + "$", strict=True):
            vector[zlib.crc32("".join(pair).encode()) % self.dimension] += 1.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class ScoringIndex(MemoryIndex):
    """MemoryIndex with lists in the order a real index gives them."""

    def __init__(self) -> None:
        super().__init__()
        self.points: list[IndexPoint] = []
        self.asked: list[IndexQuery] = []

    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        await super().upsert(points)
        self.points.extend(points)

    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        self._check()
        self.asked.append(query)
        # Approval and validity change after a point came in; what is deleted is not there any more.
        now = [replace(p, passage=self.passages[p.passage.id]) for p in self.points if p.passage.id in self.passages]
        points = [point for point in now if in_scope(point.passage, scope)]
        lists = {
            name: [Hit(point.passage, float(np.max(point.dense[name] @ vector))) for point in points]
            for name, vector in query.dense.items()
        }
        for name, sparse in query.sparse.items():
            hits = [Hit(point.passage, self._score(name, point.sparse[name], sparse)) for point in points]
            lists[name] = [hit for hit in hits if hit.score > 0]
        return {name: sorted(hits, key=lambda hit: -hit.score)[: query.limit] for name, hits in lists.items()}

    def _score(self, name: str, passage: SparseVector, query: SparseVector) -> float:
        weights = dict(zip(passage.indices, passage.values, strict=True))
        return sum(
            value * weights[term] * self._idf(name, term)
            for term, value in zip(query.indices, query.values, strict=True)
            if term in weights
        )

    def _idf(self, name: str, term: int) -> float:
        having = sum(term in point.sparse[name].indices for point in self.points)
        return math.log(1 + (len(self.points) - having + 0.5) / (having + 0.5))


def passage(
    text: str, *, title: str = "", section: str = "", question: str = "", kind: Kind = "product", tenant: str = "demo"
) -> Passage:
    return Passage(
        id=passage_id(title + question, 1, 0, text),
        document_id=title or question,
        version=1,
        ordinal=0,
        tenant=tenant,
        kind=kind,
        title=title,
        section=section,
        text=text,
        sha256=text_sha256(text),
        question=question,
        approved=True,
    )
