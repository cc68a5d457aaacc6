"""What costs something, or is free under a condition only, is not told as free; what is free may be."""

from __future__ import annotations

import pytest

from guardrails import Evidence
from guardrails.numbers import read_facts
from tests.cpu_time import cpu_seconds, keeps_pace
from tests.number_lock import CATALOGUE, LOCK, PLAIN, cause_of

FEES = (
    "开立账户免收开户费。短信通知服务每月2元，首3个月免费。手机银行、网上银行转账免手续费，柜台转账每笔5元。"
    "挂失费10元，口头挂失免费。本行ATM取款不收费，跨行取款每笔2元，每月前3笔免费。"
    "代发工资账户、社保卡免收年费，其他借记卡年费10元。对账单邮寄每份5元，电子对账单免费。"
)

LOAN = "满6个月免收违约金，不满6个月提前还款的收取1%违约金。本产品不收取账户管理费。评估费300元。"
ENGLISH = "Basic account free. Premium account RMB 25 per month, waived if the balance is RMB 50,000 or more."


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (FEES, "短信通知服务免费。", False),
        (FEES, "跨行取款免费。", False),
        (FEES, "对账单邮寄免费。", False),
        (FEES, "借记卡免年费。", False),
        (LOAN, "提前还款免收违约金。", False),
        (LOAN, "评估费免收。", False),
        (ENGLISH, "The Premium account is always free.", False),
        (FEES, "开户不收费。", True),
        (FEES, "手机银行转账免手续费。", True),
        (FEES, "口头挂失不收费。", True),
        (FEES, "本行ATM取款免费。", True),
        (FEES, "社保卡免年费。", True),
        (FEES, "电子对账单免费，纸质邮寄要收费。", True),
        (FEES, "短信通知服务前3个月免费。", True),
        (FEES, "跨行取款有免费额度，超出后要收费。", True),
        (LOAN, "本产品不收账户管理费。", True),
        (LOAN, "满6个月以后提前还款免收违约金。", True),
        (ENGLISH, "The Basic account is free of charge.", True),
    ],
)
def test_free_is_told_only_of_what_is_free(evidence: str, sentence: str, honest: bool) -> None:
    assert cause_of(evidence, sentence) == (None if honest else "circumstance")


def test_a_long_evidence_of_free_services_is_read_in_its_length() -> None:
    def taken(times: int) -> float:
        facts = read_facts((Evidence(FEES * times, title="说明"),), CATALOGUE, PLAIN)
        return 20 * cpu_seconds(lambda: LOCK.check("短信通知服务免费。", facts), tries=5)

    taken(2)
    assert keeps_pace(taken, 20, 200, times=30, least=0.005)
