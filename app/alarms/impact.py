"""What publishing a draft would do: contradictions, duplicates, past answers and golden questions that would change.

It looks at the draft's own days, through the chat's own search, for a bounded time; `checked` says how far it came.
Nothing here blocks: the approver decides.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from app.alarms.conflicts import ConflictFinder, Contradiction
from app.alarms.overlay import OverlayIndex
from app.generation.quote import excerpt
from app.knowledge.documents import NotReady, Version, find
from app.knowledge.encoding import PassageEncoder
from app.knowledge.found import Found, Search
from app.knowledge.index import IndexPoint, KnowledgeIndex
from app.knowledge.library import Library
from app.knowledge.passage import Audience, Passage, Scope
from app.knowledge.search import HybridSearch
from app.knowledge.wording import grams
from app.store import Conversations

_PASSAGES, _TURNS, _GOLDEN = 300, 200, 200
# Seconds for each of the three parts; a page waits for all of them.
_PATIENCE_S = 12.0
_NEIGHBOURS = 12
_DUPLICATE = 0.85
_KEPT_DRAFTS = 4


@dataclass(frozen=True, slots=True)
class Duplicate:
    """similarity: share of character pairs both have, 0..1."""

    passage: Passage
    other: Passage
    similarity: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a customer would be shown without a model: status and the verbatim units."""

    status: str
    quotes: Sequence[str]


@dataclass(frozen=True, slots=True)
class Changed:
    """A past question whose answer would change. times: how often it was asked lately."""

    turn_id: str
    question: str
    asked_at: Any
    times: int
    before: Outcome
    after: Outcome

    @property
    def change(self) -> str:
        return "status" if self.before.status != self.after.status else "passages"


@dataclass(frozen=True, slots=True)
class Golden:
    """A question that must go on finding its answer; before, after: whether it does."""

    question: str
    expected: str
    before: bool
    after: bool
    quote_before: str
    quote_after: str


@dataclass(slots=True)
class Impact:
    conflicts: list[Contradiction] = field(default_factory=list)
    duplicates: list[Duplicate] = field(default_factory=list)
    answers: list[Changed] = field(default_factory=list)
    golden: list[Golden] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=lambda: {"passages": 0, "turns": 0, "golden": 0})


class ImpactView:
    """golden_file: questions somebody wrote down, `[{question, expected}]`; absent is fine."""

    def __init__(
        self,
        search: Search,
        index: KnowledgeIndex,
        library: Library,
        conversations: Conversations,
        finder: ConflictFinder,
        *,
        top_k: int,
        golden_file: Path,
    ) -> None:
        self._search, self._index, self._library = search, index, library
        self._conversations, self._finder = conversations, finder
        self._top_k, self._golden_file = top_k, golden_file
        self._encoder: PassageEncoder | None = search.encoder() if isinstance(search, HybridSearch) else None
        self._drafts: OrderedDict[tuple[str, int, str], Sequence[IndexPoint]] = OrderedDict()

    async def of(self, tenant: str, document_id: str, number: int) -> Impact:
        """Raises NotFound, and NotReady while the version is being prepared."""
        version = find((await self._library.document(tenant, document_id)).versions, number)
        if not version.ready:
            raise NotReady()
        passages = await self._passages(version)
        impact = Impact()
        await self._compare(version, passages, impact)
        if isinstance(self._search, HybridSearch):
            points = await self._points(version, passages)
            # The overlay has the one method a search calls.
            after = self._search.over(OverlayIndex(self._index, points, document_id))  # type: ignore[arg-type]
            await self._replay(version, after, impact)
            await self._try_golden(version, after, impact)
        return impact

    async def _passages(self, version: Version) -> list[Passage]:
        """The draft's passages on the days it would hold."""
        passages = await self._library.passages(version.tenant, version.document_id, version.version)
        first = version.valid_from
        return [replace(one, valid_from=first, valid_to=version.valid_to) for one in passages]

    async def _points(self, version: Version, passages: Sequence[Passage]) -> Sequence[IndexPoint]:
        """Encoded once a draft: the index keeps vectors to itself."""
        assert self._encoder is not None
        key = (version.document_id, version.version, f"{version.valid_from}{version.valid_to}{version.audience}")
        if key not in self._drafts:
            self._drafts[key] = await self._encoder.encode(passages[:_PASSAGES])
            if len(self._drafts) > _KEPT_DRAFTS:
                self._drafts.popitem(last=False)
        return self._drafts[key]

    async def _compare(self, version: Version, passages: Sequence[Passage], impact: Impact) -> None:
        """Each passage with its nearest neighbours in force on the draft's days."""
        days = await self._days(version)
        until = time.monotonic() + _PATIENCE_S
        told: set[tuple[str, str]] = set()
        for passage in passages[:_PASSAGES]:
            if time.monotonic() > until:
                break
            query = "\n".join(filter(None, (passage.title, passage.question or passage.section, passage.text)))
            neighbours: dict[str, Passage] = {}
            for day in days:
                found = await self._search.find(query, _everyone(version, day), _NEIGHBOURS)
                neighbours |= {scored.passage.id: scored.passage for scored in found.passages}
            for other in neighbours.values():
                if other.document_id == version.document_id:
                    continue
                similarity = _alike(passage, other)
                if similarity >= _DUPLICATE:
                    impact.duplicates.append(Duplicate(passage, other, similarity))
                for conflict in self._finder.between(passage, other):
                    key = (f"{passage.id}{conflict.mine.quantity.start}", other.id)
                    if key not in told:
                        told.add(key)
                        impact.conflicts.append(conflict)
            impact.checked["passages"] += 1
        impact.conflicts.sort(key=lambda one: -one.score)
        impact.duplicates.sort(key=lambda one: -one.similarity)

    async def _days(self, version: Version) -> list[date]:
        """The draft's first day, and days within its validity on which something else begins (at most three)."""
        first = max(version.valid_from or self._library.today(), self._library.today())
        last = version.valid_to or date.max
        documents = await self._library.documents(version.tenant)
        begins = {
            other.in_force_from
            for document in documents
            for other in document.versions
            if other.status == "approved" and other.in_force_from and first < other.in_force_from <= last
        }
        return [first, *sorted(begins)[:3]]

    async def _replay(self, version: Version, after: Search, impact: Impact) -> None:
        until = time.monotonic() + _PATIENCE_S
        scope = _customers(version, max(version.valid_from or self._library.today(), self._library.today()))
        for asked in await self._conversations.recent_questions(version.tenant, _TURNS):
            if time.monotonic() > until:
                break
            now = _outcome(asked.question, await self._search.find(asked.question, scope, self._top_k))
            then = _outcome(asked.question, await after.find(asked.question, scope, self._top_k))
            if now != then:
                impact.answers.append(Changed(asked.turn_id, asked.question, asked.asked_at, asked.times, now, then))
            impact.checked["turns"] += 1
        impact.answers.sort(key=lambda one: -one.times)

    async def _try_golden(self, version: Version, after: Search, impact: Impact) -> None:
        """Questions that find their answer today and would not any more, or the other way round."""
        until = time.monotonic() + _PATIENCE_S
        scope = _customers(version, max(version.valid_from or self._library.today(), self._library.today()))
        for question, expected in (await self._golden(version, scope.as_of))[:_GOLDEN]:
            if time.monotonic() > until:
                break
            quotes = [
                "\n".join(_outcome(question, await search.find(question, scope, self._top_k)).quotes)
                for search in (self._search, after)
            ]
            before, then = (expected in quote for quote in quotes)
            if before != then:
                impact.golden.append(Golden(question, expected, before, then, quotes[0], quotes[1]))
            impact.checked["golden"] += 1

    async def _golden(self, version: Version, day: date) -> list[tuple[str, str]]:
        """Written-down questions, then those of approved FAQ pairs; their answers are what is expected."""
        pairs = [(str(row["question"]), str(row["expected"])) for row in self._written()]
        async for passage in self._index.scroll(version.tenant):
            if len(pairs) >= _GOLDEN:
                break
            in_force = (passage.valid_from or date.min) <= day <= (passage.valid_to or date.max)
            if passage.question and passage.approved and passage.audience == "public" and in_force:
                answer = excerpt(passage.question, [passage])
                pairs.append((passage.question, answer[0] if answer else passage.text))
        return pairs

    def _written(self) -> list[dict[str, Any]]:
        try:
            rows = yaml.safe_load(self._golden_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        return [row for row in rows or () if isinstance(row, dict) and row.get("question") and row.get("expected")]


def _outcome(question: str, found: Found) -> Outcome:
    if not found.sufficient or not found.passages:
        return Outcome("abstained", ())
    return Outcome("answered", tuple(excerpt(question, [scored.passage for scored in found.passages])))


def _customers(version: Version, day: date) -> Scope:
    return Scope(version.tenant, day)


def _everyone(version: Version, day: date) -> Scope:
    audiences: tuple[Audience, ...] = ("public", "staff")
    return Scope(version.tenant, day, audiences)


def _alike(one: Passage, other: Passage) -> float:
    a, b = grams(one.question + one.text), grams(other.question + other.text)
    return len(a & b) / len(a | b) if a | b else 0.0
