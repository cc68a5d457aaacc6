"""The customer is answered in the script they write."""

import pytest

from app.chat.language import Scripts


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("信用卡丢了怎么办", "zh-Hans"),
        ("信用卡掛失要多少錢", "zh-Hant"),
        ("How do I report a lost card?", "en"),
        ("R2 是什么意思", "zh-Hans"),
        ("ATM 提款限額", "zh-Hant"),
        ("1000?", "zh-Hans"),
        ("fangdai tiqian huankuan weiyuejin", "zh-Hans"),
        ("Can I repay my home loan early?", "en"),
    ],
)
def test_language_and_script_are_recognised(text, language):
    assert Scripts().detect(text) == language


def test_a_text_that_does_not_tell_keeps_the_default():
    assert Scripts().detect("年利率", default="zh-Hant") == "zh-Hant"
    assert Scripts().detect("年利率", default="en") == "zh-Hans"


def test_only_the_script_changes():
    assert Scripts().show("手续费为50元[1]", "zh-Hant") == "手續費為50元[1]"
    assert Scripts().show("手续费为50元", "zh-Hans") == "手续费为50元"
