"""Retrieval on InsQABench-dev: the service's own search on a real index, beside a baseline made in the same run.

The baseline adds the z-scores of the same embeddings and of BM25 over jieba's search-mode words (k1 1.5, b 0.75), each
over all clauses, a passage being the contract's name, a newline and the clause. Gold is the clause's row on both sides.

    python -m eval.bench.retrieval --data DIR
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import jieba
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.encoding import LAYOUT, PassageEncoder
from app.knowledge.index import KnowledgeIndex
from app.knowledge.passage import Passage
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.search import HybridSearch
from app.settings import SearchSettings, Settings
from deploy.local.embedding_model import prepare
from eval.bench.insqabench import SCOPE, Benchmark, DataAbsent, read
from eval.bench.report import percentile, print_table

Floats = NDArray[np.float64]

_K1, _B = 1.5, 0.75
_DEPTH = 100  # places looked at; a right clause below counts as not found
_RESAMPLES = 10_000
_BATCH = 32
# On named questions nothing may be lost: the whole interval of the difference must lie above this much noise
# (two questions of four hundred moving from the first place to the second are 0.0025).
_NAMED_NOISE = -0.01


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.retrieval", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of InsQABench-dev (else WENDA_BENCH_DATA)")
    try:
        benchmark = read(parser.parse_args(arguments).data)
    except DataAbsent as absent:
        print(f"skipped: {absent}")
        return 0
    return asyncio.run(_run(benchmark))


async def indexed(
    stack: AsyncExitStack, folder: Path, embedder: OnnxE5Embedder, passages: Sequence[Passage], cache_dir: Path
) -> HybridSearch:
    """The service's search over an embedded index with these passages in it, encoded as ingestion does."""
    index: KnowledgeIndex = QdrantEdgeIndex(folder, LAYOUT)
    stack.push_async_callback(index.close)
    encoder = PassageEncoder(embedder, cache_dir)
    for start in tqdm(range(0, len(passages), _BATCH), "encoding", leave=False, disable=None):
        await index.upsert(await encoder.encode(passages[start : start + _BATCH]))
    return HybridSearch(embedder, index, SearchSettings(), cache_dir=cache_dir)


async def _run(benchmark: Benchmark) -> int:
    settings = Settings()
    embedder = OnnxE5Embedder(prepare(settings.cache_dir), threads=2)
    peer = _Baseline(embedder, benchmark)
    rows, verdicts = [], []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenda-retrieval-")))
        search = await indexed(stack, folder / "index", embedder, benchmark.passages, settings.cache_dir)
        spent: dict[str, list[float]] = {}
        for name in ("bare", "named"):
            questions = [case.question if name == "bare" else case.named for case in benchmark.cases]
            ours = await _places(search, questions, benchmark, spent, name)
            theirs = peer.places(questions)
            rows += [(name, "baseline", *_figures(theirs)), (name, "ours", *_figures(ours))]
            verdicts.append((name, *_interval(1 / ours - 1 / theirs)))
    print_table("InsQABench-dev, end to end", ("questions", "", "R@1", "R@5", "R@10", "MRR"), rows)
    gates = [
        (name, f"{mean:+.4f}", f"[{low:+.4f}, {high:+.4f}]", gate, low > bound)
        for (name, mean, low, high), gate, bound in zip(
            verdicts, ("above 0", f"above {_NAMED_NOISE}"), (0.0, _NAMED_NOISE), strict=True
        )
    ]
    print_table("gain in MRR over the baseline", ("questions", "mean", "95 % interval", "gate", "holds"), gates)
    stages = [(stage, *(f"{percentile(took, share):.1f}" for share in (0.5, 0.95))) for stage, took in spent.items()]
    print_table("milliseconds a bare question (embed includes lexical: the two overlap)", ("", "p50", "p95"), stages)
    return 0 if all(gate[-1] for gate in gates) else 1


async def _places(
    search: HybridSearch, questions: Sequence[str], benchmark: Benchmark, spent: dict[str, list[float]], name: str
) -> Floats:
    places = []
    for question, case in zip(tqdm(questions, name, leave=False, disable=None), benchmark.cases, strict=True):
        found = await search.find(question, SCOPE, _DEPTH)
        ids = [scored.passage.ordinal for scored in found.passages]
        places.append(ids.index(case.gold) + 1 if case.gold in ids else math.inf)
        if name == "bare":
            for stage, took in found.timings.items():
                spent.setdefault(stage, []).append(took)
    return np.array(places)


class _Baseline:
    """Sum of z-scores over the whole corpus of cosines and BM25, both over `contract, newline, clause`."""

    def __init__(self, embedder: OnnxE5Embedder, benchmark: Benchmark) -> None:
        jieba.setLogLevel(logging.WARNING)
        texts = [f"{passage.title}\n{passage.text}" for passage in benchmark.passages]
        self._embedder = embedder
        parts = [
            embedder.encode_passages(texts[at : at + _BATCH])
            for at in tqdm(range(0, len(texts), _BATCH), "peer", disable=None)
        ]
        self._vectors = np.concatenate(parts)
        self._counts = [Counter(_words(text)) for text in texts]
        self._lengths = np.array([sum(counts.values()) for counts in self._counts], float)
        self._places: dict[str, list[int]] = {}
        for at, counts in enumerate(self._counts):
            for word in counts:
                self._places.setdefault(word, []).append(at)
        self._gold = np.array([case.gold for case in benchmark.cases])

    def places(self, questions: Sequence[str]) -> Floats:
        scores = _standard(np.array([self._bm25(question) for question in questions]))
        scores += _standard(np.asarray(self._embedder.encode_queries(questions) @ self._vectors.T, float))
        right = scores[np.arange(len(questions)), self._gold][:, None]
        earlier = np.arange(scores.shape[1])[None, :] < self._gold[:, None]
        return np.asarray(1 + (scores > right).sum(1) + ((scores == right) & earlier).sum(1), float)

    def _bm25(self, question: str) -> Floats:
        scores = np.zeros(len(self._counts))
        base = _K1 * (1 - _B + _B * self._lengths / self._lengths.mean())
        for word, times in Counter(_words(question)).items():
            for at in (places := self._places.get(word, [])):
                count = self._counts[at][word]
                rarity = math.log(1 + (len(scores) - len(places) + 0.5) / (len(places) + 0.5))
                scores[at] += times * rarity * count / (count + base[at])
        return scores


def _words(text: str) -> list[str]:
    return [word for word in jieba.cut_for_search(text.lower()) if word.strip()]


def _standard(scores: Floats) -> Floats:
    return np.asarray((scores - scores.mean(1, keepdims=True)) / (scores.std(1, keepdims=True) + 1e-9), float)


def _figures(places: Floats) -> tuple[str, ...]:
    return (*(f"{(places <= depth).mean():.3f}" for depth in (1, 5, 10)), f"{(1 / places).mean():.4f}")


def _interval(gains: Floats) -> tuple[float, float, float]:
    """Mean and 95 % percentile bootstrap interval of paired differences (seeded)."""
    draw = np.random.default_rng(7)
    means = np.array([gains[draw.integers(0, len(gains), len(gains))].mean() for _ in range(_RESAMPLES)])
    low, high = np.percentile(means, (2.5, 97.5))
    return float(gains.mean()), float(low), float(high)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
