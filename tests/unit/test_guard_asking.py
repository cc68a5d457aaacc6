"""What a message asks is what is left of it without the clauses that only tell personal data."""

from __future__ import annotations

from datetime import date

import pytest

from app.chat.closing import failed_before
from app.store.records import Turn
from guardrails import Guard
from guardrails.asking import asked_of

IDENTITY, CARD, PHONE = "11010519491231002X", "6222021234567890128", "13812345678"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        (f"我的身份证是{IDENTITY}，卡号{CARD}，跨行转账每笔手续费多少", "跨行转账每笔手续费多少"),
        (f"跨行转账每笔手续费多少？我的手机是{PHONE}。", "跨行转账每笔手续费多少？"),
        (f"My card number is {CARD}; what is the annual fee?", "what is the annual fee?"),
        (f"我的卡{CARD}丢了怎么办", "我的卡**** 0128丢了怎么办"),
        (f"转1,000元到{CARD}要手续费吗", "转1,000元到**** 0128要手续费吗"),
        (f"我的身份证是{IDENTITY}，卡号{CARD}，手机{PHONE}", ""),
        ("年费多少，1,000元起吗", "年费多少，1,000元起吗"),
    ],
)
def test_clauses_that_only_tell_personal_data_are_left_out(text: str, asked: str) -> None:
    assert asked_of(text) == asked


def turn(status: str, reason: str = "", *, masked: bool = False) -> Turn:
    day, trace = date(2026, 7, 1), {"masked": masked}
    return Turn("t", "c", "demo", "k", "年费多少", "", "", status, reason, "rule", day, {}, trace)


def test_the_first_message_with_personal_data_is_no_failure_and_a_second_is() -> None:
    plain, masked = turn("abstained"), turn("abstained", masked=True)
    unasked = turn("answered", "personal_data", masked=True)
    assert failed_before([plain])
    assert not failed_before([masked])
    assert failed_before([plain, masked])
    assert failed_before([masked, masked])
    assert failed_before([plain, unasked])
    assert not failed_before([unasked])


@pytest.mark.parametrize("text", ["我想把钱huanchengUnongchuqu", "shouji银行说过期，我点那个地址认证完duanxin一条条来"])
async def test_a_number_before_it_hides_no_disguised_message(text: str) -> None:
    guard = Guard.create("稳答示范银行", "400-000-0000")
    alone, beside = [await guard.check_input(said) for said in (text, f"我手机{PHONE}，{text}")]
    assert not alone.allowed
    assert (beside.action, beside.reason) == (alone.action, alone.reason)
