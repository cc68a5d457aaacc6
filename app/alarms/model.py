"""How surely two claims are about the same figure: models over the features of `alignment` and `asking`.

Weights, trees and thresholds are fitted by `python -m eval fit conflicts` on seen and plain pairs. One model reads
words alone, for when nothing can be embedded; the other one also what both claims ask for, as vectors. In both a forest
decides; the weights of the one for words, which cost next to nothing, tell what it is worth reading at all.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.alarms import alignment, asking
from app.alarms.forest import Forest, read_forest

# By so much a figure that agrees may fit worse than one that differs and still explain it: equal figures of two things
# are rarely chance.
AGREEING = 1.5


@dataclass(frozen=True, slots=True)
class Model:
    """weights: by feature. alarm, certain: the least log odds for people's eyes, and to withhold an answer.

    slope, offset: from those log odds to the chance that the passages do contradict, as often as the seen ones do.
    forest: decides where there is one, over the features and what the weights make of them.
    """

    weights: NDArray[np.float64]
    bias: float
    alarm: float
    certain: float
    slope: float
    offset: float
    forest: Forest | None = None

    def scores(self, rows: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Log odds of each row of features, shape (n, at least as many as weights); more are not read."""
        table = np.asarray(rows, float)
        weighed = self.weighed(table)
        if self.forest is None or not len(table):
            return weighed
        return self.forest.log_odds(np.column_stack([table[:, : len(self.weights)], weighed]))

    def weighed(self, rows: Sequence[Sequence[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """The same by the weights alone."""
        if not len(rows):
            return np.zeros(0)
        return np.asarray(rows, float)[:, : len(self.weights)] @ self.weights + self.bias

    def chance(self, score: float) -> float:
        """0..1."""
        return 1 / (1 + math.exp(-max(min(self.slope * score + self.offset, 30.0), -30.0)))


@dataclass(frozen=True, slots=True)
class Models:
    """words: over alignment.FEATURES. asking: over those and asking.FEATURES.

    floor: what the weights of `words` give at least to a pair worth reading. reader: the name of the model whose
    vectors `asking` was fitted on; those of another mean nothing to it.
    """

    words: Model
    asking: Model
    floor: float
    reader: str


def shipped() -> Models:
    folder = resources.files("app.alarms").joinpath("data")
    data = json.loads(folder.joinpath("alignment.json").read_text(encoding="utf-8"))
    forests = {}
    for name in ("words", "asking"):
        with folder.joinpath(f"forest_{name}.npz").open("rb") as file:
            forests[name] = read_forest(file)
    return Models(
        _model(data["words"], alignment.FEATURES, forests["words"]),
        _model(data["asking"], (*alignment.FEATURES, *asking.FEATURES), forests["asking"]),
        data["floor"],
        data["reader"],
    )


def _model(data: Mapping[str, Any], features: Sequence[str], forest: Forest) -> Model:
    weights = np.array([data["weights"][name] for name in features])
    return Model(weights, data["bias"], data["alarm"], data["certain"], data["slope"], data["offset"], forest)
