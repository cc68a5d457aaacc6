"""What publishing a draft would do: contradictions, duplicates, past answers and golden questions that would change.

It looks at the draft's own days, through the chat's own search, for a bounded time; `checked` says how far it came, and
whoever follows it sees each part as soon as it is whole. Nothing here blocks: the approver decides.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeVar

import yaml

from app.alarms.conflicts import ConflictFinder, Contradiction
from app.alarms.rehearsal import Outcome, Rehearsal
from app.generation.quote import excerpt
from app.knowledge.documents import NotReady, Version, find
from app.knowledge.encoding import PassageEncoder
from app.knowledge.found import Search
from app.knowledge.index import IndexPoint, KnowledgeIndex
from app.knowledge.library import Library
from app.knowledge.passage import Audience, Passage, Scope
from app.knowledge.search import HybridSearch
from app.knowledge.wording import grams
from app.store import Conversations
from app.store.records import Asked

Part = Literal["passages", "turns", "golden"]
PARTS: Final[tuple[Part, ...]] = ("passages", "turns", "golden")
T = TypeVar("T")
R = TypeVar("R")

_PASSAGES, _TURNS, _GOLDEN = 300, 200, 200
# Seconds for each of the three parts; a page waits for all of them. A model that reads passages takes longer.
_PATIENCE_S, _READING_S = 12.0, 60.0
_NEIGHBOURS = 12
# A paper of another name is seldom near as a whole: what single figures ask for is looked for too, so many in a draft.
_POINTS, _POINTS_OF_ONE, _NEIGHBOURS_OF_POINT = 240, 6, 6
_DUPLICATE = 0.85
_KEPT_DRAFTS = 4
# Questions under way at the same time: one is embedded while the other is searched for; customers' own come between.
_BESIDE = 2


class Contrast(Protocol):
    """Whoever reads two passages beside each other. neighbours: how many near ones it reads with each."""

    neighbours: int

    async def contradict(self, one: Passage, other: Passage) -> bool | None:
        """None: no opinion. Never raises."""


@dataclass(frozen=True, slots=True)
class Opposed:
    """Two passages that a model read as contradicting each other where no figures do."""

    passage: Passage
    other: Passage


@dataclass(frozen=True, slots=True)
class Duplicate:
    """similarity: share of character pairs both have, 0..1."""

    passage: Passage
    other: Passage
    similarity: float


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
    """opposed, seconded: a model's opinions, where one is asked; seconded: of conflicts, by the passages' ids."""

    conflicts: list[Contradiction] = field(default_factory=list)
    opposed: list[Opposed] = field(default_factory=list)
    seconded: dict[tuple[str, str], bool] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)
    answers: list[Changed] = field(default_factory=list)
    golden: list[Golden] = field(default_factory=list)
    checked: dict[str, int] = field(default_factory=lambda: {"passages": 0, "turns": 0, "golden": 0})


@dataclass(frozen=True, slots=True)
class Progress:
    """done of total in one part; ended: nothing follows of this part. impact: what is known so far, all of the parts
    that have ended and nothing yet of the others."""

    part: Part
    done: int
    total: int
    ended: bool
    impact: Impact


# Neighbours of a passage, nearest first, each with what its figures contradict.
_Compared = Sequence[tuple[Passage, list[Contradiction]]]


class ImpactView:
    """golden_file: questions somebody wrote down, `[{question, expected}]`; absent is fine. contrast: a model that
    reads neighbours beside each other; without it the figures alone are compared."""

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
        contrast: Contrast | None = None,
    ) -> None:
        self._search, self._index, self._library = search, index, library
        self._conversations, self._finder, self._contrast = conversations, finder, contrast
        self._top_k, self._golden_file = top_k, golden_file
        self._hybrid = search if isinstance(search, HybridSearch) else None
        self._encoder: PassageEncoder | None = self._hybrid.encoder() if self._hybrid else None
        self._drafts: OrderedDict[tuple[str, int, str], Sequence[IndexPoint]] = OrderedDict()

    async def of(self, tenant: str, document_id: str, number: int) -> Impact:
        """Raises NotFound, and NotReady while the version is being prepared."""
        impact = Impact()
        async with aclosing(self.follow(await self.begin(tenant, document_id, number))) as steps:
            async for step in steps:
                impact = step.impact
        return impact

    async def begin(self, tenant: str, document_id: str, number: int) -> Version:
        """The version to follow; raises NotFound, and NotReady while it is being prepared."""
        version = find((await self._library.document(tenant, document_id)).versions, number)
        if not version.ready:
            raise NotReady()
        return version

    async def follow(self, version: Version) -> AsyncGenerator[Progress]:
        """Step by step; the last one has all of it."""
        passages = await self._passages(version)
        impact = Impact()
        yield Progress("passages", 0, len(passages[:_PASSAGES]), False, impact)
        async for step in self._compare(version, passages, impact):
            yield step
        if self._hybrid is None:
            return
        day = max(version.valid_from or self._library.today(), self._library.today())
        points = await self._points(version, passages)
        rehearsal = Rehearsal(
            self._hybrid, self._index, points, await self._predecessor(version, day), version, day, self._top_k
        )
        async for step in self._replay(version, rehearsal, impact):
            yield step
        async for step in self._try_golden(version, rehearsal, impact):
            yield step

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

    async def _predecessor(self, version: Version, day: date) -> list[Passage]:
        """What the document says on that day as things stand."""
        document = await self._library.document(version.tenant, version.document_id)
        found: list[Passage] = []
        for other in document.versions:
            if other.in_force_from and other.in_force_from <= day <= (other.in_force_to or date.max):
                found += await self._library.passages(version.tenant, version.document_id, other.version)
        return found

    async def _compare(self, version: Version, passages: Sequence[Passage], impact: Impact) -> AsyncGenerator[Progress]:
        """Each passage with its nearest neighbours in force on the draft's days."""
        days = await self._days(version)
        told: set[tuple[str, str]] = set()
        looked = passages[:_PASSAGES]

        points = max(1, min(_POINTS_OF_ONE, _POINTS // max(len(looked), 1)))

        async def compared(passage: Passage) -> _Compared:
            whole = "\n".join(filter(None, (passage.title, passage.question or passage.section, passage.text)))
            queries = [(whole, _NEIGHBOURS)]
            queries += [(asked, _NEIGHBOURS_OF_POINT) for asked in self._finder.points(passage)[:points]]
            near: dict[str, tuple[int, Passage]] = {}
            for day in days:
                for query, count in queries:
                    found = await self._search.find(query, _everyone(version, day), count)
                    for rank, one in enumerate(scored.passage for scored in found.passages):
                        near[one.id] = (min(rank, near.get(one.id, (rank, one))[0]), one)
            # The nearest of every day and of every point first: so many of them a model reads.
            ranked = [one for _, one in sorted(near.values(), key=lambda ranked: ranked[0])]
            others = [one for one in ranked if one.document_id != version.document_id]
            return [(other, await self._finder.between(passage, other)) for other in others]

        near: list[tuple[Passage, _Compared]] = []

        def tell(passage: Passage, found: _Compared) -> None:
            near.append((passage, found))
            for other, conflicts in found:
                similarity = _alike(passage, other)
                if similarity >= _DUPLICATE:
                    impact.duplicates.append(Duplicate(passage, other, similarity))
                for conflict in conflicts:
                    key = (f"{passage.id}{conflict.mine.quantity.start}", other.id)
                    if key not in told:
                        told.add(key)
                        impact.conflicts.append(conflict)

        async for done in _each(looked, compared, tell):
            impact.checked["passages"] = done
            yield Progress("passages", done, len(looked), False, impact)
        if self._contrast is not None:  # after the figures, which nothing slow may cost their time
            async for _ in _each(near, self._read, lambda one, said: _heard(impact, *one, said), _READING_S):
                yield Progress("passages", impact.checked["passages"], len(looked), False, impact)
        # Of what figures say, what the model denies comes last: they may still be right where it is not.
        denied = {ids for ids, said in impact.seconded.items() if not said}
        impact.conflicts.sort(key=lambda one: ((one.mine.passage.id, one.other.passage.id) in denied, -one.score))
        impact.duplicates.sort(key=lambda one: -one.similarity)
        yield Progress("passages", impact.checked["passages"], len(looked), True, impact)

    async def _read(self, one: tuple[Passage, _Compared]) -> dict[str, bool | None]:
        """What the model says of the nearest neighbours and of whatever the figures contradict, by the other's id."""
        assert self._contrast is not None
        passage, found = one
        asked = [other for at, (other, told) in enumerate(found) if told or at < self._contrast.neighbours]
        said = await asyncio.gather(*(self._contrast.contradict(passage, other) for other in asked))
        return {other.id: opinion for other, opinion in zip(asked, said, strict=True)}

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

    async def _replay(self, version: Version, rehearsal: Rehearsal, impact: Impact) -> AsyncGenerator[Progress]:
        asked = await self._conversations.recent_questions(version.tenant, _TURNS)

        def tell(one: Asked, both: tuple[Outcome, Outcome]) -> None:
            now, then = both
            if now != then:
                impact.answers.append(Changed(one.turn_id, one.question, one.asked_at, one.times, now, then))

        async for done in _each(asked, lambda one: rehearsal.of(one.question), tell):
            impact.checked["turns"] = done
            yield Progress("turns", done, len(asked), False, impact)
        impact.answers.sort(key=lambda one: -one.times)
        yield Progress("turns", impact.checked["turns"], len(asked), True, impact)

    async def _try_golden(self, version: Version, rehearsal: Rehearsal, impact: Impact) -> AsyncGenerator[Progress]:
        """Questions that find their answer today and would not any more, or the other way round."""
        pairs = (await self._golden(version, rehearsal.day))[:_GOLDEN]

        def tell(pair: tuple[str, str], both: tuple[Outcome, Outcome]) -> None:
            question, expected = pair
            quotes = ["\n".join(outcome.quotes) for outcome in both]
            before, then = (expected in quote for quote in quotes)
            if before != then:
                impact.golden.append(Golden(question, expected, before, then, quotes[0], quotes[1]))

        async for done in _each(pairs, lambda pair: rehearsal.of(pair[0]), tell):
            impact.checked["golden"] = done
            yield Progress("golden", done, len(pairs), False, impact)
        yield Progress("golden", impact.checked["golden"], len(pairs), True, impact)

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


def _heard(impact: Impact, passage: Passage, found: _Compared, said: Mapping[str, bool | None]) -> None:
    for other, conflicts in found:
        opinion = said.get(other.id)
        if conflicts and opinion is not None:
            impact.seconded[passage.id, other.id] = opinion
        elif opinion:
            impact.opposed.append(Opposed(passage, other))


async def _each(
    given: Sequence[T],
    look: Callable[[T], Awaitable[R]],
    tell: Callable[[T, R], None],
    patience_s: float = _PATIENCE_S,
) -> AsyncIterator[int]:
    """Looks at each, a few at a time, tells of them in order, and says how many are done; stops when time is up."""
    until = time.monotonic() + patience_s
    for at in range(0, len(given), _BESIDE):
        if time.monotonic() > until:
            return
        some = given[at : at + _BESIDE]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_awaited(look(one))) for one in some]
        for one, task in zip(some, tasks, strict=True):
            tell(one, task.result())
        yield at + len(some)


async def _awaited(work: Awaitable[R]) -> R:
    return await work


def _everyone(version: Version, day: date) -> Scope:
    audiences: tuple[Audience, ...] = ("public", "staff")
    return Scope(version.tenant, day, audiences)


def _alike(one: Passage, other: Passage) -> float:
    a, b = grams(one.question + one.text), grams(other.question + other.text)
    return len(a & b) / len(a | b) if a | b else 0.0
