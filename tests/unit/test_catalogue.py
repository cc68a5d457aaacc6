"""Products are known by the names customers use, not by the kind of paper that describes them."""

import pytest

from app.knowledge.catalogue import build, short_names


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("稳盈固收90天持有期理财产品说明书", "稳盈固收90天持有期理财"),
        ("信用卡产品与收费说明（金卡、白金卡）", "信用卡"),
        ("2026年第四期个人大额存单发行公告", "2026年第四期个人大额存单"),
        ("进取成长混合基金产品资料概要（代销）", "进取成长混合基金"),
        ("转账汇款服务价格与限额表", "转账汇款"),
        ("智能通知存款", "智能通知存款"),
    ],
)
def test_a_title_is_shortened_to_the_products_name(title, name):
    assert name in short_names(title)
    assert short_names(title)[0] == title


def test_versions_and_papers_of_one_code_are_one_product():
    (product,) = build([("稳盈固收产品说明书", "WY", None), ("稳盈固收费率表", "WY", "R2")])
    assert product.risk_level == "R2"
    assert {"稳盈固收", "WY", "稳盈固收费率表"} <= set(product.names)


def test_customers_may_call_a_product_by_the_beginning_that_is_its_alone():
    steady, other = build([("稳盈固收90天持有期理财产品说明书", "WY", "R2"), ("稳健成长混合基金", "WJ", "R4")])
    assert "稳盈固收" in steady.starts
    assert "稳健成长" in other.starts
    near, _ = build([("稳盈固收90天理财", "A", None), ("稳盈固收180天理财", "B", None)])
    assert "稳盈固收" not in near.starts
    (deposit,) = build([("人民币活期储蓄存款", "HQ", None)])
    assert "人民币" not in deposit.starts
