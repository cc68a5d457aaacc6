"""Unanswered questions that ask the same, as one gap: clustered by meaning and wording, ranked by how often and how
recently they were asked. Deterministic: the same questions always give the same gaps."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from app.alarms.likeness import Asked, Likeness, same_question
from app.store.records import GapQuestion

# Distinct questions that are compared; what is older or rarer stands alone.
_COMPARED = 400
_HALF_LIFE_DAYS = 14.0
CAUSES = ("abstained", "down_rated", "conflicting")


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same, the newest first. id: of the oldest of them. score: frequency and recency."""

    id: str
    question: str
    score: float
    questions: Sequence[GapQuestion]

    @property
    def causes(self) -> dict[str, int]:
        return {cause: sum(one.cause == cause for one in self.questions) for cause in CAUSES}

    @property
    def draft(self) -> tuple[str, int] | None:
        return next((one.draft for one in self.questions if one.draft), None)

    @property
    def paraphrases(self) -> list[str]:
        """Each distinct question once, the most frequent first."""
        counts: dict[str, list[str]] = {}
        for one in self.questions:
            counts.setdefault(one.normalised, []).append(one.question)
        return [texts[0] for texts in sorted(counts.values(), key=lambda texts: (-len(texts), texts[0]))]


async def cluster(questions: Sequence[GapQuestion], likeness: Likeness, now: datetime) -> list[Gap]:
    """The gaps, the most pressing first."""
    groups: dict[str, list[GapQuestion]] = {}
    for one in questions:
        groups.setdefault(one.normalised, []).append(one)
    keys = sorted(groups, key=lambda key: (-_score(groups[key], now), key))
    asked = await likeness.read_all([groups[key][0].question for key in keys[:_COMPARED]])
    members = _merge(asked) + [[at] for at in range(len(asked), len(keys))]
    gaps = [_gap([one for at in together for one in groups[keys[at]]], now) for together in members]
    return sorted(gaps, key=lambda gap: (-gap.score, gap.id))


def _merge(asked: Sequence[Asked]) -> list[list[int]]:
    """Average link: the two nearest clusters join as long as their members ask the same on average."""
    size = len(asked)
    links = np.full((size, size), -np.inf)
    for one in range(size):
        for other in range(one):
            links[one, other] = links[other, one] = max(min(same_question(asked[one], asked[other]), 30.0), -30.0)
    clusters = [[at] for at in range(size)]
    weights = np.ones(size)
    while size:
        at = int(links.argmax())
        one, other = divmod(at, size)
        if one == other or links[one, other] <= 0:
            break
        one, other = min(one, other), max(one, other)
        total = weights[one] + weights[other]
        joined = (links[one] * weights[one] + links[other] * weights[other]) / total
        links[one, :] = links[:, one] = joined
        links[one, one] = -np.inf
        links[other, :] = links[:, other] = -np.inf
        weights[one] = total
        clusters[one] += clusters[other]
        clusters[other] = []
    return [together for together in clusters if together]


def _gap(questions: list[GapQuestion], now: datetime) -> Gap:
    ordered = sorted(questions, key=lambda one: (one.asked_at, one.id), reverse=True)
    gap = Gap(ordered[-1].id, "", _score(ordered, now), ordered)
    return Gap(gap.id, gap.paraphrases[0], gap.score, ordered)


def _score(questions: Sequence[GapQuestion], now: datetime) -> float:
    """Each time counts one, and half as much every two weeks later."""
    days = (max((now - one.asked_at).total_seconds(), 0.0) / 86_400 for one in questions)
    return float(sum(0.5 ** (day / _HALF_LIFE_DAYS) for day in days))


def faq_file(questions: Sequence[str], answer: str, category: str) -> bytes:
    """A FAQ sheet with one pair a paraphrase, so that each of them is found by its own words."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(("问题", "答案", "类别"))
    writer.writerows((question, answer, category) for question in questions)
    return sheet.getvalue().encode("utf-8-sig")
