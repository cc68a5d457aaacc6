"""How surely two claims are about the same figure: logistic models over the features of `alignment` and `asking`.

Weights and thresholds are fitted by `python -m eval fit conflicts` on the seen pairs. One model reads words alone, for
when nothing can be embedded; the other one also what both claims ask for, as vectors.
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


@dataclass(frozen=True, slots=True)
class Model:
    """weights: by feature. alarm, certain: the least log odds for people's eyes, and to withhold an answer.

    slope, offset: from those log odds to the chance that the passages do contradict, as often as the seen ones do.
    """

    weights: NDArray[np.float64]
    bias: float
    alarm: float
    certain: float
    slope: float
    offset: float

    def score(self, features: Sequence[float]) -> float:
        return float(self.weights @ np.asarray(features) + self.bias)

    def chance(self, score: float) -> float:
        """0..1."""
        return 1 / (1 + math.exp(-max(min(self.slope * score + self.offset, 30.0), -30.0)))


@dataclass(frozen=True, slots=True)
class Models:
    """words: over alignment.FEATURES. asking: over those and asking.FEATURES.

    floor: the score of `words` under which no pair is worth embedding. reader: the name of the model whose vectors
    `asking` was fitted on; those of another mean nothing to it.
    """

    words: Model
    asking: Model
    floor: float
    reader: str


def shipped() -> Models:
    data = json.loads(resources.files("app.alarms").joinpath("data", "alignment.json").read_text(encoding="utf-8"))
    return Models(
        _model(data["words"], alignment.FEATURES),
        _model(data["asking"], (*alignment.FEATURES, *asking.FEATURES)),
        data["floor"],
        data["reader"],
    )


def _model(data: Mapping[str, Any], features: Sequence[str]) -> Model:
    weights = np.array([data["weights"][name] for name in features])
    return Model(weights, *(data[name] for name in ("bias", "alarm", "certain", "slope", "offset")))
