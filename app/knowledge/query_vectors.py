"""Vectors of the questions asked lately: many ask the same, and a vector costs more than the rest of a search.

The words themselves are not kept: a vector is found again by a keyed hash that only this process can make.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from app.knowledge.embedding import Embedder

# 1.5 KB each.
_KEPT = 4096


class QueryVectors:
    """embed() like the embedder's embed_query, and raises what that raises; a failure is not kept."""

    def __init__(self, embedder: Embedder, kept: int = _KEPT) -> None:
        self.embedder = embedder
        self._kept = kept
        self._secret = secrets.token_bytes(32)
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    async def embed(self, text: str) -> NDArray[np.float32]:
        """Shape (dimension,), read-only."""
        key = blake2b(text.encode(), digest_size=16, key=self._secret).digest()
        vector = self._vectors.get(key)
        if vector is None:
            vector = np.array(await self.embedder.embed_query(text))
            vector.flags.writeable = False
            self._vectors[key] = vector
            if len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        else:
            self._vectors.move_to_end(key)
        return vector
