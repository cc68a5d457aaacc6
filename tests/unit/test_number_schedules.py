"""Fee schedules and tiers as banks print them: units in headings, notations of tiers, periods, the customer's own
amount, and what is said of the other side of a bound."""

from __future__ import annotations

import pytest

from guardrails import Evidence
from guardrails.numbers import read_facts
from tests.cpu_time import cpu_seconds, keeps_pace
from tests.number_lock import CATALOGUE, LOCK, PLAIN, cause_of

RATES = "存期：3个月；{0}：0.65\n存期：1年；{0}：0.95\n存期：3年；{0}：1.25"
TRANSFER = "柜台跨行转账：1万元（含）以下每笔5元；1万元至10万元（含）每笔10元；10万元以上每笔15元。"
TERMS = "持有时间T：T<7日，赎回费1.50%；7日≤T<30日，赎回费0.75%；T≥30日，赎回费0。"
PERIODS = "年费：金卡每年30元。短信服务每月2元。ATM每日取款上限2万元。"
BONDS = "第五期期限3年，票面年利率1.63%；第六期期限5年，票面年利率1.70%。满24个月不满36个月支取的，扣除90天利息。"


@pytest.mark.parametrize("heading", ["年利率（%）", "年利率%", "年利率（年化，%）"])
def test_a_unit_in_the_heading_counts_as_if_it_stood_in_the_cell(heading: str) -> None:
    rates = RATES.format(heading)

    assert cause_of(rates, "一年期利率为0.95%。") is None
    assert cause_of(rates, "一年期利率为1.25%。") == "pair"
    assert cause_of(rates, "3个月的年利率是0.95%，1年的是0.65%。") == "pair"


def test_a_unit_over_the_table_is_that_of_its_bare_amounts() -> None:
    table = "收费标准（单位：元）\n卡种：金卡；年费：200；补办天数：3\n卡种：普卡；年费：80；补办天数：5"

    assert cause_of(table, "金卡年费200元。") is None
    assert cause_of(table, "金卡年费80元。") == "label"
    assert cause_of(table, "金卡补办要3元。") == "absent"
    assert cause_of("起存金额（人民币万元）：20", "20万元起存。") is None


@pytest.mark.parametrize(
    ("evidence", "sentence", "cause"),
    [
        ("短信服务2元/月。", "短信服务￥2/月。", None),
        ("短信服务2元/月。", "短信服务￥2/年。", "circumstance"),
        ("Premium account RMB 25 per month.", "The Premium account costs RMB 25 a year.", "circumstance"),
        ("透支日利率0.05%。", "透支年利率0.05%。", "circumstance"),
        ("提前还款须书面申请，每年最多2次。", "每月最多提前还款2次。", "circumstance"),
        ("10个工作日内办结。", "至少10个工作日办结。", "bound"),
        (BONDS, "3年期票面利率1.63%。", None),
        (BONDS, "3年期票面利率1.70%。", "pair"),
        ("单笔5万元／日累计20万元。", "单笔5万元，日累计20万元。", None),
        ("工本费2.5元，快递费0.5元。新客户8.5折。", "工本费两块五，快递费5毛，新客户打八五折。", None),
        ("工本费2.5元。", "工本费两块六。", "absent"),
    ],
)
def test_currencies_periods_and_spoken_amounts(evidence: str, sentence: str, cause: str | None) -> None:
    assert cause_of(evidence, sentence) == cause


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (TRANSFER, "1万元以下每笔5元。", True),
        (TRANSFER, "1万元以下每笔10元。", False),
        (TRANSFER, "10万元以上每笔10元。", False),
        ("1万元（含）至10万元，每笔10元。", "1万元以下每笔10元。", False),
        ("1万元（含）至10万元，每笔10元。", "1万元到10万元每笔10元。", True),
        (TERMS, "持有满7天不满30天，赎回费0.75%。", True),
        (TERMS, "持有不满7天，赎回费0.75%。", False),
        ("65歲或以上豁免。", "65歲以下豁免。", False),
        ("低於港幣5,000元收60元。", "超過港幣5,000元收60元。", False),
        ("满6个月不满24个月扣180天；满24个月不满36个月扣90天。", "满6个月不满24个月扣90天。", False),
    ],
)
def test_every_way_to_write_a_tier_is_read(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("sentence", "honest"),
    [
        ("您转8000元，属于1万元以下，手续费每笔5元。", True),
        ("转8000元，手续费每笔5元。", True),
        ("转8000元，手续费每笔10元。", False),
        ("您转8000元，属于1万元至10万元，每笔10元。", False),
        ("手续费是8000元。", False),
    ],
)
def test_the_customers_amount_may_be_put_into_its_tier_and_no_other(sentence: str, honest: bool) -> None:
    assert (cause_of(TRANSFER, sentence, "我要在柜台跨行转8000元，手续费多少？") is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        ("单笔取现5万元（含）以上，须提前1个工作日预约。", "取现5万元以下无需预约。", True),
        ("单笔取现5万元（含）以上，须提前1个工作日预约。", "取现5万元以下须提前1个工作日预约。", False),
        ("日均余额低于300元的，每季收3元。", "日均余额满300元免收。", True),
        ("日均余额低于300元的，每季收3元。", "日均余额满300元的，每季收3元。", False),
    ],
)
def test_the_other_side_of_a_bound_may_be_denied_only(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("sentence", "honest"),
    [
        ("金卡一年30元。", True),
        ("金卡一个月30元。", False),
        ("短信服务2块钱一个月。", True),
        ("短信服务2块钱一年。", False),
        ("一天取款不能超过2万元。", True),
    ],
)
def test_a_year_beside_an_amount_is_each_year(sentence: str, honest: bool) -> None:
    assert (cause_of(PERIODS, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        ("2026年10月1日至3日休息，10月4日恢复营业。", "10月1日至10月3日休息。", True),
        ("2026年10月1日至3日休息，10月4日恢复营业。", "2026年10月4日恢复营业。", True),
        ("2026年10月1日至3日休息，10月4日恢复营业。", "2025年10月4日恢复营业。", False),
        ("7月1日至2026年7月15日募集。", "7月1日至15日募集。", True),
        ("LPR减30个基点。", "首套利率为LPR-30BP。", True),
        ("LPR减30个基点。", "首套利率为LPR+30BP。", False),
    ],
)
def test_dates_and_spreads_in_short(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        ("普通转账次日到账。", "普通到账要到第二天。", True),
        ("普通转账次日到账。", "普通到账要到第三天。", False),
        ("金卡首年免年费，刷满6笔免次年年费。", "当年刷满六次免第二年年费。", True),
        ("持有满730天免赎回费。", "持有满两年免赎回费。", True),
        ("持有满730天免赎回费。", "持有满一年免赎回费。", False),
        ("书面挂失费10元，工本费15元。", "挂失费10元，工本费15元，两项合计25元。", True),
        ("书面挂失费10元，工本费15元。", "挂失费10元，工本费15元，两项合计35元。", False),
    ],
)
def test_the_same_count_in_other_words(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


@pytest.mark.parametrize("part", ["金卡一年30元，", "1万元以下免收，"])
def test_a_long_text_of_periods_and_bounds_takes_no_longer_than_its_length(part: str) -> None:
    facts = read_facts((Evidence(PERIODS + TRANSFER, title="说明"),), CATALOGUE, PLAIN)

    def taken(times: int) -> float:
        return cpu_seconds(lambda: LOCK.check(PLAIN.plain(part * times), facts))

    taken(20)
    assert keeps_pace(taken, 200, 2000, times=30, least=0.01)
