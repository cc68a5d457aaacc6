"""Gates: the least a metric may reach in a suite. A gate holds on both halves, so tuning on one cannot buy it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from eval.metrics import Score, Scored, summarise

GATES = Path(__file__).parent / "gates.yaml"
HALVES = {"seen": True, "unseen": False}

Minima = Mapping[str, Mapping[str, float]]  # suite -> metric -> least mean


@dataclass(frozen=True, slots=True)
class Crossed:
    """A metric below its gate in one half of a suite, or a gate on a metric that was never measured (score None)."""

    suite: str
    metric: str
    half: str
    least: float
    score: Score | None


def load_gates(path: Path = GATES) -> Minima:
    return TypeAdapter(dict[str, dict[str, float]]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))


def halves(scored: Sequence[Scored], suite: str, metric: str) -> dict[str, Score]:
    """The metric over one suite: seen, unseen, and all."""
    rows = [row for row in scored if row.outcome.suite.name == suite and metric in row.values]
    split = {
        half: [row.values[metric] for row in rows if row.outcome.case.seen is seen] for half, seen in HALVES.items()
    }
    split["all"] = [row.values[metric] for row in rows]
    return {half: summarise(values) for half, values in split.items() if values}


def check(scored: Sequence[Scored], gates: Minima, only: Sequence[str] = ()) -> list[Crossed]:
    """Every gate that does not hold. only: the metrics gated in this run; empty = all of them."""
    asked = {row.outcome.suite.name for row in scored}
    crossed = []
    for suite, minima in gates.items():
        if suite not in asked:
            continue
        for metric, least in minima.items():
            if only and metric not in only:
                continue
            measured = halves(scored, suite, metric)
            if not measured:
                crossed.append(Crossed(suite, metric, "all", least, None))
            crossed += [
                Crossed(suite, metric, half, least, measured[half])
                for half in HALVES
                if half in measured and measured[half].mean < least
            ]
    return crossed
