"""The alarms on pairs of their own: contradictions between passages, and questions that belong to a pinned topic.

Each is a yes or no on labelled cases, so the figures are precision and recall, on the seen and the unseen half.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from tqdm import tqdm

from app.alarms.asking import ASKING_CHANGES, AskingReader
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.alarms.freezes import BELONGS
from app.alarms.likeness import Likeness, belongs
from app.alarms.model import shipped
from app.generation.contrast import VllmContrast
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.passage import Passage
from app.settings import Settings
from deploy.local.embedding_model import prepare_reader
from eval.cases import SUITES
from eval.gate import Minima
from eval.metrics import wilson

# alike, unlike: unseen too, between papers of titles alike and unlike; written after what was unseen before had been
# counted a few times, and counted last. free: unseen, what costs nothing against what costs. settled: what a bank
# uploads beside its papers, contradictions without a figure among it. told: seen, a quarter of it contradicted in words
# that no figure shows; the reader of claims is taught by it and by what is seen (eval.claim_lessons). plain: seen,
# papers as banks write them; the alarm is fitted on these and on what is seen.
Half = Literal["seen", "unseen", "alike", "unlike", "free", "settled", "told", "plain", "kindred"]
FILES: dict[Half, tuple[str, ...]] = {
    "seen": ("conflicts", "conflicts_fresh", "conflicts_mixed", "conflicts_free"),
    "unseen": ("conflicts_unseen",),
    "alike": ("conflicts_press",),
    "unlike": ("conflicts_press",),
    "free": ("conflicts_free_unseen",),
    "settled": ("conflicts_settled",),
    "told": tuple(
        f"conflicts_told_{name}"
        for name in (
            *("contracts", "counter", "services", "figures_banking", "figures_products", "figures_business"),
            *("near_savings", "near_lending", "near_insurance", "near_operations"),
            *("kin_cards", "kin_wealth", "kin_corporate", "kin_rules", "kin_cover", "kin_everyday", "kin_free"),
        )
    ),
    "plain": tuple(
        f"conflicts_plain_{name}"
        for name in (
            *("accounts", "lending", "wealth", "payments", "firms"),
            *("counters", "screens", "letters", "islands", "manuals"),
        )
    ),
    "kindred": tuple(
        f"conflicts_kindred_{name}"
        for name in ("accounts", "cards", "cover", "firms", "free", "lending", "voices", "wealth")
    ),
}
LEARNED: Final[tuple[Half, ...]] = ("seen", "told", "plain", "kindred")
MEASURED = tuple(half for half in FILES if half not in ("told", "plain", "kindred"))
COUNTED: tuple[Half, ...] = ("unseen", "alike", "unlike", "free", "settled")

GATED: tuple[Half, ...] = ("seen", "unseen")


@dataclass(frozen=True, slots=True)
class Judged:
    """One case: whether there is something to find, and how sure the alarm is that there is."""

    half: Half
    true: bool
    score: float
    text: str


@dataclass(frozen=True, slots=True)
class Rate:
    """hits of n, with Wilson's 95 % interval."""

    hits: int
    n: int

    @property
    def mean(self) -> float:
        return self.hits / self.n if self.n else 0.0

    def __str__(self) -> str:
        low, high = wilson(self.mean, self.n)
        return f"{self.mean:.3f} ({self.hits}/{self.n}, {low:.2f}–{high:.2f})"


def precision_and_recall(judged: Sequence[Judged], least: float) -> tuple[Rate, Rate]:
    found = [one for one in judged if one.score >= least]
    right = sum(one.true for one in found)
    return Rate(right, len(found)), Rate(right, sum(one.true for one in judged))


@dataclass(frozen=True, slots=True)
class Pair:
    """A passage that contradicts its family's base passage, or is only similar; kind: in which way."""

    family: int
    half: Half
    true: bool
    kind: str
    base: Passage
    other: Passage


def pairs(half: Half) -> list[Pair]:
    read = []
    families = [
        family
        for name in FILES[half]
        for family in _read(name)["families"]
        if half not in ("alike", "unlike") or family["titles"] == half
    ]
    for number, family in enumerate(families):
        if family["seen"] is not (half in LEARNED):
            raise ValueError(f"family {number} stands in the wrong file")
        # The finder keeps what it read by a passage's id: one that stood in both files would be read once.
        name = f"{half}-{number}"
        base = _passage(family["base"], f"{name}-base")
        for true, group in ((True, "conflicts"), (False, "harmless")):
            for at, given in enumerate(family[group]):
                named = isinstance(given, dict) and len(given) == 1
                kind, given = next(iter(given.items())) if named else ("", given)
                read.append(Pair(number, half, true, kind, base, _passage(given, f"{name}-{group}-{at}")))
    return read


async def conflicts() -> list[Judged]:
    """Each similar passage held against its family's base passage."""
    async with asking_embedder() as embedder:
        return await judge_pairs(AskingReader(embedder))


async def conflicts_by_words() -> list[Judged]:
    """The same while nothing can be embedded."""
    return await judge_pairs(None)


async def judge_pairs(vectors: AskingReader | None, halves: Sequence[Half] = MEASURED) -> list[Judged]:
    finder = ConflictFinder(ClaimReader(Settings().cache_dir), vectors=vectors)
    judged = []
    for half in halves:
        for pair in pairs(half):
            found = await finder.between(pair.base, pair.other, float("-inf"))
            score = found[0].score if found else float("-inf")
            judged.append(Judged(half, pair.true, score, f"{pair.base.text} || {pair.other.text}"))
    return judged


async def reviewed(base_url: str, halves: Sequence[Half] = COUNTED, *, misses: bool = False) -> list[str]:
    """What a model (WENDA_REVIEW__*, at base_url) says of the pairs that only count, alone and beside the alarm: lines.

    either: the figures' alarm or the model; both: the two of them. None of it is gated: models differ. misses: where
    the model is wrong, for whoever works on what it is told; of seen halves only.
    """
    settings = Settings().review.model_copy(update={"base_url": base_url})
    contrast = VllmContrast(settings)
    read = [pair for half in halves for pair in pairs(half)]
    bar = tqdm(total=len(read), desc="pairs", leave=False, disable=None)

    async def ask(pair: Pair) -> bool | None:
        said = await contrast.contradict(pair.base, pair.other)
        bar.update()
        return said

    try:
        said = await asyncio.gather(*map(ask, read))
    finally:
        bar.close()
        await contrast.close()
    least = shipped().asking.alarm
    async with asking_embedder() as embedder:
        figures = [one.score >= least for one in await judge_pairs(AskingReader(embedder), halves)]
    lines = [f"read by {settings.model}: {len(read)} pairs, no opinion on {sum(one is None for one in said)}"]
    # The alarm's own reader was taught on what is told: beside it the model would seem worth less than it is.
    beside = "told" not in halves
    for name, rings in (
        ("model", [one is True for one in said]),
        ("either", [one is True or two for one, two in zip(said, figures, strict=True)]),
        ("both", [one is True and two for one, two in zip(said, figures, strict=True)]),
    )[: 3 if beside else 1]:
        judged = [Judged(p.half, p.true, float(ring), "") for p, ring in zip(read, rings, strict=True)]
        for half in halves:
            precision, recall = precision_and_recall([one for one in judged if one.half == half], 1.0)
            lines.append(f"  {name:6} {half:7} precision {precision}  recall {recall}")
    if misses:
        lines += [
            f"{'missed' if pair.true else 'false alarm'} {pair.base.text} || {pair.other.text}"
            for pair, one in zip(read, said, strict=True)
            if pair.half in ("seen", "told") and one is not pair.true
        ]
    return lines


def asking_embedder(changes: Path = ASKING_CHANGES) -> AbstractAsyncContextManager[OnnxE5Embedder]:
    """What reads the claims, made first where it is missing."""
    return embedding(prepare_reader(Settings().cache_dir, changes))


@asynccontextmanager
async def embedding(folder: Path | None = None) -> AsyncIterator[OnnxE5Embedder]:
    """The product's own packaged embedder, or the one in that folder."""
    settings = Settings()
    folder = folder or settings.cache_dir / "models" / f"{settings.embedding.model}-int8"
    embedder = OnnxE5Embedder(folder, threads=2)
    try:
        yield embedder
    finally:
        await embedder.close()


async def freezes() -> list[Judged]:
    """Each question held against the topic it belongs to or only comes near."""
    async with embedding() as embedder:
        likeness = Likeness(embedder)
        judged = []
        for topic in _read("freezes")["topics"]:
            pinned = await likeness.read_all([*topic["questions"], topic["topic"]])
            for true, group in ((True, "matching"), (False, "near")):
                for text in topic[group]:
                    score = belongs(await likeness.read(text), pinned)
                    half: Half = "seen" if topic["seen"] else "unseen"
                    judged.append(Judged(half, true, score, f"{topic['topic']} || {text}"))
    return judged


# The thresholds are read when they are asked for: a fit that brings a new feature has no model to read before it.
ALARMS: dict[str, dict[str, tuple[Callable[[], Any], Callable[[], float]]]] = {
    "conflicts": {
        "alarm": (conflicts, lambda: shipped().asking.alarm),
        "live": (conflicts, lambda: shipped().asking.certain),
        "words": (conflicts_by_words, lambda: shipped().words.alarm),
    },
    "freezes": {"match": (freezes, lambda: BELONGS)},
}


async def measure(name: str, gates: Minima) -> tuple[list[str], bool]:
    """The lines of the table, and whether every gate holds on both halves."""
    least = gates.get(name, {})
    lines = [name]
    held = True
    known: dict[Callable[[], Any], list[Judged]] = {}
    for use, (judge, threshold) in ALARMS[name].items():
        if judge not in known:
            known[judge] = await judge()
        judged = known[judge]
        true = sum(one.true for one in judged)
        lines.append(f"  {use}: {true} to find among {len(judged) - true} harmless")
        halves = [(half, rows) for half in FILES if (rows := [one for one in judged if one.half == half])]
        for half, rows in [*halves, ("all", judged)]:
            precision, recall = precision_and_recall(rows, threshold())
            lines.append(f"  {use:6} {half:7} precision {precision}  recall {recall}")
            for metric, rate in ((f"{use}_precision", precision), (f"{use}_recall", recall)):
                if half in GATED and rate.mean < least.get(metric, 0.0):
                    held = False
                    lines.append(f"  under its gate: {metric} {half} {rate.mean:.3f} < {least[metric]}")
    return lines, held


def missed(judged: Sequence[Judged], least: float) -> list[str]:
    """What went wrong on the seen half, for tuning."""
    return [
        f"{'missed' if one.true else 'false alarm'} {one.score:.2f} {one.text}"
        for one in judged
        if one.half == "seen" and (one.score >= least) is not one.true
    ]


def _read(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((SUITES / f"{name}.yaml").read_text(encoding="utf-8"))
    return loaded


def _passage(given: str | dict[str, Any], id: str) -> Passage:
    if isinstance(given, str):
        title, text = given.split(" | ", 1)
        given = {"title": title, "text": text}
    starts: date | None = given.get("from")
    return Passage(
        id=id,
        document_id=id,
        version=1,
        ordinal=0,
        tenant="demo",
        kind="product",
        title=given["title"],
        section=given.get("section", ""),
        text=given["text"],
        sha256=id,
        question=given.get("question", ""),
        product_code=given.get("code"),
        valid_from=starts,
        valid_to=given.get("to"),
        approved=True,
    )
