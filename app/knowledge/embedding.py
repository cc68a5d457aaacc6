"""Text to vectors: the Embedder protocol. Implementations live beside this file and name their vendor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Embedder(Protocol):
    """Unit-length float32 vectors. `name` identifies model and weights (it keys the embedding cache)."""

    name: str
    dimension: int

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,)."""

    async def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Shape (len(texts), dimension), in the order given; on_progress gets the number done so far."""
