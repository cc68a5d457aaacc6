"""One suite over every Embedder: the packaged model on this machine, and an OpenAI-compatible endpoint."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from app.knowledge.embedding import Embedder
from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.embedding_openai import OpenAIEmbedder
from app.settings import EmbeddingSettings, Settings
from eval.loopback import serving
from tests.fake_embeddings import FakeEmbeddings

TEXTS = [
    "挂失",
    "信用卡年费为每年二百元，当年刷卡满六次免收次年年费。",
    "存款保险每人每家银行最高偿付五十万元。" * 40,
    "转账限额",
]


@pytest.fixture(params=["onnx", "openai"])
async def embedder(request: pytest.FixtureRequest) -> AsyncIterator[Embedder]:
    if request.param == "onnx":
        folder = Settings().cache_dir / "models" / "multilingual-e5-small-int8"
        if not folder.exists():
            pytest.skip("the embedding model is not in the cache: python -m deploy.local.embedding_model")
        onnx = OnnxE5Embedder(folder)
        yield onnx
        await onnx.close()
        return
    fake = FakeEmbeddings()
    async with serving(fake.app) as url:
        openai = OpenAIEmbedder(EmbeddingSettings(base_url=f"{url}/v1", dimension=fake.dimension))
        yield openai
        await openai.close()


async def test_query_vector_has_unit_length(embedder: Embedder) -> None:
    vector = await embedder.embed_query("信用卡年费多少")
    assert vector.shape == (embedder.dimension,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


async def test_passage_vectors_have_unit_length(embedder: Embedder) -> None:
    vectors = await embedder.embed_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=1e-5)


async def test_passages_come_back_in_the_order_given(embedder: Embedder) -> None:
    many = [f"{text}{at}" for at in range(12) for text in TEXTS]
    together = await embedder.embed_passages(many)
    for at in (0, 1, 2, 33, 47):
        alone = await embedder.embed_passages([many[at]])
        assert together[at] == pytest.approx(alone[0], abs=1e-5)


async def test_no_passages_give_no_vectors(embedder: Embedder) -> None:
    assert (await embedder.embed_passages([])).shape == (0, embedder.dimension)


async def test_progress_grows_to_the_number_of_passages(embedder: Embedder) -> None:
    seen: list[int] = []
    many = TEXTS * 10
    await embedder.embed_passages(many, seen.append)
    assert seen == sorted(set(seen))
    assert seen[-1] == len(many)


async def test_a_query_is_told_from_a_passage(embedder: Embedder) -> None:
    query = await embedder.embed_query("转账限额")
    passage = (await embedder.embed_passages(["转账限额"]))[0]
    assert query @ passage < 0.9999


async def test_the_passage_that_answers_is_nearest(embedder: Embedder) -> None:
    query = await embedder.embed_query("信用卡年费是多少")
    passages = await embedder.embed_passages(TEXTS)
    assert int(np.argmax(passages @ query)) == 1


async def test_a_query_does_not_wait_for_a_batch_of_passages(embedder: Embedder) -> None:
    batch = asyncio.create_task(embedder.embed_passages(TEXTS * 60))
    await asyncio.sleep(0)
    await embedder.embed_query("转账限额")
    assert not batch.done()
    batch.cancel()
    with pytest.raises(asyncio.CancelledError):
        await batch


async def test_empty_text_has_a_vector(embedder: Embedder) -> None:
    vector = await embedder.embed_query("")
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


async def test_the_name_tells_models_apart(embedder: Embedder) -> None:
    assert "e5-small" in embedder.name
