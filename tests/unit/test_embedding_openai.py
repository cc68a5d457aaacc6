"""The OpenAI-compatible embedder against an endpoint that is slow, wrong or away."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.knowledge.embedding_openai import EmbeddingFailed, OpenAIEmbedder
from app.settings import EmbeddingSettings

DIMENSION = 4


class Endpoint(httpx.AsyncBaseTransport):
    """Answers each request with the next step: a status, an exception, or a function from inputs to vectors."""

    def __init__(self, *steps: Any) -> None:
        self.steps = list(steps)
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        step = self.steps.pop(0) if self.steps else vectors
        if isinstance(step, int):
            return httpx.Response(step)
        if isinstance(step, Exception):
            raise step
        return httpx.Response(200, json=step(json.loads(request.content)["input"]))


def vectors(texts: list[str]) -> dict[str, Any]:
    return {"data": [{"index": at, "embedding": [3.0, 0, 4.0, 0]} for at in range(len(texts))]}


def embedder(endpoint: Endpoint, **settings: Any) -> OpenAIEmbedder:
    chosen = EmbeddingSettings(base_url="http://embeddings.test/v1", dimension=DIMENSION, **settings)
    return OpenAIEmbedder(chosen, endpoint)


async def test_vectors_are_brought_to_unit_length() -> None:
    vector = await embedder(Endpoint()).embed_query("年费")
    assert vector == pytest.approx([0.6, 0, 0.8, 0])


async def test_prefixes_model_and_key_are_sent() -> None:
    endpoint = Endpoint()
    one = embedder(endpoint, model="bge", api_key=SecretStr("k-1"), query_prefix="问：", passage_prefix="文：")
    await one.embed_query("年费")
    await one.embed_passages(["年费"])
    bodies = [json.loads(request.content) for request in endpoint.requests]
    assert [body["input"] for body in bodies] == [["问：年费"], ["文：年费"]]
    assert {body["model"] for body in bodies} == {"bge"}
    assert {request.headers["authorization"] for request in endpoint.requests} == {"Bearer k-1"}
    assert str(endpoint.requests[0].url) == "http://embeddings.test/v1/embeddings"


async def test_many_passages_go_in_batches() -> None:
    endpoint = Endpoint()
    await embedder(endpoint).embed_passages([str(at) for at in range(70)])
    assert [len(json.loads(request.content)["input"]) for request in endpoint.requests] == [32, 32, 6]


@pytest.mark.parametrize("trouble", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow"), 503, 429])
async def test_an_absent_endpoint_fails_a_query_at_once(trouble: Any) -> None:
    endpoint = Endpoint(trouble)
    with pytest.raises(EmbeddingFailed) as failure:
        await embedder(endpoint).embed_query("年费")
    assert failure.value.code == "embedding_unavailable"
    assert failure.value.status == 503
    assert len(endpoint.requests) == 1


async def test_passages_are_tried_again_when_the_endpoint_is_busy() -> None:
    endpoint = Endpoint(503)
    assert (await embedder(endpoint).embed_passages(["年费"])).shape == (1, DIMENSION)
    assert len(endpoint.requests) == 2


async def test_a_refusal_is_not_tried_again() -> None:
    endpoint = Endpoint(401)
    with pytest.raises(EmbeddingFailed) as failure:
        await embedder(endpoint).embed_passages(["年费"])
    assert failure.value.code == "embedding_rejected"
    assert len(endpoint.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        {"data": []},
        {"data": [{"index": 0, "embedding": [1.0, 2.0]}]},
        {"data": [{"index": 0, "embedding": [0.0] * DIMENSION}]},
        {"data": [{"index": 1, "embedding": [1.0] * DIMENSION}]},
        {"data": [{"index": 0, "embedding": ["a"] * DIMENSION}]},
        {"data": [{"index": 0, "embedding": None}]},
        {"error": "no such model"},
        [],
    ],
)
async def test_nonsense_is_refused(answer: Any) -> None:
    with pytest.raises(EmbeddingFailed) as failure:
        await embedder(Endpoint(lambda _: answer)).embed_query("年费")
    assert failure.value.code == "embedding_invalid"


async def test_the_failure_carries_neither_key_nor_text() -> None:
    with pytest.raises(EmbeddingFailed) as failure:
        await embedder(Endpoint(401), api_key=SecretStr("k-secret")).embed_query("我的卡号")
    assert "k-secret" not in repr(failure.value) + failure.value.title
    assert "我的卡号" not in repr(failure.value) + failure.value.title
