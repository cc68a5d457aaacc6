"""Two runs case by case: what became better or worse, how sure that is, and what was changed between them.

Paired bootstrap over the cases both have: Efron, "Bootstrap methods: another look at the jackknife", Annals of
Statistics 7 (1979), 1-26; one-sided, percentile. The evaluation gates with the same functions.
"""

from __future__ import annotations

import difflib
import hashlib
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Versions = Mapping[str, Mapping[str, str]]
Values = Mapping[str, Mapping[str, Mapping[str, float]]]  # suite -> case -> metric -> value
RESAMPLES = 4000

_SHOWN = ("status", "reason", "text", "cited", "rule_ids", "passages")
_WORD = re.compile(r"[A-Za-z]+|\d+(?:[.,]\d+)*%?|.", re.DOTALL)
_NAMES = {
    "settings": "setting",
    "documents": "document",
    "rules": "rule",
    "prompts": "prompt",
    "models": "model",
    "code": "code",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One metric of one suite over the n cases both runs have. p: share of the draws without a loss."""

    suite: str
    metric: str
    before: float
    after: float
    n: int
    p: float
    worse: Sequence[str]

    def __str__(self) -> str:
        return (
            f"{self.suite} {self.metric} {self.before:.3f} → {self.after:.3f} over {self.n} cases (p = {self.p:.4f}): "
            f"{', '.join(self.worse[:8])}{' …' if len(self.worse) > 8 else ''}"
        )


@dataclass(frozen=True, slots=True)
class Moved:
    """One case that came out otherwise. better, worse: metrics; fields: what of the turn differs."""

    suite: str
    case_id: str
    question: str
    better: Sequence[str]
    worse: Sequence[str]
    fields: Sequence[str]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Comparison:
    changes: Sequence[Change]
    moved: Sequence[Moved]
    versions: Sequence[str]
    only_before: int
    only_after: int
    same: int


def _values(cases: Sequence[Mapping[str, Any]]) -> Values:
    values: dict[str, dict[str, Mapping[str, float]]] = {}
    for case in cases:
        values.setdefault(case["suite"], {})[case["id"]] = case["values"]
    return values


def hold_against(before: Mapping[str, Any], after: Mapping[str, Any], resamples: int = RESAMPLES) -> Comparison:
    """Every metric of the cases both runs have, and every case that came out otherwise."""
    old = {(case["suite"], case["id"]): case for case in before["cases"]}
    new = {(case["suite"], case["id"]): case for case in after["cases"]}
    metrics = dict.fromkeys((row["suite"], row["metric"]) for row in after["metrics"])
    was, now = _values(before["cases"]), _values(after["cases"])
    changes = [change for suite, metric in metrics if (change := hold(was, now, suite, metric, resamples)) is not None]
    both = [key for key in new if key in old]
    moved = [one for key in both if (one := _moved(old[key], new[key])) is not None]
    return Comparison(
        changes,
        moved,
        differences(before.get("versions", {}), after.get("versions", {})),
        len(old.keys() - new.keys()),
        len(new.keys() - old.keys()),
        len(both) - len(moved),
    )


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> Moved | None:
    fields = [name for name in _SHOWN if before.get(name) != after.get(name)]
    shared = [name for name in after["values"] if name in before["values"]]
    better = [name for name in shared if after["values"][name] > before["values"][name]]
    worse = [name for name in shared if after["values"][name] < before["values"][name]]
    if not (fields or better or worse):
        return None
    return Moved(after["suite"], after["id"], after["question"], better, worse, fields, before, after)


def hold(before: Values, after: Values, suite: str, metric: str, resamples: int) -> Change | None:
    """One metric on the cases both have it for; None when there are none."""
    pairs = {
        case: (before[suite][case][metric], values[metric])
        for case, values in after.get(suite, {}).items()
        if metric in values and metric in before.get(suite, {}).get(case, {})
    }
    if not pairs:
        return None
    gains = [new - old for old, new in pairs.values()]
    return Change(
        suite,
        metric,
        sum(old for old, _ in pairs.values()) / len(pairs),
        sum(new for _, new in pairs.values()) / len(pairs),
        len(pairs),
        share_without_loss(gains, resamples, f"{suite} {metric}"),
        [case for case, (old, new) in pairs.items() if new < old],
    )


def share_without_loss(gains: Sequence[float], resamples: int, seed: str) -> float:
    """The share of bootstrap draws of the paired gains whose mean is no loss. The seed pins the draws."""
    if not any(gains):
        return 1.0
    rng = random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - draws, no secrets
    kept = sum(sum(rng.choices(gains, k=len(gains))) >= 0 for _ in range(resamples))
    return kept / resamples


Piece = tuple[str, str]  # "same" | "gone" | "come", and the words


def word_pieces(before: str, after: str) -> list[Piece]:
    """Both texts in one, piece by piece."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    told: list[Piece] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if kind == "equal":
            told.append(("same", "".join(old[a:b])))
            continue
        told += [("gone", "".join(old[a:b]))] if b > a else []
        told += [("come", "".join(new[c:d]))] if d > c else []
    return told


def differences(before: Versions, after: Versions) -> list[str]:
    """What changed, the most telling first: settings, documents, rules, prompts, models, code."""
    told = []
    for part, name in _NAMES.items():
        old, new = before.get(part, {}), after.get(part, {})
        for key in sorted({*old, *new}):
            if old.get(key) == new.get(key):
                continue
            told.append(f"{name} {key}: {_change(part, old.get(key), new.get(key))}")
    return told


def _change(part: str, old: str | None, new: str | None) -> str:
    if old is None or new is None:
        return "removed" if new is None else f"added ({new})" if part in ("settings", "documents") else "added"
    return f"{old} → {new}" if part in ("settings", "documents", "models") else "changed"
