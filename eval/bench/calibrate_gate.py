"""Fits the evidence gate again from where it stands: `python -m eval.bench.calibrate_gate` (minutes, no other data).

Every question of the suites is looked up as a turn looks it up; a logistic model over that evidence is fitted to the
seen halves, drawn towards the weights in force, which eval.bench.calibrate made from far more questions.
Cross-validation chooses how strongly; the unseen halves are only counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import app.knowledge.parameters as parameters_of
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.encoding import LAYOUT
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.passage import Scope
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.search import HybridSearch
from app.knowledge.sufficiency import EVIDENCE
from app.settings import Settings
from deploy.local.embedding_model import prepare
from eval.bench.calibrate import ASKED_OF_THE_BANK, folds, least_costly, product_names, sureness
from eval.bench.fitting import Floats, fit_logistic
from eval.bench.report import print_table
from eval.cases import load_suites
from eval.corpus import read_corpus
from eval.service import ingested

_RIDGES = (0.003, 0.01, 0.03, 0.1, 0.3)
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class _Looked:
    """One question's evidence, in the order of EVIDENCE."""

    suite: str
    text: str
    answered: bool
    seen: bool
    evidence: Sequence[float]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.calibrate_gate", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
    given = parser.parse_args(arguments)
    gate, threshold = _fitted(asyncio.run(_look_up()), shipped())
    path = Path(parameters_of.__file__).parent / "data" / "parameters.json"
    written = json.loads(path.read_text(encoding="utf-8")) | {"sufficiency": gate, "threshold": threshold}
    if not given.dry_run:
        path.write_text(json.dumps(written, indent=2) + "\n", encoding="utf-8")
        print(f"\nwritten: {path.name}")
    return 0


async def _look_up() -> list[_Looked]:
    settings = Settings()
    embedder = OnnxE5Embedder(prepare(settings.cache_dir), threads=1)
    kept = await asyncio.to_thread(ingested, read_corpus(), settings.cache_dir)
    looked: list[_Looked] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenda-gate-")))
        await asyncio.to_thread(shutil.copytree, kept / "index", folder / "bank")
        index = QdrantEdgeIndex(folder / "bank", LAYOUT)
        stack.push_async_callback(index.close)
        search = HybridSearch(embedder, index, settings.search, cache_dir=settings.cache_dir)
        search.learn_names(product_names([passage async for passage in index.scroll(settings.tenant)]))
        for suite in load_suites(ASKED_OF_THE_BANK):
            for case in suite.cases:
                ending = suite.ending(case)
                if case.history or ending not in ("answered", "abstained"):
                    continue
                found = await search.find(case.question, Scope(settings.tenant, suite.day(case)), 4)
                if found.evidence:
                    evidence = [found.evidence[name] for name in EVIDENCE]
                    looked.append(_Looked(suite.name, case.question, ending == "answered", case.seen, evidence))
    return looked


def _fitted(looked: Sequence[_Looked], now: Parameters) -> tuple[dict[str, float], float]:
    rows = np.array([one.evidence for one in looked])
    labels = np.array([float(one.answered) for one in looked])
    seen = np.array([one.seen for one in looked])
    middle, spread = rows[seen].mean(0), rows[seen].std(0) + 1e-6
    scaled, own = (rows - middle) / spread, np.array([now.sufficiency.get(name, 0.0) for name in EVIDENCE])
    before = np.r_[own * spread, now.sufficiency["bias"] + own @ middle]

    def fit(part: NDArray[np.bool_], ridge: float) -> Floats:
        return fit_logistic(scaled[part], labels[part], ridge, np.ones(int(part.sum())), before)

    fold = folds([one.text for one in looked])
    tried = {}
    for ridge in _RIDGES:
        sure = np.zeros(len(looked))
        for at in range(_FOLDS):
            sure[fold == at] = sureness(scaled[fold == at], fit(seen & (fold != at), ridge))
        tried[ridge] = sure[seen], _losses(sure[seen], labels[seen])
    print_table(
        "loss of the seen halves, cross-validated",
        ("ridge towards the weights in force", "loss", "standard error"),
        [
            ("unchanged", *_mean(_losses(sureness(scaled[seen], before), labels[seen]))),
            *((str(ridge), *_mean(losses)) for ridge, (_, losses) in tried.items()),
        ],
    )
    ridge = _strongest({ridge: losses for ridge, (_, losses) in tried.items()})
    threshold, last = least_costly(tried[ridge][0], labels[seen]), fit(seen, ridge)
    sure = sureness(scaled, last)
    sure[seen] = tried[ridge][0]
    for name, values, least in (("in force", sureness(scaled, before), now.threshold), ("fitted", sure, threshold)):
        _report(f"{name}, at {least:.2f}", looked, values >= least)
    found = dict(zip(EVIDENCE, (last[:-1] / spread).tolist(), strict=True))
    found["bias"] = float(last[-1] - (last[:-1] / spread) @ middle)
    return {name: round(float(weight), 4) for name, weight in found.items()}, round(threshold, 3)


def _strongest(losses: dict[float, Floats]) -> float:
    """The one that changes least among those within a standard error of the best (Breiman et al. 1984)."""
    best, error = min(map(_mean, losses.values()))
    return max(ridge for ridge, values in losses.items() if values.mean() <= best + error)


def _losses(sure: Floats, labels: Floats) -> Floats:
    right = np.clip(np.where(labels == 1, sure, 1 - sure), 1e-6, 1)
    return np.asarray(-np.log(right), np.float64)


def _mean(losses: Floats) -> tuple[float, float]:
    return round(float(losses.mean()), 4), round(float(losses.std() / np.sqrt(len(losses))), 4)


def _report(title: str, looked: Sequence[_Looked], answers: NDArray[np.bool_]) -> None:
    rows = []
    for suite in ASKED_OF_THE_BANK:
        for seen in (True, False):
            here = [at for at, one in enumerate(looked) if (one.suite, one.seen) == (suite, seen)]
            told = [bool(answers[at]) for at in here if looked[at].answered]
            kept = [not answers[at] for at in here if not looked[at].answered]
            half = "seen" if seen else "unseen"
            rows.append((f"{suite}, {half}", f"{sum(told)} of {len(told)}", f"{sum(kept)} of {len(kept)}"))
    print_table(title, ("questions", "answered", "abstained"), rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
