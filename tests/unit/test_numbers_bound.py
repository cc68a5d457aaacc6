"""A right number under a wrong label, of a wrong product or in wrong circumstances is withheld; honest sums pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails import Evidence, Guard, Product, Release
from guardrails.catalogue import Catalogue
from guardrails.numbers.circumstances import circumstances_of
from guardrails.numbers.owners import owners_of
from guardrails.numbers.quantities import read_quantities
from tests.cpu_time import cpu_seconds, keeps_pace

PRODUCTS = (
    Product("AA-R2-01", "恒安债券一号", "R2"),
    Product("BB-R4-02", "跃进股票优选", "R4"),
    Product("CC-R3-03", "均衡混合三号", "R3"),
)
FUNDS = (
    Evidence(
        "管理费0.30%/年，托管费0.05%/年，T+1到账，1元起购。", "恒安债券一号", product_code="AA-R2-01", risk_level="R2"
    ),
    Evidence(
        "管理费1.50%/年，托管费0.20%/年，T+3到账，1000元起购。",
        "跃进股票优选",
        product_code="BB-R4-02",
        risk_level="R4",
    ),
    Evidence(
        "管理费0.80%/年，托管费0.10%/年，T+2到账，1元起购。", "均衡混合三号", product_code="CC-R3-03", risk_level="R3"
    ),
)
CARDS = (
    Evidence("| 卡种 | 年费 | 补卡费 |\n|---|---|---|\n| 银卡 | 80元 | 20元 |\n| 金卡 | 160元 | 30元 |", "年费"),
    Evidence("线上缴费最多减20元，线下缴费最多减8元。", "活动"),
    Evidence("城北支行8:30开门，城南支行9:00开门。", "网点"),
)

LOAN = (
    Evidence(
        "贷款额度最高20万元，期限最长3年，最短6个月。放款满3个月后可申请提前还款，违约金为提前还款本金的2%，"
        "最低50元，最高500元。",
        "消费贷款",
    ),
    Evidence("白金卡年费600元/年，日累计限额10万元，年累计限额100万元。", "白金卡"),
    Evidence("营业时间：周一至周五8:30—17:30，周六10:00—15:00，周日休息。", "江滨支行"),
)
DEPOSIT = (
    Evidence("存期：1年；年利率：1.20%\n存期：3年；年利率：1.75%", "存款利率"),
    Evidence("境内取现手续费按取现金额的1%收取，最低10元，最高100元。", "取现"),
)


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard.create("示范银行", "400-000-0000", PRODUCTS)


def _is_withheld(guard: Guard, sentence: str, evidence: tuple[Evidence, ...], question: str = "请介绍一下") -> bool:
    verdict = guard.check_release(sentence, Release(question, evidence))
    return any(".unsupported_number." in rule or rule == "out.wrong_entity.product" for rule in verdict.rule_ids)


@pytest.mark.parametrize(
    ("sentence", "evidence", "withheld"),
    [
        ("金卡年费80元。", CARDS, True),
        ("银卡补卡费30元。", CARDS, True),
        ("金卡80元，银卡160元。", CARDS, True),
        ("线上缴费最多减8元。", CARDS, True),
        ("城北支行9:00开门。", CARDS, True),
        ("线上、线下缴费分别最多减8元和20元。", CARDS, True),
        ("金卡年费160元，补卡费30元。", CARDS, False),
        ("补一张金卡要30元。", CARDS, False),
        ("银卡80元，金卡160元。", CARDS, False),
        ("线下最多减8元。", CARDS, False),
        ("城南支行早上九点开门。", CARDS, False),
    ],
)
def test_a_number_keeps_its_label(guard: Guard, sentence: str, evidence: tuple[Evidence, ...], withheld: bool) -> None:
    assert _is_withheld(guard, sentence, evidence) is withheld


@pytest.mark.parametrize(
    ("sentence", "withheld"),
    [
        ("恒安债券一号的管理费1.50%，跃进股票优选的管理费0.30%。", True),
        ("恒安债券一号是R4，跃进股票优选是R2。", True),
        ("与跃进股票优选不同，恒安债券一号的管理费是1.50%。", True),
        ("恒安债券一号和跃进股票优选的管理费分别为1.50%和0.30%。", True),
        ("恒安债券一号与跃进股票优选都是1元起购。", True),
        ("恒安债券一号和均衡混合三号的管理费不同，前者0.80%，后者0.30%。", True),
        ("这两只产品的管理费都是0.30%。", True),
        ("恒安债券一号的管理费0.30%，跃进股票优选的管理费1.50%。", False),
        ("恒安债券一号（R2）和均衡混合三号（R3）的管理费不同，前者0.30%，后者0.80%。", False),
        ("恒安债券一号和跃进股票优选的管理费分别为0.30%和1.50%。", False),
        ("恒安债券一号与均衡混合三号都是1元起购。", False),
        ("恒安债券一号的起购金额比跃进股票优选低，为1元。", False),
        ("相比跃进股票优选，均衡混合三号的托管费只有0.10%。", False),
        ("管理费0.30%（恒安债券一号）、1.50%（跃进股票优选）。", False),
    ],
)
def test_a_number_belongs_to_the_product_it_is_said_of(guard: Guard, sentence: str, withheld: bool) -> None:
    asked = "恒安债券一号和跃进股票优选有什么区别"
    assert _is_withheld(guard, sentence, FUNDS, asked) is withheld


@pytest.mark.parametrize(
    ("sentence", "withheld"),
    [
        ("贷款期限最短3年。", True),
        ("违约金最低500元。", True),
        ("放款满3个月内可以提前还款。", True),
        ("提前还款违约金为剩余本金的2%。", True),
        ("白金卡年费600元/月。", True),
        ("每月累计限额100万元。", True),
        ("周六8:30到17:30营业。", True),
        ("周一至周六8:30—17:30营业。", True),
        ("贷款期限不超过3年，最短6个月。", False),
        ("违约金最少50元，封顶500元。", False),
        ("放款满3个月之后可以提前还款。", False),
        ("违约金按提前还款本金的2%收取。", False),
        ("白金卡一年的年费600元。", False),
        ("一年累计不超过100万元。", False),
        ("工作日8:30—17:30营业，周六10:00到15:00营业。", False),
    ],
)
def test_a_number_keeps_its_circumstances(guard: Guard, sentence: str, withheld: bool) -> None:
    assert _is_withheld(guard, sentence, LOAN) is withheld


@pytest.mark.parametrize(
    ("sentence", "question", "withheld"),
    [
        ("取现5000元，手续费为5000×1%=50元。", "", False),
        ("取现2000元，手续费是20元。", "境内取现2000元手续费多少", False),
        ("如果取2万元，按1%计算为200元，超过最高100元，按100元收取。", "", False),
        ("三年期比一年期高55个基点。", "", False),
        ("存1万元一年，利息为10000×1.20%=120元。", "", False),
        ("取现5000元，手续费为5000×1%=500元。", "", True),
        ("取现500元，手续费为500×1%=5元。", "", True),
        ("取现2000元，手续费是40元。", "境内取现2000元手续费多少", True),
        ("取现手续费按1%收取，不足13元按10元收。", "", True),
        ("三年期比一年期低55个基点。", "", True),
        ("三年期比一年期高45个基点。", "", True),
    ],
)
def test_a_sum_that_follows_from_the_evidence_passes(
    guard: Guard, sentence: str, question: str, withheld: bool
) -> None:
    assert _is_withheld(guard, sentence, DEPOSIT, question) is withheld


def test_named_fees_are_added_up(guard: Guard) -> None:
    assert not _is_withheld(guard, "恒安债券一号的管理费和托管费合计0.35%/年。", FUNDS)
    assert _is_withheld(guard, "恒安债券一号的管理费和托管费合计1.70%/年。", FUNDS)


@given(
    st.lists(
        st.sampled_from(
            ["恒安债券一号", "跃进股票优选", "1.5%", "，", "比", "高", "分别", "都", "和", "（", "周六9:00", "最低"]
        ),
        max_size=40,
    )
)
def test_every_quantity_gets_one_answer_whose_it_is(parts: list[str]) -> None:
    text = "".join(parts)
    quantities = read_quantities(text)
    assert len(owners_of(text, Catalogue(PRODUCTS).mentions(text), quantities)) == len(quantities)
    assert len(circumstances_of(text, quantities)) == len(quantities)


def test_a_long_sentence_takes_no_longer_than_its_length(guard: Guard) -> None:
    def taken(times: int) -> float:
        sentence = "恒安债券一号和跃进股票优选都是1元，比周六9:00高最低5元分别为、" * times
        return cpu_seconds(lambda: _is_withheld(guard, sentence, FUNDS))

    taken(10)
    assert keeps_pace(taken, 40, 400, times=30, least=0.02)
