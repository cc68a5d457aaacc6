"""What happened is heard beside any question; news and old tales of others raise no alarm."""

from __future__ import annotations

import random

import pytest

from guardrails.engine import Hit, RuleEngine
from guardrails.events import is_hearsay, without_questions
from guardrails.normal import Normaliser
from guardrails.rules import read_rules
from tests.cpu_time import cpu_seconds, keeps_pace

NORMALISER = Normaliser()
HEARD = RuleEngine(rule for rule in read_rules() if rule.direction == "input")


def hits(message: str) -> list[Hit]:
    return HEARD.match(NORMALISER.normalise(message))


def is_alarmed(message: str) -> bool:
    return any(hit.rule.priority == "P0" for hit in hits(message))


@pytest.mark.parametrize(
    "message",
    [
        "卡被偷了，如果他刷了怎么办",
        "我的卡被偷了，补卡要多少钱",
        "钱包被偷了，补卡多少钱",
        "刚发现卡丢了，补办要几天",
        "妈妈被骗了二十万，怎么防止骗子再联系她",
        "刚给骗子转了五万，怎么防止他再转",
        "我的钱被骗子转走了，万一追不回来怎么办",
        "我妈昨天被骗了十五万，以后怎么防范这种事",
        "对方让我交解冻费才能提现，我已经交了两万，手续费多少？",
        "我爸正给一个自称警察的人转账，怎么劝",
        "爷爷在你们网点门口等人，说是来取现金交给专案组的",
        "我妈执意要给网上那个军官寄钱，非要汇给他，拦不住",
        "我女儿今天在学校吞药了，怎么办",
        "新闻天天提醒，可警察打来让我妈把钱转到安全账户，她转了",
        "邻居刚被骗了五万，我想问怎么帮他止付",
    ],
)
def test_a_question_beside_it_calls_no_alarm_off(message: str) -> None:
    assert is_alarmed(message)


@pytest.mark.parametrize(
    "message",
    [
        "昨天电视上说有人被骗了二十万，我就是想问怎么关闭小额免密",
        "我邻居去年被骗过，现在想把转账限额调低",
        "我怕遇到骗子，转账前怎么核实对方",
        "存单丢了怎么办理挂失，手续是什么",
        "还贷的卡丢了换新，会不会扣款失败",
        "养老金卡丢过一次，换了新卡工资会不会受影响",
        "听同事讲被骗后报警能止付，是真的吗，我没事",
        "盗刷了银行管不管，规定怎么写的",
        "我的卡昨天已经挂失了，什么时候能补卡",
        "如果卡丢了，怎么挂失",
        "公司让我交保证金才能投标，保证金账户怎么开",
    ],
)
def test_what_is_asked_feared_or_told_of_others_is_no_alarm(message: str) -> None:
    assert not is_alarmed(message)


@pytest.mark.parametrize(
    ("message", "firm"),
    [
        ("我要投诉你们，手续费多少？", True),
        ("转人工，需要什么材料？", True),
        ("我要投诉你们理财经理，要准备什么", True),
        ("我们打算维权，房贷的事", False),
        ("帮我登记一个投诉", False),
    ],
)
def test_a_plain_demand_is_lifted_by_no_other_question(message: str, firm: bool) -> None:
    assert any(hit.firm for hit in hits(message)) is firm


def test_nothing_before_the_event_is_left_out_and_every_text_is_read_in_linear_time() -> None:
    rng = random.Random(5)
    parts = ["我的卡", "被偷了", ",", "怎么办", "如果", "电视上说", "想问", "邻居", "去年", "被骗过"]
    for _ in range(300):
        text = "".join(rng.choice(parts) for _ in range(rng.randint(1, 16)))
        start = rng.randrange(len(text))
        assert without_questions(text, start, start + 1).startswith(text[: start + 1])
    long = "".join(rng.choice(parts) for _ in range(20_000))

    def spent(size: int) -> float:
        text = long[:size]
        return cpu_seconds(lambda: (without_questions(text, 10, 20), is_hearsay(text, 10, 20)))

    assert keeps_pace(spent, len(long) // 10, len(long), times=30, least=0.002)
