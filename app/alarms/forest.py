"""A forest of decision trees over the features of two claims, as `python -m eval fit conflicts` grows it.

Extremely randomised trees (Geurts, Ernst and Wehenkel 2006). They see what weights cannot: that a label in other words
counts where the values lie close, and not where another clause has the same words.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

_LEAF: Final = -1
# Rows at once: what is read then stays small beside everything else.
_AT_ONCE = 512
# The least and the greatest chance a forest is believed to tell.
_SURE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Forest:
    """All nodes of all trees in a row. roots: where each tree begins. feature: what a node asks for, -1 in a leaf.

    least: up to which value the way goes on at `left`, else at the node after it. share: in a leaf, which share of what
    came to it contradicts.
    """

    roots: NDArray[np.int32]
    feature: NDArray[np.int16]
    least: NDArray[np.float32]
    left: NDArray[np.int32]
    share: NDArray[np.float32]

    def log_odds(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of each row, shape (n, features): that it contradicts, by the mean of all trees."""
        parts = [self._mean(rows[at : at + _AT_ONCE].astype(np.float32)) for at in range(0, len(rows), _AT_ONCE)]
        chance = np.clip(np.concatenate(parts), _SURE, 1 - _SURE) if parts else np.zeros(0)
        return np.log(chance / (1 - chance))

    def _mean(self, rows: NDArray[np.float32]) -> NDArray[np.float64]:
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots))).copy()
        line = np.arange(len(rows))[:, None]
        while (inner := (asked := self.feature[at]) != _LEAF).any():
            beyond = rows[line, np.where(inner, asked, 0)] > self.least[at]
            at = np.where(inner, self.left[at] + beyond, at)
        return np.asarray(self.share[at].mean(1), np.float64)

    def save(self, file: Path | IO[bytes]) -> None:
        np.savez_compressed(file, **{name: getattr(self, name) for name in self.__slots__})


def read_forest(file: Any) -> Forest:
    with np.load(file, allow_pickle=False) as arrays:
        return Forest(**{name: arrays[name] for name in Forest.__slots__})
