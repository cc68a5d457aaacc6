"""Passages as the vectors the index holds, and the layout that says which there are.

A passage is one dense vector (its body, drawn towards its heading) and three sparse ones: content words, character
pairs, and pairs of sounds. Whatever changes here needs a new layout and a re-ingestion.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser
from app.knowledge.embedding import Embedder
from app.knowledge.index import IndexLayout, IndexPoint
from app.knowledge.passage import Passage

DENSE = "passage"
LAYOUT = IndexLayout(dense={DENSE: 384}, sparse=(WORDS, PAIRS, SOUNDS))

# How far a body's vector is drawn towards its heading's. Embedding "title, newline, body" as one text instead costs
# R@5 .06 on questions that name no product, because a long name drowns a short clause; the sum keeps both.
_HEADING = 0.4
_NO_TEXT = " "


class PassageEncoder:
    """Passages to index points, in a worker process or anywhere else."""

    def __init__(self, embedder: Embedder, cache_dir: Path | None = None, *, analyser: Analyser | None = None) -> None:
        self._embedder = embedder
        self._analyser = analyser or Analyser(cache_dir)

    async def encode(self, passages: Sequence[Passage]) -> list[IndexPoint]:
        """In the order given. Raises what the embedder raises."""
        if not passages:
            return []
        bodies = [self._analyser.normalise(body(passage)) or _NO_TEXT for passage in passages]
        headings = [self._analyser.normalise(heading(passage)) or _NO_TEXT for passage in passages]
        distinct = list(dict.fromkeys([*bodies, *headings]))
        rows = dict(zip(distinct, await self._embedder.embed_passages(distinct), strict=True))
        return [
            IndexPoint(passage, {DENSE: drawn(rows[text], rows[head])}, self._analyser.passage(passage))
            for passage, text, head in zip(passages, bodies, headings, strict=True)
        ]


def heading(passage: Passage) -> str:
    """What a passage is about: the question it answers, else its document's title."""
    return passage.question or passage.title


def body(passage: Passage) -> str:
    """What its vector says: its section's heading, or the question it answers, and the text."""
    return "\n".join(part for part in (passage.question or passage.section, passage.text) if part)


def drawn(body: NDArray[np.float32], heading: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit vector between the two, nearer to the body."""
    both = body + np.float32(_HEADING) * heading
    return np.asarray(both / np.linalg.norm(both), np.float32)
