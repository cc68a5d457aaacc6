"""The fitted numbers of search: weights of fusion and of sufficiency, made by `python -m eval.bench.calibrate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Parameters:
    """fusion: weight by feature name. sufficiency: weight by feature name, "bias" included. threshold: 0..1.

    by_words: what holds instead while there are no embeddings; None = the same.
    """

    fusion: Mapping[str, float]
    sufficiency: Mapping[str, float]
    threshold: float
    by_words: Parameters | None = None


def shipped() -> Parameters:
    data = resources.files("app.knowledge").joinpath("data", "parameters.json").read_bytes()
    return parsed(orjson.loads(data))


def parsed(data: Mapping[str, Any]) -> Parameters:
    words = data.get("by_words")
    by_words = Parameters(data["fusion"], words["sufficiency"], words["threshold"]) if words else None
    return Parameters(data["fusion"], data["sufficiency"], data["threshold"], by_words)
