"""Passages and their vectors as frames: between the encoder and whoever asked it, and back from Ray's workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from app.knowledge.index import IndexPoint, SparseVector
from app.knowledge.passage import Passage
from ingestion.frames import Frame

_DAYS = ("valid_from", "valid_to")


def passage_of(data: Mapping[str, Any]) -> Passage:
    days = {name: date.fromisoformat(data[name]) if data[name] else None for name in _DAYS}
    return Passage(**{**data, **days})


def packed_points(points: Sequence[IndexPoint]) -> Frame:
    """Head: by dense name its dimension and each passage's number of vectors, None for names that have one; by sparse
    name [indices, values] a passage. Body: dense rows, name by name."""
    dense = {name: [point.dense[name] for point in points] for name in (points[0].dense if points else ())}
    sparse = {
        name: [[point.sparse[name].indices, point.sparse[name].values] for point in points]
        for name in (points[0].sparse if points else ())
    }
    shapes = {
        name: [vectors[0].shape[-1], None if vectors[0].ndim == 1 else [len(one) for one in vectors]]
        for name, vectors in dense.items()
    }
    body = b"".join(one.astype(np.float32).tobytes() for vectors in dense.values() for one in vectors)
    return Frame({"dense": shapes, "sparse": sparse}, body)


def unpacked_points(passages: Sequence[Passage], answer: Frame) -> list[IndexPoint]:
    """The body has the dense vectors, name by name, passage by passage; the head their numbers and the sparse ones."""
    dense: dict[str, Any] = {}
    start = 0
    for name, (dimension, counts) in answer.head["dense"].items():
        total = len(passages) if counts is None else sum(counts)
        rows = np.frombuffer(answer.body, np.float32, total * dimension, start).reshape(-1, dimension)
        dense[name] = rows if counts is None else np.split(rows, np.cumsum(counts)[:-1])
        start += rows.nbytes
    return [
        IndexPoint(
            passage,
            {name: vectors[at] for name, vectors in dense.items()},
            {
                name: SparseVector(tuple(vectors[at][0]), tuple(vectors[at][1]))
                for name, vectors in answer.head["sparse"].items()
            },
        )
        for at, passage in enumerate(passages)
    ]
