"""What the conflict alarm reads of how soon and how often: 当日, 次日, T+1, 第90天, 半个月, 按季."""

from __future__ import annotations

import pytest

from app.alarms.claim import same_value
from app.alarms.figures import figures_of
from app.alarms.written import written
from tests.alarm_claims import met


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("资料交齐后2个工作日放款。", "资料交齐，当天就能收到款。"),
        ("密码锁定后次日自动解锁。", "密码锁了要等72小时才解。"),
        ("缴款后次日销案。", "交完款当日销案。"),
        ("赎回T+1到账。", "赎回的钱两个工作日到账。"),
        ("费用于开单后第10日扣款。", "开单满三周才扣款。"),
        ("书面挂失满7天补发。", "挂失后过半个月来拿。"),
        ("异议二十日内答复。", "一个半月之内给结果。"),
        ("冷靜期為二十一個曆日。", "冷靜期內一個星期可以取消。"),
        ("数字每60秒换一组。", "数字每半分钟换一组。"),
        ("查勘员30分钟内到场。", "三刻钟之内查勘员就到。"),
        ("贷款按季结息。", "贷款每月结息。"),
        ("每月核对工程进度。", "工程进度每季度核对一次。"),
        ("Settlement takes 1 working day.", "The money arrives on the second working day after the sale."),
        ("Reports are due by the 7th of each month.", "Send the report before the close of the 10th, please."),
        ("The night safe closes at 23:00.", "The night safe is open until ten in the evening."),
        ("早送库不晚于8:20。", "款箱最迟八点四十送达。"),
        ("每年1月15日起可以下载。", "要到3月1日才开放下载。"),
        ("当天网点提前到7:30开门。", "当天网点早上8:00就开门。"),
        ("自助机于9月30日停用。", "自助机10月15日起停用。"),
        ("7月1日起降为4.05%。", "从8月1日起降到4.05%。"),
        ("可提前支取一次。", "可分两次支取。"),
        ("每位客户限购两枚。", "一位客户最多可以买5枚。"),
        ("每笔订单限用一张券。", "一笔单子可以叠两张券。"),
        ("每自然年度免费3次。", "一年里有6次不收费。"),
        ("接送每年12次。", "一年接送二十四趟。"),
        ("对同一客户每日最多打四次电话。", "同一个客户一天最多打6通。"),
        ("迟报一次扣2分。", "迟报一次减五分。"),
        ("额度最高3万元。", "头一张卡最高给5万额度。"),
        ("初始存款不低于5万新元。", "先存3万新元就行。"),
        ("兑换现钞上限5000欧元。", "现钞一次最多换3000欧。"),
        ("每份记录不少于200字。", "记录满100字为合格。"),
        ("余额的30%存入。", "余额100万元的，存进来20万元就够了。"),
        ("买卖差价1%。", "进出都按净值走，没有买卖差价。"),
        ("The excess is SGD 200 for each claim.", "Water damage claims have no excess."),
        ("Withdrawals cost HKD 5 each.", "We do not charge for withdrawals."),
        ("Gifts worth no more than GBP 50 may be kept.", "Gifts up to GBP 100 may be kept."),
        ("甲型箱年租金新臺幣3,000元。", "問：甲型箱租一年是三千六百元。"),
    ],
)
def test_what_is_said_otherwise_is_compared(base: str, other: str) -> None:
    assert any(not same_value(x.quantity, y.quantity) for x, y in met(base, other))


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("赎回T+1到账。", "赎回款次日到账。"),
        ("赎回T+1到账。", "赎回款下一个工作日到账。"),
        ("当日入库。", "当天就入库。"),
        ("次日解锁。", "锁定24小时后解除。"),
        ("开单后第10日扣款。", "开单10天后扣款。"),
        ("贷款按季结息。", "贷款每季度结息一次。"),
        ("每月扣收。", "一个月扣收一次。"),
        ("15天内答复。", "半个月内答复。"),
        ("45天内答复。", "一个半月内答复。"),
        ("每年12次。", "一年十二趟。"),
        ("限购2枚。", "每人限购两枚。"),
        ("冷靜期21日。", "冷靜期二十一個曆日。"),
        ("上午8:40送达。", "早上八点四十送达。"),
    ],
)
def test_what_is_the_same_is_no_contradiction(base: str, other: str) -> None:
    pairs = met(base, other)

    assert pairs
    assert any(same_value(x.quantity, y.quantity) for x, y in pairs)


@pytest.mark.parametrize("text", ["次日17:00前提交", "当日累计限额", "次日起", "四处看看", "打不通", "只要一个电话"])
def test_what_tells_no_delay_and_no_count_is_none(text: str) -> None:
    assert all(one.kind == "time" for one in figures_of(written(text)))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("可调整一次，", "可调整1次，"),
        ("最多二十四趟", "最多24次"),
        ("两个半月内", "2.5个月内"),
        ("限领一份", "限领1份"),
        ("下午三点一刻", "下午3:15"),
        ("四处走走", "四处走走"),
        ("八点五十元", "八点五十元"),
    ],
)
def test_counts_are_written_in_digits(text: str, plain: str) -> None:
    assert written(text) == plain
