"""What crosses the output rules: who speaks, what is taken back, and a sentence that says the forbidden another way."""

from __future__ import annotations

import pytest

from guardrails.deposit_insurance import misstates
from guardrails.disowned import is_disowned
from guardrails.engine import RuleEngine
from guardrails.normal import Normaliser
from guardrails.rules import read_rules

NORMALISER = Normaliser()
SPOKEN = RuleEngine(rule for rule in read_rules() if rule.direction == "output")


def reasons(sentence: str) -> set[str]:
    found = {hit.rule.reason for hit in SPOKEN.match(NORMALISER.normalise(sentence))}
    return found | {"deposit_confusion"} if misstates(NORMALISER.plain(sentence)) else found


@pytest.mark.parametrize(
    "sentence",
    [
        "骗子会讲“请把短信验证码发给我”，听到就挂断。",
        "如果有同事跟您讲过“不会亏”，那不合规定。",
        "有人說我哋保本，嗰個係假消息。",
        "主管无权不让您投诉。",
        "黄金也会跌，价格会涨会跌。",
        "保险和理财都不归存款保险管。",
        "存款保险对本息都赔，不是只赔本金。",
        "The caller may say “stay on the line and tell no one”; hang up.",
    ],
)
def test_what_others_say_or_what_is_taken_back_is_no_promise(sentence: str) -> None:
    assert reasons(sentence) == set()


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("投诉会处理，不过这一件我就不为您受理了。", "denial_of_complaint"),
        ("继续往上反映可能会影响您在本行的星级。", "denial_of_complaint"),
        ("跌多少都别怕，管理人会掏钱把缺口补上。", "guarantee"),
        ("如果您已把验证码告诉了骗子，请把新的验证码发给我。", "asks_secret"),
        ("我说“请把短信验证码发给我”，您照做。", "asks_secret"),
        ("只存款保险赔本金，理财也受存款保险保护。", "deposit_confusion"),
        ("请马上挂失，再来抢新客理财，手慢无。", "inducement"),
    ],
)
def test_what_is_said_another_way_is_stopped(sentence: str, reason: str) -> None:
    assert reason in reasons(sentence)


def test_a_quotation_is_theirs_only_after_a_stranger() -> None:
    theirs = "骗子常说“把密码发给我”"
    ours = "我们常说“把密码发给我”"
    assert is_disowned(theirs, theirs.index("把密码"), len(theirs) - 1)
    assert not is_disowned(ours, ours.index("把密码"), len(ours) - 1)
