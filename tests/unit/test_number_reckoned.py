"""The number lock on what an answer works out from the customer's own figures, and on what they may not excuse."""

from __future__ import annotations

import pytest

from guardrails import Evidence
from guardrails.numbers import Quantity, read_facts
from tests.number_lock import CATALOGUE, LOCK, PLAIN, cause_of

CASH = "ATM取现每卡每日累计不超过2万元，单笔不超过5,000元。柜台取现5万元以上须提前1个工作日预约。"
LIMITS = (
    "|认证方式|单笔限额|日累计限额|\n|---|---|---|\n|短信验证码|5,000元|20,000元|\n|短信加人脸识别|5万元|20万元|\n"
    "|云证书|50万元|100万元|"
)
MINIMUM = "最低还款额为当期消费金额的10%。最低还款额未还部分的5%收取违约金，最低10元。账单日后20天为到期还款日。"
LOAN = "提前还款：放款满3年后免收违约金；不满3年的，按提前还款金额的0.5%收取。每年最多2次。"
FUNDS = (
    "产品：稳享3个月；起购金额：1万元；业绩比较基准：2.20%-2.60%\n"
    "产品：稳享6个月；起购金额：1万元；业绩比较基准：2.40%-2.90%\n"
    "产品：稳享12个月；起购金额：5万元；业绩比较基准：2.70%-3.30%"
)
TRAVEL = (
    "保障项目：行李损失；标准计划：8,000元；优越计划：20,000元\n"
    "保障项目：航班延误；标准计划：最高1,500元；优越计划：最高2,400元"
)
COUPON = "实付满30元立减8元，满60元立减18元。活动时间：2025年6月15日至8月31日。"
POLICY = "犹豫期为签收次日起20日。保险期间10年、20年或30年，满期时年龄不得超过75岁。"


@pytest.mark.parametrize(
    ("evidence", "question", "sentence"),
    [
        (CASH, "我要取8万现金", "8万要分4天才能取完。"),
        (CASH, "我要取8万现金", "8万元超过5万的线，要提前1个工作日预约。"),
        (LIMITS, "短信加人脸能转30万吗", "一天最多20万，您的30万还差10万。"),
        (LIMITS, "短信加人脸能转30万吗", "云证书单笔限额50万，30万一次就能转出去。"),
        (MINIMUM, "我账单8000，只还了300", "最低还款额是800元，您还差500元。"),
        (MINIMUM, "我账单8000，只还了300", "最低还款额是800元，您还了300，还差500元。"),
        (MINIMUM, "我账单日是每月5号", "账单日5号，往后20天就是25号。"),
        (LOAN, "我贷了两年半，想提前还20万", "20万的0.5%是1000元。"),
        (LOAN, "我贷了两年半，想提前还20万", "再等半年满3年就不收违约金了。"),
        (FUNDS, "我有4万，能买稳享12个月吗", "稳享12个月5万元起购，您手上4万还差1万。"),
        (COUPON, "我买了65块的东西", "65元可以减18元，实付47元。"),
        (COUPON, "活动还有多久", "活动从6月15日到8月31日，一共78天。"),
        (POLICY, "我3月5日签收的", "从3月5日签收算起20日，3月25日前都可以退。"),
        (POLICY, "我50岁，能买20年期吗", "买20年期的话，满期时70岁，没有超过75岁。"),
        ("汇率：1美元=7.2650元人民币。", "买8000美元要多少人民币", "8000美元约合58120元人民币。"),
        ("按合同利率上浮50%计收罚息。", "我的利率是4%", "在4%上浮50%，罚息利率就是6%。"),
        ("住宅贷款额度最高为评估价的70%。", "房子评估400万", "400万的70%，最多可以贷280万。"),
        ("每笔跨行转账2元。", "这个月转了5笔", "5笔一共10元。"),
        ("违约金为剩余本金的3%。", "我1.2万分了12期", "每期本金1000元。"),
    ],
)
def test_what_follows_from_the_customers_own_figures_is_told(evidence: str, question: str, sentence: str) -> None:
    assert cause_of(evidence, sentence, question) is None


@pytest.mark.parametrize(
    ("evidence", "question", "sentence"),
    [
        (CASH, "我要取8万现金", "8万要分6天才能取完。"),
        (LIMITS, "短信加人脸能转30万吗", "一天最多20万，您的30万还差15万。"),
        (MINIMUM, "我账单8000，只还了300", "最低还款额是600元。"),
        (MINIMUM, "我账单日是每月5号", "账单日5号，往后20天就是28号。"),
        (LOAN, "我贷了两年半，想提前还20万", "20万的0.5%是2000元。"),
        (LOAN, "每年能还几次", "每年最多6次。"),
        (COUPON, "我买了65块的东西", "65元可以减18元，实付57元。"),
        (COUPON, "活动还有多久", "活动从6月15日到8月31日，一共90天。"),
        (POLICY, "我3月5日签收的", "从3月5日签收算起20日，4月25日前都可以退。"),
        ("按合同利率上浮50%计收罚息。", "我的利率是4%", "在4%上浮50%，罚息利率就是8%。"),
        ("汇率：1美元=7.2650元人民币。", "买8000美元要多少人民币", "8000美元约合68120元人民币。"),
        ("手续费每笔5元。", "手续费是8元吗", "手续费是8元。"),
        ("起购金额1万元。", "起购是5万吗", "起购金额5万元。"),
        ("定期存款一年期利率1.15%。", "我听说我能拿8%的利率", "您的年利率8%。"),
        ("稳盈固收的业绩比较基准2.10%。", "我买的产品年化8%", "您的产品收益8%。"),
        ("手续费每笔5元。", "我这笔要付8元", "您的手续费8元。"),
        ("稳盈固收的业绩比较基准2.10%。", "能赚多少", "假设年化8%，就很划算。"),
        ("定期存款一年期利率1.15%。", "这个8%对吗", "是的，这个8%。"),
        ("定期存款一年期利率1.15%。", "存一年能有8%吗", "您存一年有8%。"),
        ("起购金额1万元。", "5万起，是吗", "您5万起就行。"),
    ],
)
def test_a_wrong_sum_follows_from_nothing(evidence: str, question: str, sentence: str) -> None:
    assert cause_of(evidence, sentence, question) is not None


def test_the_customers_amount_falls_into_the_narrowest_tier() -> None:
    assert cause_of(COUPON, "您买65元的东西，可以立减8元。", "我买了65块的东西") == "absent"


@pytest.mark.parametrize(
    ("evidence", "sentence", "cause"),
    [
        (FUNDS, "稳享6个月的业绩比较基准是2.40%-2.90%。", None),
        (FUNDS, "稳享6个月的业绩比较基准是2.70%-3.30%。", "label"),
        (FUNDS, "稳享12个月的基准2.70%-3.30%，比6个月的2.40%-2.90%高。", None),
        (TRAVEL, "标准计划航班延误最高赔1,500元。", None),
        (TRAVEL, "标准计划航班延误最高赔2,400元。", "label"),
        (TRAVEL, "行李损失在优越计划下赔20,000元。", None),
        (LIMITS, "云证书单笔50万元，一天100万元。", None),
        (LIMITS, "云证书一天20万元。", "label"),
    ],
)
def test_a_number_of_a_table_belongs_to_its_row_and_column(evidence: str, sentence: str, cause: str | None) -> None:
    assert cause_of(evidence, sentence) == cause


def test_a_later_sentence_may_speak_of_what_an_earlier_one_came_to() -> None:
    facts = read_facts((Evidence("手续费为汇款金额的0.1%。电讯费150元。", title="汇款"),), CATALOGUE, PLAIN)
    asked = LOCK.ask(PLAIN.plain("汇20万要多少钱"))
    second = PLAIN.plain("加上电讯费150元，一共350元。")

    assert LOCK.check(second, facts, asked, []) is not None

    followed: list[Quantity] = []
    assert LOCK.check(PLAIN.plain("20万的0.1%，手续费是200元。"), facts, asked, followed) is None
    assert LOCK.check(second, facts, asked, followed) is None
    assert LOCK.check(PLAIN.plain("这350元不退。"), facts, asked, followed) is None
    assert LOCK.check(PLAIN.plain("这450元不退。"), facts, asked, followed) is not None


@pytest.mark.parametrize(
    ("evidence", "sentence"),
    [
        (
            "金卡200元，普卡80元，白金卡680元。办卡须提交：1.身份证；2.收入证明；3.申请表；4.住址证明。",
            "要准备4样材料。",
        ),
        ("净值：3月11日1.0861，3月12日1.0849。", "3月12日是1.0849，比前一天低。"),
        ("管理费由0.30%降至0.10%。", "管理费从0.30%降到0.10%。"),
        ("国庆期间10月1日至10月3日休息。", "Closed from 1 to 3 October."),
        ("单笔5,000元。", "单笔5千，可以多转几次。"),
        ("评估费两成由客户承担。", "评估费两成，由客户承担。"),
        ("Annual rent (HK$): Small 1,200; Medium 1,900.", "中型箱每年HK$1,900。"),
        ("周五夜盘至22:30。", "周五晚上只到十点半。"),
    ],
)
def test_counts_and_forms_that_were_taken_for_figures_of_nowhere(evidence: str, sentence: str) -> None:
    assert cause_of(evidence, sentence) is None
