"""A passage that did not change is never embedded again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingestion.embedding_cache import CachedEmbedder, EmbeddingCache


class CountingEmbedder:
    """Vectors made of the text's length; remembers what it was asked."""

    def __init__(self, name: str = "counting", dimension: int = 3) -> None:
        self.name, self.dimension = name, dimension
        self.asked: list[str] = []

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        return (await self.embed_passages([text]))[0]

    async def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        self.asked += texts
        if on_progress is not None:
            on_progress(len(texts))
        return np.array([[len(text), *([0.5] * (self.dimension - 1))] for text in texts], np.float32)


async def test_only_new_texts_are_embedded_also_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "embeddings.sqlite3"
    first = CountingEmbedder()
    await CachedEmbedder(first, EmbeddingCache(path)).embed_passages(["一", "二二", "一"])
    second = CountingEmbedder()
    vectors = await CachedEmbedder(second, EmbeddingCache(path)).embed_passages(["二二", "三三三", "一"])
    assert (first.asked, second.asked) == (["一", "二二"], ["三三三"])
    assert vectors[:, 0].tolist() == [2, 3, 1]


async def test_another_embedder_does_not_get_these_vectors(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "embeddings.sqlite3")
    await CachedEmbedder(CountingEmbedder("a"), cache).embed_passages(["一"])
    other, wider = CountingEmbedder("b"), CountingEmbedder("a", dimension=5)
    await CachedEmbedder(other, cache).embed_passages(["一"])
    assert (await CachedEmbedder(wider, cache).embed_passages(["一"])).shape == (1, 5)
    assert (other.asked, wider.asked) == (["一"], ["一"])


async def test_progress_counts_cached_texts(tmp_path: Path) -> None:
    cache = EmbeddingCache(tmp_path / "embeddings.sqlite3")
    embedder = CachedEmbedder(CountingEmbedder(), cache)
    seen: list[int] = []
    await embedder.embed_passages(["一", "二二"], seen.append)
    await embedder.embed_passages(["一", "二二", "三三三"], seen.append)
    await embedder.embed_passages(["一"], seen.append)
    assert seen == [2, 3, 1]


async def test_no_texts_give_no_vectors(tmp_path: Path) -> None:
    vectors = await CachedEmbedder(CountingEmbedder(), EmbeddingCache(tmp_path / "e")).embed_passages([])
    assert vectors.shape == (0, 3)
