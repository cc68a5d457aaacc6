"""How far what one claim says is from anything the other says, by the meaning of its words, and where the two point.

A word that stands on the other side too is no distance; another costs the less, the nearer the nearest word there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from app.alarms.claim import Claim
from app.alarms.meanings import Meanings, Vectors

_PARTS: Final = ("label", "own", "core")
_WAYS: Final = ("sum", "most", "share")
FEATURES: Final = (
    *(f"{part}_{way}_{side}" for part in _PARTS for way in _WAYS for side in ("less", "more")),
    "label_direction",
    "own_direction",
    "wide_direction",
)


def nearness(one: Claim, other: Claim, meanings: Meanings) -> list[float]:
    """In the order of FEATURES; the same for (other, one). Distances from 0 on, directions -1..1."""
    a, b = _places(one), _places(other)
    va, vb = meanings.of(list(a)), meanings.of(list(b))
    near = np.clip(va @ vb.T, 0, 1)
    for word in a.keys() & b.keys():
        near[a[word], b[word]] = 1.0
    a_all, b_all = _at({**one.wide, **one.head}, a), _at({**other.wide, **other.head}, b)
    found: list[float] = []
    for mine, theirs, whole_a, whole_b in (
        (one.label, other.label, a_all, b_all),
        (one.own, other.own, a_all, b_all),
        (one.label, other.label, _at(one.label, a), _at(other.label, b)),
    ):
        sides = (
            _apart(mine, near[np.ix_(_at(mine, a), whole_b)]),
            _apart(theirs, near.T[np.ix_(_at(theirs, b), whole_a)]),
        )
        for x, y in zip(*sides, strict=True):
            found += [min(x, y), max(x, y)]
    return [
        *found,
        _direction(_together(one.label, va, a), _together(other.label, vb, b)),
        _direction(
            _together({**one.subject, **one.own}, va, a),
            _together({**other.subject, **other.own}, vb, b),
        ),
        _direction(_together(one.wide, va, a), _together(other.wide, vb, b)),
    ]


def _places(claim: Claim) -> dict[str, int]:
    said = {**claim.label, **claim.own, **claim.wide, **claim.head}
    return {word: row for row, word in enumerate(said)}


def _at(words: Mapping[str, float], places: Mapping[str, int]) -> list[int]:
    return [places[word] for word in words if word in places]


def _apart(own: Mapping[str, float], near: Vectors) -> tuple[float, float, float]:
    """What it says that the other side does not come near to: in all, the most by one word, and as a share."""
    if not own:
        return 0.0, 0.0, 0.0
    weights = np.fromiter(own.values(), float, len(own))
    nearest = near.max(1) if near.shape[1] else np.zeros(len(own))
    missing = weights * (1 - nearest)
    return min(float(missing.sum()), 4.0), float(missing.max()), float(missing.sum() / max(weights.sum(), 1e-9))


def _direction(x: Vectors, y: Vectors) -> float:
    """The cosine between what the words of each side mean together."""
    length = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / length if length else 0.0


def _together(words: Mapping[str, float], vectors: Vectors, places: Mapping[str, int]) -> Vectors:
    known = [word for word in words if word in places]
    weights = np.array([words[word] for word in known], np.float32)
    if not known:
        return np.zeros(vectors.shape[1], np.float32)
    return np.asarray(weights @ vectors[[places[word] for word in known]], np.float32)
