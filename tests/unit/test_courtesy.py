"""Courtesy is answered in kind, and never swallows a question."""

import pytest

from app.chat.courtesy import recognise


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("你好", "greeting"),
        ("您好！", "greeting"),
        ("Hello!", "greeting"),
        ("在吗？", "greeting"),
        ("好的，谢谢您", "thanks"),
        ("谢谢啦～", "thanks"),
        ("thanks a lot", "thanks"),
        ("没有问题了", "farewell"),
        ("拜拜", "farewell"),
        ("你是机器人吗？", "who"),
        ("What can you do?", "who"),
        ("哦谢谢", "thanks"),
        ("明白了，谢谢你", "thanks"),
        ("我知道了", "noted"),
        ("那我再想想", "noted"),
        ("不用转人工", "no_person"),
        ("不用人工了，谢谢", "no_person"),
        ("先不转人工", "no_person"),
        ("No need for a human, thanks", "no_person"),
    ],
)
def test_a_message_of_nothing_but_courtesy_is_recognised(text, kind):
    assert recognise(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "不用转人工，我就问个利率",
        "不用人工审批吗",
        "为什么不转人工",
        "知道了利率，那期限呢",
        "你好，年费多少",
        "谢谢，那手续费呢",
        "你好像说错了",
        "好",
        "hi-tech基金风险几级",
        "再见面签约要带什么",
        "嗯",
    ],
)
def test_a_message_that_may_ask_something_is_not(text):
    assert recognise(text) is None


def test_a_long_message_costs_nothing():
    assert recognise("你好" * 50_000) is None
    assert recognise("哦" * 39 + "年") is None
