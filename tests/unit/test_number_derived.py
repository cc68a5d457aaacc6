"""What follows from the evidence though it stands nowhere in it passes: totals of a price by a count, ordinals after
the first ones, spans of days, surcharges, discounts; the same sum with another result is withheld."""

from __future__ import annotations

import time

import pytest

from guardrails import Evidence
from guardrails.catalogue import Catalogue
from guardrails.normal import Normaliser
from guardrails.numbers import NumberLock, read_facts

PLAIN = Normaliser()
CATALOGUE = Catalogue([])
LOCK = NumberLock(CATALOGUE, frozenset())
FEES = (
    "短信服务费每月3元，前2个月免费。账户管理费每季度6元。存款证明20元/份。跨行取款每月前3笔免收，超出每笔4元。"
    "信用报告第3次起每次收10元。"
)
CARD = "分期手续费：6期0.80%/期，12期0.75%/期。透支按日利率0.05%计息。当年刷卡消费满6笔免次年年费。"
LOAN = "首套利率按LPR减30个基点执行。5年期以上LPR为3.50%。罚息在执行利率基础上加收50%。新客户手续费享8折优惠。"
TERMS = "可分3、6、12、24期。募集期2026年7月1日至7月15日。款项T+1日到账。购买以百元为起点。"
HONG_KONG = "保管箱年租：小型港幣600元，中型港幣1,200元。"
BRANCH = (
    "南山支行周一至周五9:00-17:00。2026年10月1日至3日休息，10月4日恢复营业。东湖支行成立于2001年3月1日，年化1.52%。"
)


def _cause(evidence: str, sentence: str, question: str = "请介绍一下") -> str | None:
    facts = read_facts((Evidence(evidence, title="说明"),), CATALOGUE, PLAIN)
    found = LOCK.check(PLAIN.plain(sentence), facts, LOCK.ask(PLAIN.plain(question)))
    return found.cause if found else None


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (FEES, "短信服务费一年36元。", True),
        (FEES, "短信服务费一年下来是46元。", False),
        (FEES, "账户管理费一个季度六块钱，一年合计24元。", True),
        (FEES, "账户管理费一个季度六块钱，一年合计72元。", False),
        (FEES, "短信服务费前2个月免费，之后每月3元，第一年共30元。", True),
        (FEES, "存款证明每份20元，开两份就是40元。", True),
        (FEES, "存款证明每份20元，开两份就是60元。", False),
        (CARD, "分12期每期0.75%，总手续费率9%。", True),
        (CARD, "分12期每期0.75%，总手续费率8%。", False),
        (CARD, "日利率万分之五，折合年化约18.25%。", True),
        (CARD, "一年内刷满6笔，免次年年费。", True),
    ],
)
def test_a_price_by_a_count_makes_its_total_and_no_other(evidence: str, sentence: str, honest: bool) -> None:
    assert (_cause(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (FEES, "每个月头三笔免费，第四笔起每笔4元。", True),
        (FEES, "每月第3笔起每笔4元。", False),
        (FEES, "信用报告前两次不收费。", True),
        (FEES, "信用报告前五次不收费。", False),
        (TERMS, "下一个交易日到账。", True),
        (TERMS, "2个交易日到账。", False),
    ],
)
def test_what_comes_after_the_first_ones_is_known(evidence: str, sentence: str, honest: bool) -> None:
    assert (_cause(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("sentence", "honest"),
    [
        ("首套利率按LPR-30BP执行，即3.20%。", True),
        ("首套利率按LPR-30BP执行，即3.80%。", False),
        ("罚息为执行利率的1.5倍。", True),
        ("罚息为执行利率的2.5倍。", False),
        ("新客户手续费按80%收取。", True),
        ("新客户手续费按70%收取。", False),
    ],
)
def test_points_surcharges_and_discounts_are_worked_out(sentence: str, honest: bool) -> None:
    assert (_cause(LOAN, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (TERMS, "可以分3期、6期、12期或24期。", True),
        (TERMS, "可以分9期。", False),
        (TERMS, "可分4种期数。", True),
        (TERMS, "可分5种期数。", False),
        (TERMS, "募集期共15天。", True),
        (TERMS, "募集期共14天。", False),
        (TERMS, "100元起购。", True),
        (TERMS, "1000元起购。", False),
        (BRANCH, "10月1日至3日休息，4日恢复营业。", True),
        (BRANCH, "10月1日至3日休息，5日恢复营业。", False),
        (BRANCH, "南山支行周一至周五9点到5点营业。", True),
        (BRANCH, "南山支行周一至周五9点到6点营业。", False),
        (BRANCH, "东湖支行成立于2001年3月1日，年化1.52%。", True),
        ("热线24小时服务。", "热线24/7服务。", True),
        ("按0.002%收取。", "按十万分之二收取。", True),
        ("按0.002%收取。", "按十万分之三收取。", False),
    ],
)
def test_rows_spans_and_short_forms_are_read(evidence: str, sentence: str, honest: bool) -> None:
    assert (_cause(evidence, sentence) is None) is honest


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (HONG_KONG, "小型保管箱一年租金六百蚊。", True),
        (HONG_KONG, "小型保管箱年租人民币600元。", False),
        ("年交保费299元。", "一年保费299元，不到三百块。", True),
        ("年交保费299元。", "一年保费299元，不到四百块。", False),
        ("单笔限额100万元。动态令牌单笔限额50万元。", "单笔限额100万元，是动态令牌的两倍。", True),
        ("单笔限额100万元。动态令牌单笔限额50万元。", "单笔限额100万元，是动态令牌的三倍。", False),
        ("书面挂失每笔10元，补卡15元。", "书面挂失10元，补卡15元，两项合计25元。", True),
        ("书面挂失每笔10元，补卡15元。", "书面挂失10元，补卡15元，三项合计25元。", False),
        ("Card RMB 15. Delivery RMB 20.", "A card is RMB 15, delivery RMB 20, so RMB 35 in total.", True),
        ("Card RMB 15. Delivery RMB 20.", "A card is RMB 15, delivery RMB 20, so RMB 45 in total.", False),
        ("持有满30天免赎回费。每年收取销售服务费0.4%。", "持有满30天免赎回费，但每年收0.4%销售服务费。", True),
    ],
)
def test_amounts_in_other_words(evidence: str, sentence: str, honest: bool) -> None:
    assert (_cause(evidence, sentence) is None) is honest


@pytest.mark.parametrize("part", ["第四笔起每笔4元，", "一年共36元，", "1日至3日，", "约三百块，"])
def test_a_long_text_of_sums_takes_no_longer_than_its_length(part: str) -> None:
    facts = read_facts((Evidence(FEES + CARD, title="说明"),), CATALOGUE, PLAIN)

    def taken(times: int) -> float:
        started = time.thread_time()
        LOCK.check(PLAIN.plain(part * times), facts)
        return time.thread_time() - started

    taken(20)
    assert taken(2000) < 30 * max(taken(200), 0.01)
