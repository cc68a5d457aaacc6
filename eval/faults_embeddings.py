"""The packaged embeddings behind `/v1/embeddings`, so that a wire to them can be broken."""

from __future__ import annotations

from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.settings import EmbeddingSettings


class EmbeddingServer:
    """folder: of the prepared model. Only questions are embedded: nothing is ingested while faults are made."""

    def __init__(self, folder: Path) -> None:
        self._embedder = OnnxE5Embedder(folder)
        self._prefix = EmbeddingSettings().query_prefix
        self.app = Starlette(routes=[Route("/v1/embeddings", self._answer, methods=["POST"])])

    async def close(self) -> None:
        await self._embedder.close()

    async def _answer(self, request: Request) -> Response:
        texts = orjson.loads(await request.body())["input"]
        rows = [
            {"index": at, "embedding": (await self._embedder.embed_query(text.removeprefix(self._prefix))).tolist()}
            for at, text in enumerate(texts)
        ]
        return Response(orjson.dumps({"object": "list", "data": rows}), media_type="application/json")
