"""The process that owns one Qdrant Edge shard and serves it over a socket it inherited.

Edge holds the interpreter lock while it works, so the service never opens a shard itself. One request at a time, in
order. The process ends when the socket closes or the parent dies, whichever comes first.

    python -m app.knowledge.edge_owner serve FOLDER PARENT_PID SOCKET_FD
    python -m app.knowledge.edge_owner optimize FOLDER PARENT_PID
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import qdrant_edge as edge

from app.knowledge.edge_frames import HEADER, Ranked
from app.knowledge.filters import AnyEdition, AnyOf, AtLeast, AtMost, Condition, Conditions, Equals, corpus, searchable
from app.knowledge.index import IndexLayout
from app.knowledge.passage import Scope
from app.knowledge.payload import INTEGERS, KEYWORDS

_LOCK_WAIT_S = 10.0
_MOST_TOLD = 10_000
_PR_SET_PDEATHSIG = 1


def main(arguments: Sequence[str]) -> int:
    command, folder, parent = arguments[0], Path(arguments[1]), int(arguments[2])
    _die_with(parent)
    if command == "optimize":
        os.nice(10)  # a tenth of a busy core: answers go first, and it still gets done
        shard = _open(folder, None)
        shard.optimize()
        shard.flush()
        shard.close()
        return 0
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent closes us in order
    with socket.socket(fileno=int(arguments[3])) as connection:
        serve(connection, folder)
    return 0


def serve(connection: socket.socket, folder: Path) -> None:
    """Answer requests until the other end closes. The first frame is the layout; its answer says "open"."""
    frames = _frames(connection)
    number, layout = next(frames)
    try:
        owner = EdgeOwner(folder, layout)
    except Exception as failure:
        _send(connection, (number, False, str(failure)))
        return
    _send(connection, (number, True, None))
    try:
        for number, method, arguments in frames:
            try:
                answer = (number, True, getattr(owner, method)(*arguments))
            except Exception as failure:  # the parent decides; one bad request must not end the owner
                answer = (number, False, f"{type(failure).__name__}: {failure}")
            _send(connection, answer)
    finally:
        owner.close()


class EdgeOwner:
    """The requests a parent may send; every write is idempotent, so it can be sent again after a crash."""

    def __init__(self, folder: Path, layout: IndexLayout) -> None:
        self._shard = _open(folder, layout) if any(folder.glob("segments/*")) else _create(folder, layout)
        self._several = frozenset(layout.several)
        # Passages the parent has as they are now: most of a search's cost is copying texts it has seen before.
        self._told: set[str] = set()

    def upsert(self, points: Sequence[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]]) -> None:
        """(id, dense by name, (indices, values) by name, payload). The write-ahead log has it before this returns."""
        self._told.difference_update(point[0] for point in points)
        self._shard.update(edge.UpdateOperation.upsert_points([_point(*point) for point in points]))

    def change(self, changes: Sequence[tuple[Conditions, dict[str, Any]]]) -> None:
        self._told.clear()
        for conditions, payload in changes:
            self._shard.update(edge.UpdateOperation.set_payload_by_filter(_filter(conditions), payload))

    def delete(self, conditions: Conditions) -> None:
        self._told.clear()
        self._shard.update(edge.UpdateOperation.delete_points_by_filter(_filter(conditions)))

    def search(
        self,
        dense: dict[str, Any],
        sparse: dict[str, tuple[Sequence[int], Sequence[float]]],
        scope: Scope,
        limit: int,
    ) -> Ranked:
        held = _filter(searchable(scope))
        params = edge.SearchParams(idf=edge.IdfParams(_filter(corpus(scope))))
        wide = {name: vector for name, vector in dense.items() if name not in self._several}
        lists = {name: self._nearest(vector, name, held, limit, None) for name, vector in wide.items()}
        for name, (indices, values) in sparse.items():
            terms = edge.SparseVector(list(indices), list(values))
            lists[name] = self._nearest(terms, name, held, limit, params)
        found = {point_id for hits in lists.values() for point_id, _ in hits}
        if found:
            these = edge.Filter(must=[edge.HasIdCondition({*found})])
            for name in self._several & dense.keys():
                lists[name] = self._nearest(dense[name], name, these, len(found), None)
        forget = len(self._told) + len(found) > _MOST_TOLD
        if forget:
            self._told.clear()
        fresh = self._payloads(found - self._told)
        self._told.update(fresh)
        return Ranked(lists, fresh, forget)

    def scroll(
        self, conditions: Conditions, offset: str | None, limit: int
    ) -> tuple[list[tuple[str, dict[str, Any]]], str | None]:
        request = edge.ScrollRequest(offset=offset, limit=limit, filter=_filter(conditions), with_payload=True)
        records, following = self._shard.scroll(request)
        return [(str(r.id), r.payload or {}) for r in records], None if following is None else str(following)

    def get(self, conditions: Conditions, ids: list[str]) -> dict[str, dict[str, Any]]:
        known = edge.Filter(must=[*_conditions(conditions), edge.HasIdCondition(set(ids))])
        records, _ = self._shard.scroll(edge.ScrollRequest(limit=len(ids), filter=known, with_payload=True))
        return {str(record.id): record.payload or {} for record in records}

    def count(self, conditions: Conditions) -> int:
        return self._shard.count(edge.CountRequest(filter=_filter(conditions)))

    def close(self) -> None:
        self._shard.close()

    def _nearest(
        self, vector: Any, name: str, held: edge.Filter, limit: int, params: edge.SearchParams | None
    ) -> list[tuple[str, float]]:
        query = edge.Query.Nearest(vector, name)
        request = edge.QueryRequest(limit, query=query, filter=held, params=params, with_payload=False)
        return [(str(point.id), point.score) for point in self._shard.query(request)]

    def _payloads(self, ids: set[str]) -> dict[str, dict[str, Any]]:
        if not ids:
            return {}
        records = self._shard.retrieve(list(ids), with_payload=True, with_vector=False)
        return {str(record.id): record.payload or {} for record in records}


def _point(point_id: str, dense: dict[str, Any], sparse: dict[str, Any], payload: dict[str, Any]) -> edge.Point:
    terms = {name: edge.SparseVector(list(indices), list(values)) for name, (indices, values) in sparse.items()}
    return edge.Point(point_id, {**dense, **terms}, payload)


def _filter(conditions: Conditions) -> edge.Filter:
    return edge.Filter(must=_conditions(conditions))


def _conditions(conditions: Conditions) -> list[Any]:
    return [_condition(condition) for condition in conditions]


def _condition(condition: Condition) -> Any:
    match condition:
        case Equals(key, value):
            return edge.FieldCondition(key, match=edge.MatchValue(value))
        case AnyOf(key, values):
            return edge.FieldCondition(key, match=edge.MatchAny(list(values)))
        case AtMost(key, value):
            return edge.FieldCondition(key, range=edge.RangeFloat(lte=value))
        case AtLeast(key, value):
            return edge.FieldCondition(key, range=edge.RangeFloat(gte=value))
        case AnyEdition(groups):
            if not groups:  # an empty "should" would let everything through
                return edge.FieldCondition("document_id", match=edge.MatchAny([]))
            return edge.Filter(
                should=[
                    _filter((Equals("version", version), AnyOf("document_id", documents)))
                    for version, documents in groups
                ]
            )


def _config(layout: IndexLayout) -> edge.EdgeConfig:
    # One search thread halves a search's CPU; answers in parallel come from many requests, not from one.
    return edge.EdgeConfig(
        vectors={
            **{name: edge.EdgeVectorParams(size, edge.Distance.Cosine) for name, size in layout.dense.items()},
            **{name: _several(size) for name, size in layout.several.items()},
        },
        sparse_vectors={name: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf) for name in layout.sparse},
        max_search_threads=1,
        wal_enabled=True,
    )


def _several(size: int) -> edge.EdgeVectorParams:
    """Half precision: it moves a cosine by less than 0.0005 and halves the larger part of the index."""
    return edge.EdgeVectorParams(
        size,
        edge.Distance.Cosine,
        multivector_config=edge.MultiVectorConfig(edge.MultiVectorComparator.MaxSim),
        datatype=edge.VectorStorageDatatype.Float16,
        hnsw_config=edge.HnswIndexConfig(m=0, ef_construct=4, full_scan_threshold=10),
    )


def _create(folder: Path, layout: IndexLayout) -> edge.EdgeShard:
    folder.mkdir(parents=True, exist_ok=True)
    shard = _when_free(lambda: edge.EdgeShard.create(str(folder), _config(layout)))
    update = edge.UpdateOperation
    shard.update(update.create_field_index("tenant", edge.KeywordIndexParams(is_tenant=True)))
    for key in KEYWORDS:
        shard.update(update.create_field_index(key, edge.PayloadSchemaType.Keyword))
    for key in INTEGERS:
        shard.update(update.create_field_index(key, edge.PayloadSchemaType.Integer))
    shard.flush()
    return shard


def _open(folder: Path, layout: IndexLayout | None) -> edge.EdgeShard:
    return _when_free(lambda: edge.EdgeShard.load(str(folder), None if layout is None else _config(layout)))


def _when_free(opening: Any) -> edge.EdgeShard:
    """Open, waiting while the last owner of a killed service still holds the log's lock."""
    deadline = time.monotonic() + _LOCK_WAIT_S
    while True:
        try:
            shard: edge.EdgeShard = opening()
        except Exception as failure:  # Edge raises nothing more precise than Exception
            if "WouldBlock" not in str(failure) or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return shard


def _frames(connection: socket.socket) -> Iterator[Any]:
    stream = connection.makefile("rb", buffering=1 << 20)
    while len(header := stream.read(HEADER.size)) == HEADER.size:
        body = stream.read(HEADER.unpack(header)[0])
        yield pickle.loads(body)  # noqa: S301 - written by our own parent


def _send(connection: socket.socket, answer: tuple[int, bool, Any]) -> None:
    body = pickle.dumps(answer, protocol=5)
    connection.sendall(HEADER.pack(len(body)) + body)


def _die_with(parent: int) -> None:
    """Ask the kernel to end us with the parent (Linux): a long optimisation would not notice a closed socket."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
