"""The index as it would be once a draft is published: for staff's impact view only, in memory, never for customers.

It wraps the real index's answer to the same scope, takes the predecessor's passages out and puts the draft's in, as if
approved, under the same conditions of tenant, audience, kind, product and day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import median

import numpy as np

from app.knowledge.index import Hit, IndexPoint, IndexQuery, KnowledgeIndex, SparseVector
from app.knowledge.passage import Passage, Scope


class OverlayIndex:
    """Only `search`: whoever holds one can read nothing else. points: of one draft version."""

    def __init__(self, index: KnowledgeIndex, points: Sequence[IndexPoint], document_id: str) -> None:
        self._index, self._document_id = index, document_id
        self._points = [replace(point, passage=replace(point.passage, approved=True)) for point in points]

    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        lists = await self._index.search(query, scope)
        points = [point for point in self._points if _in_scope(point.passage, scope)]
        return {name: self._merged(name, query, hits, points) for name, hits in lists.items()}

    def _merged(self, name: str, query: IndexQuery, hits: Sequence[Hit], points: Sequence[IndexPoint]) -> list[Hit]:
        before = {hit.passage.sha256: hit.score for hit in hits if hit.passage.document_id == self._document_id}
        kept = [hit for hit in hits if hit.passage.document_id != self._document_id]
        if name in query.dense:
            own = [Hit(point.passage, float(np.max(point.dense[name] @ query.dense[name]))) for point in points]
        else:
            own = self._sparse(query.sparse[name], [(point, point.sparse.get(name)) for point in points], before, hits)
        return sorted([*kept, *own], key=lambda hit: (-hit.score, hit.passage.id))[: query.limit]

    def _sparse(
        self,
        wanted: SparseVector,
        points: Sequence[tuple[IndexPoint, SparseVector | None]],
        before: Mapping[str, float],
        hits: Sequence[Hit],
    ) -> list[Hit]:
        """An unchanged passage keeps its score. A changed one is scaled as the unchanged ones are, since only the
        index knows how rare its terms are; where none is unchanged, to the middle of the list."""
        raw = {point.passage.id: _dot(wanted, vector) for point, vector in points}
        scales = [
            before[point.passage.sha256] / raw[point.passage.id]
            for point, _ in points
            if point.passage.sha256 in before and raw[point.passage.id] > 0
        ]
        most = max(raw.values(), default=0.0)
        if not scales and hits and most > 0:
            scales = [max(before.values(), default=median(hit.score for hit in hits)) / most]
        scale = median(scales) if scales else 1.0
        scored = [
            Hit(point.passage, before.get(point.passage.sha256, raw[point.passage.id] * scale)) for point, _ in points
        ]
        return [hit for hit in scored if hit.score > 0]


def _dot(one: SparseVector, other: SparseVector | None) -> float:
    if other is None:
        return 0.0
    weights = dict(zip(other.indices, other.values, strict=True))
    return sum(value * weights.get(term, 0.0) for term, value in zip(one.indices, one.values, strict=True))


def _in_scope(passage: Passage, scope: Scope) -> bool:
    return (
        passage.tenant == scope.tenant
        and passage.audience in scope.audiences
        and (passage.valid_from or date.min) <= scope.as_of <= (passage.valid_to or date.max)
        and scope.kind in (None, passage.kind)
        and scope.product_code in (None, passage.product_code)
    )
