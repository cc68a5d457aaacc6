"""Parts of a cell are told apart, and so are settlement days, codes, discounts and the two sides of a day."""

from __future__ import annotations

import pytest

from tests.number_lock import cause_of

CARDS = "普卡：主卡年费100元/年，附属卡50元/年；金卡：主卡年费200元/年，附属卡100元/年。"
SETTLED = "申请于T+1日确认份额，赎回款T+3日到账。"
DEPOSITS = "产品代码：DC2604C；期限：1年；年利率：1.20%\n产品代码：DC2604D；期限：3年；年利率：1.55%"
DISCOUNTS = "新客户柜台转账手续费享8折优惠，VIP客户享5折优惠。"
QUOTA = "额度有效期1年，到期前30天可申请续期。个人年度便利化购汇额度为等值5万美元。"


@pytest.mark.parametrize(
    ("evidence", "sentence", "cause"),
    [
        (CARDS, "金卡附属卡年费200元。", "label"),
        (CARDS, "普卡附属卡年费100元。", "label"),
        (CARDS, "金卡主卡年费200元，附属卡100元。", None),
        (CARDS, "普卡附属卡一年50元。", None),
        (SETTLED, "T+3日确认份额。", "label"),
        (SETTLED, "T+1日确认份额，赎回款T+3日到账。", None),
        (DEPOSITS, "DC2604C期限3年。", "pair"),
        (DEPOSITS, "DC2604D年利率1.20%。", "pair"),
        (DEPOSITS, "DC2604D期限3年，年利率1.55%。", None),
        (DISCOUNTS, "新客户打5折，VIP客户打8折。", "label"),
        (DISCOUNTS, "新客户打8折，VIP客户打5折。", None),
        (QUOTA, "到期后30天可申请续期。", "circumstance"),
        (QUOTA, "到期前30天可以申请续期。", None),
        (QUOTA, "个人每月购汇额度为等值5万美元。", "circumstance"),
        (QUOTA, "个人每年购汇额度是等值5万美元。", None),
    ],
)
def test_a_number_keeps_its_part_of_the_cell(evidence: str, sentence: str, cause: str | None) -> None:
    assert cause_of(evidence, sentence) == cause
