"""Fusion: each feature means what it says, whichever lists are there."""

import numpy as np
import pytest

from app.knowledge.analysis import PAIRS, WORDS, Analyser
from app.knowledge.encoding import DENSE, SENTENCES
from app.knowledge.fusion import FEATURES, Candidates, Views, fuse, gather
from app.knowledge.index import Hit
from tests.fakes import shared_analyser
from tests.scoring import passage

FEE = passage("主卡年费每年800元，附属卡年费每年400元。", title="白金信用卡说明", section="年费")
LOSS = passage("口头挂失有效期5天。", title="借记卡说明", section="挂失")
FAQ = passage("请拨打热线。", title="常见问题", question="卡丢了怎么挂失？", kind="faq")


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return shared_analyser()


def gathered(analyser: Analyser, text: str, lists: dict[str, list[Hit]], limit: int = 40) -> Candidates:
    return gather(analyser.question(text), lists, Views(analyser), limit)


def value(candidates: Candidates, at: int, feature: str) -> float:
    return float(candidates.rows[at, FEATURES.index(feature)])


def test_sparse_scores_are_shares_of_the_best_and_cosines_stay_cosines(analyser: Analyser) -> None:
    lists = {WORDS: [Hit(FEE, 8.0), Hit(LOSS, 2.0)], DENSE: [Hit(FEE, 0.90), Hit(LOSS, 0.85)]}
    candidates = gathered(analyser, "年费", lists)
    assert [one.id for one in candidates.passages] == [FEE.id, LOSS.id]
    assert value(candidates, 0, "words") == 1.0
    assert value(candidates, 1, "words") == 0.25
    assert value(candidates, 0, "dense") - value(candidates, 1, "dense") == pytest.approx(0.05)


def test_the_nearest_sentence_counts_beside_the_whole_passage(analyser: Analyser) -> None:
    whole = [Hit(FEE, 0.86), Hit(LOSS, 0.86)]
    candidates = gathered(analyser, "年费", {DENSE: whole, SENTENCES: [Hit(LOSS, 0.92), Hit(FEE, 0.85)]})
    sentence = {one.id: value(candidates, at, "sentence") for at, one in enumerate(candidates.passages)}
    assert sentence[LOSS.id] - sentence[FEE.id] == pytest.approx(0.07)


def test_a_passage_missing_from_a_cut_list_may_score_as_its_last_one(analyser: Analyser) -> None:
    others = [passage(f"条款{at}", title=f"{at}") for at in range(25)]
    cut = {DENSE: [Hit(one, 0.95 - at / 1000) for at, one in enumerate(others)], WORDS: [Hit(FEE, 1.0)]}
    candidates = gathered(analyser, "年费", cut)
    assert value(candidates, candidates.passages.index(FEE), "dense") == pytest.approx(0.95 - 0.024 - 0.75)


def test_a_passage_missing_from_a_whole_list_has_nothing(analyser: Analyser) -> None:
    candidates = gathered(analyser, "年费", {WORDS: [Hit(FEE, 1.0)], PAIRS: [Hit(LOSS, 1.0)]})
    assert value(candidates, candidates.passages.index(LOSS), "words") == 0.0


def test_coverage_counts_what_the_passage_has(analyser: Analyser) -> None:
    candidates = gathered(analyser, "附属卡年费", {WORDS: [Hit(FEE, 2.0), Hit(LOSS, 1.0)]})
    assert value(candidates, 0, "covered") > 0.9
    assert value(candidates, 1, "covered") == 0.0


def test_a_product_is_named_only_when_enough_of_its_name_is_said(analyser: Analyser) -> None:
    named = gathered(analyser, "白金信用卡要多少钱", {WORDS: [Hit(FEE, 1.0)]})
    merely = gathered(analyser, "信用不好怎么办", {WORDS: [Hit(FEE, 1.0)]})
    assert value(named, 0, "named") > 0.5
    assert value(merely, 0, "named") == 0.0


def test_a_faq_passage_answers_the_question_it_was_written_for(analyser: Analyser) -> None:
    candidates = gathered(analyser, "卡丢了怎么挂失", {WORDS: [Hit(FAQ, 1.0), Hit(LOSS, 0.9)]})
    assert value(candidates, 0, "asked") == 1.0
    assert value(candidates, 1, "asked") == 0.0


def test_only_the_best_by_the_lists_are_read(analyser: Analyser) -> None:
    lists = {WORDS: [Hit(passage(f"年费{at}", title=str(at)), 100.0 - at) for at in range(50)]}
    candidates = gathered(analyser, "年费", lists, limit=10)
    assert [one.title for one in candidates.passages] == [str(at) for at in range(10)]


def test_no_lists_are_no_candidates(analyser: Analyser) -> None:
    candidates = gathered(analyser, "年费", {})
    assert candidates.rows.shape == (0, len(FEATURES))
    assert len(fuse(candidates.rows, {"words": 1.0})) == 0


def test_a_score_is_the_weighted_sum_of_the_features() -> None:
    rows = np.zeros((1, len(FEATURES)), np.float32)
    rows[0, 0], rows[0, 3] = 0.5, 0.1
    assert fuse(rows, {"words": 2.0, "dense": 10.0, "unknown": 9.0})[0] == pytest.approx(2.0)


def test_views_are_kept_up_to_their_number(analyser: Analyser) -> None:
    views = Views(analyser, size=2)
    first = views.of(FEE)
    assert views.of(FEE) is first
    views.of(LOSS), views.of(FAQ)
    assert views.of(FEE) is not first
