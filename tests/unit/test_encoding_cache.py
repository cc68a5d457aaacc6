"""A passage that did not change is not encoded again, and comes out as if it had been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.knowledge.index import IndexPoint, SparseVector
from app.knowledge.passage import Passage, text_sha256
from ingestion.encoding_cache import CachedEncoder

PASSAGES = [
    Passage(str(n), "d", 1, n, "t", "product", "题", f"节{n}", f"文{n}", text_sha256(f"文{n}")) for n in range(5)
]


class _Encoder:
    def __init__(self) -> None:
        self.encoded: list[str] = []

    async def encode(self, passages: Sequence[Passage]) -> list[IndexPoint]:
        self.encoded += [passage.text for passage in passages]
        return [
            IndexPoint(
                passage,
                {
                    "meaning": np.arange(8, dtype=np.float32) * len(passage.text),
                    "sentences": np.arange(24, dtype=np.float32).reshape(3, 8) + passage.ordinal,
                },
                {"words": SparseVector((1, 2**32 - 1), (0.5, 2.25)), "none": SparseVector((), ())},
            )
            for passage in passages
        ]


async def test_only_what_changed_is_encoded(tmp_path: Path) -> None:
    made, opened = _Encoder(), []

    def cached(embedder: str = "e5") -> CachedEncoder:
        return CachedEncoder(tmp_path / "cache.sqlite3", embedder, lambda: opened.append(1) or made)  # type: ignore[func-returns-value]

    first = await cached().encode(PASSAGES)
    assert (len(made.encoded), len(opened)) == (5, 1)
    moved = [replace(passage, id=f"{passage.id}x", version=2, page=7) for passage in PASSAGES]
    again = await cached().encode(moved)
    assert (len(made.encoded), len(opened)) == (5, 1), "nothing new: the encoder is not even opened"
    assert [point.passage for point in again] == moved
    for before, after in zip(first, again, strict=True):
        assert after.dense["sentences"].shape == (3, 8)
        for name in ("meaning", "sentences"):
            assert np.array_equal(before.dense[name], after.dense[name])
        assert before.sparse == after.sparse
    for name in ("text", "section", "title", "question"):
        made.encoded.clear()
        await cached().encode([replace(PASSAGES[0], **{name: "改了"}), PASSAGES[1]])
        assert len(made.encoded) == 1, name
    made.encoded.clear()
    await cached("another model").encode(PASSAGES)
    assert len(made.encoded) == 5
