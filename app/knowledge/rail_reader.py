"""What a message, or a sentence of an answer, means to the rails: read by a model that was made of the packaged
embedding model for nothing else, wherever questions are embedded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from app.knowledge.embedding_onnx import OnnxE5Embedder
from app.knowledge.query_vectors import QueryVectors
from guardrails import Meant

_log = structlog.get_logger(__name__)


class RailReader:
    """folder: as deploy.local.embedding_model makes it. plain: a text as search reads it.

    Raises FileNotFoundError where the folder is not there. Whatever fails later gives None: the wording then decides.
    """

    def __init__(self, folder: Path, plain: Callable[[str], str]) -> None:
        self._embedder, self._plain = OnnxE5Embedder(folder, threads=2), plain
        self._lately = QueryVectors(self._embedder)

    async def read(self, text: str) -> Meant | None:
        """On a thread of its own; texts of lately are known."""
        with _spared():
            return Meant(await self._lately.embed(self._plain(text) or " "), self._embedder.name)
        return None

    def read_now(self, text: str) -> Meant | None:
        """On the caller's thread, in some milliseconds."""
        with _spared():
            return Meant(self._embedder.encode_queries([self._plain(text) or " "])[0], self._embedder.name)
        return None

    async def close(self) -> None:
        await self._embedder.close()


@contextmanager
def _spared() -> Iterator[None]:
    """Whatever the runtime raises is told and goes no further."""
    try:
        yield
    except Exception as error:
        _log.warning("rails_not_read", error=type(error).__name__)
