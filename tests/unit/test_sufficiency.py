"""The evidence gate: what a passage lacks counts against it, and nothing found is never enough."""

from dataclasses import replace

import numpy as np
import pytest

from app.knowledge.analysis import PAIRS, WORDS, Analyser, Question
from app.knowledge.encoding import DENSE
from app.knowledge.fusion import Candidates, Views, fuse, gather
from app.knowledge.index import Hit
from app.knowledge.parameters import Parameters, shipped
from app.knowledge.passage import Passage
from app.knowledge.sufficiency import EVIDENCE, evidence, judge
from tests.fakes import shared_analyser
from tests.scoring import passage

TERMS = passage(
    "存期：1年；年利率：0.95%\n存期：12个月以上请咨询\n存期：3年；年利率：1.25%",
    title="整存整取定期存款",
    section="挂牌利率",
)
FEE = passage("金卡年费每年200元。客服热线400-000-0000。", title="信用卡说明", section="年费")


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return shared_analyser()


def searched(analyser: Analyser, text: str, *found: Passage) -> tuple[Question, Candidates]:
    question = analyser.question(text)
    hits = [Hit(one, 0.9 - at / 100) for at, one in enumerate(found)]
    return question, gather(question, {DENSE: hits, WORDS: hits, PAIRS: hits}, Views(analyser), 40)


def features(analyser: Analyser, text: str, *found: Passage) -> dict[str, float]:
    question, candidates = searched(analyser, text, *found)
    return dict(evidence(question, candidates, fuse(candidates.rows, {"words": 1.0})))


def test_evidence_has_every_feature_the_shipped_weights_name(analyser: Analyser) -> None:
    assert set(features(analyser, "金卡年费", FEE)) == set(EVIDENCE)
    assert set(shipped().sufficiency) == {*EVIDENCE, "bias"}


def test_a_passage_with_all_of_the_question_covers_it(analyser: Analyser) -> None:
    found = features(analyser, "金卡年费多少", FEE, TERMS)
    assert found["covered"] == found["sentence"] == found["beyond"] == 1.0
    assert found["rare_words"] == 1.0


def test_words_that_no_passage_has_count_against_it(analyser: Analyser) -> None:
    found = features(analyser, "保管箱年费多少", FEE, TERMS)
    assert found["covered"] < 0.7
    assert found["rare_words"] < 0.7
    assert found["beyond"] < features(analyser, "金卡年费多少", FEE)["beyond"]


def test_a_term_that_is_not_in_the_table_is_missed(analyser: Analyser) -> None:
    assert features(analyser, "四年期定期利率", TERMS)["unspecific"] == 1.0
    assert features(analyser, "三年期定期利率", TERMS)["unspecific"] == 0.0


def test_a_year_is_twelve_months(analyser: Analyser) -> None:
    assert features(analyser, "还款不到一年", passage("正常还款满12个月后免收违约金。"))["unspecific"] == 0.0


def test_a_quantity_that_tells_a_situation_is_no_term_to_look_for(analyser: Analyser) -> None:
    grace = passage("到期还款日后3天内还足的，视为按时还款。", title="信用卡说明", section="还款")
    assert features(analyser, "还款晚了两天算逾期吗", grace)["unspecific"] == 0.0


def test_an_age_falls_into_a_range_or_out_of_all(analyser: Analyser) -> None:
    premiums = passage("年龄：41—50周岁；年保费：728元", title="安康百万医疗险", section="保费")
    assert features(analyser, "45岁年保费多少", premiums)["unspecific"] == 0.0
    assert features(analyser, "75岁年保费多少", premiums)["unspecific"] == 1.0


def test_a_risk_level_of_the_product_counts_as_named(analyser: Analyser) -> None:
    product = replace(passage("起购金额1000元。", title="稳盈固收"), risk_level="R2")
    assert features(analyser, "R2起购金额", product)["unspecific"] == 0.0


def test_an_answer_without_the_sort_of_thing_asked_for_answers_another_question(analyser: Analyser) -> None:
    start = passage("投保成功后生效。", title="意外险说明", section="生效")
    assert features(analyser, "意外险生效几天", start)["sortless"] == 1.0
    assert features(analyser, "意外险生效吗", start)["sortless"] == 0.0
    assert features(analyser, "金卡年费多少", FEE)["sortless"] == 0.0


def test_naming_a_product_is_no_evidence_for_what_is_asked_of_it(analyser: Analyser) -> None:
    assert features(analyser, "整存整取定期存款的托管费", TERMS)["beyond"] < 0.5
    assert features(analyser, "整存整取定期存款的年利率", TERMS)["beyond"] >= 0.5


def test_two_passages_alike_in_a_small_corpus_do_not_take_each_others_evidence(analyser: Analyser) -> None:
    one, other = passage("柜台转账每笔10元。", title="价格"), passage("柜台转账每笔10元整。", title="价格表")
    # .150 and .140 above the floor: .005 above their own mean, .010 above that of an ordinary corpus.
    assert features(analyser, "柜台转账几元", one, other)["margin"] > 0.009


def test_amounts_may_fall_between_those_of_a_table(analyser: Analyser) -> None:
    assert features(analyser, "汇款8万元", passage("1万元至10万元：10元"))["unspecific"] == 0.0


def test_nothing_found_is_never_enough(analyser: Analyser) -> None:
    generous = Parameters({}, {"bias": 99.0}, 0.1)
    question, candidates = searched(analyser, "年费")
    assert judge(question, candidates, np.zeros(0, np.float32), generous) == (False, 0.0)


def test_the_threshold_decides(analyser: Analyser) -> None:
    question, candidates = searched(analyser, "金卡年费", FEE)
    fused = fuse(candidates.rows, {"words": 1.0})
    for threshold, expected in ((0.4, True), (0.6, False)):
        assert judge(question, candidates, fused, Parameters({}, {"bias": 0.0}, threshold)) == (expected, 0.5)
