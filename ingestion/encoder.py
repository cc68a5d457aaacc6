"""The process that holds the embedding model: passages in, dense and sparse vectors out, at low priority.

It only ever sees text that the reader has produced. Vectors computed before come from the cache; when nothing is new,
the model is not even loaded.

    python -m ingestion.encoder NICENESS
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from app.errors import AppError
from app.knowledge.embedding import Embedder
from app.knowledge.encoding import PassageEncoder
from app.settings import EmbeddingSettings
from ingestion.embedding_cache import CachedEmbedder, EmbeddingCache
from ingestion.encoding_cache import CachedEncoder
from ingestion.frames import Frame, serve
from ingestion.point_frames import packed_points, passage_of


def main(arguments: Sequence[str]) -> int:
    os.nice(int(arguments[0]))
    encoder: CachedEncoder | None = None
    with asyncio.Runner() as runner:

        def answer(frame: Frame) -> list[Frame]:
            nonlocal encoder
            try:
                if encoder is None:  # the first request says how, the others say the same
                    encoder = open_encoder(frame.head["open"])
                passages = [passage_of(one) for one in orjson.loads(frame.body)]
                return [packed_points(runner.run(encoder.encode(passages)))]
            except AppError as problem:
                return [Frame({"problem": {"code": problem.code, "title": problem.title, "status": problem.status}})]

        serve(answer)
    return 0


def open_encoder(opening: Mapping[str, Any]) -> CachedEncoder:
    path = Path(opening["data_dir"]) / "embeddings.sqlite3"
    settings = EmbeddingSettings.model_validate(opening["embedding"])
    cache_dir = Path(opening["cache_dir"])

    def encoder() -> PassageEncoder:
        return PassageEncoder(CachedEmbedder(_open_embedder(settings, cache_dir), EmbeddingCache(path)), cache_dir)

    made_by = f"{settings.base_url}\0{settings.model}\0{settings.dimension}\0{settings.passage_prefix}"
    return CachedEncoder(path, made_by, encoder)


def _open_embedder(settings: EmbeddingSettings, cache_dir: Path) -> Embedder:
    if settings.base_url:
        from app.knowledge.embedding_openai import OpenAIEmbedder

        return OpenAIEmbedder(settings)
    from app.knowledge.embedding_onnx import OnnxE5Embedder  # loads the runtime; an endpoint does without

    return OnnxE5Embedder(cache_dir / "models" / f"{settings.model}-int8", threads=os.cpu_count() or 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
