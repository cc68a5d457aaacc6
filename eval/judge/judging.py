"""All judgements of a stored run: several beside each other, each kept as it is made, some made twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tqdm import tqdm

from eval.judge.judgement import Judged, Judgement, Kept
from eval.judge.samples import Sample
from eval.metrics import Score, summarise

# Values this far apart are a disagreement; one verdict of a dozen is not.
_APART = 0.1


class Judges(Protocol):
    async def judge(self, metric: str, sample: Sample, seed: int) -> Judged: ...


@dataclass(frozen=True, slots=True)
class Plan:
    """again: the share of judgements made a second time, with another seed. at_once: calls beside each other."""

    metrics: Sequence[str]
    again: float
    seed: int
    at_once: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    first: Judgement
    second: Judgement


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric. score: over what could be judged; least: its mean were every failed judgement a 0."""

    metric: str
    score: Score
    errors: int
    least: float


def drawn(samples: Sequence[Sample], plan: Plan) -> list[tuple[Sample, str, int]]:
    """(sample, metric, draw): every judgement that applies, and the second draw of some, the same ones each time."""
    first = [(sample, metric, 0) for metric in plan.metrics for sample in samples if sample.bears(metric)]
    twice = round(plan.again * len(first))
    chosen = sorted(random.Random(plan.seed).sample(range(len(first)), twice))
    return first + [(*first[at][:2], 1) for at in chosen]


async def judge_all(judge: Judges, name: str, samples: Sequence[Sample], plan: Plan, kept: Kept) -> list[Judgement]:
    """name: of this judge. Those already made by it are taken from `kept`."""
    places = asyncio.Semaphore(plan.at_once)
    wanted = drawn(samples, plan)
    progress = tqdm(total=len(wanted), desc="judging", unit="j", disable=None, leave=False)

    async def one(sample: Sample, metric: str, draw: int) -> Judgement:
        key = (name, sample.suite, sample.case, metric, draw)
        async with places:
            made = kept.made.get(key)
            if made is None:
                judged = await judge.judge(metric, sample, plan.seed + draw)
                made = Judgement(name, sample.suite, sample.case, metric, draw, judged)
                kept.keep(made)
            progress.update()
            return made

    made = await _gathered([lambda at=at: one(*at) for at in wanted])  # type: ignore[misc]
    progress.close()
    return made


async def _gathered(works: Sequence[Callable[[], Awaitable[Judgement]]]) -> list[Judgement]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_awaited(work)) for work in works]
    return [task.result() for task in tasks]


async def _awaited(work: Callable[[], Awaitable[Judgement]]) -> Judgement:
    return await work()


def measured(made: Sequence[Judgement], metrics: Sequence[str]) -> list[Measured]:
    """A metric that nothing in the run bears on is left out."""
    told = []
    for metric in metrics:
        firsts = [one for one in made if one.metric == metric and one.draw == 0]
        if not firsts:
            continue
        values = [one.value for one in firsts if one.value is not None]
        told.append(Measured(metric, summarise(values), len(firsts) - len(values), sum(values) / len(firsts)))
    return told


def disagreements(made: Sequence[Judgement]) -> tuple[list[Disagreement], int]:
    """Second draws that differ from the first, the widest apart first; and how many pairs there are."""
    firsts = {one.key[1:4]: one for one in made if one.draw == 0}
    pairs = [(firsts[one.key[1:4]], one) for one in made if one.draw == 1]
    whole = [(a, b) for a, b in pairs if a.value is not None and b.value is not None]
    apart = [Disagreement(a, b) for a, b in whole if _gap(a, b) > _APART]
    return sorted(apart, key=lambda one: -_gap(one.first, one.second)), len(whole)


def _gap(first: Judgement, second: Judgement) -> float:
    return abs((first.value or 0.0) - (second.value or 0.0))
