"""Passages encoded before: a new version costs what changed in it, not what it has.

Keyed by everything a passage's vectors depend on, the code that makes the sparse ones included. The cache may be
deleted at any time; it only saves work.
"""

from __future__ import annotations

import hashlib
import math
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata, resources
from pathlib import Path
from typing import Protocol

import numpy as np
import orjson

from app.knowledge.index import IndexPoint, SparseVector
from app.knowledge.passage import Passage

_TOGETHER = 500  # keys a query, below SQLite's limit of bound variables
_BUSY_S = 30.0
_FORM = "shapes"  # how vectors are packed; another form is another key


class Encoder(Protocol):
    async def encode(self, passages: Sequence[Passage]) -> list[IndexPoint]: ...


class CachedEncoder:
    """An encoder in front of another, which is opened for the first passage that is not known.

    embedder: names the model and the dimension of the dense vectors.
    """

    def __init__(self, path: Path, embedder: str, open_encoder: Callable[[], Encoder]) -> None:
        self._open = open_encoder
        self._opened: Encoder | None = None
        self._made_by = f"{embedder}\0{_FORM}\0{_code()}"
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS encoded (key BLOB PRIMARY KEY, vectors BLOB) WITHOUT ROWID"
        )

    async def encode(self, passages: Sequence[Passage]) -> list[IndexPoint]:
        """In the order given. Raises what the other encoder raises."""
        keys = [self._key(passage) for passage in passages]
        known = self._find(keys)
        missing = {key: passage for key, passage in zip(keys, passages, strict=True) if key not in known}
        if missing:
            if self._opened is None:
                self._opened = self._open()
            fresh = dict(zip(missing, await self._opened.encode(list(missing.values())), strict=True))
            self._keep(fresh)
            known |= {key: _packed(point) for key, point in fresh.items()}
        return [_unpacked(passage, known[key]) for key, passage in zip(keys, passages, strict=True)]

    def close(self) -> None:
        self._connection.close()

    def _key(self, passage: Passage) -> bytes:
        said = [self._made_by, passage.title, passage.section, passage.question, passage.text]
        return hashlib.sha256(orjson.dumps(said)).digest()

    def _find(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for start in range(0, len(keys), _TOGETHER):
            some = keys[start : start + _TOGETHER]
            marks = ",".join("?" * len(some))
            found.update(
                self._connection.execute(f"SELECT key, vectors FROM encoded WHERE key IN ({marks})", some)  # noqa: S608
            )
        return found

    def _keep(self, points: Mapping[bytes, IndexPoint]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(
            "INSERT OR REPLACE INTO encoded VALUES (?, ?)", [(key, _packed(point)) for key, point in points.items()]
        )
        self._connection.execute("COMMIT")


def _packed(point: IndexPoint) -> bytes:
    """A line of shapes and sizes by name, the dense vectors (float32), then indices (uint32), weights (float32)."""
    head = {
        "dense": {name: vector.shape for name, vector in point.dense.items()},
        "sparse": {name: len(vector.indices) for name, vector in point.sparse.items()},
    }
    parts = [orjson.dumps(head), b"\n"]
    parts += [vector.astype("<f4").tobytes() for vector in point.dense.values()]
    for sparse in point.sparse.values():
        parts.append(np.asarray(sparse.indices, "<u4").tobytes())
        parts.append(np.asarray(sparse.values, "<f4").tobytes())
    return b"".join(parts)


def _unpacked(passage: Passage, packed: bytes) -> IndexPoint:
    line = packed.index(b"\n") + 1
    head = orjson.loads(packed[:line])
    at = line
    dense = {}
    for name, shape in head["dense"].items():  # one vector, or one for each sentence
        dense[name] = np.frombuffer(packed, "<f4", math.prod(shape), at).reshape(shape)
        at += dense[name].nbytes
    sparse = {}
    for name, size in head["sparse"].items():
        indices = np.frombuffer(packed, "<u4", size, at)
        values = np.frombuffer(packed, "<f4", size, at + 4 * size)
        sparse[name] = SparseVector(tuple(indices.tolist()), tuple(values.tolist()))
        at += 8 * size
    return IndexPoint(passage, dense, sparse)


def _code() -> str:
    """Changes with anything that may change a sparse vector: our code and word lists, the segmenter."""
    digest = hashlib.sha256(metadata.version("jieba").encode())
    folder = resources.files("app.knowledge")
    for place in (folder, folder.joinpath("data")):
        for file in sorted(place.iterdir(), key=lambda one: one.name):
            if file.is_file() and file.name.endswith((".py", ".txt", ".json")):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
