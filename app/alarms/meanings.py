"""What words mean, as vectors: how near a word of one passage comes to those of another (预约 | 预订, 钱款 | 资金).

The table is plain data, made by `python -m eval fit words` from the embedding model; nothing is embedded here. A word
that it does not have is read as its characters.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
# Words read, before the memory of them begins anew.
_KEPT = 20_000


class Meanings:
    """vectors: shape (len(words), dimension), of any length; read as directions. Safe to share between threads."""

    def __init__(self, words: Sequence[str], vectors: NDArray[np.int8]) -> None:
        self._at = {word: row for row, word in enumerate(words)}
        self._vectors = vectors
        self._read: dict[str, Vectors] = {}
        self.dimension = int(vectors.shape[1])

    def of(self, words: Sequence[str]) -> Vectors:
        """Unit vectors, shape (len(words), dimension); a word of which nothing is known has none (zeros)."""
        if not words:
            return np.zeros((0, self.dimension), np.float32)
        if len(self._read) > _KEPT:
            self._read = {}
        read = self._read
        return np.stack([found if (found := read.get(word)) is not None else self._new(word) for word in words])

    def _new(self, word: str) -> Vectors:
        at = self._at.get(word)
        if at is not None:
            vector = _unit(self._vectors[at].astype(np.float32))
        else:
            letters = [self._at[letter] for letter in word if letter in self._at]
            known = [_unit(self._vectors[row].astype(np.float32)) for row in letters]
            vector = _unit(np.sum(known, axis=0)) if known else np.zeros(self.dimension, np.float32)
        self._read[word] = vector
        return vector


def shipped() -> Meanings:
    data = resources.files("app.alarms").joinpath("data", "words.npz").read_bytes()
    with np.load(BytesIO(data)) as read:
        return Meanings(bytes(read["words"]).decode("utf-8").split("\n"), read["vectors"])


def _unit(vector: Vectors) -> Vectors:
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector
