import pytest

from app.alarms.claim import Claim, same_value
from app.alarms.claims import ClaimReader
from app.alarms.conflicts import comparable
from app.alarms.free import FREE
from app.settings import Settings
from eval.alarms import FILES, _passage, pairs


@pytest.fixture(scope="module")
def reader() -> ClaimReader:
    return ClaimReader(Settings(_env_file=None).cache_dir)


def claims(reader: ClaimReader, text: str) -> list[Claim]:
    return reader.read(_passage(text, text))


def test_must_not_exceed_is_an_upper_bound_and_no_lower_one(reader: ClaimReader) -> None:
    upper, lower = claims(reader, "贷款问答 | 期限不得超过3年。\n每次金额不得低于500元。")

    assert (upper.bound, lower.bound) == ("le", "ge")
    for modal in "能可应会宜":
        upper, lower = claims(reader, f"贷款问答 | 期限不{modal}超过3年。\n每次金额不{modal}低于500元。")
        assert (upper.bound, lower.bound) == ("le", "ge")


def test_a_range_in_a_table_is_compared_with_one_in_a_sentence_end_by_end(reader: ClaimReader) -> None:
    row = claims(reader, "险种说明 | 投保年龄：50至75周岁")
    sentence = claims(reader, "险种问答 | 投保年龄为50至70周岁。")

    differing = [
        (a.quantity.text, b.quantity.text)
        for a in row
        for b in sentence
        if comparable(a, b) and not same_value(a.quantity, b.quantity)
    ]

    assert differing == [("75周岁", "70周岁")]


def test_half_a_year_is_180_days_and_not_a_contradiction(reader: ClaimReader) -> None:
    (months,), (days,) = claims(reader, "险 | 等待期为6个月。"), claims(reader, "险 | 等待期为180天。")
    (other,) = claims(reader, "险 | 等待期为90天。")

    assert same_value(months.quantity, days.quantity)
    assert not same_value(months.quantity, other.quantity)


def test_no_passage_of_the_unseen_half_shares_its_id_with_one_of_the_seen() -> None:
    read = [{one.id for pair in pairs(half) for one in (pair.base, pair.other)} for half in FILES]

    assert len(set().union(*read)) == sum(map(len, read))


def test_a_discount_is_compared_with_a_share_and_a_count_of_payments_with_one_of_times(reader: ClaimReader) -> None:
    for one, other, same in (
        ("存款问答 | 利息按定期利率打六折计算。", "存款须知 | 利息按定期利率的60%计算。", True),
        ("存款问答 | 利息按定期利率打六折计算。", "存款须知 | 利息按定期利率的80%计算。", False),
        ("取款公告 | 他行取款每月前3笔免费。", "取款问答 | 他行取款每月前5次免费。", False),
        ("硬币公约 | 每日可兑换硬币200枚。", "硬币问答 | 一天不超过500枚硬币。", False),
    ):
        a, b = claims(reader, one)[0], claims(reader, other)[0]
        assert comparable(a, b), one
        assert same_value(a.quantity, b.quantity) is same, one


def test_what_a_new_figure_took_the_place_of_is_not_claimed(reader: ClaimReader) -> None:
    for text in ("结清公告 | 违约金由1%下调为0.5%。", "结清公告 | 违约金从原来的1%降至0.5%。"):
        assert [claim.quantity.text for claim in claims(reader, text)] == ["0.5%"], text


def test_the_first_of_a_single_line_of_properties_is_a_figure_and_that_of_several_rows_a_condition(
    reader: ClaimReader,
) -> None:
    card = claims(reader, "产品卡 | 起存：5000元；年利率：1.1%")
    table = claims(reader, "利率表 | 起存：5000元；年利率：1.1%\n起存：1万元；年利率：1.3%")

    assert [claim.quantity.text for claim in card] == ["5000元", "1.1%"]
    assert [claim.quantity.text for claim in table] == ["1.1%", "1.3%"]
    assert [condition.text for condition in table[1].conditions] == ["1万元"]


def test_a_claim_names_its_product_by_its_sentence_its_section_or_its_title(reader: ClaimReader) -> None:
    by_title = reader.read(_passage({"title": "车险问答", "text": "每年保费500元。"}, "1"))
    by_section = reader.read(_passage({"title": "常备答案", "section": "车险", "text": "每年保费500元。"}, "2"))
    by_sentence = reader.read(_passage("常备答案 | 车险每年保费500元。", "3"))

    assert by_title[0].topics["product"] == by_section[0].topics["product"] == by_sentence[0].topics["product"]
    assert "product" not in by_title[0].own_topics
    assert by_sentence[0].own_topics["product"] == by_sentence[0].topics["product"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("收费表 | 项目：跨行汇款；标准：免费", "汇款问答 | 跨行汇款每笔手续费2元。", False),
        ("基金公告 | 申购费率为0.15%。", "基金问答 | 申购不收费。", False),
        ("收费表 | 跨行汇款免收手续费。", "汇款问答 | 跨行汇款一分钱不收。", True),
        ("收费表 | 挂失手续费0元。", "挂失问答 | 挂失不收手续费。", True),
    ],
)
def test_being_free_is_compared_with_a_price_and_asks_for_one(
    reader: ClaimReader, one: str, other: str, same: bool
) -> None:
    a, b = claims(reader, one)[-1], claims(reader, other)[-1]

    assert comparable(a, b)
    assert comparable(b, a)
    assert same_value(a.quantity, b.quantity) is same
    free = a if a.sort == FREE else b
    assert "收多少" in free.plainly
    assert free.quantity.text not in free.plainly


def test_being_free_is_not_compared_with_a_length_of_time(reader: ClaimReader) -> None:
    (free,), (days,) = claims(reader, "挂失 | 挂失不收费。"), claims(reader, "挂失 | 挂失有效期为5天。")

    assert not comparable(free, days)
