"""The index as it would be once a draft is published: for staff's impact view only, in memory, never for customers.

It takes the predecessor's passages out of the real index's lists and puts the draft's in, as if approved, under the
same conditions of tenant, audience, kind, product and day. A passage that reads as it did keeps its hits, so that most
questions find nothing changed and need no second look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from statistics import median

import numpy as np

from app.knowledge.index import Hit, IndexPoint, IndexQuery, KnowledgeIndex, SparseVector
from app.knowledge.passage import Passage, Scope

Lists = Mapping[str, Sequence[Hit]]
Reading = tuple[str, ...]


class OverlayIndex:
    """Only `search`: whoever holds one can read nothing else. points: of one draft version.

    predecessor: the passages that the document has in the index in the scopes asked for.
    """

    def __init__(
        self,
        index: KnowledgeIndex,
        points: Sequence[IndexPoint],
        document_id: str,
        predecessor: Iterable[Passage] = (),
    ) -> None:
        self._index, self._document_id = index, document_id
        self._points = [replace(point, passage=replace(point.passage, approved=True)) for point in points]
        self._before = {_reading(passage) for passage in predecessor}

    async def search(self, query: IndexQuery, scope: Scope) -> Lists:
        lists = await self._index.search(query, scope)
        return self.changed(query, lists, scope) or lists

    def changed(self, query: IndexQuery, lists: Lists, scope: Scope) -> Lists | None:
        """The real index's answer as it would be; None where it would be the same."""
        points = [point for point in self._points if _in_scope(point.passage, scope)]
        stays = {_reading(point.passage) for point in points} & self._before
        fresh = {point.passage.id for point in points if _reading(point.passage) not in stays}
        several = {name for name in query.dense if any(point.dense[name].ndim > 1 for point in points)}
        made: dict[str, list[Hit]] = {}
        listed: set[str] = set()
        for name, hits in lists.items():
            if name not in several:
                kept = [hit for hit in hits if not self._leaves(hit, stays)]
                own = [hit for hit in self._scored(name, query, hits, points) if hit.passage.id in fresh]
                made[name] = _best([*kept, *own])[: query.limit]
                listed |= fresh & {hit.passage.id for hit in made[name]}
        for name in several & lists.keys():
            # It has every passage of the other lists, however many.
            kept = [hit for hit in lists[name] if not self._leaves(hit, stays)]
            own = [hit for hit in self._scored(name, query, (), points) if hit.passage.id in listed]
            made[name] = _best([*kept, *own])
        gone = any(self._leaves(hit, stays) for hits in lists.values() for hit in hits)
        return {name: made[name] for name in lists} if gone or listed else None

    def _leaves(self, hit: Hit, stays: set[Reading]) -> bool:
        return hit.passage.document_id == self._document_id and _reading(hit.passage) not in stays

    def _scored(self, name: str, query: IndexQuery, hits: Sequence[Hit], points: Sequence[IndexPoint]) -> list[Hit]:
        if name in query.dense:
            wanted = query.dense[name]
            return [Hit(point.passage, float(np.max(point.dense[name] @ wanted))) for point in points]
        before = {hit.passage.sha256: hit.score for hit in hits if hit.passage.document_id == self._document_id}
        return self._sparse(query.sparse[name], [(point, point.sparse.get(name)) for point in points], before, hits)

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


def _best(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def _reading(passage: Passage) -> Reading:
    """All that a search or an answer reads of it."""
    said = (passage.title, passage.section, passage.question, passage.text)
    return (*said, passage.kind, passage.audience, passage.product_code or "", passage.risk_level or "")


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
