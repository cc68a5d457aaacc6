"""`python -m eval fit conflicts`: fits the conflict alarm's two models on the seen, the plain and the kindred pairs, by
words alone and with vectors of what is asked, and prints what they reach on topics left out of the fit. No unseen pair
is read.

Half of the seen papers have titles alike, so each such pair is read a second time with the other paper under a title
that says nothing of it: what it is about stands in its section then, or in its sentences only.

A contradicting passage is known only as a whole: of its pairs of claims the one the model thinks likeliest is taken as
the contradiction, and the fit repeated (multiple instances). Every differing pair with a harmless passage is none.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

import app.alarms
from app.alarms import alignment, asking
from app.alarms.alignment import features
from app.alarms.asking import ASKING_CHANGES, AskingReader
from app.alarms.claim import same_value
from app.alarms.claims import ClaimReader, without_kind
from app.alarms.conflicts import comparable
from app.alarms.free import FREE
from app.alarms.model import AGREEING, Model
from app.knowledge.wording import grams
from app.settings import Settings
from deploy.local.embedding_model import reader_name
from eval.alarms import FILES, Judged, Pair, asking_embedder, pairs, precision_and_recall
from eval.cases import SUITES
from eval.claim_lessons import FITTED, READERS, half_of
from eval.forest import grow

MODEL = Path(app.alarms.__file__).parent / "data" / "alignment.json"
Matrix = NDArray[np.float64]
_FOLDS, _ROUNDS, _STEPS = 9, 6, 12
# Newton's method has come to its end when no weight of a standardised feature changes by more.
_SMALL = 1e-5
# What precision withholding an answer needs; and an alarm, which nobody reads that is wrong more often than one in six.
_PRECISE, _HELPFUL = 0.90, 0.84
_TRUE, _HARDEST = 0.3, 5
_PENALTIES = (3.0, 10.0, 30.0)
WORDS = alignment.FEATURES
ALL = (*alignment.FEATURES, *asking.FEATURES)
# The share of the contradictions found with vectors that the words must hold worth embedding.
_WORTH = 0.99
# Titles that say nothing of what a paper is about.
_ELSEWHERE = (
    "在线客服答复集",
    "大堂问题整理",
    "客户来电摘录",
    "APP消息中心",
    "给您的一封信",
    "员工培训讲义",
    "微信推文",
    "柜台提示牌",
    "热线话术卡",
    "价目总览",
    "社区宣讲稿",
    "常备答案",
    "第三季度工作要点",
    "营业场所公示栏",
    "新人手册",
    "产品小卡片",
)
# The first guess at which pair contradicts, by feature.
_FIRST = {"label_shared": 2.0, "covered_less": 2.0, "same_measure": 1.0, "both_add": -1.0, "condition_differs": -1.0}


@dataclass(frozen=True, slots=True)
class Bag:
    """A passage against its family's base. differing, agreeing: rows of features (ALL) of comparable claims; weights
    may be fewer, of the first ones. sort: `free` of a family about what costs nothing, else where the pair stands.

    ends: of each row which claims it joins, (of base, of the passage).
    """

    family: int
    true: bool
    text: str
    differing: Matrix
    differing_ends: Sequence[tuple[int, int]]
    agreeing: Matrix
    agreeing_ends: Sequence[tuple[int, int]]
    sort: str = "seen"

    def score(self, model: Model) -> float:
        """The clearest contradiction no agreement explains, as ConflictFinder.between finds it."""
        differing, agreeing = model.scores(self.differing), model.scores(self.agreeing)
        for at in np.argsort(-differing, kind="stable"):
            a, b = self.differing_ends[at]
            met = [v for (c, d), v in zip(self.agreeing_ends, agreeing, strict=True) if a == c or b == d]
            if not any(v >= differing[at] - AGREEING for v in met):
                return float(differing[at])
        return float("-inf")


async def bags() -> list[Bag]:
    reader = ClaimReader(Settings().cache_dir)
    given = learned()
    free = {(pair.half, pair.family) for pair in given if pair.kind == FREE}
    async with AsyncExitStack() as stack:
        vectors = [AskingReader(await stack.enter_async_context(asking_embedder(changes))) for changes in READERS]
        made = [await _bag(pair, reader, vectors[half_of(pair)]) for pair in tqdm(given, "reading", unit="pair")]
    sorts = ["free" if (pair.half, pair.family) in free else pair.half for pair in given]
    return [replace(bag, sort=sort) for bag, sort in zip(made, sorts, strict=True)]


def learned() -> list[Pair]:
    """Every pair the alarm is fitted on, those of a half and those retitled."""
    return [pair for read in map(pairs, FITTED) for pair in (*read, *retitled(read))]


async def _bag(pair: Pair, reader: ClaimReader, vectors: AskingReader) -> Bag:
    mine, other = reader.read(pair.base), reader.read(pair.other)
    told = asking.asking(mine, other, await vectors.read([*mine, *other]) or {}) if mine and other else None
    found: dict[bool, list[tuple[list[float], tuple[int, int]]]] = {True: [], False: []}
    for i, a in enumerate(mine):
        for j, b in enumerate(other):
            if told is not None and comparable(a, b):
                row = ([*features(a, b, reader.senses, reader.meanings), *told[i, j]], (i, j))
                found[same_value(a.quantity, b.quantity)].append(row)
    rows = {same: np.array([row for row, _ in found[same]], float).reshape(-1, len(ALL)) for same in found}
    ends = {same: [end for _, end in found[same]] for same in found}
    text = f"{pair.base.text} || {pair.other.text}"
    return Bag(pair.family, pair.true, text, rows[False], ends[False], rows[True], ends[True])


def retitled(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs of like titles again, the other paper under another title. Its own name becomes its section's; every
    second time it goes, where a contradicting passage of its family has the same name, so that it tells nothing."""
    contradicting: dict[int, set[str]] = {}
    for pair in pairs:
        if pair.true:
            contradicting.setdefault(pair.family, set()).add(pair.other.title)
    made = []
    for at, pair in enumerate(pairs):
        title = pair.other.title
        if not set(grams(pair.base.title)) & set(grams(title)):
            continue
        untold = at % 2 == 1 and title in contradicting.get(pair.family, ())
        section = "" if untold else " ".join(filter(None, (without_kind(title), pair.other.section)))
        other = replace(pair.other, title=_ELSEWHERE[at % len(_ELSEWHERE)], section=section)
        made.append(replace(pair, other=other))
    return made


def read_from() -> str:
    """A digest of all the data that a fit reads, and of the names of what is measured."""
    knowledge = resources.files("app.knowledge").joinpath("data", "subjects.txt").read_bytes()
    read = [(SUITES / f"{name}.yaml").read_bytes() for half in FITTED for name in FILES[half]]
    read += [(MODEL.parent / name).read_bytes() for name in ("senses.txt", "words.npz")]
    names = " ".join((*ALL, *map(reader_name, READERS)))
    return hashlib.sha256(b"".join([*read, knowledge, names.encode()])).hexdigest()


def fit(bags: Sequence[Bag], names: Sequence[str], penalty: float, *, forest: bool = False) -> Model:
    """Weights and bias of the named features, which are the first ones of ALL, as they stand; with a forest over them
    if wanted. Its thresholds are not chosen yet."""
    weights, bias = np.array([_FIRST.get(name, 0.0) for name in names]), 0.0
    tables = [(bag.true, bag.differing[:, : len(names)]) for bag in bags]
    for _ in range(_ROUNDS):
        rows, labels = _telling(tables, weights)
        weights, bias = _logistic(rows, labels, penalty)
    grown = None
    if forest:
        rows, labels = _telling(tables, weights)
        grown = grow(np.column_stack([rows, rows @ weights + bias]), labels, _importance(labels))
    return Model(weights, bias, alarm=0.0, certain=0.0, slope=1.0, offset=0.0, forest=grown)


def _telling(tables: Sequence[tuple[bool, Matrix]], weights: Matrix) -> tuple[Matrix, Matrix]:
    """Of each contradicting passage the likeliest pair, of each harmless one the hardest; and which is which."""
    chosen = [rows[int(np.argmax(rows @ weights))] for true, rows in tables if true and len(rows)]
    harmless = [row for true, rows in tables if not true for row in _hardest(rows, weights)]
    return np.array([*chosen, *harmless]), np.array([1.0] * len(chosen) + [0.0] * len(harmless))


def _importance(labels: Matrix) -> Matrix:
    """Contradictions count _TRUE in all, what is none the rest."""
    share = labels.mean()
    return np.asarray(np.where(labels > 0, _TRUE / share, (1 - _TRUE) / (1 - share)))


def _hardest(rows: Matrix, weights: Matrix) -> Matrix:
    """The pairs a harmless passage is likeliest to be mistaken by."""
    return np.asarray(rows[np.argsort(-(rows @ weights))[:_HARDEST]])


def _logistic(rows: Matrix, labels: Matrix, penalty: float) -> tuple[Matrix, float]:
    """Ridge logistic regression on standardised features, by Newton's method."""
    mean, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = np.column_stack([(rows - mean) / spread, np.ones(len(rows))])
    importance = _importance(labels)
    ridge = np.array([penalty] * rows.shape[1] + [1e-6])
    beta = np.zeros(scaled.shape[1])
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(scaled @ beta, -30, 30)))
        slope = scaled.T @ (importance * (p - labels)) + ridge * beta
        curve = (scaled.T * (importance * p * (1 - p))) @ scaled + np.diag(ridge)
        change = np.linalg.solve(curve, slope)
        beta = beta - change
        if np.abs(change).max() < _SMALL:
            break
    weights = beta[:-1] / spread
    return weights, float(beta[-1] - mean @ weights)


def left_out(bags: Sequence[Bag], names: Sequence[str], penalty: float, *, forest: bool = False) -> list[Judged]:
    """Each passage scored by a model that has not seen its topic, in their order."""
    judged: dict[int, Judged] = {}
    for fold in range(_FOLDS):
        model = fit([bag for bag in bags if bag.family % _FOLDS != fold], names, penalty, forest=forest)
        for at, bag in enumerate(bags):
            if bag.family % _FOLDS == fold:
                judged[at] = Judged("seen", bag.true, bag.score(model), bag.text)
    return [judged[at] for at in range(len(bags))]


def balanced(judged: Sequence[Judged], beta: float = 1.0) -> tuple[float, float]:
    """The threshold with the best F-beta, and that value; above 1 recall counts more."""
    both = [
        ((1 + beta**2) * precision * recall / (beta**2 * precision + recall), score)
        for score, precision, recall in _from_each(judged)
        if precision + recall
    ]
    value, score = max([(0.0, 0.0), *both])
    return score, value


def even(judged: Sequence[Judged]) -> float:
    """The threshold with the best of the worse of precision and recall."""
    return max([(0.0, 0.0), *((min(precision, recall), score) for score, precision, recall in _from_each(judged))])[1]


def precise(judged: Sequence[Judged], height: float) -> float:
    """The lowest threshold from which on precision stays at the asked height."""
    reached = _from_each(judged)
    return min((score for score, precision, _ in reached if precision >= height), default=reached[0][0])


def _from_each(judged: Sequence[Judged]) -> list[tuple[float, float, float]]:
    """Each finite score, the highest first, with the precision and the recall from there on."""
    order = sorted((one for one in judged if np.isfinite(one.score)), key=lambda one: -one.score)
    true, right, made = sum(one.true for one in judged), 0, []
    for at, one in enumerate(order, 1):
        right += one.true
        if at == len(order) or order[at].score != one.score:
            made.append((one.score, right / at, right / true if true else 0.0))
    return made


def chances(judged: Sequence[Judged]) -> tuple[float, float]:
    """Slope and offset from a score to the share of contradictions among passages with such a score (Platt's way)."""
    scores = np.array([one.score for one in judged if np.isfinite(one.score)])
    labels = np.array([float(one.true) for one in judged if np.isfinite(one.score)])
    table, beta = np.column_stack([scores, np.ones(len(scores))]), np.zeros(2)
    for _ in range(_STEPS):
        p = 1 / (1 + np.exp(-np.clip(table @ beta, -30, 30)))
        curve = (table.T * (p * (1 - p))) @ table + 1e-6 * np.eye(2)
        beta = beta - np.linalg.solve(curve, table.T @ (p - labels))
    return float(beta[0]), float(beta[1])


def worth_reading(by_words: Sequence[Judged], judged: Sequence[Judged], alarm: float) -> float:
    """The score by words that nearly all contradictions found with vectors reach."""
    found = [one.score for one, other in zip(by_words, judged, strict=True) if other.true and other.score >= alarm]
    return float(np.quantile([score for score in found if np.isfinite(score)], 1 - _WORTH))


@dataclass(frozen=True, slots=True)
class Fitted:
    """data: what is shipped of the model, beside its forest. lines: to print.

    judged, weighed: each passage by a model without its topic, by the forest and by the weights alone.
    """

    data: dict[str, Any]
    model: Model
    judged: Sequence[Judged]
    weighed: Sequence[Judged]
    lines: Sequence[str]


def fitted(made: Sequence[Bag], names: Sequence[str]) -> Fitted:
    tried = {penalty: left_out(made, names, penalty) for penalty in _PENALTIES}
    penalty = max(tried, key=lambda one: balanced(tried[one])[1])
    judged = left_out(made, names, penalty, forest=True)
    # What is free is told in so many words that half of it is missed, and among the plain pairs every third
    # contradicts: the rest decides from where the alarm rings.
    sorts = {bag.sort: [one for one, of in zip(judged, made, strict=True) if of.sort == bag.sort] for bag in made}
    figures = sorts["seen"]
    alarm, certain = max(even(figures), precise(figures, _HELPFUL)), precise(figures, _PRECISE)
    model = fit(made, names, penalty, forest=True)
    lines = [
        f"penalty {penalty}; F1 on topics left out: "
        + ", ".join(f"{one}: {balanced(rows)[1]:.3f}" for one, rows in tried.items())
        + f"; with the forest {balanced(judged)[1]:.3f}"
    ]
    for name, least in (("alarm", alarm), ("certain", certain)):
        for what, rows in sorts.items():
            precision, recall = precision_and_recall(rows, least)
            lines.append(f"  {name:8} {least:.3f}  {what:5} precision {precision}  recall {recall}")
    slope, offset = chances(judged)
    data = {
        "weights": {name: round(float(weight), 4) for name, weight in zip(names, model.weights, strict=True)},
        **{"bias": round(model.bias, 4), "alarm": round(alarm, 4), "certain": round(certain, 4)},
        **{"slope": round(slope, 4), "offset": round(offset, 4)},
    }
    return Fitted(data, model, judged, tried[penalty], lines)


def main(model: Path = MODEL) -> list[str]:
    """Writes the models, and the forest beside them; the lines to print."""
    made = asyncio.run(bags())
    words, both = fitted(made, WORDS), fitted(made, ALL)
    floor = worth_reading(words.weighed, both.judged, both.data["alarm"])
    data = {"read_from": read_from(), "reader": reader_name(ASKING_CHANGES), "floor": round(floor, 4)}
    data |= {"words": words.data, "asking": both.data}
    model.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    for name, forest in (("words", words.model.forest), ("asking", both.model.forest)):
        if forest is not None:
            forest.save(model.with_name(f"forest_{name}.npz"))
    harmless = [one.score >= floor for one in words.weighed if not one.true]
    return [
        "by words alone: " + words.lines[0],
        *words.lines[1:],
        "with vectors of what is asked: " + both.lines[0],
        *both.lines[1:],
        *(f"  {name:18} {weight:8.3f}" for name, weight in both.data["weights"].items()),
        f"  embedded from {floor:.3f} on: {sum(harmless)} of {len(harmless)} harmless passages too",
        f"  written to {model.name}",
    ]
