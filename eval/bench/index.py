"""Hybrid search with the whole scope filter at 20,000 points: Qdrant Edge against qdrant-client's local mode.

`python -m eval.bench.index [--points N]`. Both sides are the service's own implementations, hold the same points and
answer the same queries; random unit vectors and Zipf-distributed terms stand in for text.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from qdrant_client import AsyncQdrantClient
from tqdm import tqdm

from app.knowledge.index import Hit, IndexLayout, IndexPoint, IndexQuery, KnowledgeIndex, SparseVector
from app.knowledge.passage import Passage, Scope, text_sha256
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.qdrant_server import QdrantServerIndex
from app.settings import QdrantSettings
from eval.bench.report import Ratio, conclude, percentile, print_table

LAYOUT = IndexLayout(dense={"meaning": 384}, sparse=("words",))
TENANTS = 4
GATE = 50.0
# One takes up to seconds; their median is compared, and none is near the gate.
LOCAL_SEARCHES = 8
_TEXT = "理财产品到期后，本金与收益于到期日后两个工作日内划转至您的签约账户，遇节假日顺延。" * 5
_SCOPE = Scope("t1", date(2026, 11, 20))


@dataclass(frozen=True, slots=True)
class Timed:
    name: str
    milliseconds: Sequence[float]

    def row(self) -> tuple[str, float, float, int]:
        return (
            self.name,
            percentile(self.milliseconds, 0.5),
            percentile(self.milliseconds, 0.95),
            len(self.milliseconds),
        )


class Points:
    """The same made-up points and queries for every side."""

    def __init__(self, count: int) -> None:
        self._draw = np.random.default_rng(7)
        vectors = self._draw.normal(size=(count, 384)).astype(np.float32)
        self._vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        self.points = [self._point(number) for number in range(count)]

    def query(self, limit: int) -> IndexQuery:
        near = self._vectors[self._draw.integers(len(self._vectors))] + self._draw.normal(scale=0.03, size=384)
        return IndexQuery({"meaning": near.astype(np.float32)}, {"words": self._terms(10)}, limit)

    def _point(self, number: int) -> IndexPoint:
        text = f"{_TEXT}{number}"
        passage = Passage(
            id=str(uuid.UUID(int=number + 1)),
            document_id=f"d{number // 20}",
            version=1,
            ordinal=number % 20,
            tenant=f"t{number % TENANTS}",
            kind="product",
            title="稳享理财",
            section="到账 › 时间",
            text=text,
            sha256=text_sha256(text),
            approved=number % 10 != 0,
        )
        return IndexPoint(passage, {"meaning": self._vectors[number]}, {"words": self._terms(90)})

    def _terms(self, drawn: int) -> SparseVector:
        terms = np.unique(np.minimum(self._draw.zipf(1.2, drawn), 30_000))
        return SparseVector(tuple(terms.tolist()), tuple(self._draw.random(len(terms)).tolist()))


async def fill(index: KnowledgeIndex, points: Sequence[IndexPoint], name: str) -> float:
    """Points a second, each batch acknowledged before the next."""
    started = time.perf_counter()
    for at in tqdm(range(0, len(points), 512), desc=f"{name}: points in", leave=False, disable=None):
        await index.upsert(points[at : at + 512])
    return len(points) / (time.perf_counter() - started)


async def ask(index: KnowledgeIndex, queries: Sequence[IndexQuery], name: str) -> tuple[Timed, list[set[str]]]:
    """Time each search alone; also the ids its dense list found, to compare sides."""
    times, found = [], []
    for query in tqdm(queries, desc=f"{name}: searches", leave=False, disable=None):
        started = time.perf_counter()
        lists = await index.search(query, _SCOPE)
        times.append((time.perf_counter() - started) * 1000)
        found.append(_ids(lists["meaning"]))
    return Timed(name, times), found


def _ids(hits: Sequence[Hit]) -> set[str]:
    return {hit.passage.id for hit in hits[:10]}


async def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.index", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000)
    count = parser.parse_args(arguments).points
    made = Points(count)
    queries = [made.query(limit=50) for _ in range(300)]
    with tempfile.TemporaryDirectory(prefix="wenda-bench-") as folder:
        edge = QdrantEdgeIndex(Path(folder) / "edge", LAYOUT)
        edge_rate = await fill(edge, made.points, "Edge")
        fresh, _ = await ask(edge, queries, "Edge, not optimised")
        started = time.perf_counter()
        await edge.optimize()
        optimised_s = time.perf_counter() - started
        await ask(edge, queries[:20], "warm-up")
        ready, edge_found = await ask(edge, queries, "Edge, optimised")
        await edge.close()
    with warnings.catch_warnings():  # local mode recommends itself for less than 20,000 points
        warnings.simplefilter("ignore", UserWarning)
        local = QdrantServerIndex(QdrantSettings(), LAYOUT, AsyncQdrantClient(":memory:"))
        local_rate = await fill(local, made.points, "local mode")
        peer, local_found = await ask(local, queries[:LOCAL_SEARCHES], "qdrant-client local mode")
        await local.close()
    rows = [fresh.row(), ready.row(), peer.row()]
    print_table(
        f"hybrid search (dense 384 + sparse, 50 hits each) with the scope filter, {count} points, {TENANTS} tenants",
        ("", "p50 ms", "p95 ms", "searches"),
        rows,
    )
    same = [len(ours & theirs) / max(1, len(theirs)) for ours, theirs in zip(edge_found, local_found, strict=False)]
    print_table(
        "points in",
        ("", "points/s", "note"),
        [
            ("Edge", edge_rate, f"durable when acknowledged; optimised in {optimised_s:.1f} s beside the searches"),
            ("qdrant-client local mode", local_rate, "in memory"),
        ],
    )
    print(f"\n  dense recall@10 of optimised Edge against exact search: {sum(same) / len(same):.3f}")
    return conclude([Ratio("hybrid search p50", ready.row()[1], peer.row()[1], "ms", GATE)])


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
