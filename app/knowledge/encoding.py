"""Passages as the vectors the index holds, and the layout that says which there are.

A passage is one dense vector (its body, drawn towards its heading), one for each of its sentences, and three sparse
ones: content words, character pairs, and pairs of sounds. Whatever changes here needs a new layout and a re-ingestion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.knowledge.analysis import PAIRS, SOUNDS, WORDS, Analyser
from app.knowledge.embedding import Embedder
from app.knowledge.index import IndexLayout, IndexPoint
from app.knowledge.passage import Passage

DENSE, SENTENCES = "passage", "sentences"


def layout(dimension: int) -> IndexLayout:
    """What is stored of a passage, for an embedder of this dimension."""
    return IndexLayout(dense={DENSE: dimension}, sparse=(WORDS, PAIRS, SOUNDS), several={SENTENCES: dimension})


# With the packaged embedder.
LAYOUT = layout(384)

# How far a body's vector is drawn towards its heading's. Embedding "title, newline, body" as one text instead costs
# R@5 .06 on questions that name no product, because a long name drowns a short clause; the sum keeps both.
_HEADING = 0.4
_NO_TEXT = " "

_SENTENCE = re.compile(r"[^。;!?]+[。;!?]*")
# A vector says little of fewer characters than this: they join what follows, the last ones what came before.
_SHORTEST = 6
_MOST = 24  # sentences of a passage; of more, neighbours are taken together


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
        parts = [sentences(text) for text in bodies]
        distinct = list(dict.fromkeys([*headings, *(part for some in parts for part in some)]))
        rows = dict(zip(distinct, await self._embedder.embed_passages(distinct), strict=True))
        points = []
        for passage, head, some in zip(passages, headings, parts, strict=True):
            several = np.stack([rows[part] for part in some])
            dense = {DENSE: drawn(together(several, some), rows[head]), SENTENCES: several}
            points.append(IndexPoint(passage, dense, self._analyser.passage(passage)))
        return points


def heading(passage: Passage) -> str:
    """What a passage is about: the question it answers, else its document's title."""
    return passage.question or passage.title


def body(passage: Passage) -> str:
    """What its vector says: its section's heading, or the question it answers, and the text."""
    return "\n".join(part for part in (passage.question or passage.section, passage.text) if part)


def sentences(text: str) -> list[str]:
    """A body's sentences and table rows, at least one and at most 24, each long enough to mean something."""
    parts: list[str] = []
    short = ""
    for found in _pieces(text):
        short += found
        if len(short.strip()) >= _SHORTEST:
            parts.append(short.strip())
            short = ""
    if short.strip() and parts:
        parts[-1] += short.rstrip()
    if not parts:
        return [text]
    together = math.ceil(len(parts) / _MOST)
    return ["".join(parts[at : at + together]) for at in range(0, len(parts), together)]


def _pieces(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if all(":" in cell for cell in line.rstrip(";").split(";")):  # a row, "column:value;column:value", is one thing
            yield line
        else:
            yield from _SENTENCE.findall(line)


def together(several: NDArray[np.float32], parts: Sequence[str]) -> NDArray[np.float32]:
    """A body's unit vector: the mean of its sentences', longer ones counting more.

    As good as embedding the body once more (measured on real clauses), and half the work.
    """
    mean = np.array([len(part) for part in parts], np.float32) @ several
    return np.asarray(mean / np.linalg.norm(mean), np.float32)


def drawn(body: NDArray[np.float32], heading: NDArray[np.float32]) -> NDArray[np.float32]:
    """The unit vector between the two, nearer to the body."""
    both = body + np.float32(_HEADING) * heading
    return np.asarray(both / np.linalg.norm(both), np.float32)
