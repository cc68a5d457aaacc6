"""How far two short questions ask the same, by meaning (embedding) and by wording.

A short question's vector says its subject louder than its intent. So each question is also seen against ordinary
intents (a fee, a limit, how to apply): two that lie apart there ask different things of the same subject. The weights
are fitted on the seen half of eval/suites/freezes.yaml and measured on the other (`python -m eval run freezes`).
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import structlog
from numpy.typing import NDArray

from app.knowledge.embedding import Embedder
from app.knowledge.normalise import Normaliser
from app.knowledge.wording import grams

_log = structlog.get_logger(__name__)

_KEPT = 4096
_ORDINARY = (
    "怎么办理？", "手续费是多少？", "利率是多少？", "限额是多少？", "需要什么资料？", "多久到账？", "怎么注销？",
    "风险等级是多少？", "密码忘了怎么办？", "客服电话是多少？", "几点开门？", "怎么挂失？", "起点金额是多少？",
    "怎么购买？", "怎么还款？", "可以提前支取吗？",
)  # fmt: skip
# Without vectors only near-verbatim questions are the same.
_SAME_WORDING = 0.6


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be compared. vector: unit length, None where it could not be embedded.

    ordinary: its cosines with the ordinary intents, of the same length for all.
    """

    text: str
    grams: frozenset[str]
    vector: NDArray[np.float32] | None = None
    ordinary: NDArray[np.float32] | None = None


def same_question(one: Asked, other: Asked) -> float:
    """Above 0: they ask the same, rather than not; the log odds. Symmetric."""
    if one.text == other.text:
        return math.inf
    overlap = _overlap(one, other)
    if one.vector is None or other.vector is None or one.ordinary is None or other.ordinary is None:
        return overlap - _SAME_WORDING
    apart = float(np.abs(one.ordinary - other.ordinary).max())
    return 55.3 * float(one.vector @ other.vector) + 0.99 * overlap - 89.6 * apart - 48.4


def belongs(asked: Asked, pinned: Sequence[Asked]) -> float:
    """0..1: how likely a question is one of those that the pinned ones stand for (questions, and the topic's name)."""
    if any(asked.text == pin.text for pin in pinned):
        return 1.0
    if not pinned or not asked.grams:
        return 0.0
    read = [(pin.vector, pin.ordinary) for pin in pinned if pin.vector is not None and pin.ordinary is not None]
    if asked.vector is None or asked.ordinary is None or not read:
        return 1.0 if max(_overlap(asked, pin) for pin in pinned) >= _SAME_WORDING else 0.0
    nearest = max(float(asked.vector @ vector) for vector, _ in read)
    ordinary = np.max(np.stack([row for _, row in read]), axis=0)
    ordinarier = float((asked.ordinary - ordinary).max())
    counts: dict[str, int] = {}
    for pin in pinned:
        for gram in pin.grams:
            counts[gram] = counts.get(gram, 0) + 1
    core = {gram for gram, count in counts.items() if count >= 2}
    said = len(core & asked.grams) / len(core) if core else 0.0
    return 1 / (1 + math.exp(-(41.7 * nearest - 59.4 * ordinarier + 5.73 * said - 39.36)))


def _overlap(one: Asked, other: Asked) -> float:
    both = len(one.grams) + len(other.grams)
    return 2 * len(one.grams & other.grams) / both if both else 0.0


class Likeness:
    """embedder: None compares by wording alone. Vectors of the latest questions are kept."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._normalise = Normaliser()
        self._kept: OrderedDict[str, Asked] = OrderedDict()
        self._ordinary: NDArray[np.float32] | None = None

    async def read(self, text: str) -> Asked:
        plain = self._normalise(text)
        known = self._kept.get(plain)
        if known is not None:
            self._kept.move_to_end(plain)
            return known
        vector = await self._embed(plain)
        asked = Asked(plain, frozenset(grams(plain)), vector, await self._against_ordinary(vector))
        if asked.vector is not None or self._embedder is None:
            self._kept[plain] = asked
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return asked

    async def read_all(self, texts: Sequence[str]) -> list[Asked]:
        return [await self.read(text) for text in texts]

    async def _against_ordinary(self, vector: NDArray[np.float32] | None) -> NDArray[np.float32] | None:
        if vector is None:
            return None
        if self._ordinary is None:
            rows = [await self._embed(self._normalise(intent)) for intent in _ORDINARY]
            known = [row for row in rows if row is not None]
            if len(known) < len(_ORDINARY):
                return None
            self._ordinary = np.stack(known)
        return np.asarray(self._ordinary @ vector, np.float32)

    async def _embed(self, plain: str) -> NDArray[np.float32] | None:
        if self._embedder is None or not plain:
            return None
        try:
            return await self._embedder.embed_query(plain)
        except Exception as error:  # whatever an embedder may raise, wording still compares
            _log.warning("question_not_embedded", error=type(error).__name__)
            return None
