"""The hybrid search behind every answer: dense and lexical lists from the index, fused, with a verdict on sufficiency.

A failing embedder costs quality, never an answer: the search goes on with words alone. Only a failing index raises.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser, Question
from app.knowledge.embedding import Embedder
from app.knowledge.encoding import DENSE, SENTENCES, PassageEncoder
from app.knowledge.found import Found, Scored
from app.knowledge.fusion import FEATURES, Candidates, Rows, Views, fuse, gather
from app.knowledge.index import Hit, IndexQuery, KnowledgeIndex
from app.knowledge.lexical import read_lines
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.parting import core, parts
from app.knowledge.passage import Passage, Scope
from app.knowledge.query_vectors import QueryVectors
from app.knowledge.readings import Reading, restated, several
from app.knowledge.restating import Restating
from app.knowledge.sufficiency import evidence, weigh
from app.knowledge.synonyms import Stored, SynonymBook
from app.settings import SearchSettings
from guardrails import Meant, TypedPinyin, read_trade_words

_log = structlog.get_logger(__name__)

# What a text means to the rails, None where that cannot be had.
Hearing = Callable[[str], Coroutine[Any, Any, Meant | None]]
Lists = Mapping[str, Sequence[Hit]]

# A question longer than this is a story; its vector and its terms would be about everything.
_QUESTION_CHARACTERS = 400
# Candidates whose text is read; the answer was never below this place in the lists' own order.
_READ = 40
# Passages, of those that sound most like the question, that may say how it is spelt.
_ECHOES = 8
_ASTRAY = FEATURES.index("astray")


class HybridSearch:
    """Implements app.knowledge.found.Search.

    stored: reads a tenant's own synonym groups. synonyms: the user's synonym file (absent is fine). cache_dir: keeps
    the compiled dictionary. Construction loads dictionaries: about a second, best in a thread.
    """

    def __init__(
        self,
        embedder: Embedder,
        index: KnowledgeIndex,
        settings: SearchSettings | None = None,
        *,
        cache_dir: Path | None = None,
        synonyms: Path | None = None,
        stored: Stored | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        self._hear: Hearing | None = None
        self._vectors, self._index = QueryVectors(embedder), index
        self._settings = settings or SearchSettings()
        self._parameters = parameters or shipped()
        self._analyser = Analyser(cache_dir)
        self._views = Views(self._analyser)
        self._restate = Restating(self._analyser.normalise)
        self._pinyin = TypedPinyin([*read_trade_words(), *read_lines("terms.txt")])
        self.synonyms = SynonymBook(self._analyser.normalise, synonyms, stored)

    def over(self, index: KnowledgeIndex | None = None, embedder: Embedder | None = None) -> HybridSearch:
        """The same search over another index, or with another embedder of the same model."""
        other = copy.copy(self)
        other._index = index or self._index
        if embedder is not None:
            other._vectors = QueryVectors(embedder)
        return other

    @property
    def embedder(self) -> Embedder:
        return self._vectors.embedder

    def encoder(self) -> PassageEncoder:
        """Passages to points as this search reads them."""
        return PassageEncoder(self.embedder, analyser=self._analyser)

    def learn_names(self, names: Iterable[str]) -> None:
        """The products in force, as customers call them; replaces the names given before."""
        self._analyser.learn_names(names)

    def hear_with(self, hear: Hearing) -> None:
        """What questions mean to the rails is read by it from now on, beside the search; until then an embedding is."""
        self._hear = hear

    def cut(self, text: str) -> list[str]:
        """The words of a text, for people to compare versions by."""
        return self._analyser.cut(text)

    async def find(self, query: str, scope: Scope, top_k: int) -> Found:
        """At most top_k passages, best first: of an English question by the reading that finds more, of several
        questions in one the best of each. Raises what the index raises."""
        asked, spelt = self._read(query)
        # The rails read the words as they were written.
        hearing = asyncio.create_task(self._hear(query)) if self._hear is not None else None
        try:
            found = await self._find_all(asked, scope, top_k)
            meant = await (hearing or self.embed(query))
        finally:
            if hearing is not None:
                hearing.cancel()
        return replace(found, passages=found.passages[:top_k], meant=meant, mended=found.mended or spelt)

    async def _find_all(self, asked: str, scope: Scope, top_k: int) -> Found:
        found = await self._find(asked, scope, top_k)
        for reading in self._readings(asked):
            if reading.needed(found):
                found = reading.join(found, [await self._find(text, scope, top_k) for text in reading.texts])
        return found

    def _readings(self, asked: str) -> list[Reading]:
        """What else a normalised question is looked up by."""
        if chinese := self._restate.chinese(asked):
            return [restated(chinese)]
        written = self._restate.written(asked) if self._restate.marked(asked) else asked
        asking, told = parts(written, self._analyser.names.find), core(written)
        found = [several(asking)] if len(asking) > 1 else []
        return [*found, restated(told, if_lacking=True)] if told and told not in asking else found

    async def _find(self, asked: str, scope: Scope, top_k: int) -> Found:
        timings: dict[str, float] = {}
        question, _, lists = await self._look_up(asked, scope, timings)
        return await self._decide(asked, question, lists, scope, top_k, timings)

    async def embed(self, text: str) -> Meant | None:
        """What a text means to the rails; None when that cannot be had."""
        if self._hear is not None:
            return await self._hear(text)
        return self._meant(await self._embed(self.plain(text)))

    async def find_both(
        self,
        query: str,
        scope: Scope,
        top_k: int,
        over: KnowledgeIndex,
        changed: Callable[[IndexQuery, Lists], Lists | None],
    ) -> tuple[Found, Found]:
        """What it finds, and what it would find over another index, which differs in the lists as `changed` says.

        Each reading of the question is read, embedded and looked up once; where `changed` says None nothing differs,
        and neither does what is found.
        """
        asked = self.plain(query)
        now, then = await self._both(asked, scope, top_k, over, changed)
        for reading in self._readings(asked):
            if reading.needed(now) or reading.needed(then):
                both = [await self._both(text, scope, top_k, over, changed) for text in reading.texts]
                now = reading.join(now, [one for one, _ in both]) if reading.needed(now) else now
                then = reading.join(then, [one for _, one in both]) if reading.needed(then) else then
        return replace(now, passages=now.passages[:top_k]), replace(then, passages=then.passages[:top_k])

    async def _both(
        self,
        asked: str,
        scope: Scope,
        top_k: int,
        over: KnowledgeIndex,
        changed: Callable[[IndexQuery, Lists], Lists | None],
    ) -> tuple[Found, Found]:
        timings: dict[str, float] = {}
        question, request, lists = await self._look_up(asked, scope, timings)
        now = await self._decide(asked, question, lists, scope, top_k, timings)
        other = changed(request, lists)
        if other is None:
            return now, now
        return now, await self.over(over)._decide(asked, question, other, scope, top_k, dict(timings))

    async def _decide(
        self, query: str, question: Question, lists: Lists, scope: Scope, top_k: int, timings: dict[str, float]
    ) -> Found:
        question, candidates = await self._settle(question, lists, scope, timings)
        started = time.perf_counter()
        parameters = self._parameters if DENSE in lists else self._parameters.by_words or self._parameters
        scores = fuse(candidates.rows, parameters.fusion)
        features = evidence(question, candidates, scores)
        sufficient, confidence = weigh(features, parameters)
        best = np.argsort(-scores, kind="stable")[: max(top_k, 0)]
        found = [_scored(candidates, int(at), scores) for at in best]
        timings["fuse"] += _since(started)
        return Found(
            found,
            sufficient and not all(scored.astray for scored in found),
            confidence,
            timings,
            threshold=parameters.threshold,
            evidence=features,
            mended=question.text if question.text != query else None,
            synonyms=[unit.forms for unit in question.units if len(unit.forms) > 1],
        )

    def asked_as(self, query: str) -> list[str]:
        """The questions that decide how `query` is answered: each of several, an English one in Chinese."""
        asked = self.plain(query)
        needed = [reading.texts for reading in self._readings(asked) if not reading.if_lacking]
        return [text for texts in needed for text in texts] or [asked]

    async def candidates(self, query: str, scope: Scope) -> tuple[Question, Candidates]:
        """What `find` decides from, undecided: for calibration."""
        timings: dict[str, float] = {}
        question, _, lists = await self._look_up(self.plain(query), scope, timings)
        return await self._settle(question, lists, scope, timings)

    async def _settle(
        self, question: Question, lists: Lists, scope: Scope, timings: dict[str, float]
    ) -> tuple[Question, Candidates]:
        """The candidates; a question that only makes sense by its sound is mended and looked up once more."""
        started = time.perf_counter()
        candidates = gather(question, lists, self._views, _READ)
        mended = self._mended(question, candidates, lists)
        timings["fuse"] = _since(started)
        if mended == question.text:
            return question, candidates
        again: dict[str, float] = {}
        question, _, lists = await self._look_up(mended, scope, again)
        started = time.perf_counter()
        candidates = gather(question, lists, self._views, _READ)
        again["fuse"] = _since(started)
        timings.update({stage: timings[stage] + spent for stage, spent in again.items()})
        return question, candidates

    def _mended(self, question: Question, candidates: Candidates, lists: Lists) -> str:
        """Nothing is mended as long as the candidates together have every pair the question says."""
        if not question.units or bool(candidates.has.any(0).all()):
            return question.text
        echoes = [self._views.of(hit.passage).echo for hit in lists.get(SOUNDS, ())[:_ECHOES]]
        return self._analyser.mend(question, [view.whole for view in candidates.views], echoes)

    async def _look_up(self, asked: str, scope: Scope, timings: dict[str, float]) -> tuple[Question, IndexQuery, Lists]:
        started = time.perf_counter()
        if self._restate.marked(asked):
            asked = self._restate.written(asked)
        embedding = asyncio.create_task(self._embed(asked))
        try:
            await asyncio.sleep(0)  # the embedder's thread starts before this one gets busy
            question = self._analyser.question(asked, self.synonyms.of(scope.tenant), normalised=True)
            sparse = question.vectors()
            timings["lexical"] = _since(started)
            vector = await embedding
        finally:
            embedding.cancel()
        timings["embed"] = _since(started)
        dense = {DENSE: vector, SENTENCES: vector} if vector is not None else {}
        request = IndexQuery(dense, sparse, self._settings.candidates)
        lists: Lists = {}
        searched = time.perf_counter()
        if dense or sparse:
            lists = await self._index.search(request, scope)
        timings["index"] = _since(searched)
        return question, request, lists

    def plain(self, query: str) -> str:
        """As everything here reads a question."""
        return self._read(query)[0]

    def _read(self, query: str) -> tuple[str, str | None]:
        """Normalised once, and in Chinese what was typed by its sound: everything that reads a question here reads
        this. And what pinyin spelt, where it is typed so."""
        written = self._analyser.normalise(query.strip()[:_QUESTION_CHARACTERS])
        spelt = self._pinyin.spelt(written)
        return spelt or written, spelt

    def _meant(self, vector: NDArray[np.float32] | None) -> Meant | None:
        return None if vector is None else Meant(vector, self.embedder.name)

    async def _embed(self, text: str) -> NDArray[np.float32] | None:
        try:
            return await self._vectors.embed(text or " ")
        except Exception as error:  # whatever an embedder may raise, words alone still answer
            _log.warning("query_not_embedded", error=type(error).__name__)
            return None


def _scored(candidates: Candidates, at: int, scores: Rows) -> Scored:
    passage: Passage = candidates.passages[at]
    ranks = candidates.ranks
    lexical = [ranks[name][passage.id] for name in (WORDS, PAIRS, SOUNDS) if passage.id in ranks.get(name, {})]
    dense = ranks.get(DENSE, {}).get(passage.id)
    astray = bool(candidates.rows[at, _ASTRAY])
    return Scored(passage, float(scores[at]), dense, min(lexical, default=None), astray)


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
