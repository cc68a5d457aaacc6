"""Whether the passages found are enough to answer from: the flag that decides abstention.

A logistic model over a few features of the best passages. Its weights come from questions whose passage is there and
the same questions with the passage taken away; the threshold favours silence over a wrong answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from app.knowledge.fusion import FEATURES, Candidates, Rows
from app.knowledge.parameters import Parameters


def evidence(candidates: Candidates, fused: Rows) -> Mapping[str, float]:
    """The features of the verdict, from the best candidates."""
    if not len(fused):
        return {}
    best = candidates.rows[int(fused.argmax())]
    return {name: float(best[at]) for at, name in enumerate(FEATURES)}


def judge(candidates: Candidates, fused: Rows, parameters: Parameters) -> tuple[bool, float]:
    """Sufficient or not, and the confidence 0..1 behind it. Nothing found is never sufficient."""
    features = evidence(candidates, fused)
    if not features:
        return False, 0.0
    weights = parameters.sufficiency
    value = weights["bias"] + sum(weights.get(name, 0.0) * amount for name, amount in features.items())
    confidence = logistic(value)
    return confidence >= parameters.threshold, confidence


def logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
