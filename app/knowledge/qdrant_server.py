"""The index on a Qdrant server or cluster, for more than one service process; qdrant-client's local mode in tests."""

from __future__ import annotations

import asyncio
import base64
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
import orjson
from qdrant_client import AsyncQdrantClient, models
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from app.knowledge.filters import (
    AnyEdition,
    AnyOf,
    AtLeast,
    AtMost,
    Condition,
    Conditions,
    Equals,
    corpus,
    owned,
    searchable,
)
from app.knowledge.index import DocumentChange, Hit, IndexLayout, IndexPoint, IndexQuery
from app.knowledge.index_failures import LayoutChanged, failed
from app.knowledge.passage import Passage, Scope
from app.knowledge.payload import INTEGERS, KEYWORDS, changed_payload, passage_of, payload_of, point_ids
from app.settings import QdrantSettings

_CHUNK = 128
_PAGE = 256
_POINTS = "points.jsonl"

P = ParamSpec("P")
T = TypeVar("T")


def _reported(call: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, Coroutine[Any, Any, T]]:
    """The vendor's failures as ours."""

    @wraps(call)
    async def reporting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await call(*args, **kwargs)
        except (ApiException, UnexpectedResponse) as failure:
            raise failed(f"{call.__name__}: {failure}") from failure

    return reporting


class QdrantServerIndex:
    """KnowledgeIndex over qdrant-client. The collection is made on the first request when it does not exist."""

    def __init__(self, settings: QdrantSettings, layout: IndexLayout, client: AsyncQdrantClient | None = None) -> None:
        self._settings, self._layout, self._name = settings, layout, settings.collection
        self._client = client
        self._starting = asyncio.Lock()
        self._ready: AsyncQdrantClient | None = None

    @_reported
    async def start(self) -> None:
        await self._running()

    @_reported
    async def upsert(self, points: Sequence[IndexPoint]) -> None:
        client = await self._running()
        structs = [_struct(point) for point in points]
        for start in range(0, len(structs), _CHUNK):
            await client.upsert(self._name, structs[start : start + _CHUNK], wait=True)

    @_reported
    async def change(self, changes: Sequence[DocumentChange]) -> None:
        client = await self._running()
        operations: list[models.UpdateOperation] = [
            models.SetPayloadOperation(
                set_payload=models.SetPayload(
                    payload=changed_payload(change),
                    filter=_filter(owned(change.tenant, change.document_id, change.version)),
                )
            )
            for change in changes
        ]
        if operations:
            await client.batch_update_points(self._name, operations, wait=True)

    @_reported
    async def delete(self, tenant: str, document_id: str, version: int | None = None) -> None:
        selector = models.FilterSelector(filter=_filter(owned(tenant, document_id, version)))
        await (await self._running()).delete(self._name, selector, wait=True)

    @_reported
    async def search(self, query: IndexQuery, scope: Scope) -> Mapping[str, Sequence[Hit]]:
        client = await self._running()
        held = _filter(searchable(scope))
        params = models.SearchParams(idf=models.IdfCorpusParams(corpus=_filter(corpus(scope))))
        requests = {
            name: _request(vector.tolist(), name, held, None, query.limit)
            for name, vector in query.dense.items()
            if name not in self._layout.several
        }
        for name, terms in query.sparse.items():
            vector = models.SparseVector(indices=list(terms.indices), values=list(terms.values))
            requests[name] = _request(vector, name, held, params, query.limit)
        if not requests:
            return {}
        answers = await client.query_batch_points(self._name, list(requests.values()))
        lists = {
            name: [Hit(passage_of(str(point.id), point.payload or {}), point.score) for point in answer.points]
            for name, answer in zip(requests, answers, strict=True)
        }
        return {**lists, **await self._scored(client, query, lists)}

    async def _scored(
        self, client: AsyncQdrantClient, query: IndexQuery, lists: Mapping[str, Sequence[Hit]]
    ) -> dict[str, Sequence[Hit]]:
        """The lists of which a passage has several vectors, over what the others found."""
        found = {hit.passage.id: hit.passage for hits in lists.values() for hit in hits}
        names = [name for name in self._layout.several if name in query.dense]
        if not found or not names:
            return {}
        these = models.Filter(must=[models.HasIdCondition(has_id=list(found))])
        requests = [
            models.QueryRequest(query=[query.dense[name].tolist()], using=name, filter=these, limit=len(found))
            for name in names
        ]
        answers = await client.query_batch_points(self._name, requests)
        return {
            name: [Hit(found[str(point.id)], point.score) for point in answer.points]
            for name, answer in zip(names, answers, strict=True)
        }

    async def awaits_rebuilding(self) -> bool:
        """Never: a collection of another layout may be another release's, so it is refused and left alone."""
        return False

    async def rebuilt(self) -> None:
        """There is nothing to end."""

    async def scroll(self, tenant: str, document_id: str | None = None) -> AsyncIterator[Passage]:
        async for record in self._records(owned(tenant, document_id), with_vectors=False):
            yield passage_of(str(record.id), record.payload or {})

    @_reported
    async def get(self, tenant: str, ids: Sequence[str]) -> Sequence[Passage]:
        wanted = point_ids(list(ids))
        if not wanted:
            return []
        known = models.Filter(must=[*_conditions(owned(tenant)), models.HasIdCondition(has_id=list(wanted))])
        records, _ = await (await self._running()).scroll(self._name, known, limit=len(wanted), with_payload=True)
        found = {str(record.id): passage_of(str(record.id), record.payload or {}) for record in records}
        return [found[point_id] for point_id in wanted if point_id in found]

    @_reported
    async def count(self, tenant: str | None = None) -> int:
        held = None if tenant is None else _filter(owned(tenant))
        return (await (await self._running()).count(self._name, held, exact=True)).count

    async def optimize(self) -> None:
        """Nothing to ask for: a server optimises in the background by itself."""

    @_reported
    async def snapshot(self, folder: Path, meanwhile: Callable[[], Awaitable[None]] | None = None) -> bool:
        """Export every point with its vectors, one JSON line each. Other processes' writers cannot be made to wait."""
        if meanwhile is not None:
            await meanwhile()
        partial = folder.with_name(f"{folder.name}.partial")
        await asyncio.to_thread(partial.mkdir, parents=True, exist_ok=True)
        with (partial / _POINTS).open("wb") as file:
            async for record in self._records((), with_vectors=True):
                file.write(orjson.dumps(_exported(record)) + b"\n")
        partial.rename(folder)  # refuses a folder with anything in it
        return meanwhile is None

    @_reported
    async def restore(self, folder: Path) -> None:
        """Bring back every exported point, then remove the points the export does not have: never an empty moment."""
        client = await self._running()
        kept: set[str] = set()
        with (folder / _POINTS).open("rb") as file:
            while lines := file.readlines(1 << 20):
                structs = [_imported(orjson.loads(line)) for line in lines]
                kept.update(str(struct.id) for struct in structs)
                await client.upsert(self._name, structs, wait=True)
        strangers = [str(r.id) async for r in self._records((), with_vectors=False) if str(r.id) not in kept]
        if strangers:
            await client.delete(self._name, models.PointIdsList(points=list(strangers)), wait=True)

    async def close(self) -> None:
        client, self._ready = self._ready, None
        if client is not None:
            await client.close()

    async def _records(self, conditions: Conditions, *, with_vectors: bool) -> AsyncIterator[models.Record]:
        offset: Any = None
        while True:
            page, offset = await self._page(conditions, offset, with_vectors)
            for record in page:
                yield record
            if offset is None:
                return

    @_reported
    async def _page(self, conditions: Conditions, offset: Any, with_vectors: bool) -> tuple[list[models.Record], Any]:
        client = await self._running()
        return await client.scroll(
            self._name, _filter(conditions), _PAGE, offset=offset, with_payload=True, with_vectors=with_vectors
        )

    async def _running(self) -> AsyncQdrantClient:
        if self._ready is not None:
            return self._ready
        async with self._starting:
            if self._ready is None:
                client = self._client or _connected(self._settings)
                await self._prepare(client)
                self._ready = client
            return self._ready

    async def _prepare(self, client: AsyncQdrantClient) -> None:
        if await client.collection_exists(self._name):
            await self._check_layout(client)
            return
        settings, layout = self._settings, self._layout
        await client.create_collection(
            self._name,
            vectors_config=_dense(layout),
            sparse_vectors_config=_sparse(layout),
            shard_number=settings.shard_number,
            replication_factor=settings.replication_factor,
            # An acknowledged write is on a majority of the replicas.
            write_consistency_factor=settings.replication_factor // 2 + 1,
        )
        tenant = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, is_tenant=True)
        with warnings.catch_warnings():  # local mode says that it has no payload indexes
            warnings.simplefilter("ignore", UserWarning)
            await client.create_payload_index(self._name, "tenant", tenant)
            for key in KEYWORDS:
                await client.create_payload_index(self._name, key, models.PayloadSchemaType.KEYWORD)
            for key in INTEGERS:
                await client.create_payload_index(self._name, key, models.PayloadSchemaType.INTEGER)

    async def _check_layout(self, client: AsyncQdrantClient) -> None:
        """What a score means depends on all of it: a collection of another distance answers, and answers wrongly."""
        params = (await client.get_collection(self._name)).config.params
        dense = params.vectors if isinstance(params.vectors, dict) else {}
        sparse = params.sparse_vectors or {}
        if {name: _scored_by(vector) for name, vector in dense.items()} != {
            name: _scored_by(vector) for name, vector in _dense(self._layout).items()
        }:
            raise LayoutChanged
        if {name: vector.modifier for name, vector in sparse.items()} != {
            name: vector.modifier for name, vector in _sparse(self._layout).items()
        }:
            raise LayoutChanged


def _dense(layout: IndexLayout) -> dict[str, models.VectorParams]:
    single = {
        name: models.VectorParams(size=size, distance=models.Distance.COSINE) for name, size in layout.dense.items()
    }
    return {**single, **{name: _several(size) for name, size in layout.several.items()}}


def _sparse(layout: IndexLayout) -> dict[str, models.SparseVectorParams]:
    return {name: models.SparseVectorParams(modifier=models.Modifier.IDF) for name in layout.sparse}


def _scored_by(vector: models.VectorParams) -> tuple[int, models.Distance, models.MultiVectorComparator | None]:
    """Not how it is stored (datatype, graph, disk): who runs the server may choose that."""
    several = vector.multivector_config
    return vector.size, vector.distance, several.comparator if several else None


def _several(size: int) -> models.VectorParams:
    return models.VectorParams(
        size=size,
        distance=models.Distance.COSINE,
        multivector_config=models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM),
        datatype=models.Datatype.FLOAT16,
        hnsw_config=models.HnswConfigDiff(m=0),
    )


def _connected(settings: QdrantSettings) -> AsyncQdrantClient:
    key = settings.api_key.get_secret_value() if settings.api_key else None
    # The version check would be a blocking request on the event loop.
    return AsyncQdrantClient(url=settings.url, api_key=key, check_compatibility=False)


def _struct(point: IndexPoint) -> models.PointStruct:
    vectors: dict[str, Any] = {name: vector.tolist() for name, vector in point.dense.items()}
    for name, terms in point.sparse.items():
        vectors[name] = models.SparseVector(indices=list(terms.indices), values=list(terms.values))
    return models.PointStruct(id=point.passage.id, vector=vectors, payload=payload_of(point.passage))


def _request(
    vector: Any, name: str, held: models.Filter, params: models.SearchParams | None, limit: int
) -> models.QueryRequest:
    return models.QueryRequest(query=vector, using=name, filter=held, params=params, limit=limit, with_payload=True)


def _filter(conditions: Conditions) -> models.Filter:
    return models.Filter(must=_conditions(conditions))


def _conditions(conditions: Conditions) -> list[models.Condition]:
    return [_condition(condition) for condition in conditions]


def _condition(condition: Condition) -> models.FieldCondition | models.Filter:
    match condition:
        case Equals(key, value):
            return models.FieldCondition(key=key, match=models.MatchValue(value=value))
        case AnyOf(key, values):
            return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))
        case AtMost(key, value):
            return models.FieldCondition(key=key, range=models.Range(lte=value))
        case AtLeast(key, value):
            return models.FieldCondition(key=key, range=models.Range(gte=value))
        case AnyEdition(groups):
            if not groups:  # an empty "should" would let everything through
                return models.FieldCondition(key="document_id", match=models.MatchAny(any=[]))
            return models.Filter(
                should=[
                    _filter((Equals("version", version), AnyOf("document_id", documents)))
                    for version, documents in groups
                ]
            )


def _exported(record: models.Record) -> dict[str, Any]:
    dense, sparse = {}, {}
    for name, vector in (record.vector if isinstance(record.vector, dict) else {}).items():
        if isinstance(vector, models.SparseVector):
            sparse[name] = [vector.indices, vector.values]
        else:
            values = np.asarray(vector, dtype="<f4")
            written = base64.b64encode(values.tobytes()).decode()
            dense[name] = written if values.ndim == 1 else [len(values), written]
    return {"id": str(record.id), "payload": record.payload, "dense": dense, "sparse": sparse}


def _imported(row: dict[str, Any]) -> models.PointStruct:
    vectors: dict[str, Any] = {name: _read(written) for name, written in row["dense"].items()}
    for name, (indices, values) in row["sparse"].items():
        vectors[name] = models.SparseVector(indices=indices, values=values)
    return models.PointStruct(id=row["id"], vector=vectors, payload=row["payload"])


def _read(written: Any) -> list[Any]:
    """One vector, or [how many, several of them]."""
    rows, text = (None, written) if isinstance(written, str) else written
    values = np.frombuffer(base64.b64decode(text), dtype="<f4")
    return list((values if rows is None else values.reshape(rows, -1)).tolist())
