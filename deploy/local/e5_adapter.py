"""The packed embedding model, taught to read for one task: low-rank changes of its matrices and a small head on top.

A file of changes (npz, made by `python -m eval.fit_readers`) holds for each changed matrix `NAME.a` (columns, rank) and
`NAME.b` (rank, rows), whose product is added; whole tensors under their own names; `head.N.w` (inputs, outputs) and
`head.N.b`, the layers on top of the mean and the maximum over a text's tokens. Without a head what is read is the
vector, as of the embedder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.local.e5_pack import Pack

Floats = NDArray[np.float32]


class Changes:
    """One file of changes."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as kept:
            self._arrays = {name: kept[name].astype(np.float32) for name in kept.files}

    def tensor(self, name: str) -> Floats | None:
        return self._arrays.get(name)

    @property
    def head(self) -> list[tuple[Floats, Floats]]:
        """Weights (inputs, outputs) and bias of each layer, the first one first."""
        count = sum(name.startswith("head.") and name.endswith(".w") for name in self._arrays)
        return [(self._arrays[f"head.{at}.w"], self._arrays[f"head.{at}.b"]) for at in range(count)]


class ChangedPack(Pack):
    """The pack as the changes make it; read by whoever reads a Pack."""

    def __init__(self, data: bytes, changes: Changes) -> None:
        super().__init__(data)
        self.changes = changes

    def floats(self, name: str, *shape: int) -> Floats:
        changed = self.changes.tensor(name)
        return super().floats(name, *shape) if changed is None else changed.reshape(shape)

    def weights(self, name: str, rows: int, columns: int) -> Floats:
        weights, a, b = super().weights(name, rows, columns), *(self.changes.tensor(f"{name}.{part}") for part in "ab")
        return weights if a is None or b is None else (weights + (a @ b).T).astype(np.float32)
