"""How long customers wait for the first sentence: quantiles over the turns of a run with bootstrap intervals.

Wall-clock of the machine the run was made on, so it is told and never gates.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from eval.metrics import Scored

_RESAMPLES = 1000
_STAGE = "first_sentence"


@dataclass(frozen=True, slots=True)
class Quantile:
    """share: .5 is the median. Milliseconds, with the 95 % percentile interval over the turns."""

    share: float
    ms: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        interval = f"{self.low:.0f} – {self.high:.0f}"
        return f"time to first text, p{self.share * 100:.0f}: {self.ms:.0f} ms ({interval}) of {self.n}"


def first_text(scored: Sequence[Scored]) -> list[Quantile]:
    """Median and 95th percentile; nothing where no turn said anything."""
    waited = [float(row.outcome.turn.get("timings", {}).get(_STAGE, 0.0)) for row in scored]
    waited = sorted(ms for ms in waited if ms)
    return [_quantile(waited, share) for share in (0.5, 0.95)] if waited else []


def _quantile(values: Sequence[float], share: float) -> Quantile:
    rng = random.Random(share)
    draws = sorted(_at(sorted(rng.choices(values, k=len(values))), share) for _ in range(_RESAMPLES))
    return Quantile(share, _at(values, share), _at(draws, 0.025), _at(draws, 0.975), len(values))


def _at(ordered: Sequence[float], share: float) -> float:
    """Linear between the two values nearest the place."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
