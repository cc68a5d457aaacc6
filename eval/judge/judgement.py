"""A judgement: its value or why there is none, every verdict with its reason, and what it cost; kept as it is made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from eval.judge.endpoint import Spent


@dataclass(frozen=True, slots=True)
class Point:
    """One verdict: about what, 1 or 0, and why."""

    about: str
    verdict: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """value: 0..1, or None with the code of the error and its detail."""

    value: float | None
    error: str
    detail: str
    points: Sequence[Point]
    spent: Spent


@dataclass(frozen=True, slots=True)
class Judgement:
    """judge: model, wording and temperature, which together are one judge. draw: 0 the judgement that counts, 1 the
    second one that is held against it."""

    judge: str
    suite: str
    case: str
    metric: str
    draw: int
    judged: Judged

    @property
    def key(self) -> tuple[str, str, str, str, int]:
        return self.judge, self.suite, self.case, self.metric, self.draw

    @property
    def value(self) -> float | None:
        return self.judged.value

    @property
    def reasons(self) -> str:
        return "；".join(point.reason for point in self.judged.points) or self.judged.detail


@dataclass
class Kept:
    """`judgements.jsonl` in a run's folder: a judging that was interrupted goes on, and what failed is tried again."""

    path: Path
    made: dict[tuple[str, str, str, str, int], Judgement] = field(default_factory=dict)

    @classmethod
    def open(cls, run: Path) -> Kept:
        kept = cls(run / "judgements.jsonl")
        for line in kept.path.read_text(encoding="utf-8").splitlines() if kept.path.exists() else ():
            try:
                one = _from_row(json.loads(line))
            except (ValueError, LookupError, TypeError):
                continue  # cut by a crash
            if not one.judged.error:
                kept.made[one.key] = one
        return kept

    def keep(self, one: Judgement) -> None:
        self.made[one.key] = one
        with self.path.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(as_row(one), ensure_ascii=False) + "\n")


def as_row(one: Judgement) -> dict[str, Any]:
    return {
        "judge": one.judge,
        "suite": one.suite,
        "case": one.case,
        "metric": one.metric,
        "draw": one.draw,
        **asdict(one.judged),
    }


def _from_row(row: dict[str, Any]) -> Judgement:
    points = [Point(**point) for point in row["points"]]
    judged = Judged(row["value"], row["error"], row["detail"], points, Spent(**row["spent"]))
    return Judgement(row["judge"], row["suite"], row["case"], row["metric"], row["draw"], judged)
