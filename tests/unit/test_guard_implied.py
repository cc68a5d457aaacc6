"""A yes is read with its question."""

from __future__ import annotations

import pytest

from guardrails import Guard, Release
from guardrails.implied import implied


@pytest.fixture(scope="module")
def rails() -> Guard:
    return Guard.create("稳答示范银行", "400-000-0000", [])


STATED = [
    ("是的。", "这款理财保本吗？", "这款理财保本"),
    ("不会。", "会亏吗", "不会亏"),
    ("绝对不可能。", "能不能亏？", "不能亏"),
    ("当然可以", "可不可以分两次转避开登记", "可以分两次转避开登记"),
    ("没有必要。", "您好。我可以投诉吗？", "我不可以投诉"),
    ("受保护的。", "理财受存款保险保护吗", "理财受存款保险保护"),
    ("是否保本:是。", "", "保本"),
    ("| 是否保本 | 是 |", "", "保本"),
    ("是否保本：否", "", "不保本"),
    ("会的。", "理财会亏,是不是?", "理财会亏"),
]


@pytest.mark.parametrize(("answer", "question", "stated"), STATED)
def test_a_short_answer_is_stated_in_full(answer: str, question: str, stated: str) -> None:
    assert implied(answer, question) == stated


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("10元。", "年费是多少？"),
        ("可以的。", "年费怎么免？"),
        ("不保本。", "这款理财保本吗？"),
        ("可以在手机银行办理。", "能在网上办吗？"),
        ("理财产品不是存款。", "理财保本吗？"),
        ("是的。", ""),
        ("不是。", "理财和存款一样安全，是不是？"),
        ("是否保本", "这款理财保本吗？"),
    ],
)
def test_what_says_something_of_its_own_stands_for_itself(answer: str, question: str) -> None:
    assert implied(answer, question) is None


@pytest.mark.parametrize(
    ("answer", "question", "reason"),
    [
        ("是的。", "这款理财保本吗？", "guarantee"),
        ("绝对不会。", "本金会不会亏损？", "guarantee"),
        ("受保护的。", "理财受存款保险保护吗？", "deposit_confusion"),
        ("是否保本：是。", "介绍一下这款理财", "guarantee"),
    ],
)
async def test_a_yes_to_a_forbidden_statement_is_stopped(rails: Guard, answer: str, question: str, reason: str) -> None:
    verdict = await rails.check_output(answer, Release(question=question, evidence=()))
    assert (verdict.action, verdict.reason) == ("block", reason)


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("会的。", "这款理财会亏吗？"),
        ("不是。", "理财和存款一样安全，是不是？"),
        ("可以的。", "我可以投诉吗？"),
        ("不会。", "查询额度会影响征信吗？"),
        ("是否保本：否。", "介绍一下这款理财"),
    ],
)
async def test_an_honest_yes_or_no_passes(rails: Guard, answer: str, question: str) -> None:
    assert (await rails.check_output(answer, Release(question=question, evidence=()))).allowed
