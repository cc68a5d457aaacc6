"""What is said of deposit insurance is what the law says of it: whom, what, up to how much."""

from __future__ import annotations

import random

import pytest

from guardrails import Evidence, Guard, Release
from guardrails.deposit_insurance import misstates
from guardrails.normal import Normaliser
from tests.cpu_time import cpu_seconds, keeps_pace

NORMALISER = Normaliser()


@pytest.mark.parametrize(
    "sentence",
    [
        "存款保险不限额，存多少赔多少。",
        "您存的80万，存款保险会全部赔付。",
        "国债、理财、存款都在存款保险范围内。",
        "您的保单利益受存款保险制度保护。",
        "有存款保险兜着，理财也不会亏。",
        "您买的是基金，受存款保险保护。",
        "外币存款不在存款保险范围内。",
        "存款保险最高赔付100万元。",
        "存款保险只赔本金，不赔利息。",
        "存款保险要另外交保费，由存款人承担。",
        "每张卡都有50万元的存款保险额度。",
        "每个账户都能赔50万元，存款保险都管。",
        "存款保险的保费不需要银行承担，由存款人缴纳。",
        "結構性存款的浮動收益也由存款保險保證。",
        "Wealth products are insured up to RMB 500,000 like any deposit.",
        "Deposit insurance has no limit.",
    ],
)
def test_a_misstatement_is_found(sentence: str) -> None:
    assert misstates(NORMALISER.plain(sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "存款保险实行限额偿付，最高偿付限额为人民币50万元。",
        "同一存款人在同一家银行所有存款账户的本金和利息合计在50万元以内的，全额偿付。",
        "您的80万元存款，50万元以内由存款保险全额偿付，超出部分从清算财产中受偿。",
        "理财产品不受存款保险保障。",
        "理财不是存款，不受存款保险保障。",
        "理財產品並非存款，不受存款保險保障，本金可能蒙受損失。",
        "存款不同于理财，受存款保险保障。",
        "活期存款和定期存款都受存款保险保障，理财除外。",
        "理财在银行卖，银行受存款保险保护，但受保护的只是存款。",
        "超过五十万的部分不在存款保险的限额内，转去买理财也不会因此受到保障。",
        "存款保险的保费由投保机构缴纳，存款人不需要交费。",
        "存款保险的保费由银行缴纳，无需存款人缴纳。",
        "存款保险的保费由银行缴纳，不需要您缴纳任何费用。",
        "参加存款保险，存款人无需另行缴纳保费。",
        "我行各网点均设有存款保险标识。",
        "存款保险基金管理机构会在7个工作日内足额偿付。",
        "您是问理财受不受存款保险保障吗？",
        "Wealth products are not covered by deposit insurance.",
    ],
)
def test_what_is_so_may_be_said(sentence: str) -> None:
    assert not misstates(NORMALISER.plain(sentence))


def test_a_misstatement_is_not_shown_unless_an_approved_document_says_it_in_these_words() -> None:
    guard = Guard.create("稳答示范银行", "400-000-0000")
    said = "您的保单利益受存款保险制度保护，请放心。"
    verdict = guard.check_release(said, Release("保单安全吗", (Evidence("保单利益由保险公司承担。"),)))
    assert (verdict.action, verdict.reason) == ("block", "deposit_confusion")


def test_a_long_text_is_read_in_linear_time() -> None:
    rng = random.Random(1)
    parts = ["存款保险", "理财", "不受", "50万", "，", "全额", "存款", "§", "超过", "收益由"]
    text = "".join(rng.choice(parts) for _ in range(20_000))

    def spent(size: int) -> float:
        return cpu_seconds(lambda: misstates(text[:size]))

    assert keeps_pace(spent, len(text) // 10, len(text), times=30, least=0.002)
