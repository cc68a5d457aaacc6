"""Every search filter carries tenant, audience, approval and validity, whatever the scope says."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.knowledge.filters import AnyEdition, AnyOf, AtLeast, AtMost, Equals, corpus, owned, searchable
from app.knowledge.index import IndexQuery
from app.knowledge.passage import Editions, Passage, Scope
from app.knowledge.payload import passage_of, payload_of, point_ids
from app.knowledge.qdrant_edge import QdrantEdgeIndex
from app.knowledge.qdrant_server import QdrantServerIndex

DAYS = st.dates(date(1990, 1, 1), date(2200, 1, 1))
SCOPES = st.builds(
    Scope,
    tenant=st.text(min_size=1, max_size=8),
    as_of=DAYS,
    audiences=st.sampled_from([("public",), ("public", "staff"), ("staff",), ()]),
    kind=st.sampled_from([None, "product", "regulation", "faq"]),
    product_code=st.sampled_from([None, "WX001"]),
)
PASSAGES = st.builds(
    Passage,
    id=st.uuids().map(str),
    document_id=st.text(max_size=8),
    version=st.integers(1, 99),
    ordinal=st.integers(0, 999),
    tenant=st.text(min_size=1, max_size=8),
    kind=st.sampled_from(["product", "regulation", "faq"]),
    title=st.text(max_size=20),
    section=st.text(max_size=20),
    text=st.text(max_size=60),
    sha256=st.text(max_size=8),
    question=st.text(max_size=20),
    page=st.none() | st.integers(1, 400),
    product_code=st.none() | st.text(max_size=8),
    risk_level=st.sampled_from([None, "R1", "R5"]),
    valid_from=st.none() | DAYS,
    valid_to=st.none() | DAYS,
    audience=st.sampled_from(["public", "staff"]),
    approved=st.booleans(),
)


@given(SCOPES)
def test_every_search_filter_holds_tenant_audience_approval_and_both_ends_of_validity(scope: Scope) -> None:
    conditions = searchable(scope)
    day = scope.as_of.toordinal()
    assert Equals("tenant", scope.tenant) in conditions
    assert AnyOf("audience", scope.audiences) in conditions
    assert Equals("approved", 1) in conditions
    assert AtMost("valid_from", day) in conditions
    assert AtLeast("valid_to", day) in conditions


@given(SCOPES, st.frozensets(st.tuples(st.text(min_size=1, max_size=3), st.integers(1, 3)), max_size=6))
def test_an_earlier_instant_changes_what_counts_as_approved_and_nothing_else(
    scope: Scope, editions: frozenset[tuple[str, int]]
) -> None:
    known_at = datetime(2026, 1, 1, tzinfo=UTC)
    then = Editions(scope.tenant, scope.as_of, known_at, dict.fromkeys(editions, (None, None)), editions)
    conditions = searchable(replace(scope, editions=then))
    assert Equals("tenant", scope.tenant) in conditions
    assert AnyOf("audience", scope.audiences) in conditions
    [only] = [condition for condition in conditions if isinstance(condition, AnyEdition)]
    assert {(document, version) for version, documents in only.groups for document in documents} == editions
    for stranger in (replace(then, tenant=f"{scope.tenant}x"), replace(then, as_of=scope.as_of + timedelta(days=1))):
        with pytest.raises(ValueError, match="another scope"):
            replace(scope, editions=stranger)


def test_only_the_store_says_what_was_known_then() -> None:
    """Editions stand for approval and validity, so nothing but the history of decisions may make them."""
    makers = [
        path.as_posix()
        for path in Path("app").rglob("*.py")
        if re.search(r"(?<!class )\bEditions\(", path.read_text(encoding="utf-8"))
    ]
    assert makers == ["app/store/publications.py"]


@given(SCOPES)
def test_kind_and_product_narrow_only_when_the_scope_names_them(scope: Scope) -> None:
    keys = [condition.key for condition in searchable(scope)]
    assert ("kind" in keys) == (scope.kind is not None)
    assert ("product_code" in keys) == (scope.product_code is not None)


@given(SCOPES)
def test_rarity_is_counted_over_the_askers_own_tenant(scope: Scope) -> None:
    assert corpus(scope) == (Equals("tenant", scope.tenant),)


def test_no_caller_can_hand_a_search_its_own_filter() -> None:
    assert {field.name for field in fields(IndexQuery)} == {"dense", "sparse", "limit"}
    for implementation in (QdrantEdgeIndex, QdrantServerIndex):
        assert list(inspect.signature(implementation.search).parameters) == ["self", "query", "scope"]


def test_maintenance_never_leaves_the_tenant() -> None:
    assert owned("a", "d", 3) == (Equals("tenant", "a"), Equals("document_id", "d"), Equals("version", 3))
    assert owned("a") == (Equals("tenant", "a"),)


@given(PASSAGES)
def test_a_passage_comes_back_from_its_payload_unchanged(passage: Passage) -> None:
    assert passage_of(passage.id, payload_of(passage)) == passage


def test_a_passage_without_a_uuid_is_refused_before_anything_is_written() -> None:
    passage = Passage("not-a-uuid", "d", 1, 0, "t", "faq", "题", "", "文", "")
    with pytest.raises(ValueError, match="hexadecimal"):
        payload_of(passage)


def test_ids_that_cannot_exist_are_left_out_and_repeats_are_asked_once() -> None:
    known = "6a1c2b5e-6f0e-5d52-9a53-6f3c8e1f7a10"
    assert point_ids(["nope", known, known.upper(), known, ""]) == [known]
