"""What eval.claim_net learns from: pairs of claims out of the told, the seen, the plain and the kindred pairs of
passages (eval.alarms).

The alarm is fitted on all of those but the told ones. Two readers are therefore taught, each without every second
family of what is fitted: a family is fitted as the one reads it that never saw it (stacking, Wolpert 1992), so that
what a fit reaches it reaches on strange topics. One of the two is shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from app.alarms.alignment import features
from app.alarms.asking import ASKING_CHANGES
from app.alarms.claim import Claim, same_value
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import comparable
from app.alarms.model import shipped
from app.settings import Settings
from eval.alarms import Half, Pair, pairs

Row = dict[str, Any]
_Scored = tuple[float, Claim, Claim]
# The shipped one, and the other one, which only a fit opens.
READERS: Final = (ASKING_CHANGES, Path(__file__).parent / "readers" / "asking_other.npz")
# What the alarm is fitted on, and its readers are taught on too.
FITTED: Final[tuple[Half, ...]] = ("seen", "plain", "kindred")
# Contradictions that no figure shows teach nothing of figures; among the told pairs they are called so.
_WITHOUT_FIGURES = frozenset({"wording", "permission"})
# Harmless passages that give the same figure, and so ask for it.
_AGREEING = frozenset({"reworded", "example"})
_OTHERS, _UNLIKE = 4, 2
_AGREES, _BESIDE = 0.7, 0.5


def half_of(pair: Pair) -> int:
    """Which of READERS is not taught on its family."""
    return pair.family % len(READERS)


def taught(half: int) -> list[Pair]:
    """What that one of READERS is taught on."""
    fitted = (pair for which in FITTED for pair in pairs(which) if half_of(pair) != half)
    return [*pairs("told"), *fitted]


def lessons(given: Sequence[Pair]) -> list[list[Row]]:
    """The rows of each family. a, b: what two claims ask for, plain_a, plain_b: without their papers; same: 1 where
    that is one figure; weight: how much the row counts; others: further pairs of which one may be the contradiction."""
    reader, words = ClaimReader(Settings().cache_dir), shipped().words
    families: dict[tuple[str, int], list[Row]] = {}
    for pair in given:
        mine, other = reader.read(pair.base), reader.read(pair.other)
        met = [(a, b) for a in mine for b in other if comparable(a, b)]
        scores = words.weighed([features(a, b, reader.senses, reader.meanings) for a, b in met])
        scored = [(float(score), a, b) for score, (a, b) in zip(scores, met, strict=True)]
        scored.sort(key=lambda one: -one[0])
        by_value: dict[bool, list[_Scored]] = {True: [], False: []}
        for one in scored:
            by_value[same_value(one[1].quantity, one[2].quantity)].append(one)
        families.setdefault((pair.half, pair.family), []).extend(_rows(pair, mine, by_value[False], by_value[True]))
    return [rows for rows in families.values() if rows]


def _rows(pair: Pair, mine: Sequence[Claim], differing: Sequence[_Scored], agreeing: Sequence[_Scored]) -> list[Row]:
    """differing, agreeing: comparable claims by value, the likeliest to be about one thing first."""
    if not pair.true:
        rows = [_row(a, b, 0, 1.0) for _, a, b in differing[:_UNLIKE]]
        return rows + [_row(a, b, 1, _AGREES) for _, a, b in agreeing[:1] if pair.kind in _AGREEING]
    if not differing:
        return []
    _, said, told = differing[0]
    others = differing[1:_OTHERS]
    # What another clause of the base asks for is something else, unless it is that which contradicts.
    open_ = {said.text, *(a.text for _, a, b in others if b is told)}
    rows = [_row(claim, told, 0, _BESIDE) for claim in mine if claim.text not in open_][:1]
    if pair.half == "told" and pair.kind in _WITHOUT_FIGURES:
        return rows
    return [*rows, {**_row(said, told, 1, 1.0), "others": [_texts(a, b) for _, a, b in others]}]


def _row(a: Claim, b: Claim, same: int, weight: float) -> Row:
    return {**_texts(a, b), "same": same, "weight": weight, "others": []}


def _texts(a: Claim, b: Claim) -> dict[str, str]:
    texts = {"a": a.asking, "b": b.asking, "plain_a": a.plainly, "plain_b": b.plainly}
    return {name: f"query: {text}" for name, text in texts.items()}
