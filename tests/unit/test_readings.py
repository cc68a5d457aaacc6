"""What several look-ups find is put together so that each question has its passage among the first."""

from dataclasses import replace

from app.knowledge.found import Found, Scored
from app.knowledge.readings import restated, several
from tests.scoring import passage

ONE, TWO, BOTH = (Scored(passage(text), 1.0) for text in ("年费200元", "挂失40元", "金卡说明"))


def found(*passages: Scored, confidence: float = 0.9) -> Found:
    return Found(passages, confidence >= 0.65, confidence, threshold=0.65)


def test_each_of_several_questions_has_its_best_passage_first():
    joined = several(["年费", "挂失"]).join(found(BOTH, confidence=0.3), [found(ONE, TWO), found(TWO, ONE)])
    assert [one.passage.text for one in joined.passages] == ["年费200元", "挂失40元", "金卡说明"]
    assert joined.sufficient


def test_one_question_that_cannot_be_answered_leaves_the_decision_to_the_whole():
    lacking = [found(ONE), found(TWO, confidence=0.2)]
    assert not several(["年费", "挂失"]).join(found(BOTH, confidence=0.5), lacking).sufficient
    whole = several(["年费", "挂失"]).join(found(BOTH), lacking)
    assert whole.sufficient
    assert whole.passages[0] is BOTH


def test_a_passage_is_not_astray_where_one_of_the_questions_is_about_it():
    joined = several(["年费", "挂失"]).join(found(replace(TWO, astray=True)), [found(ONE), found(TWO)])
    assert [one.astray for one in joined.passages if one.passage is TWO.passage] == [False]


def test_other_words_count_only_where_they_find_more():
    reading = restated("年费")
    assert reading.join(found(BOTH, confidence=0.5), [found(ONE, confidence=0.8)]).mended == "年费"
    assert reading.join(found(BOTH, confidence=0.8), [found(ONE, confidence=0.7)]).mended is None


def test_the_question_without_its_story_is_looked_up_only_where_the_whole_lacks():
    reading = restated("万一银行倒闭了怎么办", if_lacking=True)
    assert reading.needed(found(BOTH, confidence=0.4))
    assert not reading.needed(found(BOTH, confidence=0.7))
    lacking = found(BOTH, confidence=0.4)
    assert reading.join(lacking, [found(ONE, confidence=0.5)]) is lacking
