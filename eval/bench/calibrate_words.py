"""Fits sufficiency for when embeddings are down: `python -m eval.bench.calibrate_words` adds it to parameters.json.

The same questions about the sample corpus as eval.bench.calibrate, looked up by words alone, and the same features but
for the cosines. The threshold is where an unanswerable question is answered no more often than CAUGHT allows: words
alone are worse evidence, so fewer questions are answered, not more wrongly. The unseen halves are only counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import app.knowledge.parameters as parameters_of
from app.knowledge.embedding_onnx import Vector
from app.knowledge.sufficiency import EVIDENCE, MEANING
from app.settings import Settings
from eval.bench.calibrate import Asked, ask_the_bank, features_of, folds, sureness
from eval.bench.fitting import Floats, fit_logistic
from eval.bench.report import print_table

CAUGHT = 0.97
_RIDGE = 0.01
_FOLDS = 5


class _Down:
    """An embedder that is down."""

    name, dimension = "down", 384

    async def embed_query(self, text: str) -> Vector:
        raise ConnectionError(len(text))

    async def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vector:
        raise ConnectionError(len(texts), on_progress)

    async def close(self) -> None:
        """Nothing to close."""


async def _ask() -> list[Asked]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="wenda-calibrate-")))
        return await ask_the_bank(stack, folder, _Down(), Settings())


def fit(asked: Sequence[Asked], fusion: dict[str, float]) -> tuple[dict[str, float], float]:
    """Weights by feature, "bias" included, and the threshold."""
    names = [name for name in EVIDENCE if name not in MEANING]
    kept = [at for at, name in enumerate(EVIDENCE) if name not in MEANING]
    asked = [one for one in asked if features_of(one, fusion)]
    rows = np.array([features_of(one, fusion) for one in asked])[:, kept]
    labels = np.array([float(one.answered) for one in asked])
    seen = np.array([one.seen for one in asked])
    middle, spread = rows[seen].mean(0), rows[seen].std(0) + 1e-6
    scaled, fold = (rows - middle) / spread, folds([one.group for one in asked])

    def fitted(part: NDArray[np.bool_]) -> Floats:
        return fit_logistic(scaled[part], labels[part], _RIDGE, np.ones(part.sum()))

    sure = np.zeros(len(asked))
    for at in range(_FOLDS):
        sure[fold == at] = sureness(scaled[fold == at], fitted(seen & (fold != at)))
    last = fitted(seen)
    sure[~seen] = sureness(scaled[~seen], last)
    threshold = float(np.ceil(np.quantile(sure[seen & (labels == 0)], CAUGHT) * 100) / 100)
    table = []
    for name, part in (("seen, cross-validated", seen), ("unseen", ~seen)):
        yes, no = sure[part & (labels == 1)], sure[part & (labels == 0)]
        area = float((yes[:, None] > no[None, :]).mean())
        table.append((name, len(yes), float((yes >= threshold).mean()), len(no), float((no < threshold).mean()), area))
    columns = ("questions", "answerable", "answered", "absent", "abstained", "AUC")
    print_table(f"sufficiency by words alone, at {threshold:.2f}", columns, table)
    found = dict(zip(names, (last[:-1] / spread).tolist(), strict=True))
    found["bias"] = float(last[-1] - (last[:-1] / spread) @ middle)
    return {name: round(weight, 4) for name, weight in found.items()}, threshold


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m eval.bench.calibrate_words", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print, write nothing")
    given = parser.parse_args(arguments)
    path = Path(parameters_of.__file__).parent / "data" / "parameters.json"
    shipped = json.loads(path.read_text(encoding="utf-8"))
    weights, threshold = fit(asyncio.run(_ask()), shipped["fusion"])
    if not given.dry_run:
        shipped["by_words"] = {"sufficiency": weights, "threshold": threshold}
        path.write_text(json.dumps(shipped, indent=2) + "\n", encoding="utf-8")
        print(f"\nwritten: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
