"""Vectors of questions asked lately."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from app.knowledge.embedding import Embedder
from app.knowledge.query_vectors import QueryVectors


class _Counting:
    name, dimension = "counting", 2

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.broken = False

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        self.asked.append(text)
        if self.broken:
            raise OSError
        return np.array([len(text), 1], np.float32)


async def test_the_same_question_is_embedded_once_and_answered_the_same() -> None:
    embedder = _Counting()
    vectors = QueryVectors(cast(Embedder, embedder))
    first, second = await vectors.embed("怎么挂失"), await vectors.embed("怎么挂失")
    assert embedder.asked == ["怎么挂失"]
    assert np.array_equal(first, second)
    assert (await vectors.embed("怎么还款吗"))[0] == 5


async def test_what_was_not_asked_for_longest_goes_first() -> None:
    embedder = _Counting()
    vectors = QueryVectors(cast(Embedder, embedder), kept=2)
    for text in ("一", "二二", "一", "三三三", "一", "二二"):
        await vectors.embed(text)
    assert embedder.asked == ["一", "二二", "三三三", "二二"]


async def test_a_failure_is_raised_and_not_kept() -> None:
    embedder = _Counting()
    vectors = QueryVectors(cast(Embedder, embedder))
    embedder.broken = True
    with pytest.raises(OSError):
        await vectors.embed("怎么挂失")
    embedder.broken = False
    assert (await vectors.embed("怎么挂失"))[0] == 4


async def test_nobody_can_change_a_kept_vector_and_no_words_are_kept() -> None:
    vectors = QueryVectors(cast(Embedder, _Counting()))
    with pytest.raises(ValueError, match="read-only"):
        (await vectors.embed("怎么挂失"))[0] = 9
    assert "怎么挂失" not in repr(vectors.__dict__)
