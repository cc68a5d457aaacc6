"""The fitted numbers of search: weights of fusion and of sufficiency, made by `python -m eval.bench.calibrate`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Parameters:
    """fusion: weight by feature name. sufficiency: weight by feature name, "bias" included. threshold: 0..1."""

    fusion: Mapping[str, float]
    sufficiency: Mapping[str, float]
    threshold: float


def shipped() -> Parameters:
    data = resources.files("app.knowledge").joinpath("data", "parameters.json").read_bytes()
    return parsed(orjson.loads(data))


def parsed(data: Mapping[str, Any]) -> Parameters:
    return Parameters(data["fusion"], data["sufficiency"], data["threshold"])
