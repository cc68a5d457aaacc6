"""`python -m eval insqabench --data DIR`: clauses of real insurance contracts, end to end, which nobody here wrote.

The service's own search, evidence gate and generator over all clauses: is the clause found, does the answer say what
the reference says, is nothing said when the clause is taken away? Rails stand aside: they know our bank, not these.
"""

from __future__ import annotations

import asyncio
import json
import math
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.generation.generator import Generator, Request
from app.generation.quote import QuoteGenerator
from app.generation.vllm import VllmGenerator
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.fusion import fuse
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.search import HybridSearch
from app.knowledge.sufficiency import judge
from app.settings import Settings
from deploy.local.embedding_model import prepare
from eval.bench.calibrate import alike, same_contract, without
from eval.bench.insqabench import SCOPE, Benchmark, Case, read, rows_of
from eval.bench.retrieval import indexed
from eval.metrics import Score, summarise
from eval.report import STYLE
from eval.risk import Answerable, Curve, as_svg, curve

NAME = "insqabench"
KINDS = ("bare", "named")
_DEPTH = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """One question. place: the clause's, None beyond the hundredth. sufficient, confidence: with the clause there;
    away: the same pair with it taken away, None where nothing was left. text: the answer, whatever the gate said."""

    kind: str
    place: int | None
    sufficient: bool
    confidence: float
    away: tuple[bool, float] | None
    text: str
    reference: str
    generator: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One kind of question: what was found, said, and held back. gated: over the questions that are answered only."""

    kind: str
    n: int
    recall: Mapping[int, Score]
    mrr: float
    rouge_l: float
    f1: float
    rouge_l_gated: float
    f1_gated: float
    answered: Score
    abstained: Score
    curve: Curve


def character_f1(said: str, reference: str) -> float:
    """Overlap of the characters as bags (Rajpurkar et al. 2016 with characters for words); blanks do not count."""
    one, other = Counter("".join(said.split())), Counter("".join(reference.split()))
    shared = sum((one & other).values())
    return 2 * shared / (sum(one.values()) + sum(other.values())) if shared else 0.0


def rouge_l(said: str, reference: str) -> float:
    """F1 of the longest common subsequence (Lin 2004) of characters: ragas' gives 0 for identical Chinese texts."""
    one, other = "".join(said.split()), "".join(reference.split())
    if not one or not other:
        return 0.0
    codes = np.array([ord(letter) for letter in other])
    row = np.zeros(len(other) + 1, np.int32)
    for letter in one:
        # The new row is the running maximum of what a match adds to the old row's diagonal.
        fresh = np.where(codes == ord(letter), row[:-1] + 1, row[1:])
        row[1:] = np.maximum.accumulate(fresh)
    return 2 * float(row[-1]) / (len(one) + len(other))


async def measure(data: Path | None, *, llm: str = "", most: int | None = None) -> list[Outcome]:
    """llm: the model's endpoint; "" = quotes. most: so many questions, drawn evenly. Raises DataAbsent."""
    settings = Settings()
    benchmark = read(data)
    references = [str(row["answer"]) for row in rows_of(data)]
    embedder = OnnxE5Embedder(prepare(settings.cache_dir), threads=2)
    parameters = shipped()
    step = max(1, math.ceil(len(benchmark.cases) / most)) if most else 1
    picked = list(enumerate(benchmark.cases))[::step]
    outcomes = []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(embedder.close)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenda-insqabench-")))
        search = await indexed(stack, folder / "index", embedder, benchmark.passages, settings.cache_dir)
        search.learn_names({passage.title for passage in benchmark.passages})
        generator: QuoteGenerator | VllmGenerator = QuoteGenerator()
        if llm:
            generator = VllmGenerator(settings.llm.model_copy(update={"base_url": llm}), settings.bank.name)
            stack.push_async_callback(generator.close)
        for at, case in tqdm(picked, NAME, disable=None, leave=False):
            for kind in KINDS:
                place = await _one(search, benchmark, case, kind, parameters, generator, settings.search.top_k)
                outcomes.append(Outcome(kind, *place, references[at], generator.name))
    return outcomes


async def _one(
    search: HybridSearch,
    benchmark: Benchmark,
    case: Case,
    kind: str,
    parameters: Parameters,
    generator: Generator,
    top_k: int,
) -> tuple[int | None, bool, float, tuple[bool, float] | None, str]:
    text = case.named if kind == "named" else case.question
    found = await search.find(text, SCOPE, _DEPTH)
    ids = [scored.passage.ordinal for scored in found.passages]
    place = ids.index(case.gold) + 1 if case.gold in ids else None
    question, candidates = await search.candidates(text, SCOPE)
    gold = benchmark.passages[case.gold]
    left = without(candidates, same_contract(gold) if kind == "named" else alike(gold))
    away = judge(question, left, fuse(left.rows, parameters.fusion), parameters) if left.passages else None
    best = found.passages[:top_k]
    request = Request(text, text, [scored.passage for scored in best], standing=[scored.score for scored in best])
    parts = [piece async for piece in generator.stream(request)]
    return place, found.sufficient, found.confidence, away, "".join(parts).strip()


def summarised(outcomes: Sequence[Outcome], threshold: float, top_k: int) -> list[Measured]:
    told = []
    for kind in dict.fromkeys(one.kind for one in outcomes):
        own = [one for one in outcomes if one.kind == kind]
        kept = [one for one in own if one.sufficient]
        asked = [Answerable(one.confidence, one.place is not None and one.place <= top_k) for one in own]
        asked += [Answerable(one.away[1], False) for one in own if one.away is not None]
        drawn = curve(f"InsQABench {kind}, clause there and away", asked, threshold)
        assert drawn is not None
        told.append(
            Measured(
                kind,
                len(own),
                {k: summarise(float(one.place is not None and one.place <= k) for one in own) for k in (1, 4, 5, 10)},
                sum(1 / one.place for one in own if one.place) / len(own),
                _mean([rouge_l(one.text, one.reference) for one in own]),
                _mean([character_f1(one.text, one.reference) for one in own]),
                _mean([rouge_l(one.text, one.reference) for one in kept]),
                _mean([character_f1(one.text, one.reference) for one in kept]),
                summarise(float(one.sufficient) for one in own),
                summarise(float(not one.away[0]) for one in own if one.away is not None),
                drawn,
            )
        )
    return told


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def as_text(told: Sequence[Measured], generator: str) -> str:
    lines = [f"{NAME}-dev, answers by {generator}"]
    lines.append(
        f"{'questions':9} {'n':>4} {'R@1':>6} {'R@4':>6} {'R@5':>6} {'R@10':>6} {'MRR':>6} {'ROUGE-L':>8} "
        f"{'char F1':>8} {'answered':>9} {'their ROUGE-L':>14} {'char F1':>8}  abstained, clause away"
    )
    for one in told:
        recall = " ".join(f"{one.recall[k].mean:6.3f}" for k in (1, 4, 5, 10))
        away = one.abstained
        lines.append(
            f"{one.kind:9} {one.n:4} {recall} {one.mrr:6.3f} {one.rouge_l:8.3f} {one.f1:8.3f} "
            f"{one.answered.mean:9.3f} {one.rouge_l_gated:14.3f} {one.f1_gated:8.3f}  "
            f"{away.mean:.3f} ({away.low:.3f} – {away.high:.3f}) of {away.n}"
        )
    return "\n".join([*lines, *(str(one.curve) for one in told)])


def write(told: Sequence[Measured], outcomes: Sequence[Outcome], folder: Path, at: datetime) -> list[Path]:
    """The figures, and a page with the curves."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = outcomes[0].generator
    stem = folder / f"{NAME}-{at:%Y%m%d-%H%M%S}"
    body: dict[str, Any] = {
        "at": at.isoformat(),
        "generator": generator,
        "figures": [asdict(one) for one in told],
        "questions": [asdict(one) for one in outcomes],
    }
    page = (
        '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>InsQABench-dev</title><style>{STYLE}</style><h1>InsQABench-dev</h1>"
        f"<p class=dim>{at:%Y-%m-%d %H:%M}</p><div class=wide><pre>{as_text(told, generator)}</pre></div>"
        f"{''.join(as_svg(one.curve) for one in told)}</html>"
    )
    paths = [stem.with_name(f"{stem.name}{suffix}") for suffix in (".json", ".html")]
    paths[0].write_text(json.dumps(body, ensure_ascii=False, indent=1), encoding="utf-8")
    paths[1].write_text(page, encoding="utf-8")
    return paths


def main(data: Path | None, llm: str, most: int | None, out: Path, at: datetime) -> str:
    """What was measured, and where it was written. Raises DataAbsent."""
    outcomes = asyncio.run(measure(data, llm=llm, most=most))
    told = summarised(outcomes, shipped().threshold, Settings().search.top_k)
    return "\n".join([as_text(told, outcomes[0].generator), *map(str, write(told, outcomes, out, at))])
