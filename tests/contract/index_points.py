"""Small made-up points for the index contract, and the program that is killed while it writes them."""

from __future__ import annotations

import asyncio
import sys
import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from app.knowledge.index import IndexLayout, IndexPoint, IndexQuery, SparseVector
from app.knowledge.passage import Passage, text_sha256
from app.knowledge.qdrant_edge import QdrantEdgeIndex

LAYOUT = IndexLayout(dense={"meaning": 8}, sparse=("words", "pinyin"))
TODAY = date(2026, 11, 20)


def point(number: int = 0, /, *, words: tuple[int, ...] = (1,), **fields: Any) -> IndexPoint:
    """An approved, public, open-ended passage of tenant "a", with a direction of its own."""
    text = fields.pop("text", f"第{number}条：到期后两个工作日到账。")
    passage = Passage(
        id=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{fields.get('tenant', 'a')}/{number}")),
        document_id="d",
        version=1,
        ordinal=number,
        tenant="a",
        kind="product",
        title="稳享",
        section="到账 › 时间",
        text=text,
        sha256=text_sha256(text),
        approved=True,
    )
    sparse = SparseVector(words, (1.0,) * len(words))
    return IndexPoint(replace(passage, **fields), {"meaning": direction(number)}, {"words": sparse})


def direction(number: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    drawn = np.random.default_rng(number).normal(size=8)
    return (drawn / np.linalg.norm(drawn)).astype(np.float32)


def query(number: int = 0, *, words: tuple[int, ...] = (1,), limit: int = 500) -> IndexQuery:
    sparse = SparseVector(words, (1.0,) * len(words))
    return IndexQuery({"meaning": direction(number)}, {"words": sparse}, limit)


async def write_until_killed(folder: Path, first: int) -> None:
    """Print each number once its point is acknowledged; optimise meanwhile, again and again."""
    index = QdrantEdgeIndex(folder, LAYOUT)
    await index.start()

    async def optimise() -> None:
        while True:
            await index.optimize()
            await asyncio.sleep(0.01)

    optimising = asyncio.create_task(optimise())
    for number in range(first, first + 1_000_000):
        await index.upsert([point(number)])
        print(number, flush=True)
        assert not optimising.done(), optimising.exception()


if __name__ == "__main__":
    asyncio.run(write_until_killed(Path(sys.argv[1]), int(sys.argv[2])))
