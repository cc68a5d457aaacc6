"""The hybrid search behind every answer: dense and lexical lists from the index, fused, with a verdict on sufficiency.

A failing embedder costs quality, never an answer: the search goes on with words alone. Only a failing index raises.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from app.knowledge.embedding import Embedder
from app.knowledge.encoding import DENSE, PAIRS, SOUNDS, WORDS, Analyser
from app.knowledge.found import Found, Scored
from app.knowledge.fusion import Candidates, Rows, Views, fuse, gather
from app.knowledge.index import Hit, IndexQuery, KnowledgeIndex
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.passage import Passage, Scope
from app.knowledge.sufficiency import judge
from app.knowledge.synonyms import Stored, SynonymBook
from app.settings import SearchSettings

_log = structlog.get_logger(__name__)

# A question longer than this is a story; its vector and its terms would be about everything.
_QUESTION_CHARACTERS = 400
# Candidates whose text is read; the answer was never below this place in the lists' own order.
_READ = 40


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

    def learn_names(self, names: Iterable[str]) -> None:
        """The products in force, as customers call them; replaces the names given before."""
        self._analyser.learn_names(names)

    async def find(self, query: str, scope: Scope, top_k: int) -> Found:
        """At most top_k passages, best first. Raises what the index raises."""
        found, _ = await self.explain(query, scope, top_k)
        return found

    async def explain(self, query: str, scope: Scope, top_k: int) -> tuple[Found, Candidates]:
        """The same, with the features of every candidate (calibration, staff pages)."""
        timings: dict[str, float] = {}
        started = time.perf_counter()
        asked = query.strip()[:_QUESTION_CHARACTERS]
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
        dense = {DENSE: vector} if vector is not None else {}
        lists: Mapping[str, Sequence[Hit]] = {}
        searched = time.perf_counter()
        if dense or sparse:
            lists = await self._index.search(IndexQuery(dense, sparse, self._settings.candidates), scope)
        timings["index"] = _since(searched)
        fusing = time.perf_counter()
        candidates = gather(question, lists, self._views, _READ)
        scores = fuse(candidates.rows, self._parameters.fusion)
        sufficient, confidence = judge(candidates, scores, self._parameters)
        passages = [_scored(candidates, int(at), scores) for at in np.argsort(-scores, kind="stable")[: max(top_k, 0)]]
        timings["fuse"] = _since(fusing)
        return Found(passages, sufficient, confidence, timings), candidates

    async def _embed(self, text: str) -> NDArray[np.float32] | None:
        try:
            return await self._embedder.embed_query(self._analyser.normalise(text) or " ")
        except Exception as error:  # whatever an embedder may raise, words alone still answer
            _log.warning("query_not_embedded", error=type(error).__name__)
            return None


def _scored(candidates: Candidates, at: int, scores: Rows) -> Scored:
    passage: Passage = candidates.passages[at]
    ranks = candidates.ranks
    lexical = [ranks[name][passage.id] for name in (WORDS, PAIRS, SOUNDS) if passage.id in ranks.get(name, {})]
    return Scored(passage, float(scores[at]), ranks.get(DENSE, {}).get(passage.id), min(lexical, default=None))


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
