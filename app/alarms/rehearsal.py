"""A question answered twice, without a model: from what is in force, and from what would be with a draft published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from app.alarms.overlay import OverlayIndex
from app.generation.quote import excerpt
from app.knowledge.documents import Version
from app.knowledge.found import Found
from app.knowledge.index import IndexPoint, KnowledgeIndex
from app.knowledge.passage import Passage, Scope
from app.knowledge.search import HybridSearch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a customer would be shown without a model: status and the verbatim units."""

    status: str
    quotes: Sequence[str]


class Rehearsal:
    """predecessor: the document's passages in force on the day, which the draft's points replace."""

    def __init__(
        self,
        search: HybridSearch,
        index: KnowledgeIndex,
        points: Sequence[IndexPoint],
        predecessor: Sequence[Passage],
        version: Version,
        day: date,
        top_k: int,
    ) -> None:
        self._search, self._top_k, self.day = search, top_k, day
        self._scope = Scope(version.tenant, day)
        self._overlay = OverlayIndex(index, points, version.document_id, predecessor)

    async def of(self, question: str) -> tuple[Outcome, Outcome]:
        """Before and after; the very same where the draft changes nothing the question finds."""
        now, then = await self._search.find_both(
            question,
            self._scope,
            self._top_k,
            self._overlay,  # type: ignore[arg-type]  # it has the one method a search calls
            lambda request, lists: self._overlay.changed(request, lists, self._scope),
        )
        before = _outcome(question, now)
        same = then is now or (_read(now) == _read(then) and now.sufficient == then.sufficient)
        return before, before if same else _outcome(question, then)


def _read(found: Found) -> list[tuple[str, ...]]:
    return [(one.passage.title, one.passage.section, one.passage.question, one.passage.text) for one in found.passages]


def _outcome(question: str, found: Found) -> Outcome:
    if not found.sufficient or not found.passages:
        return Outcome("abstained", ())
    return Outcome("answered", tuple(excerpt(question, [scored.passage for scored in found.grounds])))
