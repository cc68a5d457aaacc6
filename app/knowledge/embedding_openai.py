"""Embeddings from any OpenAI-compatible `/v1/embeddings` (vLLM, text-embeddings-inference, a cloud), over httpx.

Whatever the endpoint sends is checked and brought to unit length before anyone sees it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from app.errors import AppError
from app.settings import EmbeddingSettings

Vector = NDArray[np.float32]

_BATCH = 32
_QUERY_LIMITS = httpx.Timeout(5.0, connect=2.0)
_PASSAGE_LIMITS = httpx.Timeout(60.0, connect=5.0)
_PAUSES_S = (0.5, 2.0)  # between tries; a batch of passages may wait, a customer may not


class EmbeddingFailed(AppError):
    """The endpoint is away, refuses, or answers nonsense. Codes: embedding_unavailable, embedding_rejected,
    embedding_invalid."""

    status, code, title = 503, "embedding_unavailable", "暂时无法检索资料，请稍后再试，或联系人工客服。"


class OpenAIEmbedder:
    """Prefixes, model, key and dimension come from the settings; `base_url` ends in `/v1`. Raises EmbeddingFailed."""

    def __init__(self, settings: EmbeddingSettings, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.name = f"openai-{settings.model}-{settings.dimension}"
        self.dimension = settings.dimension
        self._settings = settings
        key = settings.api_key
        self._client = httpx.AsyncClient(
            base_url=settings.base_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            transport=transport or httpx.AsyncHTTPTransport(retries=1),
        )

    async def embed_query(self, text: str) -> Vector:
        vectors = await self._request([self._settings.query_prefix + text], _QUERY_LIMITS)
        vector: Vector = vectors[0]
        return vector

    async def embed_passages(self, texts: Sequence[str], on_progress: Callable[[int], None] | None = None) -> Vector:
        vectors = np.empty((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = [self._settings.passage_prefix + text for text in texts[start : start + _BATCH]]
            vectors[start : start + len(batch)] = await self._request_patiently(batch)
            if on_progress is not None:
                on_progress(start + len(batch))
        return vectors

    async def close(self) -> None:
        await self._client.aclose()

    async def _request_patiently(self, batch: list[str]) -> Vector:
        for pause in _PAUSES_S:
            try:
                return await self._request(batch, _PASSAGE_LIMITS)
            except EmbeddingFailed as failure:
                if failure.code != EmbeddingFailed.code:
                    raise
            await asyncio.sleep(pause)
        return await self._request(batch, _PASSAGE_LIMITS)

    async def _request(self, batch: list[str], limits: httpx.Timeout) -> Vector:
        body = {"model": self._settings.model, "input": batch, "encoding_format": "float"}
        try:
            response = await self._client.post("embeddings", json=body, timeout=limits)
        except httpx.HTTPError as error:
            raise EmbeddingFailed from error
        if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
            raise EmbeddingFailed
        if not response.is_success:
            raise EmbeddingFailed(code="embedding_rejected")
        try:
            return _vectors(response.json(), len(batch), self.dimension)
        except (ValueError, KeyError, TypeError) as error:
            raise EmbeddingFailed(code="embedding_invalid") from error


def _vectors(answer: Any, count: int, dimension: int) -> Vector:
    """Unit-length rows in the order asked (`index` says where each belongs). Raises ValueError, KeyError, TypeError."""
    rows = sorted(answer["data"], key=lambda row: row["index"])
    if [row["index"] for row in rows] != list(range(count)):
        raise ValueError("the answer lacks a text or repeats one")
    vectors = np.array([row["embedding"] for row in rows], np.float32)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if vectors.shape != (count, dimension) or not np.all(np.isfinite(lengths)) or not np.all(lengths > 0):
        raise ValueError("the answer's vectors have a wrong shape or length")
    unit: Vector = vectors / lengths
    return unit
