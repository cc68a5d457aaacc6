"""A branch's telephone, address and hours are not given to another; what no branch owns may be said of any."""

from __future__ import annotations

import pytest

from tests.cpu_time import cpu_seconds, keeps_pace
from tests.number_lock import cause_of

ROWS = (
    "城东支行：地址 东湖路88号，电话0571-88881111，营业时间周一至周五9:00-17:00。"
    "城西支行：地址 西溪街16号，电话0571-88882222，营业时间周一至周日9:00-16:30。"
    "请提前1天联系支行。全行客服热线95000，每日8:00-20:00。"
)
BLOCKS = (
    "解放路支行\n地址：解放路128号\n电话：0571-66001234\n文昌支行\n地址：文昌街56号\n电话：0571-66005678\n9:00-16:00"
)

MOVE = "城东支行12月1日起迁至东湖路88号；城西支行12月15日起装修，2027年1月20日恢复营业，期间可到城东支行办理。"

CLASSES = (
    "Ⅰ类户为全功能账户。Ⅱ类户日累计限额1万元，年累计限额20万元。Ⅲ类户余额不得超过2000元，年累计限额5万元。"
    "同一银行只能开立1个Ⅰ类户，Ⅱ类户、Ⅲ类户各不超过5个。"
)
WALLETS = "四类钱包余额上限1万元，单笔2000元。三类钱包余额上限2万元，单笔5000元。"


@pytest.mark.parametrize(
    ("evidence", "sentence", "honest"),
    [
        (ROWS, "城东支行的电话是0571-88882222。", False),
        (ROWS, "城西支行位于东湖路88号。", False),
        (ROWS, "城西支行9:00至17:00营业。", False),
        (BLOCKS, "解放路支行的电话是0571-66005678。", False),
        (BLOCKS, "文昌支行（解放路128号）。", False),
        (MOVE, "城东支行12月15日起装修。", False),
        (ROWS, "城东支行的电话是0571-88881111，地址在东湖路88号。", True),
        (ROWS, "您可以拨打0571-88881111联系城东支行。", True),
        (ROWS, "城西支行每天9:00至16:30营业。", True),
        (ROWS, "城东支行17:00关门，比城西支行的16:30晚半小时。", True),
        (ROWS, "去城东支行（9:00-17:00）或城西支行（9:00-16:30）都可以。", True),
        (ROWS, "请提前1天联系城西支行。", True),
        (ROWS, "城西支行的客服热线是95000，每天8:00-20:00。", True),
        (BLOCKS, "解放路支行在解放路128号，文昌支行在文昌街56号。", True),
        (MOVE, "城西支行12月15日起装修，您可以到城东支行办理，地址是东湖路88号。", True),
        (MOVE, "城西支行要到2027年1月20日才恢复营业，其间可去城东支行。", True),
        (ROWS, "城东支行和城西支行分别营业到16:30和17:00。", False),
        (ROWS, "城东支行和城西支行分别营业到17:00和16:30。", True),
        (CLASSES, "Ⅱ类户年累计限额5万元。", False),
        (CLASSES, "三类户一年最多转20万元。", False),
        (CLASSES, "Ⅱ/Ⅲ类户的年累计限额分别是5万元和20万元。", False),
        (WALLETS, "三类钱包余额上限1万元。", False),
        (CLASSES, "Ⅱ/Ⅲ类户的年累计限额分别是20万元和5万元。", True),
        (CLASSES, "一个人在我们行只能开一个一类户，二类户和三类户各最多5个。", True),
        (CLASSES, "这三类账户功能不一样，二类户一天最多转1万元。", True),
        (WALLETS, "四类钱包最多放1万元，升级到三类以后余额上限2万元。", True),
        (WALLETS, "四类和三类钱包的余额上限分别是1万元和2万元。", True),
    ],
)
def test_a_number_belongs_to_its_branch(evidence: str, sentence: str, honest: bool) -> None:
    assert cause_of(evidence, sentence, title="网点") == (None if honest else "label")


def test_a_long_list_of_branches_is_read_in_its_length() -> None:
    def taken(times: int) -> float:
        return cpu_seconds(lambda: cause_of(ROWS * times, "城西支行和城东支行9:00营业，" * times, title="网点"))

    taken(5)
    assert keeps_pace(taken, 20, 200, times=40, least=0.02)
