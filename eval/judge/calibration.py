"""How far a judge can be trusted: its verdicts held against people's, on a small set labelled by hand.

Cohen's kappa (Cohen 1960, Educational and Psychological Measurement 20) with a percentile bootstrap over the items.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict
from tqdm import tqdm

from eval.judge.judgement import Judged
from eval.judge.judging import Judges
from eval.judge.samples import Sample

LABELLED = Path(__file__).parent / "labelled.yaml"
# An answer is on the point when the question it answers means what was asked. With the packaged embedding the two lie
# close together: nine rewordings .91 to .99, nine other questions on the same matter .91 to .98 (five of them), answers
# that evade .84; at .945 seven of nine fall right on either side. So the figure is coarse, and calibration says so.
RELEVANT = 0.945
_METRIC = {"supported": "faithfulness", "useful": "context_precision", "relevant": "answer_relevancy"}
_RESAMPLES = 2000
Kind = Literal["supported", "useful", "relevant"]


class Item(BaseModel):
    """label: 1 or 0, by a person. supported: does `statement` follow from `context`; useful: does `context` hold what
    `answer` says; relevant: does `answer` answer `question`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    label: Literal[0, 1]
    question: str = ""
    context: str = ""
    statement: str = ""
    answer: str = ""

    def sample(self) -> Sample:
        return Sample(
            "labelled",
            "",
            self.question or "这句话对吗？",
            self.statement or self.answer,
            (self.context,),
            self.answer,
            True,
        )


@dataclass(frozen=True, slots=True)
class Held:
    """One item as the judge saw it. said: its verdict; an error counts as the wrong one, since it is no help."""

    item: Item
    judged: Judged

    @property
    def said(self) -> int:
        if self.judged.value is None:
            return 1 - self.item.label
        least = RELEVANT if self.item.kind == "relevant" else 0.5
        return int(self.judged.value >= least)


@dataclass(frozen=True, slots=True)
class Agreement:
    """kappa with its 95 % interval; right: share of items judged as people did."""

    name: str
    n: int
    errors: int
    right: float
    kappa: float
    low: float
    high: float


def load(path: Path = LABELLED) -> list[Item]:
    return [Item.model_validate(row) for row in yaml.safe_load(path.read_text(encoding="utf-8"))]


async def hold(judge: Judges, items: Sequence[Item], *, seed: int, at_once: int) -> list[Held]:
    places = asyncio.Semaphore(at_once)
    progress = tqdm(total=len(items), desc="calibrating", unit="j", disable=None, leave=False)

    async def one(item: Item) -> Held:
        async with places:
            held = Held(item, await judge.judge(_METRIC[item.kind], item.sample(), seed))
            progress.update()
            return held

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(item)) for item in items]
    progress.close()
    return [task.result() for task in tasks]


def agreements(held: Sequence[Held]) -> list[Agreement]:
    """Each kind, and all together."""
    kinds = dict.fromkeys(one.item.kind for one in held)
    told = [_agreement(kind, [one for one in held if one.item.kind == kind]) for kind in kinds]
    return [*told, _agreement("all", held)]


def _agreement(name: str, held: Sequence[Held]) -> Agreement:
    pairs = [(one.item.label, one.said) for one in held]
    rng = random.Random(name)
    draws = sorted(kappa(rng.choices(pairs, k=len(pairs))) for _ in range(_RESAMPLES))
    low, high = draws[round(0.025 * (_RESAMPLES - 1))], draws[round(0.975 * (_RESAMPLES - 1))]
    errors = sum(one.judged.value is None for one in held)
    right = sum(a == b for a, b in pairs) / len(pairs)
    return Agreement(name, len(pairs), errors, right, kappa(pairs), low, high)


def kappa(pairs: Sequence[tuple[int, int]]) -> float:
    """Agreement beyond chance: 1 = always, 0 = no more than chance. Two who never differ and never vary agree fully."""
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    yes_a, yes_b = sum(a for a, _ in pairs) / n, sum(b for _, b in pairs) / n
    chance = yes_a * yes_b + (1 - yes_a) * (1 - yes_b)
    return 1.0 if chance == 1.0 else (seen - chance) / (1 - chance)
