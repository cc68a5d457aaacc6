"""An application that speaks `/v1/embeddings` with vectors of hashed character pairs, not of unit length."""

from __future__ import annotations

import zlib
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


class FakeEmbeddings:
    """An endpoint of the given dimension; `app` is what a server runs."""

    def __init__(self, dimension: int = 64) -> None:
        self.dimension = dimension
        self.app = Starlette(routes=[Route("/v1/embeddings", self.answer, methods=["POST"])])

    async def answer(self, request: Request) -> Response:
        body: dict[str, Any] = await request.json()
        rows = [{"index": at, "embedding": self._vector(text)} for at, text in enumerate(body["input"])]
        rows.reverse()  # the specification promises `index`, not an order
        return JSONResponse({"object": "list", "data": rows})

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * self.dimension
        for pair in zip(text, text[1:] + "$", strict=True):
            vector[zlib.crc32("".join(pair).encode()) % self.dimension] += 3.0
        return vector
