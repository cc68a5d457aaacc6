"""What two claims ask for, as vectors of a model taught for it: 柜台跨行转账每笔手续费多少, 网点跨行汇款手续费多少.

A claim's own figure is taken out and nothing else, so that conditions count and the value does not. It is read twice,
with the paper's name and without: papers of unlike names speak of one thing too. How much nearer a pair is than the
other claims of the same two passages tells more than how near it is.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.alarms.claim import Claim
from app.knowledge.embedding import Embedder

Vector = NDArray[np.float32]

# What the packaged embedding model is taught to be the reader (deploy.local.embedding_model).
ASKING_CHANGES: Final = Path(__file__).parent / "data" / "asking_reader.npz"
_OF_ONE: Final = ("near", "ahead_less", "ahead_more", "among", "among_both")
FEATURES: Final = (*(f"asking_{name}" for name in _OF_ONE), *(f"plainly_{name}" for name in _OF_ONE[:3]))
# How near unrelated claims of one bank are to each other: what a claim is ahead of where its passage has no other one.
_UNRELATED = 0.6
_KEPT = 16_384


class AskingReader:
    """The vectors of the latest claims are kept, 1.5 KB each (24 MB at most): the same passages are compared again and
    again."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()
        self._one_at_a_time = asyncio.Lock()

    @property
    def has_room(self) -> bool:
        return len(self._kept) < _KEPT

    async def read(self, claims: Sequence[Claim], within_s: float | None = None) -> Mapping[str, Vector] | None:
        """By what they ask for; None when that takes longer than within_s, and is then known the next time.

        Raises what the embedder raises.
        """
        texts = {text for claim in claims for text in (claim.asking, claim.plainly)}
        if missing := [text for text in sorted(texts) if text not in self._kept]:
            task = asyncio.create_task(self._embed(missing))
            self._running.add(task)
            task.add_done_callback(self._ended)
            try:
                await asyncio.wait_for(asyncio.shield(task), within_s)
            except TimeoutError:
                return None
        for text in texts & self._kept.keys():
            self._kept.move_to_end(text)
        found = {text: self._kept[text] for text in texts if text in self._kept}
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found if len(found) == len(texts) else None

    async def stop(self) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _embed(self, texts: Sequence[str]) -> None:
        # As questions, which they are, and as they were taught. One at a time, so that a customer's question shares the
        # processor with one of them at most; what somebody else has embedded while this waited for its turn is there.
        for text in texts:
            async with self._one_at_a_time:
                if text not in self._kept:
                    self._kept[text] = await self._embedder.embed_query(text)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits gets it; where nobody waits any more, the next comparison tries again


def asking(mine: Sequence[Claim], other: Sequence[Claim], vectors: Mapping[str, Vector]) -> NDArray[np.float64]:
    """Shape (len(mine), len(other), len(FEATURES)), of all claims of two passages; the same for (other, mine)."""
    named = _told(mine, other, [vectors[one.asking] for one in mine], [vectors[one.asking] for one in other])
    plain = _told(mine, other, [vectors[one.plainly] for one in mine], [vectors[one.plainly] for one in other])
    return np.stack([*named, *plain[:3]], axis=-1).astype(float)


def _told(
    mine: Sequence[Claim], other: Sequence[Claim], a: Sequence[Vector], b: Sequence[Vector]
) -> Sequence[NDArray[Any]]:
    """In the order of _OF_ONE; each of shape (len(mine), len(other))."""
    near = np.stack(a) @ np.stack(b).T
    before, before_among = _ahead(near, [one.text for one in mine])
    after, after_among = (found.T for found in _ahead(near.T, [one.text for one in other]))
    return (
        near,
        np.minimum(before, after),
        np.maximum(before, after),
        np.maximum(before_among, after_among),
        before_among * after_among,
    )


def _ahead(near: Vector, texts: Sequence[str]) -> tuple[Vector, Vector]:
    """By how much each row is nearer to a column than the nearest row of another clause; whether there is one."""
    ahead, among = near - np.float32(_UNRELATED), np.zeros_like(near)
    for row, text in enumerate(texts):
        rest = [at for at, other in enumerate(texts) if other != text]
        if rest:
            ahead[row] = near[row] - near[rest].max(0)
            among[row] = 1.0
    return ahead, among
