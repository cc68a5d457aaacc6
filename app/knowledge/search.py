"""The hybrid search behind every answer: dense and lexical lists from the index, fused, with a verdict on sufficiency.

A failing embedder costs quality, never an answer: the search goes on with words alone. Only a failing index raises.
"""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser, Question
from app.knowledge.embedding import Embedder
from app.knowledge.encoding import DENSE, SENTENCES, PassageEncoder
from app.knowledge.found import Found, Scored
from app.knowledge.fusion import Candidates, Rows, Views, fuse, gather
from app.knowledge.index import Hit, IndexQuery, KnowledgeIndex
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.passage import Passage, Scope
from app.knowledge.sufficiency import evidence, weigh
from app.knowledge.synonyms import Stored, SynonymBook
from app.settings import SearchSettings

_log = structlog.get_logger(__name__)

# A question longer than this is a story; its vector and its terms would be about everything.
_QUESTION_CHARACTERS = 400
# Candidates whose text is read; the answer was never below this place in the lists' own order.
_READ = 40
# Passages, of those that sound most like the question, that may say how it is spelt.
_ECHOES = 8


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
        self._embedder, self._index = embedder, index
        self._settings = settings or SearchSettings()
        self._parameters = parameters or shipped()
        self._analyser = Analyser(cache_dir)
        self._views = Views(self._analyser)
        self.synonyms = SynonymBook(self._analyser.normalise, synonyms, stored)

    def over(self, index: KnowledgeIndex) -> HybridSearch:
        """The same search over another index."""
        other = copy.copy(self)
        other._index = index
        return other

    def encoder(self) -> PassageEncoder:
        """Passages to points as this search reads them."""
        return PassageEncoder(self._embedder, analyser=self._analyser)

    def learn_names(self, names: Iterable[str]) -> None:
        """The products in force, as customers call them; replaces the names given before."""
        self._analyser.learn_names(names)

    def cut(self, text: str) -> list[str]:
        """The words of a text, for people to compare versions by."""
        return self._analyser.cut(text)

    async def find(self, query: str, scope: Scope, top_k: int) -> Found:
        """At most top_k passages, best first. Raises what the index raises."""
        timings: dict[str, float] = {}
        question, candidates = await self._gather(query, scope, timings)
        started = time.perf_counter()
        scores = fuse(candidates.rows, self._parameters.fusion)
        features = evidence(question, candidates, scores)
        sufficient, confidence = weigh(features, self._parameters)
        best = np.argsort(-scores, kind="stable")[: max(top_k, 0)]
        found = [_scored(candidates, int(at), scores) for at in best]
        timings["fuse"] += _since(started)
        asked = self._analyser.normalise(_asked(query))
        return Found(
            found,
            sufficient,
            confidence,
            timings,
            threshold=self._parameters.threshold,
            evidence=features,
            mended=question.text if question.text != asked else None,
        )

    async def candidates(self, query: str, scope: Scope) -> tuple[Question, Candidates]:
        """What `find` decides from, undecided: for calibration."""
        return await self._gather(query, scope, {})

    async def _gather(self, query: str, scope: Scope, timings: dict[str, float]) -> tuple[Question, Candidates]:
        """The candidates; a question that only makes sense by its sound is mended and looked up once more."""
        asked = _asked(query)
        question, lists = await self._look_up(asked, scope, timings)
        started = time.perf_counter()
        candidates = gather(question, lists, self._views, _READ)
        mended = self._mended(question, candidates, lists)
        timings["fuse"] = _since(started)
        if mended == question.text:
            return question, candidates
        again: dict[str, float] = {}
        question, lists = await self._look_up(mended, scope, again)
        started = time.perf_counter()
        candidates = gather(question, lists, self._views, _READ)
        again["fuse"] = _since(started)
        timings.update({stage: timings[stage] + spent for stage, spent in again.items()})
        return question, candidates

    def _mended(self, question: Question, candidates: Candidates, lists: Mapping[str, Sequence[Hit]]) -> str:
        """Nothing is mended as long as the candidates together have every pair the question says."""
        if not question.units or bool(candidates.has.any(0).all()):
            return question.text
        echoes = [self._views.of(hit.passage).echo for hit in lists.get(SOUNDS, ())[:_ECHOES]]
        return self._analyser.mend(question, [view.whole for view in candidates.views], echoes)

    async def _look_up(
        self, asked: str, scope: Scope, timings: dict[str, float]
    ) -> tuple[Question, Mapping[str, Sequence[Hit]]]:
        started = time.perf_counter()
        embedding = asyncio.create_task(self._embed(asked))
        try:
            await asyncio.sleep(0)  # the embedder's thread starts before this one gets busy
            question = self._analyser.question(asked, self.synonyms.of(scope.tenant))
            sparse = question.vectors()
            timings["lexical"] = _since(started)
            vector = await embedding
        finally:
            embedding.cancel()
        timings["embed"] = _since(started)
        dense = {DENSE: vector, SENTENCES: vector} if vector is not None else {}
        lists: Mapping[str, Sequence[Hit]] = {}
        searched = time.perf_counter()
        if dense or sparse:
            lists = await self._index.search(IndexQuery(dense, sparse, self._settings.candidates), scope)
        timings["index"] = _since(searched)
        return question, lists

    async def _embed(self, text: str) -> NDArray[np.float32] | None:
        try:
            return await self._embedder.embed_query(self._analyser.normalise(text) or " ")
        except Exception as error:  # whatever an embedder may raise, words alone still answer
            _log.warning("query_not_embedded", error=type(error).__name__)
            return None


def _asked(query: str) -> str:
    return query.strip()[:_QUESTION_CHARACTERS]


def _scored(candidates: Candidates, at: int, scores: Rows) -> Scored:
    passage: Passage = candidates.passages[at]
    ranks = candidates.ranks
    lexical = [ranks[name][passage.id] for name in (WORDS, PAIRS, SOUNDS) if passage.id in ranks.get(name, {})]
    return Scored(passage, float(scores[at]), ranks.get(DENSE, {}).get(passage.id), min(lexical, default=None))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
