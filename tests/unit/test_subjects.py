"""What questions and passages are about: siblings exclude each other, what is above or unknown does not."""

from __future__ import annotations

import pytest

from app.knowledge.found import Found, Scored
from app.knowledge.subjects import LOOSE, Subjects, shipped, siblings
from tests.unit.test_citing import FEES


def astray(question: str, *texts: str) -> frozenset[str]:
    subjects = shipped()
    return subjects.astray(subjects.of(question), subjects.of(*texts))


@pytest.mark.parametrize(
    ("question", "passage", "dimension"),
    [
        ("车贷提前还款要违约金吗", "消费贷款提前还款要违约金吗", "product"),
        ("重疾险等待期多久", "医疗险的等待期多久", "product"),
        ("基金的犹豫期几天", "保险犹豫期有多少天", "product"),
        ("信用卡钻石卡的年费", "信用卡产品与收费说明(金卡、白金卡)", "product"),
        ("信用卡逾期一天会怎么样", "房贷逾期一天会有什么后果", "product"),
        ("外币定期存款一年利率", "一年定期存款利率是多少", "currency"),
        ("对公账户转账手续费", "手机银行转账收手续费吗", "customer"),
        ("二类账户一天能转多少", "ⅲ类账户有什么限制", "account"),
        ("微信转账收费吗", "手机银行转账收手续费吗", "channel"),
        ("atm转账一天最多多少", "atm一天最多能取多少钱", "matter"),
        ("白银挂钩30天结构性存款收益多少", "黄金挂钩92天结构性存款产品说明书", "underlying"),
    ],
)
def test_a_passage_about_a_sibling_is_astray(question: str, passage: str, dimension: str) -> None:
    assert dimension in astray(question, passage)


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("车险的犹豫期几天", ("保险犹豫期有多少天",)),  # what holds for all insurance holds for a car's
        ("保险理赔怎么申请", ("医疗险怎么理赔",)),
        ("信用卡年费", ("信用卡产品与收费说明(金卡、白金卡)", "年费")),
        ("存款会不会亏光", ("存款保险条例要点", "同一存款人的存款")),
        ("怎么投诉", ("投诉多久能有答复",)),
        ("提前还款要多久", ("房贷可以提前还款吗",)),  # nothing said of which loan
        ("消费贷能用来还房贷吗", ("消费贷款不得用于偿还房贷",)),
    ],
)
def test_what_is_above_below_or_unsaid_is_not_astray(question: str, texts: tuple[str, ...]) -> None:
    assert not astray(question, *texts) - LOOSE


def test_the_first_text_decides_and_the_next_ones_make_it_narrower() -> None:
    subjects = shipped()
    assert subjects.of("消费贷款提前还款要违约金吗", "不要", "房贷与提前还款")["product"] == {"贷款/消费"}
    assert subjects.of("保险犹豫期有多少天", "终身寿险为15天，意外险不设犹豫期")["product"] == {
        "保险/寿险",
        "保险/意外险",
    }
    assert subjects.of("要违约金吗", "不要", "房贷与提前还款")["product"] == {"贷款/住房"}


def test_words_of_other_words_are_not_found_inside_them() -> None:
    subjects = shipped()
    assert subjects.of("存款保险最多赔多少")["product"] == {"存款/存款保险"}
    assert "customer" not in subjects.of("保险公司多久赔付")
    assert "product" not in subjects.of("the discredit cardinal")


def test_a_malformed_tree_is_refused() -> None:
    with pytest.raises(ValueError, match="subjects"):
        Subjects(["[product]", "存款"])
    with pytest.raises(ValueError, match="subjects"):
        Subjects(["存款 = 存款"])


def test_answers_rest_on_what_is_not_astray_unless_all_is() -> None:
    beside, right = Scored(FEES, 2.0, astray=True), Scored(FEES, 1.0)
    assert Found([beside, right], True, 0.9).grounds == [right]
    assert Found([beside], True, 0.9).grounds == [beside]


def test_a_question_about_siblings_comes_apart_into_one_each() -> None:
    assert shipped().apart("定期和大额存单的利率分别是多少") == ["定期和的利率分别是多少", "和大额存单的利率分别是多少"]
    assert shipped().apart("保险和医疗险有什么区别") == ["保险和医疗险有什么区别"]
    assert shipped().apart("年费多少") == ["年费多少"]


@pytest.mark.parametrize(
    ("question", "one", "other", "expected"),
    [
        ("挂失要多少钱", "借记卡挂失", "信用卡金卡挂失", True),
        ("信用卡挂失要多少钱", "借记卡挂失", "信用卡金卡挂失", False),  # one is named
        ("贷款逾期罚息多少", "房贷逾期", "消费贷逾期", True),
        ("起购金额", "理财起购", "大额存单起购", False),  # of no kind in common
        ("年费多少", "金卡年费", "信用卡年费", False),  # one is part of the other
    ],
)
def test_siblings_are_of_one_kind_and_neither_is_named(question: str, one: str, other: str, expected: bool) -> None:
    subjects = shipped()
    assert siblings(*map(subjects.of, (question, one, other))) is expected


def test_what_is_special_is_narrower_than_a_question_that_names_no_account() -> None:
    subjects = shipped()
    special = subjects.of("ii类账户一天能转多少")
    assert subjects.narrower(subjects.of("一天最多能转多少"), special) == 1
    assert subjects.narrower(subjects.of("二类账户一天能转多少"), special) == 0
