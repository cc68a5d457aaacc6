"""What the conflict alarm reads as a figure, beyond the numbers the rails read."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.alarms.claim import same_value
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import Contradiction, comparable
from app.alarms.days import MONTHDAY, WEEKDAY
from app.alarms.figures import figures_of, rates_of
from app.knowledge.normalise import Normaliser
from app.settings import Settings
from eval.alarms import _passage

_PLAIN = Normaliser()


@pytest.mark.parametrize(
    ("text", "kind", "key"),
    [
        ("次月第三个工作日补发", "workdays", ("workdays", 3)),
        ("第十二个营业日到账", "workdays", ("workdays", 12)),
        ("每月10日扣款", MONTHDAY, (MONTHDAY, 10)),
        ("每月二十号前结清", MONTHDAY, (MONTHDAY, 20)),
        ("月底三十号结算", MONTHDAY, (MONTHDAY, 30)),
        ("每星期四上午停靠", WEEKDAY, (WEEKDAY, "四")),
        ("每周天休息", WEEKDAY, (WEEKDAY, "日")),
        ("按面额的七成给融资", "percent", ("percent", 70)),
        ("押六成半就可以", "percent", ("percent", 65)),
        ("认购费只收原来的一半", "percent", ("percent", 50)),
        ("佣金万2.5", "percent", ("percent", Decimal("0.025"))),
        ("月日均满一百万才能办", "money", ("CNY", 1_000_000)),
        ("每次不超过两千。", "money", ("CNY", 2000)),
        ("up to SGD 1,000 a day", "money", ("SGD", 1000)),
        ("每笔2元", "money", ("CNY", 2)),
    ],
)
def test_a_figure_is_read(text: str, kind: str, key: tuple[object, ...]) -> None:
    (found,) = figures_of(_PLAIN(text))

    assert (found.kind, found.keys[0]) == (kind, key)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("周一至周五对外营业", WEEKDAY),
        ("周六、周日休息", WEEKDAY),
        ("一周内办结", WEEKDAY),
        ("每月8日元旦", "money"),
        ("成本由客户承担", "percent"),
        ("三成员单位", "percent"),
        ("兑换两万积分", "money"),
        ("养一百头猪", "money"),
        ("万一忘了", "percent"),
        ("1万2.5倍", "percent"),
    ],
)
def test_what_only_looks_like_one_is_none(text: str, kind: str) -> None:
    assert kind not in {one.kind for one in figures_of(_PLAIN(text))}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("每1万元收30元手续费", "0.3"),
        ("签约100万美元远期结汇,要先交10万美元的保证金", "10"),
        ("比如还剩8000元本金,提前结清要付400元", "5"),
        ("单笔上限5万元,手续费50元", None),
        ("12345元的货款,服务费600元", None),
        ("提现10万元,手续费0.6%,共600元", None),
        ("100美元的汇款,收50元", None),
        ("每月2元,每年20元", None),
    ],
)
def test_an_amount_on_a_round_one_gives_a_rate(text: str, rate: str | None) -> None:
    found = rates_of(text, figures_of(text))

    assert [one.value for one in found.values()] == ([] if rate is None else [Decimal(rate)])


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


@pytest.mark.parametrize(
    ("one", "other", "differ"),
    [
        ("积存金赎回手续费为赎回金额的0.5%。", "卖出积存金，每1000元收8元手续费。", True),
        ("积存金赎回手续费为赎回金额的0.5%。", "例如卖出1000元积存金，收5元手续费。", False),
        ("网点营业时间为9:00至17:00。", "网点下午三点半停办业务。", True),
        ("网点营业时间为9:00至17:00。", "网点下午五点停办业务。", False),
        ("网点营业时间为9:00至17:00。", "网点上午十点开门。", True),
        ("办卡年龄为18至65周岁。", "满16周岁起可以办卡。", True),
        ("办卡年龄为18至65周岁。", "满18周岁起可以办卡。", False),
        ("款项第三个工作日入账。", "款项5个工作日入账。", True),
        ("每月10日结清。", "每月5号结清。", True),
    ],
)
def test_figures_told_in_two_ways_meet(reader: ClaimReader, one: str, other: str, differ: bool) -> None:
    mine, theirs = reader.read(_passage(f"说明 | {one}", "a")), reader.read(_passage(f"问答 | {other}", "b"))
    met = [(a, b) for a in mine for b in theirs if comparable(a, b)]

    assert met
    assert any(not same_value(a.quantity, b.quantity) for a, b in met) is differ


def test_a_rate_worked_out_is_told_and_its_amount_stands_in_the_quotation(reader: ClaimReader) -> None:
    (mine,) = (one for one in reader.read(_passage("问答 | 提现10万元，手续费为600元。", "c")) if one.worked)
    (other,) = reader.read(_passage("说明 | 提现手续费为0.4%。", "d"))
    found = Contradiction(mine, other, 1.0, 0.9)

    assert (mine.value, found.attribute) == ("600元", "手续费（600元合0.6%）")
    assert mine.value in mine.quote
