"""`python -m eval fit conflicts`: fits the conflict alarm's model on the seen pairs and prints what it reaches on
topics left out of the fit. The unseen pairs are not read here.

A contradicting passage is known only as a whole: of its pairs of claims the one the model thinks likeliest is taken as
the contradiction, and the fit repeated (multiple instances). Every differing pair with a harmless passage is none.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import app.alarms
from app.alarms.alignment import FEATURES, features, same_value
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import comparable
from app.settings import Settings
from eval.alarms import Judged, pairs, precision_and_recall

MODEL = Path(app.alarms.__file__).parent / "data" / "alignment.json"
Matrix = NDArray[np.float64]
_FOLDS, _ROUNDS, _STEPS = 9, 6, 12
# What precision withholding an answer needs; and an alarm, which nobody reads that is wrong more often than one in six.
_PRECISE, _HELPFUL = 0.90, 0.84
_TRUE, _HARDEST = 0.3, 5
_PENALTIES = (3.0, 10.0, 30.0, 100.0)
# The first guess at which pair contradicts, by feature.
_FIRST = {"label_shared": 2.0, "covered_less": 2.0, "same_measure": 1.0, "both_add": -1.0, "condition_differs": -1.0}


@dataclass(frozen=True, slots=True)
class Bag:
    """A passage against its family's base. differing, agreeing: rows of features of comparable claims.

    ends: of each row which claims it joins, (of base, of the passage).
    """

    family: int
    true: bool
    text: str
    differing: Matrix
    differing_ends: Sequence[tuple[int, int]]
    agreeing: Matrix
    agreeing_ends: Sequence[tuple[int, int]]

    def score(self, weights: Matrix, bias: float) -> float:
        """The clearest contradiction no agreement explains, as ConflictFinder.between finds it."""
        differing, agreeing = self.differing @ weights + bias, self.agreeing @ weights + bias
        best = -np.inf
        for (a, b), value in zip(self.differing_ends, differing, strict=True):
            met = [v for (c, d), v in zip(self.agreeing_ends, agreeing, strict=True) if a == c or b == d]
            if value > best and not any(v >= value for v in met):
                best = value
        return float(best)


def bags() -> list[Bag]:
    reader = ClaimReader(Settings().cache_dir)
    made = []
    for pair in pairs(seen=True):
        mine, other = reader.read(pair.base), reader.read(pair.other)
        found: dict[bool, list[tuple[list[float], tuple[int, int]]]] = {True: [], False: []}
        for i, a in enumerate(mine):
            for j, b in enumerate(other):
                if comparable(a, b):
                    row = (features(a, b, reader.senses, reader.meanings), (i, j))
                    found[same_value(a.quantity, b.quantity)].append(row)
        rows = {
            same: np.array([row for row, _ in found[same]], float).reshape(-1, len(FEATURES)) for same in (True, False)
        }
        ends = {same: [end for _, end in found[same]] for same in (True, False)}
        made.append(
            Bag(pair.family, pair.true, f"{pair.base.text} || {pair.other.text}",
                rows[False], ends[False], rows[True], ends[True])
        )  # fmt: skip
    return made


def fit(bags: Sequence[Bag], penalty: float) -> tuple[Matrix, float]:
    """Weights and bias, by feature as it stands."""
    weights, bias = np.array([_FIRST.get(name, 0.0) for name in FEATURES]), 0.0
    for _ in range(_ROUNDS):
        chosen = [
            bag.differing[int(np.argmax(bag.differing @ weights))] for bag in bags if bag.true and len(bag.differing)
        ]
        harmless = [row for bag in bags if not bag.true for row in _hardest(bag.differing, weights)]
        rows = np.array([*chosen, *harmless])
        labels = np.array([1.0] * len(chosen) + [0.0] * len(harmless))
        weights, bias = _logistic(rows, labels, penalty)
    return weights, bias


def _hardest(rows: Matrix, weights: Matrix) -> Matrix:
    """The pairs a harmless passage is likeliest to be mistaken by."""
    return np.asarray(rows[np.argsort(-(rows @ weights))[:_HARDEST]])


def _logistic(rows: Matrix, labels: Matrix, penalty: float) -> tuple[Matrix, float]:
    """Ridge logistic regression on standardised features, by Newton's method. Contradictions count _TRUE in all, what
    is none the rest."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    share = labels.mean()
    importance = np.where(labels > 0, _TRUE / share, (1 - _TRUE) / (1 - share))
    ridge = np.array([penalty] * rows.shape[1] + [1e-6])
    beta = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(scaled @ beta, -30, 30)))
        slope = scaled.T @ (importance * (p - labels)) + ridge * beta
        curve = (scaled.T * (importance * p * (1 - p))) @ scaled + np.diag(ridge)
        beta = beta - np.linalg.solve(curve, slope)
    weights = beta[:-1] / spread
    return weights, float(beta[-1] - mean @ weights)


def left_out(bags: Sequence[Bag], penalty: float) -> list[Judged]:
    """Each passage scored by a model that has not seen its topic."""
    judged = []
    for fold in range(_FOLDS):
        weights, bias = fit([bag for bag in bags if bag.family % _FOLDS != fold], penalty)
        judged += [
            Judged(True, bag.true, bag.score(weights, bias), bag.text) for bag in bags if bag.family % _FOLDS == fold
        ]
    return judged


def balanced(judged: Sequence[Judged], beta: float = 1.0) -> tuple[float, float]:
    """The threshold with the best F-beta, and that value; above 1 recall counts more."""
    best = (0.0, 0.0)
    for score in sorted({one.score for one in judged if np.isfinite(one.score)}):
        precision, recall = precision_and_recall(judged, score)
        if precision.mean + recall.mean:
            both = (1 + beta**2) * precision.mean * recall.mean
            best = max(best, (both / (beta**2 * precision.mean + recall.mean), score))
    return best[1], best[0]


def precise(judged: Sequence[Judged], height: float) -> float:
    """The lowest threshold from which on precision stays at the asked height."""
    scores = sorted({one.score for one in judged if np.isfinite(one.score)}, reverse=True)
    least = scores[0]
    for score in scores:
        precision, _ = precision_and_recall(judged, score)
        if precision.mean >= height:
            least = score
    return least


def main() -> list[str]:
    """Writes the model; the lines to print."""
    made = bags()
    tried = {penalty: left_out(made, penalty) for penalty in _PENALTIES}
    penalty = max(tried, key=lambda one: balanced(tried[one])[1])
    judged = tried[penalty]
    alarm, certain = max(balanced(judged)[0], precise(judged, _HELPFUL)), precise(judged, _PRECISE)
    weights, bias = fit(made, penalty)
    lines = [
        f"penalty {penalty}; F1 on topics left out: "
        + ", ".join(f"{one}: {balanced(rows)[1]:.3f}" for one, rows in tried.items())
    ]
    for name, least in (("alarm", alarm), ("certain", certain)):
        precision, recall = precision_and_recall(judged, least)
        lines.append(f"  {name:8} {least:.3f}  precision {precision}  recall {recall}")
    fitted = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    lines += [f"  {name:18} {weight:8.3f}" for name, weight in fitted.items()]
    data = {"weights": fitted, "bias": round(bias, 4), "alarm": round(alarm, 4), "certain": round(certain, 4)}
    MODEL.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    lines.append(f"  written to {MODEL.name}")
    return lines
