"""What a search answers: passages with their ranks, and whether they are enough to answer from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.knowledge.passage import Passage, Scope
from guardrails import Meant


@dataclass(frozen=True, slots=True)
class Scored:
    """score: fused, comparable within one search only. Ranks are 1-based; None = not in that list. astray: about a
    sibling of what was asked for (another card, loan, insurance), by app.knowledge.subjects."""

    passage: Passage
    score: float
    dense_rank: int | None = None
    lexical_rank: int | None = None
    astray: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """passages: best first. sufficient: the calibrated flag that decides abstention; confidence: 0..1 behind it.

    threshold: what confidence must reach. evidence: the features behind it, by name (app.knowledge.sufficiency).
    mended: the question as it was understood, when its wording was mended. synonyms: groups of a phrase of the question
    and others for the same. meant: the question's embedding as it was asked; None when it could not be had. timings:
    milliseconds by stage ("embed", "lexical", "index", "fuse").
    """

    passages: Sequence[Scored]
    sufficient: bool
    confidence: float
    timings: Mapping[str, float] = field(default_factory=dict)
    threshold: float = 0.0
    evidence: Mapping[str, float] = field(default_factory=dict)
    mended: str | None = None
    synonyms: Sequence[tuple[str, ...]] = ()
    meant: Meant | None = field(default=None, compare=False, repr=False)

    @property
    def grounds(self) -> Sequence[Scored]:
        """What may be answered from: not what is about something else, unless there is nothing but that."""
        return [scored for scored in self.passages if not scored.astray] or self.passages


class Search(Protocol):
    """Implemented by app.knowledge.search.HybridSearch; a fake lives in tests/fakes.py."""

    async def find(self, query: str, scope: Scope, top_k: int) -> Found: ...

    async def embed(self, text: str) -> Meant | None:
        """As find() embeds a question; None when it cannot be had."""
