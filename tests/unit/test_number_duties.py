"""From a limit on, what is charged is not told as free, nor what is free as charged."""

from __future__ import annotations

import pytest

from guardrails import Evidence
from guardrails.numbers import read_facts
from tests.cpu_time import cpu_seconds, keeps_pace
from tests.number_lock import CATALOGUE, LOCK, PLAIN, cause_of

REDEMPTION = "持有不满180天赎回费1.50%，满180天不满365天赎回费0.50%，满365天不收赎回费。"
FUND = "赎回费：T<7日，1.50%；7日≤T<30日，0.75%；T≥30日，0。"
CASH = "单笔取现5万元（含）以上，须提前1个工作日预约。"
TEXTS = "短信服务每月2元，首3个月免费。单笔500元以下的提醒每月3元，前2个月免费试用。单笔满500元的免费提醒。"
EARLY = "未满1年提前还款的收取1%违约金；满1年后提前还款免收违约金。"
BALANCE = "日均余额300元（含）以上免收账户管理费，不足300元的每季度收3元。100张以内免费，超过部分每百张1元。"


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (REDEMPTION, "持有满180天不收赎回费。", False),
        (REDEMPTION, "持有不满365天不收赎回费。", False),
        (FUND, "持有不满30天免赎回费。", False),
        (CASH, "取现5万元以上无需预约。", False),
        (TEXTS, "短信服务前3个月每月2元。", False),
        (TEXTS, "500元以下的提醒免费。", False),
        (EARLY, "满1年后提前还款也要付1%的违约金。", False),
        (REDEMPTION, "持有满365天不收赎回费。", True),
        (REDEMPTION, "持有满180天不满365天，赎回费0.50%。", True),
        (FUND, "持有满30天免赎回费。", True),
        (CASH, "取现5万元以上要提前1个工作日预约。", True),
        (CASH, "取现5万元以下无需预约。", True),
        (TEXTS, "短信服务前3个月免费，之后每月2元。", True),
        (TEXTS, "500元以下的提醒每月3元，前2个月免费。", True),
        (TEXTS, "500元以下的提醒可以免费试用2个月。", True),
        (TEXTS, "满500元的提醒免费。", True),
        (EARLY, "满1年以后提前还款就不用付违约金了。", True),
        (EARLY, "不满1年提前还款，要付1%的违约金。", True),
        (BALANCE, "余额满300元免收，不足300元每季度收3元。", True),
        (BALANCE, "100张以内不收费，超过的每百张1元。", True),
    ],
)
def test_free_and_charged_keep_to_their_side_of_a_limit(evidence: str, sentence: str, honest: bool) -> None:
    assert (cause_of(evidence, sentence) is None) is honest


def test_a_long_row_of_limits_takes_no_longer_than_its_length() -> None:
    facts = read_facts((Evidence(REDEMPTION, title="说明"),), CATALOGUE, PLAIN)

    def taken(times: int) -> float:
        return cpu_seconds(lambda: LOCK.check("满365天不收赎回费，" * times, facts))

    taken(20)
    assert keeps_pace(taken, 200, 2000, times=30, least=0.01)
