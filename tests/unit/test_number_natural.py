"""What natural answers say and no table of forms had: read, counted and worked out; and what stays held back."""

from __future__ import annotations

import pytest

from guardrails.numbers.quantities import read_quantities
from guardrails.numbers.steps import follows_in_two_steps, significant_digits
from tests.number_lock import PLAIN, cause_of

RATES = "外币定期存款（年利率%）\n| 币种 | 3个月 | 1年 |\n|---|---|---|\n| 英镑 | 1.20 | 1.45 |\n| 澳元 | 2.10 | 2.35 |"
LOUNGE = "Each cardholder has 8 lounge visits a calendar year. Up to 3 guests may be brought at a time."
COVER = "门诊：免赔额1.5万元，赔付80%；住院：免赔额2万元，赔付90%。"
PARTS = "期数：6期；每期费率：0.70%\n期数：12期；每期费率：0.60%"
UNITS = "本次分红每10份派0.30元。登记日2026年3月5日，发放日2026年3月9日。"
BACK_END = "持有不满2年，赎回时收1.20%；满2年收0.60%。"
SETTLED = "卖出后T+2日到账，遇节假日顺延。调单凭证须在收到通知后10日内提交。"
MOTOR = "Handling commission: 0.125%, minimum RMB 120. Courier: RMB 150."


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("RMB 120 a year", "money", ("CNY", 120)),
        ("With 118,000 in the account", "plain", ("plain", 118000)),
        ("先付3万8500元", "money", ("CNY", 38500)),
        ("一共2万零600", "plain", ("plain", 20600)),
        ("额度2万4，下个月再提", "plain", ("plain", 24000)),
        ("拿了三年两个月", "months", ("months", 38)),
        ("晚上8点40才到", "time", ("time", 1240)),
        ("每天六毛四", "money", ("CNY", "0.64")),
        ("单笔20万台币", "money", ("TWD", 200000)),
        ("NT$300", "money", ("TWD", 300)),
        ("5个银行工作日审完", "workdays", ("workdays", 5)),
        ("他们一家4口人", "人", ("人", 4)),
    ],
)
def test_every_way_to_write_it_is_read(text: str, kind: str, key: tuple[str, object]) -> None:
    (one,) = [one for one in read_quantities(PLAIN.plain(text)) if one.kind == kind]
    assert one.keys[0][0] == key[0]
    assert float(str(one.keys[0][1])) == float(str(key[1]))


@pytest.mark.parametrize("text", ["借8万周转一阵", "急救打120。", "拨打110，再挂失"])
def test_what_is_no_amount_stays_none(text: str) -> None:
    assert not {one.kind for one in read_quantities(PLAIN.plain(text))} & {"money", "days", "months"}


@pytest.mark.parametrize(
    ("evidence", "question", "sentence"),
    [
        (RATES, "澳元存一年多少", "澳元一年期年利率是2.35%。"),
        (RATES, "英镑3个月和一年差多少", "英镑一年期1.45%，比3个月高0.25个百分点。"),
        (LOUNGE, "我今年去了5次", "一年8次，您去了5次，还剩3次。"),
        (LOUNGE, "能带几个人", "一次最多带3位同行人。"),
        (COVER, "住院自付花了7.2万", "7.2万减掉2万免赔，按90%赔，能拿4.68万。"),
        (PARTS, "9,000元分12期", "9,000元分12期，每期手续费54元。"),
        (UNITS, "我有2.5万份", "每10份派0.30元，2.5万份就是750元。"),
        (UNITS, "几号到账", "3月9日发放，登记日在3月5日，晚4天。"),
        (BACK_END, "我有4万份，净值1.5，拿了一年八个月", "您拿了一年八个月，不满2年，收1.20%，一共720元。"),
        (SETTLED, "我6月2日卖的", "6月2日卖出，T+2日到账，就是6月4日。"),
        (SETTLED, "3月3号收到的通知，今天3月10号", "最晚13号提交，还来得及。"),
        (MOTOR, "手续费和快递费多少", "手续费0.125%，最低120元，快递费150元。"),
    ],
)
def test_what_an_answer_reckons_is_told(evidence: str, question: str, sentence: str) -> None:
    assert cause_of(evidence, sentence, question) is None


@pytest.mark.parametrize(
    ("evidence", "question", "sentence"),
    [
        (RATES, "澳元存一年多少", "澳元一年期年利率是2.85%。"),
        (LOUNGE, "我今年去了5次", "一年8次，您去了5次，还剩4次。"),
        (LOUNGE, "能带几个人", "一次最多带5位同行人。"),
        (COVER, "住院自付花了7.2万", "7.2万减掉2万免赔，按90%赔，能拿4.86万。"),
        (PARTS, "9,000元分12期", "9,000元分12期，每期手续费57元。"),
        (UNITS, "我有2.5万份", "每10份派0.30元，2.5万份就是7,520元。"),
        (SETTLED, "3月3号收到的通知，今天3月10号", "最晚16号提交，还来得及。"),
        (SETTLED, "到账要几天", "第三天到账。"),
        (COVER, "我7万能赔多少", "三项合计4.5万。"),
    ],
)
def test_what_does_not_follow_is_held_back(evidence: str, question: str, sentence: str) -> None:
    assert cause_of(evidence, sentence, question) is not None


def test_a_question_that_asks_two_things_names_no_number_of_its_answer() -> None:
    evidence = "门诊每次免赔100元，按80%赔付。年交保费760元。"
    assert cause_of(evidence, "先扣100元免赔，再按80%赔。", "门诊能报多少？一年保费多少？") is None


def test_two_steps_need_digits_that_no_chance_gives() -> None:
    (amount,) = read_quantities("200元")
    said = read_quantities("5万元，1.2万元，80%")
    assert significant_digits(amount) == 1
    assert not follows_in_two_steps(amount, "赔200元", said, said)
    (told,) = read_quantities("30,400元")
    assert follows_in_two_steps(told, "赔30,400元", said, said)


LOANS = (
    "1. 纳税贷：最高200万元，年利率3.60%起。\n2. 流水贷：最高80万元，年利率4.20%起。\n"
    "3. 抵押贷：最高900万元，年利率3.05%起。"
)


@pytest.mark.parametrize(
    ("sentence", "passes"),
    [
        ("抵押贷的年利率是3.05%起。", True),
        ("抵押贷的年利率是3.60%起。", False),
        ("流水贷最高能贷80万元，年利率4.20%起。", True),
        ("流水贷最高能贷200万元。", False),
        ("抵押贷3.05%起，比纳税贷的3.60%低。", True),
    ],
)
def test_what_stands_before_a_colon_names_the_row(sentence: str, passes: bool) -> None:
    assert (cause_of(LOANS, sentence) is None) is passes


def test_a_head_that_comes_twice_names_no_row() -> None:
    evidence = "甲支行：周六9:30-15:30。乙支行：周一至周六9:00-16:30。甲支行：周一至周五9:00-17:00。"
    assert cause_of(evidence, "甲支行周六9:30开门。") is None
