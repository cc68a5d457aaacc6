"""What the rails' readers make of examples and cases, as in the service; kept on disk, since a fit needs fifty thousand
of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.settings import Settings
from eval.guard_suite import Side
from guardrails import Meant, TypedPinyin, mask, read_trade_words
from guardrails.meaning import MESSAGE_CHANGES, SENTENCE_CHANGES

Vectors = NDArray[np.float32]

CHANGES: Mapping[Side, Path] = {"input": MESSAGE_CHANGES, "output": SENTENCE_CHANGES}
# As app.knowledge.search: more of a message is a story.
_CHARACTERS = 400


class RailVectors:
    """Opens the side's reader, which is prepared where it is not there yet. A context: leaving it keeps what was
    read."""

    def __init__(self, side: Side, cache_dir: Path | None = None) -> None:
        # Loads the runtime and dictionaries: whoever only checks a digest does without.
        from app.knowledge.analysis import Analyser
        from app.knowledge.embedding_onnx import OnnxE5Embedder
        from app.knowledge.lexical import read_lines
        from deploy.local.embedding_model import prepare_reader

        cache = cache_dir or Settings().cache_dir
        self._embedder = OnnxE5Embedder(prepare_reader(cache, CHANGES[side]))
        self._analyser = Analyser(cache)
        self._pinyin = TypedPinyin([*read_trade_words(), *read_lines("terms.txt")])
        self.name = self._embedder.name
        self._path = cache / "eval" / f"{self.name}.npz"
        self._known: dict[str, Vectors] = {}
        self._added = 0

    def __enter__(self) -> RailVectors:
        if self._path.exists():
            with np.load(self._path) as kept:
                self._known = dict(zip(kept["names"].tolist(), kept["vectors"], strict=True))
        return self

    def __exit__(self, *_: object) -> None:
        if self._added:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            names, vectors = list(self._known), np.array(list(self._known.values()), np.float32)
            part = self._path.with_suffix(".part.npz")
            np.savez(part, names=np.array(names), vectors=vectors)
            part.replace(self._path)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Shape (texts, dimension)."""
        asked = [self._plain(mask(text)) for text in texts]
        missing = [text for text in dict.fromkeys(asked) if _name(text) not in self._known]
        for start in tqdm(range(0, len(missing), 64), desc="embedding", leave=False, disable=None):
            some = missing[start : start + 64]
            for text, vector in zip(some, self._embedder.encode_queries(some), strict=True):
                self._known[_name(text)] = vector
        self._added += len(missing)
        return np.array([self._known[_name(text)] for text in asked], np.float32)

    async def embed(self, text: str) -> Meant | None:
        """As app.knowledge.found.Search does."""
        return self.embed_now(text)

    def embed_now(self, text: str) -> Meant | None:
        """As app.knowledge.search.HybridSearch does."""
        return Meant(self.of([text])[0], self.name)

    def embed_anew(self, text: str) -> Meant | None:
        """embed_now() at its full cost: nothing is looked up and nothing kept."""
        return Meant(self._embedder.encode_queries([self._plain(text)])[0], self.name)

    def _plain(self, text: str) -> str:
        """As app.knowledge.search.HybridSearch reads a question."""
        written = self._analyser.normalise(text.strip()[:_CHARACTERS])
        return self._pinyin.spelt(written) or written or " "


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
