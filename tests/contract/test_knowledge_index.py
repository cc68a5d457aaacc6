"""What every KnowledgeIndex promises, asked of Qdrant Edge, of qdrant-client's local mode, and of a real server when
WENDA_QDRANT__URL is set."""

from __future__ import annotations

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import AsyncQdrantClient, models

from app.knowledge.index import DocumentChange, IndexLayout, IndexPoint, IndexQuery, KnowledgeIndex
from app.knowledge.index_failures import IndexFailed, IndexRebuilding, LayoutChanged
from app.knowledge.passage import Editions, Scope
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.qdrant_server import QdrantServerIndex
from app.settings import QdrantSettings
from tests.contract.index_points import LAYOUT, TODAY, direction, point, query
from tests.fakes import MemoryIndex

PUBLIC = Scope("a", TODAY)
NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
URL = os.environ.get("WENDA_QDRANT__URL")
KINDS = ["edge", "local", *(["server"] if URL else [])]


def opened(kind: str, folder: Path, layout: IndexLayout = LAYOUT) -> KnowledgeIndex:
    if kind == "edge":
        return QdrantEdgeIndex(folder / "edge", layout)
    if kind == "local":
        return QdrantServerIndex(QdrantSettings(), layout, AsyncQdrantClient(path=str(folder / "local")))
    url = os.environ["WENDA_QDRANT__URL"]
    return QdrantServerIndex(QdrantSettings(url=url, collection=f"test-{folder.name}"), layout)


@pytest.fixture(params=KINDS)
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[KnowledgeIndex]:
    index = opened(request.param, tmp_path)
    yield index
    await index.close()
    if request.param == "server":
        client = AsyncQdrantClient(url=os.environ["WENDA_QDRANT__URL"])
        await client.delete_collection(f"test-{tmp_path.name}")
        await client.close()


async def numbers(index: KnowledgeIndex, scope: Scope = PUBLIC, asked: IndexQuery | None = None) -> set[int]:
    """The ordinals of everything a search can bring up, by any list."""
    lists = await index.search(asked or query(), scope)
    return {hit.passage.ordinal for hits in lists.values() for hit in hits}


async def test_a_passage_comes_back_with_every_field(index: KnowledgeIndex) -> None:
    full = point(
        3,
        document_id="fees",
        version=7,
        kind="faq",
        question="几天到账？",
        page=12,
        product_code="WX001",
        risk_level="R2",
        valid_from=date(2026, 1, 1),
        valid_to=date(2026, 12, 31),
    )
    await index.upsert([full])
    [hit] = (await index.search(query(3), PUBLIC))["meaning"]
    assert hit.passage == full.passage
    assert await index.get("a", [full.passage.id]) == [full.passage]
    assert [passage async for passage in index.scroll("a")] == [full.passage]


async def test_each_vector_asked_gives_its_own_list_best_first(index: KnowledgeIndex) -> None:
    await index.upsert([point(1, words=(1, 2)), point(2, words=(2,)), point(3, words=(9,))])
    lists = await index.search(query(3, words=(1, 2)), PUBLIC)
    assert set(lists) == {"meaning", "words"}
    assert [hit.passage.ordinal for hit in lists["words"]] == [1, 2]
    assert lists["meaning"][0].passage.ordinal == 3
    assert lists["meaning"][0].score == pytest.approx(1.0, abs=1e-5)
    for hits in lists.values():
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert set(await index.search(IndexQuery(query().dense), PUBLIC)) == {"meaning"}
    assert await index.search(IndexQuery(), PUBLIC) == {}


@pytest.mark.parametrize("kind", KINDS)
async def test_of_several_vectors_the_nearest_scores_and_only_what_another_list_found(
    kind: str, tmp_path: Path
) -> None:
    layout = replace(LAYOUT, several={"parts": 8})
    index = opened(kind, tmp_path, layout)
    try:
        points = [several(1, 10, 11, 12), several(2, 13), several(3, 11)]
        await index.upsert(points)
        asked = IndexQuery({"parts": direction(11)}, query(words=(1,)).sparse)
        lists = await index.search(asked, PUBLIC)
        assert {hit.passage.ordinal: hit.score > 0.999 for hit in lists["parts"]} == {1: True, 2: False, 3: True}
        assert lists["parts"][0].passage in [points[0].passage, points[2].passage]
        assert await index.search(replace(asked, sparse=query(words=(9,)).sparse), PUBLIC) == {"words": []}
        await index.snapshot(tmp_path / "copy")
        await index.delete("a", "d")
        await index.restore(tmp_path / "copy")
        again = await index.search(asked, PUBLIC)
        assert [hit.score for hit in again["parts"]] == pytest.approx([hit.score for hit in lists["parts"]], abs=1e-3)
        await index.close()
        other = opened(kind, tmp_path, LAYOUT)
        with pytest.raises(IndexRebuilding if kind == "edge" else LayoutChanged):
            await other.search(query(), PUBLIC)
        await other.close()
    finally:
        await index.close()


def several(number: int, *directions: int) -> IndexPoint:
    plain = point(number)
    return replace(plain, dense={**plain.dense, "parts": np.stack([direction(one) for one in directions])})


async def test_a_list_is_no_longer_than_asked(index: KnowledgeIndex) -> None:
    await index.upsert([point(number) for number in range(30)])
    lists = await index.search(query(limit=7), PUBLIC)
    assert {name: len(hits) for name, hits in lists.items()} == {"meaning": 7, "words": 7}


async def test_nobody_sees_another_tenant_a_draft_staff_matter_or_another_day(index: KnowledgeIndex) -> None:
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    await index.upsert(
        [
            point(1),
            point(2, tenant="b"),
            point(3, approved=False),
            point(4, audience="staff"),
            point(5, valid_to=yesterday),
            point(6, valid_from=tomorrow),
            point(7, valid_from=TODAY, valid_to=TODAY),
        ]
    )
    assert await numbers(index) == {1, 7}
    assert await numbers(index, replace(PUBLIC, audiences=("public", "staff"))) == {1, 4, 7}
    assert await numbers(index, replace(PUBLIC, audiences=())) == set()
    assert await numbers(index, replace(PUBLIC, as_of=yesterday)) == {1, 5}
    assert await numbers(index, replace(PUBLIC, as_of=tomorrow)) == {1, 6}
    assert await numbers(index, Scope("b", TODAY)) == {2}


async def test_an_earlier_instant_is_answered_from_exactly_the_editions_known_then(index: KnowledgeIndex) -> None:
    await index.upsert(
        [
            point(1, approved=False),
            point(2, version=2, valid_from=TODAY),
            point(3, document_id="e", version=2),
            point(4, document_id="e", audience="staff"),
            point(5, document_id="f"),
            point(6, tenant="b"),
        ]
    )

    def then(*editions: tuple[str, int], **changes: Any) -> Scope:
        known = Editions("a", TODAY, NOON, dict.fromkeys(editions, (None, None)), frozenset({("d", 1), ("e", 1)}))
        return replace(PUBLIC, editions=known, **changes)

    assert await numbers(index, then(("d", 1))) == {1}, "withdrawn since"
    assert await numbers(index, then(("d", 2), ("e", 2))) == {2, 3}
    assert await numbers(index, then(("d", 1), ("e", 2), ("f", 1), ("g", 1))) == {1, 3, 5}
    assert await numbers(index, then(("e", 1))) == set(), "staff matter stays staff matter"
    assert await numbers(index, then(("e", 1), audiences=("public", "staff"))) == {4}
    assert await numbers(index, then(("d", 1), ("f", 1), kind="faq")) == set()
    assert await numbers(index, then()) == set()


async def test_kind_and_product_narrow_a_search(index: KnowledgeIndex) -> None:
    await index.upsert([point(1, kind="faq"), point(2, product_code="WX001"), point(3)])
    assert await numbers(index, replace(PUBLIC, kind="faq")) == {1}
    assert await numbers(index, replace(PUBLIC, product_code="WX001")) == {2}


async def test_other_tenants_do_not_move_a_ranking(index: KnowledgeIndex) -> None:
    await index.upsert([point(1, words=(1,)), point(2, words=(2,)), point(3, words=(2,))])
    asked = query(words=(1, 2))
    before = [(hit.passage.ordinal, hit.score) for hit in (await index.search(asked, PUBLIC))["words"]]
    assert before[0][0] == 1, "the rarer term weighs more"
    await index.upsert([point(number, tenant="b", words=(1,)) for number in range(100, 160)])
    after = [(hit.passage.ordinal, hit.score) for hit in (await index.search(asked, PUBLIC))["words"]]
    assert after[0][0] == 1
    assert dict(after) == pytest.approx(dict(before))


async def test_upserting_again_replaces_and_adds_nothing(index: KnowledgeIndex) -> None:
    await index.upsert([point(1, title="旧")])
    assert {hit.passage.title for hit in (await index.search(query(), PUBLIC))["words"]} == {"旧"}
    await index.upsert([point(1, title="新")])
    assert await index.count() == 1
    assert {hit.passage.title for hit in (await index.search(query(), PUBLIC))["words"]} == {"新"}


async def test_a_change_publishes_and_withdraws_whole_versions_and_no_others(index: KnowledgeIndex) -> None:
    await index.upsert(
        [
            point(1, version=1),
            point(2, version=2, approved=False),
            point(3, version=2, approved=False),
            point(4, document_id="other", version=2, approved=False),
            point(5, tenant="b", version=2, approved=False),
        ]
    )
    assert await numbers(index) == {1}
    last, first = TODAY - timedelta(days=1), TODAY
    await index.change([DocumentChange("a", "d", 1, True, None, last), DocumentChange("a", "d", 2, True, first, None)])
    assert await numbers(index) == {2, 3}
    assert await numbers(index, replace(PUBLIC, as_of=last)) == {1}
    assert await numbers(index, Scope("b", TODAY)) == set()
    by_number = {passage.ordinal: passage async for passage in index.scroll("a", "d")}
    assert (by_number[1].valid_to, by_number[2].valid_from, by_number[2].approved) == (last, first, True)
    await index.change([DocumentChange("a", "d", 2, False)])
    assert await numbers(index) == set()


async def test_deleting_takes_one_version_or_the_whole_document(index: KnowledgeIndex) -> None:
    await index.upsert([point(1), point(2, version=2), point(3, document_id="other"), point(4, tenant="b")])
    await index.delete("a", "d", 1)
    assert await numbers(index) == {2, 3}
    await index.delete("a", "d")
    await index.delete("a", "unknown")
    assert await numbers(index) == {3}
    assert (await index.count("a"), await index.count("b"), await index.count()) == (1, 1, 2)


async def test_scrolling_gives_every_passage_once_drafts_too(index: KnowledgeIndex) -> None:
    await index.upsert([point(number, approved=number % 2 == 0, document_id=f"d{number % 3}") for number in range(600)])
    await index.upsert([point(700, tenant="b")])
    assert sorted([passage.ordinal async for passage in index.scroll("a")]) == list(range(600))
    assert sorted([passage.ordinal async for passage in index.scroll("a", "d1")]) == list(range(1, 600, 3))


async def test_passages_are_got_in_the_order_asked_and_only_by_their_tenant(index: KnowledgeIndex) -> None:
    points = [point(number) for number in range(4)]
    await index.upsert([*points, point(9, tenant="b")])
    ids = [points[2].passage.id, "not an id", str(uuid.uuid4()), points[0].passage.id, point(9, tenant="b").passage.id]
    assert [passage.ordinal for passage in await index.get("a", ids)] == [2, 0]
    assert await index.get("a", []) == []


async def test_searches_keep_being_right_while_points_are_written_and_optimised(index: KnowledgeIndex) -> None:
    await index.upsert([point(number) for number in range(100)])
    optimising = asyncio.create_task(index.optimize())
    writes = [
        index.upsert([point(number, document_id="more") for number in range(at, at + 50)]) for at in range(100, 500, 50)
    ]
    writing = asyncio.gather(*writes)
    seen: list[int] = []
    while not (writing.done() and optimising.done() and len(seen) >= 60):
        found = await asyncio.gather(*(numbers(index, asked=query(at)) for at in range(6)))
        assert all(set(range(100)) <= ordinals for ordinals in found)
        seen += map(len, found)
    await asyncio.gather(writing, optimising)
    assert await numbers(index) == set(range(500))
    await index.delete("a", "more")
    await index.optimize()
    assert await numbers(index) == set(range(100))


async def test_a_snapshot_brings_everything_back_and_nothing_written_since(
    index: KnowledgeIndex, tmp_path: Path
) -> None:
    await index.upsert([point(number, words=(number, 77)) for number in range(40)])
    asked = query(5, words=(5, 77))
    before = await index.search(asked, PUBLIC)
    await index.snapshot(tmp_path / "backup")
    await index.delete("a", "d")
    await index.upsert([point(1000)])
    await index.restore(tmp_path / "backup")
    assert await index.count() == 40
    after = await index.search(asked, PUBLIC)
    for name, hits in before.items():
        assert {h.passage.id: h.score for h in after[name]} == pytest.approx({h.passage.id: h.score for h in hits})
    with pytest.raises(OSError, match="not empty"):
        await index.snapshot(tmp_path / "backup")


async def test_what_is_written_while_the_rest_is_copied_is_in_no_copy_that_says_it_fits_the_rest(
    index: KnowledgeIndex, tmp_path: Path
) -> None:
    late: list[asyncio.Task[None]] = []
    patience = 0.5 if isinstance(index, QdrantEdgeIndex) else 60  # seconds; Edge's writers wait as long as this does
    written: list[bool] = []

    async def meanwhile() -> None:
        late.append(asyncio.create_task(index.upsert([point(2)])))
        await asyncio.wait(late, timeout=patience)
        written.append(late[0].done())

    await index.upsert([point(1)])
    held = await index.snapshot(tmp_path / "backup", meanwhile)
    assert written == [not held], "a copy fits the rest where writers waited"
    await asyncio.gather(*late)
    assert await index.count() == 2
    await index.restore(tmp_path / "backup")
    assert await index.count() == (1 if held else 2)


async def test_an_embedded_index_of_another_layout_answers_nothing_until_it_is_filled_again(tmp_path: Path) -> None:
    index = opened("edge", tmp_path)
    await index.upsert([point(1), point(2)])
    assert not await index.awaits_rebuilding()
    await index.close()
    wider = replace(LAYOUT, sparse=(*LAYOUT.sparse, "more"))
    for _ in range(2):  # also after a restart in the middle
        index = opened("edge", tmp_path, wider)
        assert await index.awaits_rebuilding()
        with pytest.raises(IndexRebuilding):
            await index.search(query(), PUBLIC)
        with pytest.raises(IndexRebuilding):
            await index.snapshot(tmp_path / "half")
        await index.upsert([point(1)])
        assert await index.count() == 1
        await index.close()
    index = opened("edge", tmp_path, wider)
    await index.rebuilt()
    assert await numbers(index) == {1}
    await index.close()
    index = opened("edge", tmp_path, wider)
    assert not await index.awaits_rebuilding()
    assert await numbers(index) == {1}
    await index.close()


async def test_a_collection_of_another_layout_is_refused_not_misread(tmp_path: Path) -> None:
    for kind in set(KINDS) - {"edge"}:
        index = opened(kind, tmp_path)
        await index.upsert([point(1)])
        await index.close()
        stranger = opened(kind, tmp_path, IndexLayout({"meaning": 16}, LAYOUT.sparse))
        with pytest.raises(LayoutChanged):
            await stranger.count()
        await stranger.close()


def strange(common: bool = False, **changed: Any) -> dict[str, Any]:
    """What a collection like the layout's is made of, with one vector otherwise."""
    vectors = {
        name: models.VectorParams(size=size, distance=models.Distance.COSINE) for name, size in LAYOUT.dense.items()
    }
    vectors["meaning"] = vectors["meaning"].model_copy(update=changed)
    modifier = models.Modifier.NONE if common else models.Modifier.IDF
    sparse = {name: models.SparseVectorParams(modifier=modifier) for name in LAYOUT.sparse}
    return {"vectors_config": vectors, "sparse_vectors_config": sparse}


MANY = models.MultiVectorConfig(comparator=models.MultiVectorComparator.MAX_SIM)


@pytest.mark.parametrize(
    ("made", "refused"),
    [
        (strange(), False),
        (strange(on_disk=True, datatype=models.Datatype.FLOAT16), False),
        (strange(distance=models.Distance.DOT), True),
        (strange(distance=models.Distance.EUCLID), True),
        (strange(multivector_config=MANY), True),
        (strange(common=True), True),
    ],
    ids=["the same", "stored otherwise", "dot product", "distance", "several vectors", "rare words count no more"],
)
async def test_a_collection_that_scores_otherwise_is_refused_and_left_as_it_is(
    made: dict[str, Any], refused: bool, tmp_path: Path
) -> None:
    for kind in set(KINDS) - {"edge"}:
        client = AsyncQdrantClient(path=str(tmp_path / "local")) if kind == "local" else AsyncQdrantClient(url=URL)
        settings = QdrantSettings(collection=f"test-{tmp_path.name}-otherwise")
        await client.create_collection(settings.collection, **made)
        index = QdrantServerIndex(settings, LAYOUT, client)
        if refused:
            with pytest.raises(LayoutChanged):
                await index.upsert([point(1)])
            assert (await client.count(settings.collection)).count == 0
        else:
            await index.upsert([point(1)])
            assert await numbers(index) == {1}
        await client.delete_collection(settings.collection)
        await client.close()


async def test_an_unreachable_server_is_reported_as_ours() -> None:
    index = QdrantServerIndex(QdrantSettings(url="http://127.0.0.1:1"), LAYOUT)
    with pytest.raises(IndexFailed):
        await index.search(query(), PUBLIC)


DATES = st.none() | st.integers(-3, 3).map(lambda days: TODAY + timedelta(days=days))
WRITES = st.lists(
    st.one_of(
        st.tuples(
            st.just("upsert"), st.integers(1, 3), st.booleans(), DATES, DATES, st.sampled_from(["public", "staff"])
        ),
        st.tuples(st.just("change"), st.integers(1, 3), st.booleans(), DATES, DATES, st.just("")),
        st.tuples(st.just("delete"), st.integers(1, 3), st.just(False), st.none(), st.none(), st.just("")),
    ),
    max_size=12,
)


@pytest.mark.parametrize("kind", KINDS)
def test_after_any_history_a_search_gives_exactly_what_may_be_seen(kind: str, tmp_path: Path) -> None:
    """Both implementations against a dictionary, for random histories of two tenants."""
    with asyncio.Runner() as runner:
        index = opened(kind, tmp_path)

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(histories=st.tuples(WRITES, WRITES), staff=st.booleans(), shift=st.integers(-4, 4))
        def check(histories: tuple[list[tuple], list[tuple]], staff: bool, shift: int) -> None:
            runner.run(compare(index, histories, staff, shift))

        try:
            check()
        finally:
            runner.run(index.close())


async def compare(index: KnowledgeIndex, histories: tuple[list[tuple], ...], staff: bool, shift: int) -> None:
    truth, tenants = MemoryIndex(), [uuid.uuid4().hex, uuid.uuid4().hex]
    for tenant, history in zip(tenants, histories, strict=True):
        for number, (what, version, approved, starts, ends, audience) in enumerate(history):
            for target in (index, truth):
                await write(target, what, tenant, version, number, approved, starts, ends, audience)
    for tenant in tenants:
        audiences = ("public", "staff") if staff else ("public",)
        scope = Scope(tenant, TODAY + timedelta(days=shift), audiences)
        expected = {hit.passage for hits in (await truth.search(query(), scope)).values() for hit in hits}
        for name, hits in (await index.search(query(), scope)).items():
            assert {hit.passage for hit in hits} == expected, name


async def write(
    index: KnowledgeIndex,
    what: str,
    tenant: str,
    version: int,
    number: int,
    approved: bool,
    starts: date | None,
    ends: date | None,
    audience: str,
) -> None:
    if what == "delete":
        await index.delete(tenant, "d", version)
    elif what == "change":
        await index.change([DocumentChange(tenant, "d", version, approved, starts, ends)])
    else:
        governed = {"approved": approved, "valid_from": starts, "valid_to": ends, "audience": audience}
        points: list[IndexPoint] = [point(number, tenant=tenant, version=version, **governed)]
        await index.upsert(points)
