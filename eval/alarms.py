"""The alarms on pairs of their own: contradictions between passages, and questions that belong to a pinned topic.

Each is a yes or no on labelled cases, so the figures are precision and recall, on the seen and the unseen half.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from app.alarms.alignment import shipped
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.alarms.freezes import BELONGS
from app.alarms.likeness import Likeness, belongs
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.passage import Passage
from app.settings import Settings
from eval.cases import SUITES
from eval.gate import Minima
from eval.metrics import wilson


@dataclass(frozen=True, slots=True)
class Judged:
    """One case: whether there is something to find, and how sure the alarm is that there is."""

    seen: bool
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
    seen: bool
    true: bool
    kind: str
    base: Passage
    other: Passage


def pairs(seen: bool) -> list[Pair]:
    """Of the seen or the unseen file."""
    read = []
    for number, family in enumerate(_read("conflicts" if seen else "conflicts_unseen")["families"]):
        if family["seen"] is not seen:
            raise ValueError(f"family {number} stands in the wrong file")
        # The finder keeps what it read by a passage's id: one that stood in both files would be read once.
        name = f"{'seen' if seen else 'unseen'}-{number}"
        base = _passage(family["base"], f"{name}-base")
        for true, group in ((True, "conflicts"), (False, "harmless")):
            for at, given in enumerate(family[group]):
                named = isinstance(given, dict) and len(given) == 1
                kind, given = next(iter(given.items())) if named else ("", given)
                read.append(Pair(number, seen, true, kind, base, _passage(given, f"{name}-{group}-{at}")))
    return read


async def conflicts() -> list[Judged]:
    """Each similar passage held against its family's base passage."""
    finder = ConflictFinder(ClaimReader(Settings().cache_dir))
    judged = []
    for pair in [*pairs(seen=True), *pairs(seen=False)]:
        found = finder.between(pair.base, pair.other, float("-inf"))
        score = found[0].score if found else float("-inf")
        judged.append(Judged(pair.seen, pair.true, score, f"{pair.base.text} || {pair.other.text}"))
    return judged


async def freezes() -> list[Judged]:
    """Each question held against the topic it belongs to or only comes near."""
    settings = Settings()
    embedder = OnnxE5Embedder(settings.cache_dir / "models" / f"{settings.embedding.model}-int8", threads=2)
    try:
        likeness = Likeness(embedder)
        judged = []
        for topic in _read("freezes")["topics"]:
            pinned = await likeness.read_all([*topic["questions"], topic["topic"]])
            for true, group in ((True, "matching"), (False, "near")):
                for text in topic[group]:
                    score = belongs(await likeness.read(text), pinned)
                    judged.append(Judged(topic["seen"], true, score, f"{topic['topic']} || {text}"))
    finally:
        await embedder.close()
    return judged


# The thresholds are read when they are asked for: a fit that brings a new feature has no model to read before it.
ALARMS: dict[str, dict[str, tuple[Callable[[], Any], Callable[[], float]]]] = {
    "conflicts": {"alarm": (conflicts, lambda: shipped().alarm), "live": (conflicts, lambda: shipped().certain)},
    "freezes": {"match": (freezes, lambda: BELONGS)},
}


async def measure(name: str, gates: Minima) -> tuple[list[str], bool]:
    """The lines of the table, and whether every gate holds on both halves."""
    least = gates.get(name, {})
    lines = [name]
    held = True
    for use, (judge, threshold) in ALARMS[name].items():
        judged: list[Judged] = await judge()
        true = sum(one.true for one in judged)
        lines.append(f"  {use}: {true} to find among {len(judged) - true} harmless")
        for half, rows in (
            ("seen", [one for one in judged if one.seen]),
            ("unseen", [one for one in judged if not one.seen]),
            ("all", judged),
        ):
            precision, recall = precision_and_recall(rows, threshold())
            lines.append(f"  {use:6} {half:7} precision {precision}  recall {recall}")
            for metric, rate in ((f"{use}_precision", precision), (f"{use}_recall", recall)):
                if half != "all" and rate.mean < least.get(metric, 0.0):
                    held = False
                    lines.append(f"  under its gate: {metric} {half} {rate.mean:.3f} < {least[metric]}")
    return lines, held


def missed(judged: Sequence[Judged], least: float) -> list[str]:
    """What went wrong on the seen half, for tuning."""
    return [
        f"{'missed' if one.true else 'false alarm'} {one.score:.2f} {one.text}"
        for one in judged
        if one.seen and (one.score >= least) is not one.true
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
