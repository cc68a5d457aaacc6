"""What claims ask for, as vectors: which side comes first does not matter, nothing is embedded twice or in vain, and
without an embedder, or when it is late, the words decide."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from app.alarms.asking import FEATURES, AskingReader, asking
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import ConflictFinder
from app.knowledge.passage import Passage
from app.settings import Settings


class CountingEmbedder:
    """By its characters; remembers what it was given. delay: seconds it takes; fails: whether it raises."""

    name, dimension = "counting", 64

    def __init__(self, delay: float = 0.0, fails: bool = False) -> None:
        self.given: list[str] = []
        self.delay, self.fails = delay, fails

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        await asyncio.sleep(self.delay)
        if self.fails:
            raise ConnectionError
        self.given.append(text)
        return _vector(text)

    async def embed_passages(
        self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        raise AssertionError("what is asked is embedded as a question")


def _vector(text: str) -> NDArray[np.float32]:
    counted = np.zeros(64, np.float32)
    for letter in text:
        counted[ord(letter) % 64] += 1
    return counted / np.float32(np.linalg.norm(counted))


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


FEES = ("转账价格表", "柜台跨行转账每笔收取手续费10元，柜台跨境汇款每笔收取手续费100元。")
OTHER = ("转账问答", "柜台跨行转账，每笔手续费为15元。")


def test_only_its_own_figure_is_taken_out_of_what_a_claim_asks(reader: ClaimReader) -> None:
    claims = reader.read(_passage("定期存款说明", "3个月定期存款年利率为0.65%。"))
    rate = next(claim for claim in claims if claim.sort == "percent")
    assert "3个月" in rate.asking
    assert "多少" in rate.asking
    assert "0.65" not in rate.asking


async def test_the_vectors_say_the_same_from_either_side(reader: ClaimReader) -> None:
    mine, other = (reader.read(_passage(*text)) for text in (FEES, OTHER))
    vectors = await AskingReader(CountingEmbedder()).read([*mine, *other])
    assert vectors is not None
    there, back = asking(mine, other, vectors), asking(other, mine, vectors)
    assert there.shape == (2, 1, len(FEATURES))
    assert there == pytest.approx(back.transpose(1, 0, 2))


async def test_nothing_is_embedded_twice_nor_where_nothing_is_suspected(reader: ClaimReader) -> None:
    embedder = CountingEmbedder()
    finder = ConflictFinder(reader, vectors=AskingReader(embedder))
    await finder.between(_passage(*FEES), _passage("投诉须知", "投诉电话每天8:00开通。"))
    assert embedder.given == []
    for _ in range(2):
        await finder.between(_passage(*FEES), _passage(*OTHER))
    assert len(embedder.given) == 6
    assert len(set(embedder.given)) == 6


@pytest.mark.parametrize("vectors", [None, AskingReader(CountingEmbedder(fails=True))])
async def test_the_words_decide_where_nothing_can_be_embedded(
    reader: ClaimReader, vectors: AskingReader | None
) -> None:
    found = await ConflictFinder(reader, vectors=vectors).between(_passage(*FEES), _passage(*OTHER))
    assert [(one.mine.quantity.text, one.other.quantity.text) for one in found] == [("10元", "15元")]
    assert 0.5 < found[0].chance < 1


async def test_whoever_waits_too_long_goes_on_without_and_the_next_one_has_it(reader: ClaimReader) -> None:
    claims = reader.read(_passage(*FEES))
    vectors = AskingReader(embedder := CountingEmbedder(delay=0.05))
    assert await vectors.read(claims, within_s=0.001) is None
    async with asyncio.timeout(60):
        while len(embedder.given) < 4:  # noqa: ASYNC110 - nobody tells: whoever asked has gone on
            await asyncio.sleep(0.01)
    assert await vectors.read(claims, within_s=60) is not None
    assert len(embedder.given) == 4
    await vectors.stop()


def _passage(title: str, text: str) -> Passage:
    return Passage(text, text, 1, 0, "demo", "product", title, "", text, text, approved=True)
