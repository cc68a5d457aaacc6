"""The index as it would be with a draft published: what stays as it was changes no list, what is new stands in its
place."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import cast

import numpy as np
import pytest

from app.alarms.overlay import OverlayIndex
from app.knowledge.index import Hit, IndexPoint, IndexQuery, KnowledgeIndex, SparseVector
from app.knowledge.passage import Passage, Scope

SCOPE = Scope("demo", date(2026, 11, 26))
AXES = np.eye(3, dtype=np.float32)


def passage(id: str, text: str, document: str = "fees", version: int = 1) -> Passage:
    return Passage(id, document, version, 0, "demo", "product", "价格表", "", text, text, approved=True)


def point(one: Passage, axis: int) -> IndexPoint:
    return IndexPoint(one, {"passage": AXES[axis], "sentences": AXES[axis : axis + 1]}, {})


OLD = passage("old-a", "跨行转账10元")
KEPT = passage("old-b", "挂失5元")
OTHER = passage("other", "存款利率", document="rates")
REQUEST = IndexQuery({"passage": AXES[0], "sentences": AXES[0]}, {}, limit=2)


def overlay(*draft: IndexPoint) -> OverlayIndex:
    return OverlayIndex(cast(KnowledgeIndex, None), draft, "fees", [OLD, KEPT])


def draft(text: str, axis: int) -> IndexPoint:
    return point(replace(passage(f"new-{text}", text, version=2), approved=False), axis)


def test_a_list_without_what_the_draft_changes_stays_as_it_is() -> None:
    lists = {"passage": [Hit(KEPT, 0.9), Hit(OTHER, 0.8)], "sentences": [Hit(KEPT, 0.9), Hit(OTHER, 0.8)]}
    same = overlay(draft(KEPT.text, 0), draft("跨行转账12元", 1))
    assert same.changed(REQUEST, lists, SCOPE) is None


def test_a_changed_passage_stands_in_the_place_of_the_one_before() -> None:
    lists = {"passage": [Hit(OLD, 0.9), Hit(KEPT, 0.8)], "sentences": [Hit(OLD, 0.9), Hit(KEPT, 0.8)]}
    made = overlay(draft(KEPT.text, 1), draft("跨行转账12元", 0)).changed(REQUEST, lists, SCOPE)
    assert made is not None
    for hits in made.values():
        assert [(hit.passage.text, hit.score) for hit in hits] == [("跨行转账12元", 1.0), (KEPT.text, 0.8)]


def test_what_the_draft_leaves_out_is_gone() -> None:
    lists = {"passage": [Hit(OLD, 0.9), Hit(KEPT, 0.8)]}
    made = overlay(draft(KEPT.text, 0)).changed(REQUEST, lists, SCOPE)
    assert made is not None
    assert [hit.passage for hit in made["passage"]] == [KEPT]


@pytest.mark.parametrize("start", [date(2026, 11, 26), date(2026, 12, 1)])
def test_a_draft_speaks_on_its_own_days_only(start: date) -> None:
    later = draft("跨行转账12元", 0)
    later = replace(later, passage=replace(later.passage, valid_from=start))
    made = overlay(later).changed(REQUEST, {"passage": [Hit(OTHER, 0.5)]}, SCOPE)
    assert (made is not None) == (start <= SCOPE.as_of)


def test_nearness_by_sentences_counts_only_for_what_another_list_found() -> None:
    far = IndexPoint(passage("new", "全新条款", version=2), {"passage": AXES[2], "sentences": AXES[0:1]}, {})
    lists = {"passage": [Hit(OTHER, 0.9), Hit(OTHER, 0.8)], "sentences": [Hit(OTHER, 0.9)]}
    assert overlay(far).changed(REQUEST, lists, SCOPE) is None


def test_a_sparse_score_of_a_changed_passage_is_scaled_as_those_that_stay() -> None:
    request = IndexQuery({}, {"words": SparseVector((1,), (1.0,))}, limit=5)
    vectors = [{"words": SparseVector((1,), (value,))} for value in (2.0, 3.0)]
    points = [
        IndexPoint(passage("new-b", KEPT.text, version=2), {}, vectors[0]),
        IndexPoint(passage("new-a", "跨行转账12元", version=2), {}, vectors[1]),
    ]
    made = overlay(*points).changed(request, {"words": [Hit(OLD, 9.0), Hit(KEPT, 4.0)]}, SCOPE)
    assert made is not None
    assert [(hit.passage.text, hit.score) for hit in made["words"]] == [("跨行转账12元", 6.0), (KEPT.text, 4.0)]
