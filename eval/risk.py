"""What abstaining buys: the share of wrong answers (risk) at every share of questions answered (coverage).

El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 11 (2010). A question counts as
wrongly answered when what it needs is not among the passages that reach the model, be it that no passage answers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from eval.metrics import Score, Scored, summarise

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 360, 220, 44, 30, 12
_MEASURED = "needed_passages_reach_the_model"


@dataclass(frozen=True, slots=True)
class Answerable:
    """confidence: the search's own. right: what answers the question would reach the model."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """points: (coverage, risk) with ever more questions answered, the surest first. threshold: the chosen one.

    answered: share of the questions at the threshold; error: of those the share without what they need; area: under
    the curve, the mean risk over all coverages.
    """

    name: str
    points: Sequence[tuple[float, float]]
    threshold: float
    answered: Score
    error: Score
    area: float

    def __str__(self) -> str:
        return (
            f"risk–coverage {self.name}: at {self.threshold:.2f} {self.answered.mean:.3f} of {self.answered.n} "
            f"answered, error {self.error.mean:.3f} ({self.error.low:.3f} – {self.error.high:.3f}) of {self.error.n}; "
            f"all answered {self.points[-1][1]:.3f}; area {self.area:.3f}"
        )


def answerables(scored: Sequence[Scored]) -> list[Answerable]:
    """Of a run: single questions that should be answered or not answered; follow-ups are not searched for alone."""
    told = []
    for row in scored:
        outcome = row.outcome
        if outcome.confidence is None or outcome.expect not in ("answered", "abstained"):
            continue
        told.append(Answerable(outcome.confidence, row.values.get(_MEASURED, 0.0) == 1.0))
    return told


def curve(name: str, asked: Sequence[Answerable], threshold: float) -> Curve | None:
    """None for no questions. Equally sure questions are answered together."""
    if not asked:
        return None
    order = sorted(asked, key=lambda one: -one.confidence)
    points, wrong = [], 0
    for at, one in enumerate(order, 1):
        wrong += not one.right
        if at == len(order) or order[at].confidence != one.confidence:
            points.append((at / len(order), wrong / at))
    answered = [one for one in asked if one.confidence >= threshold]
    area, before = 0.0, 0.0
    for coverage, risk in points:
        area += (coverage - before) * risk
        before = coverage
    return Curve(
        name,
        points,
        threshold,
        summarise(float(one.confidence >= threshold) for one in asked),
        summarise(float(not one.right) for one in answered),
        area,
    )


def as_svg(told: Curve) -> str:
    """The curve with the chosen threshold marked; colours come from the page."""
    most = max(0.1, max(risk for _, risk in told.points))
    top = next(step for step in (0.1, 0.2, 0.3, 0.5, 0.75, 1.0) if step >= most - 1e-9)

    def place(coverage: float, risk: float) -> tuple[float, float]:
        x = _LEFT + coverage * (_WIDTH - _LEFT - 12)
        return x, _TOP + (1 - risk / top) * (_HEIGHT - _TOP - _BOTTOM)

    line = " ".join(
        f"{'L' if at else 'M'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(place(*point) for point in told.points)
    )
    grid = "".join(
        f'<line x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{y:.1f}" y2="{y:.1f}" stroke="currentColor" opacity=".15"/>'
        f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{risk:.0%}</text>'
        for risk in (0.0, top / 2, top)
        for y in (place(0, risk)[1],)
    )
    across = "".join(
        f'<text x="{place(share, 0)[0]:.1f}" y="{_HEIGHT - 10}" text-anchor="middle">{share:.0%}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    x, y = place(told.answered.mean, told.error.mean)
    chosen = (
        f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" stroke="currentColor" '
        f'stroke-dasharray="3 3" opacity=".5"/><circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="currentColor"/>'
    )
    title = escape(str(told))
    return (
        f'<figure><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" role="img" aria-label="{title}" '
        f'font-size="11" fill="currentColor">{grid}{across}'
        f'<path d="{line}" fill="none" stroke="currentColor" stroke-width="2"/>{chosen}</svg>'
        f"<figcaption><small>{title}</small></figcaption></figure>"
    )
