"""What the conflict alarm reads as people write it: numbers in words and brackets, thresholds, currencies."""

from __future__ import annotations

import pytest

from app.alarms.claim import same_value
from app.alarms.conflicts import comparable
from app.alarms.written import written
from eval.alarms import _passage
from tests.alarm_claims import claim_reader, met


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("paid within four (4) business days", "paid within 4 business days"),
        ("five per cent (5%) of the unpaid part", "5% of the unpaid part"),
        ("at least thirty-six (36) months", "at least 36 months"),
        ("two full days after the request", "2 days after the request"),
        ("blocked within half an hour", "blocked within 30 minutes"),
        ("only one token", "only 1 token"),
        ("one customer may hold up to two tokens", "one customer may hold up to 2 tokens"),
        ("one of the two", "one of the two"),
        ("次数最多为(2)次", "次数最多为2次"),
        ("额度为(100)万元", "额度为100万元"),
        ("见附件(2)，次日到账", "见附件(2)，次日到账"),
        ("分两步:(1)次日确认", "分两步:(1)次日确认"),
        ("请选one plus卡", "请选one plus卡"),
    ],
)
def test_numbers_are_written_one_way(text: str, plain: str) -> None:
    assert written(text) == plain


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("取款5万元以上的，请提前1个工作日预约。", "取现超过3万元的，早一个工作日约。"),
        ("连续5次核验失败的，暂停24小时。", "核验连错三次的，一天之内不能用。"),
        ("損失金額在三千元以下的，負責人可先墊付，五個工作日內補辦。", "五千元以內負責人就能先墊。"),
        ("补发存簿每本收新台币50元。", "存簿遗失补发，手续费每本新臺幣100元。"),
        ("補發存簿每本收工本費新臺幣50元。", "存簿遺失補發，手續費每本100元，請繳現金。"),
        ("計劃每年保障限額為港幣420,000元。", "計劃嘅每年保障上限係50萬蚊，唔可以轉。"),
        ("员工不得收受价值超过300元的礼物。", "礼物价值在500元以内，可以收下。"),
        ("灭火器每月检查一次。", "灭火器每季度检查1次并签字。"),
        ("最长分48期还。", "最长分三年还。"),
        ("每年可享2次机场接送。", "每年赠送4次机场接送机。"),
        ("密码每90天更换一次。", "密码隔六个月，也就是180天，换一个新的。"),
        ("每月20日结息。", "结息就在6月30日。"),
        ("票面剩余四分之三以上的全额兑换。", "剩下90%以上才按原面额换。"),
        ("10:00至14:00办理。", "十点开始，十二点收车。"),
        ("每月5日至25日缴费。", "每月20日之前交清。"),
        ("代理人每年接受教育不少于36学时。", "本年度教育须修满30学时。"),
        ("挂失费每卡60元。", "挂失费已取消收取。"),
        ("电报费每笔80元。", "电报的成本由银行出。"),
        ("提前2个工作日预约。", "提前半天打电话即可。"),
        ("手续费全免。", "手续费减半收取。"),
        ("A customer may register up to two tokens.", "Only one token can be registered."),
    ],
)
def test_what_is_said_otherwise_is_compared(base: str, other: str) -> None:
    assert any(not same_value(x.quantity, y.quantity) for x, y in met(base, other))


@pytest.mark.parametrize(
    ("base", "other"),
    [
        ("分36期还款。", "三年还清。"),
        ("补发存簿每本收新台币50元。", "補發存簿，手續費每本50元，請繳現金。"),
        ("票面剩余四分之三以上的全额兑换。", "剩下75%以上按原面额换。"),
        ("十点开始。", "上午10:00开始办理。"),
        ("每半年召开一次会议。", "会议一年开两次。"),
        ("每季度检查一次。", "每三个月查1回。"),
        ("密码每90天更换一次。", "密码用满三个月（90天）换新的。"),
        ("每年享2次接送。", "一年里接送两次。"),
        ("Paid within half an hour.", "You get it in 30 minutes."),
    ],
)
def test_what_is_the_same_is_no_contradiction(base: str, other: str) -> None:
    pairs = met(base, other)

    assert pairs
    assert any(same_value(x.quantity, y.quantity) for x, y in pairs)


def test_a_range_of_days_of_the_month_begins_and_ends() -> None:
    claims = claim_reader().read(_passage("甲 | 每月5日至25日缴费。", "a"))

    assert [(claim.value, claim.place) for claim in claims] == [("5日", 1), ("25日", 2)]


def test_amounts_of_two_currencies_are_not_compared() -> None:
    a = claim_reader().read(_passage("甲 | 手續費每筆港幣50元。", "a"))
    b = claim_reader().read(_passage("乙 | 手續費每筆新臺幣100元。", "b"))
    c = claim_reader().read(_passage("丙 | 手续费每笔人民币100元。", "c"))

    assert not any(comparable(x, y) for x in a for y in [*b, *c])


def test_a_threshold_is_marked() -> None:
    claims = claim_reader().read(_passage("甲 | 取款5万元以上的，请提前1个工作日预约。", "a"))

    assert [(claim.value, claim.threshold) for claim in claims] == [("5万元", True), ("1个工作日", False)]
