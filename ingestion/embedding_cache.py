"""Vectors that were computed before: a passage that did not change is never embedded again.

Keyed by the embedder's name and the sha256 of the exact text embedded, in the data folder (SQLite). The cache may be
deleted at any time; it only saves work.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from app.knowledge.embedding import Embedder

Vector = NDArray[np.float32]

_TOGETHER = 500  # keys a query, below SQLite's limit of bound variables
_BUSY_S = 30.0


class EmbeddingCache:
    """One file; several processes may use it at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("CREATE TABLE IF NOT EXISTS vector (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def find(self, keys: Sequence[bytes]) -> dict[bytes, Vector]:
        found: dict[bytes, Vector] = {}
        for start in range(0, len(keys), _TOGETHER):
            some = keys[start : start + _TOGETHER]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(f"SELECT key, vector FROM vector WHERE key IN ({marks})", some)  # noqa: S608
            found.update((key, np.frombuffer(vector, np.float32)) for key, vector in rows)
        return found

    def keep(self, vectors: dict[bytes, Vector]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT OR REPLACE INTO vector VALUES (?, ?)",
            [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()],
        )
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class CachedEmbedder:
    """An Embedder in front of another; queries pass through."""

    def __init__(self, embedder: Embedder, cache: EmbeddingCache) -> None:
        self.name = embedder.name
        self.dimension = embedder.dimension
        self._embedder, self._cache = embedder, cache

    async def embed_query(self, text: str) -> Vector:
        return await self._embedder.embed_query(text)

    async def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vector:
        keys = [self._key(text) for text in texts]
        known = {key: vector for key, vector in self._cache.find(keys).items() if vector.shape == (self.dimension,)}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            already = len(texts) - len(missing)
            report = None if on_progress is None else (lambda done: on_progress(already + done))
            fresh = await self._embedder.embed_passages(list(missing.values()), report)
            new = dict(zip(missing, fresh, strict=True))
            self._cache.keep(new)
            known |= new
        elif on_progress is not None:
            on_progress(len(texts))
        if not keys:
            return np.empty((0, self.dimension), np.float32)
        return np.stack([known[key] for key in keys])

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(f"{self.name}\0{self.dimension}\0{text}".encode()).digest()
