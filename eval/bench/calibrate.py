"""Fits the numbers of search: `python -m eval.bench.calibrate --data DIR` writes app/knowledge/data/parameters.json.

Ranking: InsQABench-dev (bare and named) and the seen half of the sample suite. Sufficiency: the sample corpus with its
own questions (sufficiency.yaml) and the seen halves of the suites; InsQABench-dev with the clause there and taken away.
Everything printed is cross-validated or held out; the unseen halves are only counted.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import json
import shutil
import sys
import tempfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray
from tqdm import tqdm

import app.knowledge.parameters as parameters_of
from app.knowledge.analysis import Question
from app.knowledge.catalogue import build
from app.knowledge.embedding import Embedder
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.encoding import LAYOUT
from app.knowledge.fusion import FEATURES, Candidates, fuse
from app.knowledge.passage import Passage, Scope
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.search import HybridSearch
from app.knowledge.sufficiency import EVIDENCE, evidence
from app.settings import Settings
from deploy.local.embedding_model import prepare
from eval.bench.fitting import Floats, fit_logistic, fit_ranking
from eval.bench.insqabench import SCOPE, DataAbsent, read
from eval.bench.report import print_table
from eval.bench.retrieval import indexed
from eval.cases import load_suites
from eval.corpus import read_corpus
from eval.service import ingested

_ASKED_OF_THE_BANK = ("sample", "absent", "neighbours", "neighbours_absent", "everyday", "worried", "pairs")
_QUESTIONS = Path(__file__).parent / "sufficiency.yaml"
_FOLDS = 5
# Starting points: lists alike, one standard deviation of a cosine worth as much as one of a list.
_PRIOR = {
    "words": 6.0, "pairs": 6.0, "sounds": 1.0, "dense": 40.0, "sentence": 40.0, "covered": 3.0, "triples": 2.0,
    "characters": 3.0, "named": 3.0, "asked": 3.0, "specific": 3.0,
    "heading": 0.0, "astray": -4.0, "elsewhere": -1.0,
}  # fmt: skip
# Typical spread of each feature, so that the ridge means the same for all.
_SPREADS = {"dense": 0.03, "sentence": 0.03, "astray": 0.5, "elsewhere": 0.5}
_SPREAD = np.array([_SPREADS.get(name, 0.16) for name in FEATURES])
_RANKING_RIDGE = 0.01
_BANK_WEIGHT = 3.0  # of a question about the sample corpus, against one of the ten times as many about insurance
_GATE_RIDGE = 0.01
_INSURANCE_SHARE = 0.1  # of the gate's evidence, against all of the bank's
_NEAR = 0.2  # clauses that share this much of their character triples answer the same question


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with its candidates. right: which of them answer; none of them when the corpus has no answer."""

    source: str
    group: str
    text: str
    answered: bool
    seen: bool
    question: Question
    candidates: Candidates
    right: NDArray[np.bool_]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of InsQABench-dev")
    parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
    parser.add_argument("--misses", action="store_true", help="show wrong decisions of the seen questions")
    given = parser.parse_args(arguments)
    try:
        asked = asyncio.run(_ask(given.data))
    except DataAbsent as absent:
        print(absent)
        return 1
    fusion = _fit_fusion(asked)
    gate, threshold = _fit_gate(asked, fusion, misses=given.misses)
    path = Path(parameters_of.__file__).parent / "data" / "parameters.json"
    # What eval.bench.calibrate_words has fitted stays until it is fitted again.
    by_words = json.loads(path.read_text(encoding="utf-8")).get("by_words", {})
    found = {"fusion": fusion, "sufficiency": gate, "threshold": threshold, "by_words": by_words}
    if not given.dry_run:
        path.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(f"\nwritten: {path.name}")
    return 0


async def _ask(data: Path | None) -> list[Asked]:
    settings = Settings()
    embedder = OnnxE5Embedder(prepare(settings.cache_dir), threads=2)
    asked: list[Asked] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenda-calibrate-")))
        benchmark = read(data)
        search = await indexed(stack, folder / "insqabench", embedder, benchmark.passages, settings.cache_dir)
        contracts = {passage.title for passage in benchmark.passages}
        search.learn_names(contracts)
        for case in tqdm(benchmark.cases, "InsQABench", disable=None):
            for source, text in (("bare", case.question), ("named", case.named)):
                question, candidates = await search.candidates(text, SCOPE)
                right = np.array([passage.ordinal == case.gold for passage in candidates.passages], np.bool_)
                asked.append(Asked(source, case.contract, text, True, True, question, candidates, right))
                gold = benchmark.passages[case.gold]
                left = without(candidates, same_contract(gold) if source == "named" else alike(gold))
                if left.passages:
                    none = np.zeros(len(left.passages), np.bool_)
                    asked.append(Asked(source, case.contract, text, False, True, question, left, none))
        asked += await ask_the_bank(stack, folder, embedder, settings)
    return asked


async def ask_the_bank(stack: AsyncExitStack, folder: Path, embedder: Embedder, settings: Settings) -> list[Asked]:
    kept = await asyncio.to_thread(ingested, read_corpus(), settings.cache_dir)
    await asyncio.to_thread(shutil.copytree, kept / "index", folder / "bank")
    index = QdrantEdgeIndex(folder / "bank", LAYOUT)
    stack.push_async_callback(index.close)
    passages = [passage async for passage in index.scroll(settings.tenant)]
    search = HybridSearch(embedder, index, settings.search, cache_dir=settings.cache_dir)
    search.learn_names(_product_names(passages))
    asked = []
    for source, answered, seen, text, day, gold in tqdm(_bank_questions(), "sample corpus", disable=None):
        for reading in search.asked_as(text):
            question, candidates = await search.candidates(reading, Scope(settings.tenant, day))
            right = np.array([_is_gold(passage, gold) for passage in candidates.passages], np.bool_)
            asked.append(Asked(source, text, reading, answered, seen, question, candidates, right))
    return asked


def _bank_questions() -> list[tuple[str, bool, bool, str, date, Sequence[Sequence[str]]]]:
    """(source, answered, may be fitted, question, day, snippets of each right passage)."""
    own = yaml.safe_load(_QUESTIONS.read_text(encoding="utf-8"))
    out: list[tuple[str, bool, bool, str, date, Sequence[Sequence[str]]]] = []
    day = date.fromisoformat(str(own["as_of"]))
    for answered in (True, False):
        name = "answered" if answered else "absent"
        out += [("own", answered, True, text, day, ()) for text in own[name]]
        out += [("drawn", answered, zlib.crc32(text.encode()) % 2 == 0, text, day, ()) for text in own[f"{name}_drawn"]]
    for suite in load_suites(_ASKED_OF_THE_BANK):
        for case in suite.cases:
            if not case.history and (ending := suite.ending(case)) in ("answered", "abstained"):
                gold = [one.contains for group in case.needs for one in group]
                out.append((suite.name, ending == "answered", case.seen, case.question, suite.day(case), gold))
    return out


def _product_names(passages: Sequence[Passage]) -> list[str]:
    rows = {(one.title, one.product_code, one.risk_level) for one in passages if one.kind == "product"}
    return [name for product in build(sorted(rows, key=str)) for name in product.names]


def _is_gold(passage: Passage, gold: Sequence[Sequence[str]]) -> bool:
    whole = "\n".join((passage.title, passage.section, passage.question, passage.text))
    return any(all(snippet in whole for snippet in snippets) for snippets in gold)


def same_contract(gold: Passage) -> Callable[[Passage], bool]:
    return lambda passage: passage.title == gold.title


def alike(gold: Passage) -> Callable[[Passage], bool]:
    own = _triples(gold.text)

    def alike(passage: Passage) -> bool:
        other = _triples(passage.text)
        return len(own & other) > _NEAR * len(own | other)

    return alike


def _triples(text: str) -> set[str]:
    return {text[at : at + 3] for at in range(max(len(text) - 2, 1))}


def without(candidates: Candidates, gone: Callable[[Passage], bool]) -> Candidates:
    keep = [at for at, passage in enumerate(candidates.passages) if not gone(passage)]
    return dataclasses.replace(
        candidates,
        passages=[candidates.passages[at] for at in keep],
        views=[candidates.views[at] for at in keep],
        rows=candidates.rows[keep],
        has=candidates.has[keep],
    )


def _fit_fusion(asked: Sequence[Asked]) -> dict[str, float]:
    prior = np.array([_PRIOR[name] for name in FEATURES]) * _SPREAD

    def fitted(part: Sequence[Asked]) -> Floats:
        usable = [one for one in part if one.right.any()]
        lists = [(one.candidates.rows / _SPREAD, one.right) for one in usable]
        return fit_ranking(
            lists, prior, _RANKING_RIDGE, [1.0 if one.source in ("bare", "named") else _BANK_WEIGHT for one in usable]
        )

    usable = [
        one for one in asked if one.answered and one.seen and (one.right.any() or one.source in ("bare", "named"))
    ]
    fold = folds([one.group for one in usable])
    places = np.zeros(len(usable))
    for part in range(_FOLDS):
        weights = fitted([one for one, at in zip(usable, fold, strict=True) if at != part])
        for number, one in enumerate(usable):
            if fold[number] == part:
                places[number] = _place(one.candidates.rows / _SPREAD @ weights, one.right)
    rows = []
    for source in ("bare", "named", "sample", "neighbours", "everyday", "worried", "pairs"):
        own = np.array([place for place, one in zip(places, usable, strict=True) if one.source == source])
        rows.append((source, len(own), float((own == 1).mean()), float((own <= 5).mean()), f"{(1 / own).mean():.4f}"))
    print_table("ranking, cross-validated by contract", ("questions", "n", "R@1", "R@5", "MRR"), rows)
    weights = fitted(usable) / _SPREAD
    rows_of_weights = [(name, f"{weight:.3f}") for name, weight in zip(FEATURES, weights, strict=True)]
    print_table("weights of fusion", ("feature", "weight"), rows_of_weights)
    return {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}


def _place(scores: Floats, right: NDArray[np.bool_]) -> float:
    return float(1 + (scores > scores[right].max()).sum()) if right.any() else 387.0


def _fit_gate(asked: Sequence[Asked], fusion: dict[str, float], *, misses: bool) -> tuple[dict[str, float], float]:
    asked = [one for one in asked if features_of(one, fusion)]  # greetings say nothing that could be judged
    rows = np.array([features_of(one, fusion) for one in asked])
    labels = np.array([float(one.answered) for one in asked])
    insurance = np.array([one.source in ("bare", "named") for one in asked])
    seen = np.array([one.seen for one in asked])
    bank = seen & ~insurance
    middle, spread = rows[bank].mean(0), rows[bank].std(0) + 1e-6
    scaled = (rows - middle) / spread
    weights = np.where(insurance, _INSURANCE_SHARE * bank.sum() / insurance.sum(), 1.0)

    def fitted(part: NDArray[np.bool_]) -> Floats:
        return fit_logistic(scaled[part], labels[part], _GATE_RIDGE, weights[part])

    fold = folds([one.group for one in asked])
    sure = np.zeros(len(asked))
    for at in range(_FOLDS):
        sure[fold == at] = sureness(scaled[fold == at], fitted(seen & (fold != at)))
    last = fitted(seen)
    sure[~seen] = sureness(scaled[~seen], last)
    threshold = _threshold(sure[bank], labels[bank])
    _report(asked, sure, labels, threshold)
    if misses:
        _show_misses(asked, sure, labels, bank, threshold)
    found = dict(zip(EVIDENCE, last[:-1] / spread, strict=True))
    found["bias"] = float(last[-1] - (last[:-1] / spread) @ middle)
    print_table("weights of sufficiency", ("feature", "a standard deviation is worth"),
                [(name, f"{weight:+.2f}") for name, weight in zip(EVIDENCE, last, strict=False)])  # fmt: skip
    return {name: round(float(weight), 4) for name, weight in found.items()}, round(threshold, 3)


def features_of(one: Asked, fusion: dict[str, float]) -> list[float]:
    found = evidence(one.question, one.candidates, fuse(one.candidates.rows, fusion))
    return [found[name] for name in EVIDENCE] if found else []


def sureness(rows: Floats, weights: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(rows @ weights[:-1] + weights[-1]))), np.float64)


def _threshold(sure: Floats, labels: Floats) -> float:
    """The least costly one, an answer without evidence costing as much as two needless abstentions."""
    steps = np.round(np.arange(0.2, 0.9, 0.01), 2)
    answered, absent = sure[labels == 1], sure[labels == 0]
    costs = [(answered < step).mean() + 2 * (absent >= step).mean() for step in steps]
    best = np.flatnonzero(np.array(costs) <= min(costs) + 1e-9)
    return float(steps[best].mean())


def _report(asked: Sequence[Asked], sure: Floats, labels: Floats, threshold: float) -> None:
    seen = np.array([one.seen for one in asked])
    source = np.array([one.source for one in asked])
    insurance = np.isin(source, ("bare", "named"))
    groups = [
        ("bank, seen (cross-validated)", seen & ~insurance),
        ("bank, unseen halves of the suites", ~seen & (source != "drawn")),
        ("bank, own questions drawn to be counted only", ~seen & (source == "drawn")),
        ("InsQABench bare, clause there / away", source == "bare"),
        ("InsQABench named, contract there / away", source == "named"),
    ]
    rows: list[tuple[Any, ...]] = []
    for name, part in groups:
        yes, no = sure[part & (labels == 1)], sure[part & (labels == 0)]
        area = float((yes[:, None] > no[None, :]).mean() + 0.5 * (yes[:, None] == no[None, :]).mean())
        kept, caught = f"{(yes >= threshold).mean():.3f}", f"{(no < threshold).mean():.3f}"
        rows.append((name, len(yes), kept, len(no), caught, f"{area:.3f}"))
    columns = ("questions", "answerable", "answered", "absent", "abstained", "AUC")
    print_table(f"sufficiency at {threshold:.2f}", columns, rows)
    for name, part in groups[:3]:
        order = np.argsort(-sure[part])
        right = labels[part][order]
        points = []
        for coverage in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
            count = max(1, round(coverage * len(right)))
            points.append((f"{coverage:.1f}", f"{1 - right[:count].mean():.3f}"))
        print_table(
            f"risk–coverage, {name}", ("share of questions answered", "share of those without evidence"), points
        )


def _show_misses(
    asked: Sequence[Asked], sure: Floats, labels: Floats, part: NDArray[np.bool_], threshold: float
) -> None:
    for number in sorted(np.flatnonzero(part).tolist(), key=lambda at: float(sure[at])):
        if (sure[number] >= threshold) != bool(labels[number]):
            wanted = "answer" if labels[number] else "abstain"
            print(f"  {wanted:8}{sure[number]:.2f}  {asked[number].text}")


def folds(groups: Sequence[str]) -> NDArray[np.int64]:
    """Questions of one group (contract) are in one fold."""
    names = sorted(set(groups))
    order = np.random.default_rng(0).permutation(len(names))
    place = {name: int(order[at]) % _FOLDS for at, name in enumerate(names)}
    return np.array([place[group] for group in groups], np.int64)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
