"""A question is taken apart into what it asks, and its story is left out only where it says nothing."""

import pytest

from app.knowledge.parting import core, parts


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("白金卡年费多少？挂失要收手续费吗？", ["白金卡年费多少", "白金卡挂失要收手续费吗"]),
        ("医疗险犹豫期几天，等待期又是几天", ["医疗险犹豫期几天", "医疗险等待期又是几天"]),
        ("手机银行转账收费吗？借记卡挂失收多少？", ["手机银行转账收费吗", "借记卡挂失收多少"]),
        ("存一年，定期和大额存单哪个利息高", ["存一年，定期和哪个利息高", "存一年，和大额存单哪个利息高"]),
        ("我七十了，定期利率多少", ["我七十了，定期利率多少"]),
    ],
)
def test_several_questions_are_asked_one_by_one_of_what_the_first_names(question, asked):
    assert parts(question) == asked


def test_a_product_called_by_its_name_is_carried_along_too():
    named = {"均衡配置的销售服务费多少": ["均衡配置"]}
    asked = parts("均衡配置的销售服务费多少？权益类资产占多少？", lambda part: named.get(part, []))
    assert asked == ["均衡配置的销售服务费多少", "均衡配置权益类资产占多少"]


def test_more_questions_than_can_be_told_apart_stay_one():
    many = "年费是多少？挂失收费吗？补卡多少钱？能分期吗？"
    assert parts(many) == [many]


def test_only_what_neither_asks_nor_names_anything_is_story():
    assert core("我今年七十二了，万一银行倒闭了怎么办") == "万一银行倒闭了怎么办"
    assert core("我有三年期的存款，现在急用，能提前取吗") == "我有三年期的存款，能提前取吗"
    assert core("定期存款，一年利率多少") is None
    assert core("我要存款，谢谢") is None
