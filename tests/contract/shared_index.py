"""The index in memory, shared by processes through a file: what a Qdrant server is to several workers.

None can be installed here, and the embedded index lets one process in; so two workers' tests share this one.
"""

from __future__ import annotations

import fcntl
import pickle
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.knowledge.index import DocumentChange, IndexPoint
from app.knowledge.passage import Passage
from tests.fakes import MemoryIndex


class SharedIndex(MemoryIndex):
    """Every reader sees what was written last, whoever wrote it; writers wait for one another."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, Passage] | None = None
        super().__init__()

    @property
    def passages(self) -> dict[str, Passage]:  # type: ignore[override]
        if self._held is not None:
            return self._held
        try:
            return dict(pickle.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return {}

    @passages.setter
    def passages(self, empty: dict[str, Passage]) -> None:
        """What the file holds outlives whoever opens it."""

    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        with self._writing():
            await super().upsert(points)

    async def change(self, changes: Sequence[DocumentChange]) -> None:
        with self._writing():
            await super().change(changes)

    async def delete(self, tenant: str, document_id: str, version: int | None = None) -> None:
        with self._writing():
            await super().delete(tenant, document_id, version)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Nothing inside waits for anything, so that nobody of this process comes between either."""
        with self._path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._held = self.passages
            try:
                yield
                whole = self._path.with_suffix(".new")
                whole.write_bytes(pickle.dumps(self._held))
                whole.replace(self._path)
            finally:
                self._held = None
