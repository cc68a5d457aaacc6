"""The number lock: the same value in any writing passes, any other value, unit, product, bound or label does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from guardrails.catalogue import Catalogue, Product
from guardrails.normal import Normaliser
from guardrails.numbers import Facts, NumberLock, read_facts, read_quantities
from guardrails.numbers.chinese import read_numeral
from guardrails.verdict import Evidence
from tests.cpu_time import cpu_seconds, keeps_pace

NORMALISER = Normaliser()
CATALOGUE = Catalogue(
    [
        Product("WY-R2-01", "稳盈固收90天", "R2", ("稳盈固收90天持有期",)),
        Product("JQ-R4-01", "进取成长权益", "R4"),
    ]
)
LOCK = NumberLock(CATALOGUE, {"4000000000", "110", "96110"})


def facts(*evidence: Evidence) -> Facts:
    return read_facts(evidence, CATALOGUE, NORMALISER)


def cause(sentence: str, found: Facts, question: str = "") -> str | None:
    unsupported = LOCK.check(NORMALISER.plain(sentence), found, LOCK.ask(NORMALISER.plain(question)))
    return unsupported.cause if unsupported else None


@pytest.mark.parametrize(
    ("numeral", "value"),
    [("一点五", "1.5"), ("一万二", "12000"), ("三千零五十", "3050"), ("二〇二六", "2026"), ("十二亿", "1200000000"),
     ("两", "2"), ("一百零五", "105"), ("百", None), ("", None), ("点五", None)],
)  # fmt: skip
def test_chinese_numerals(numeral: str, value: str | None) -> None:
    assert read_numeral(numeral) == (None if value is None else Decimal(value))


SAME = [
    ("1.5%", "百分之一点五", "1.50％", "１．５％", "1.5 percent", "150bp", "150个基点", "15‰", "一点五个百分点"),
    ("1万元", "10,000元", "一万元", "人民币10000元", "RMB 10,000", "¥10,000", "10,000 yuan", "１万元", "10000块"),
    ("3个月", "三个月", "3 months", "一个季度"),
    ("2年", "两年", "24个月", "2 years", "二年"),
    ("2026年7月1日", "2026-07-01", "2026/7/1", "二〇二六年七月一日", "July 1, 2026", "1 July 2026", "2026.7.1"),
    ("24小时", "二十四小时", "1天", "24 hours", "7×24小时"),
    ("15:30", "下午3点30分", "15时30分", "3:30 p.m.", "下午三点半"),
    ("一成五", "15%", "百分之十五"),
    ("300美元", "USD 300", "$300", "300 dollars"),
    ("4次", "四次", "4 times"),
    ("400-000-0000", "4000000000", "400 000 0000"),
]


@pytest.mark.parametrize("writings", SAME, ids=lambda writings: writings[0])
def test_one_quantity_in_every_writing_has_a_common_reading(writings: tuple[str, ...]) -> None:
    readings = []
    for writing in writings:
        quantities = read_quantities(NORMALISER.plain(writing))
        assert len(quantities) == 1, writing
        readings.append(set(quantities[0].keys))
    for writing, reading in zip(writings, readings, strict=True):
        assert reading & readings[0], writing


@pytest.mark.parametrize(
    ("one", "other"),
    [("3个月", "3年"), ("300元", "300美元"), ("3天", "3个工作日"), ("1万元", "1元"), ("1.5%", "1.5‰"), ("5次", "5笔"),
     ("R2", "R3"), ("T+1", "T+2"), ("7月1日", "7月2日"), ("2026年", "2025年"), ("9:00", "21:00"), ("18周岁", "18个月")],
)  # fmt: skip
def test_different_quantities_share_no_reading(one: str, other: str) -> None:
    first, second = read_quantities(one)[0], read_quantities(other)[0]
    assert not set(first.keys) & set(second.keys)


@pytest.mark.parametrize(
    "text",
    ["1. 打开手机银行", "（2）选择挂失[1]", "第一步，登录", "①准备材料", "一般来说，一个账户", "万一丢失，千万不要慌",
     "以下三种方式：",
     "十分抱歉", "材料：1、申请书；2、身份证", "双方统一处理"],
)  # fmt: skip
def test_list_numbers_marks_and_idioms_are_no_quantities(text: str) -> None:
    assert read_quantities(NORMALISER.plain(text)) == []


@pytest.mark.parametrize(
    ("text", "bounds"),
    [("不低于1万元", ["ge"]), ("不得超过30年", ["le"]), ("不得低于50元", ["ge"]),
     ("不超过5万元", ["le"]), ("1万元以上", ["ge"]), ("5万元（含）以下", ["le"]),
     ("1万元", [""]),
     ("1万元至5万元", ["ge", "le"]), ("up to 3 times", ["le"]), ("at least 3 months", ["ge"]),
     ("no more than HKD 500 a day", ["le"]), ("not exceeding HKD 500", ["le"]), ("no fewer than 3 copies", ["ge"]),
     *((f"不{modal}超过30年", ["le"]) for modal in ("能", "可", "可以", "应", "应当", "会", "宜", "准", "允许")),
     *((f"不{modal}少于500元", ["ge"]) for modal in ("能", "可", "应", "会", "宜")),
     ("逾期未超过30天", ["le"]), ("没有超过5万元", ["le"]), ("超过30年", ["ge"]), ("must not exceed 3 years", ["le"]),
     ("not more than 3 times", ["le"]), ("not less than 3 months", ["ge"])],
)  # fmt: skip
def test_bounds_are_read(text: str, bounds: list[str]) -> None:
    assert [q.bound for q in read_quantities(NORMALISER.plain(text))] == bounds


def test_the_first_number_of_a_range_takes_unit_and_scale_of_the_second() -> None:
    first, second = read_quantities("1至5万元")
    assert (first.keys, second.keys) == ((("CNY", Decimal("1E+4")),), (("CNY", Decimal("5E+4")),))


DEPOSIT = Evidence(
    "存期：3个月；年利率：0.65%\n存期：1年；年利率：0.95%\n自2026年5月20日起执行。50元起存。单笔限额不超过5万元。",
    title="整存整取定期存款",
)
CARD = Evidence(
    "金卡主卡年费为每年200元，附属卡年费为每年100元。挂失手续费每卡40元。最低还款额为账单的10%。取现手续费为1%，最低10元。",
    title="信用卡章程",
)
TIERS = Evidence("柜台转账：1万元（含）以下每笔5元；1万元至10万元（含）每笔10元；超过10万元按0.03%收取，最高50元。")
HEADED = Evidence("| 期限 | 年利率（%） | 起点（万元） |\n|---|---|---|\n| 2年 | 1.05 | 20 |")


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (DEPOSIT, "三个月期的年利率是百分之零点六五。"),
        (DEPOSIT, "从5月20日起执行，五十元起存。"),
        (DEPOSIT, "3个月、1年的年利率分别为0.65%、0.95%。"),
        (DEPOSIT, "单笔最多50,000元。"),
        (DEPOSIT, "The 12-month rate is 0.95%, effective May 20, 2026."),
        (CARD, "主卡年费200元，附属卡100元。"),
        (CARD, "挂失费为40元。"),
        (CARD, "取现按金额的1%收取手续费，最少10元。"),
        (TIERS, "1万元以下每笔5元。"),
        (TIERS, "超过10万元的按0.03%收取，最高50元。"),
        (HEADED, "2年期年利率为1.05%，20万元起。"),
        (CARD, "如有疑问，请拨打400-000-0000或96110。"),
    ],
)
def test_sentences_derived_from_the_evidence_pass(evidence: Evidence, sentence: str) -> None:
    assert cause(sentence, facts(evidence)) is None


@pytest.mark.parametrize(
    ("evidence", "sentence", "why"),
    [
        (DEPOSIT, "2年期年利率为1.05%。", "absent"),
        (DEPOSIT, "3个月的年利率为0.95%。", "pair"),
        (DEPOSIT, "自2025年5月20日起执行。", "absent"),
        (DEPOSIT, "单笔不低于5万元。", "bound"),
        (DEPOSIT, "3年的利率是多少请咨询。", "absent"),
        (CARD, "信用卡年费为10元。", "attribute"),
        (CARD, "附属卡年费为200元。", "label"),
        (CARD, "年费为40元。", "attribute"),
        (CARD, "违约金为10元。", "attribute"),
        (CARD, "挂失手续费为四十美元。", "absent"),
        (TIERS, "1万元以下每笔10元。", "pair"),
        (HEADED, "2年期年利率为1.05‰。", "absent"),
        (HEADED, "20元起。", "absent"),
        (CARD, "请拨打400-111-2222。", "absent"),
        (CARD, "年费约一百五。", "absent"),
        (CARD, "大概两三天到账。", "absent"),
    ],
)
def test_sentences_the_evidence_does_not_carry_are_stopped(evidence: Evidence, sentence: str, why: str) -> None:
    assert cause(sentence, facts(evidence)) == why


def test_a_number_must_come_from_the_product_named() -> None:
    found = facts(
        Evidence("管理费0.20%/年。", title="稳盈固收90天", product_code="WY-R2-01", risk_level="R2"),
        Evidence("管理费1.20%/年。", title="进取成长权益", product_code="JQ-R4-01", risk_level="R4"),
    )
    assert cause("稳盈固收90天的管理费为0.20%。", found) is None
    assert cause("稳盈固收90天的管理费为1.20%。", found) == "product"
    assert cause("管理费为1.20%。", found, "稳盈固收90天的管理费") == "product"
    assert cause("稳盈固收90天（R2）适合稳健客户。", found) is None
    assert cause("稳盈固收90天的风险等级为R4。", found) == "product"


def test_a_products_own_digits_are_no_claim() -> None:
    assert cause("稳盈固收90天可以在手机银行购买。", facts(DEPOSIT)) is None


@pytest.mark.parametrize(
    ("sentence", "why"),
    [
        ("柜台汇款1万元到10万元，每笔10元。", None),
        ("柜台汇款10万到10万元，每笔10元。", "bound"),
        ("匯款每筆10蚊。", None),
    ],
)
def test_a_span_rises_and_a_cantonese_word_for_money_is_money(sentence: str, why: str | None) -> None:
    found = facts(Evidence("柜台汇款1万元至10万元（含）每笔10元。", title="转账收费"))
    assert cause(sentence, found) == why


def test_a_telephone_number_ends_a_sentence() -> None:
    found = facts(Evidence("Freeze the card, or call the hotline 400-000-0000.", title="Cards"))
    assert cause("Freeze the card, or call the hotline 400-000-0000.", found) is None
    assert cause("Freeze the card, or call the hotline 400-000-0001.", found) == "absent"
    assert read_quantities("400-000-0000.")[0].kind == "phone"
    assert [one.kind for one in read_quantities("The limit is CNY 12000.")] == ["money"]
    clause = facts(Evidence("详见第3-2条。", title="章程"))
    assert cause("详见第3-2条。", clause) is None


def test_the_customers_own_number_is_no_evidence_but_may_be_denied() -> None:
    found = facts(DEPOSIT)
    assert cause("是的，利率是8%。", found, "利率8%对吗") == "absent"
    assert cause("资料中没有查到8%的利率。", found, "利率8%对吗") is None
    assert cause("资料中没有查到这一说法，但利率是8%。", found, "利率8%对吗") == "absent"
    assert cause("资料中没有查到9%的利率。", found, "利率8%对吗") == "absent"


def test_the_attribute_asked_for_counts_when_the_answer_names_none() -> None:
    found = facts(Evidence("补办借记卡每张5元。", title="借记卡"))
    assert cause("每张5元。", found, "信用卡年费是多少") == "attribute"
    assert cause("每张5元。", found, "补办要多少钱") is None


@pytest.mark.parametrize("text", ["9" * 100_000, "1," * 50_000, "一" * 100_000, "A1" * 50_000, "2026-" * 20_000])
def test_hostile_texts_are_read_to_the_end(text: str) -> None:
    quantities = read_quantities(text)
    assert all(0 <= q.start < q.end <= len(text) for q in quantities)


def test_a_date_that_cannot_be_is_still_a_date_which_no_evidence_has() -> None:
    (opens, _) = read_quantities("70月15日至7月15日是募集期")
    assert (opens.kind, opens.text) == ("date", "70月15日")
    found = facts(Evidence("募集期：2026年7月1日至2026年7月15日。"))
    assert cause("募集期是7月1日至7月15日。", found) is None
    assert cause("募集期是7月1日至70月15日。", found) is not None


def test_a_sum_written_with_endless_signs_is_read_in_linear_time() -> None:
    found = facts(Evidence("取现手续费为取现金额的1%。"))

    def spent(size: int) -> float:
        return cpu_seconds(lambda: cause("1×1%" + "约为" * size, found))

    assert keeps_pace(spent, 500, 5000, times=30, least=0.002)
    assert cause("取现5000元，手续费为5000×1%约为50元。", found) is None
    assert cause("取现5000元，手续费为5000×1%约为60元。", found) is not None
