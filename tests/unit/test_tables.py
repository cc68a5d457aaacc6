"""What a table's first rows are: names of its columns, pairs of name and value, or lines about the whole table."""

from __future__ import annotations

import pytest

from ingestion.blocks import Row, Table
from ingestion.tables import header_depth, rows_as_text, table_from


def lines(rows: list[list[str]], headed: int | None = None) -> list[str]:
    made = table_from(rows, headed)
    assert made is not None
    return ["；".join(cells) for cells in rows_as_text(made)]


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        (
            [["期限", "3个月", "6个月", "1年"], ["整存整取", "0.65%", "0.85%", "0.95%"]],
            "期限：整存整取；3个月：0.65%；6个月：0.85%；1年：0.95%",
        ),
        (
            [["指标", "2024年", "2025年", "2026年"], ["净利润", "12亿", "13亿", "14亿"]],
            "指标：净利润；2024年：12亿；2025年：13亿；2026年：14亿",
        ),
        (
            [["业务", "ATM", "POS", "柜台"], ["取款", "免费", "不适用", "免费"], ["转账", "2元", "3元", "5元/笔"]],
            "业务：取款；ATM：免费；POS：不适用；柜台：免费",
        ),
        ([["指标", "2026年"], ["净利润", "12亿"]], "指标：净利润；2026年：12亿"),
    ],
)
def test_headings_with_digits_are_names_of_columns(rows: list[list[str]], line: str) -> None:
    assert lines(rows)[0] == line


def test_names_with_digits_are_still_names_of_a_sheet() -> None:
    rows = [["产品名称", "稳健一号", "产品代码", "WY001"], ["7日年化收益率", "2.1%", "期限", "180天"]]
    assert lines(rows)[2:] == ["7日年化收益率：2.1%", "期限：180天"]


def test_a_term_is_the_value_of_a_sheet_that_names_it() -> None:
    assert lines([["产品期限", "180天"], ["风险等级", "R2"]])[0] == "产品期限：180天"


def depth(owners: list[str], texts: list[list[str]] | None = None) -> int:
    return header_depth([row.split() for row in owners], texts)


@pytest.mark.parametrize(
    ("owners", "rows"),
    [
        (["a b b c", "a d e f", "g h i j"], 2),  # 外币 over one column only
        (["a b b b c", "a d d e f", "a g h i j", "k l m n o"], 3),
        (["a b b c", "d e f g", "h i j k"], 1),  # the row names itself
        (["a b b c", "a d e f", "a g h i"], 1),  # the corner is a group of rows
    ],
)
def test_a_wide_name_is_parted_below_a_corner_that_reaches_down(owners: list[str], rows: int) -> None:
    assert depth(owners) == rows


def test_a_blank_below_the_corner_reaches_down_and_values_part_no_name() -> None:
    years = [["项目", "净利润", "净利润"], ["", "2024年", "2025年"], ["甲", "12", "13"]]
    assert depth(["a b b", "c d e", "f g h"], years) == 2
    fees = [["项目", "标准", "标准"], ["", "10元", "5元"], ["甲", "12", "13"]]
    assert depth(["a b b", "c d e", "f g h"], fees) == 1
    pairs = [["业务", "业务", "利率", "利率"], ["贷款", "住房", "3.1%", "起"], ["存款", "活期", "0.1%", "起"]]
    assert depth(["a a b b", "c d e f", "g h i j"], pairs) == 1


@pytest.mark.parametrize("fee", ["免费", "10元", "—", "0.5%"])
def test_equal_fees_are_values_and_name_no_rows_below_them(fee: str) -> None:
    rows = [["手机银行", "网上银行", "柜台"], [fee, fee, fee], ["2元", "3元", "4元"]]
    assert lines(rows) == [f"手机银行：{fee}；网上银行：{fee}；柜台：{fee}", "手机银行：2元；网上银行：3元；柜台：4元"]


def test_where_the_source_says_what_is_merged_equal_words_are_values() -> None:
    rows = (Row(("首年免", "首年免"), across=False), Row(("个人业务", "个人业务"), across=True))
    table = Table(("普卡", "金卡"), rows)
    assert rows_as_text(table) == [["普卡：首年免", "金卡：首年免"], ["个人业务"]]


@pytest.mark.parametrize(
    ("row", "caption"),
    [
        (["编制：甲部门", "", "单位：万元"], "编制：甲部门　单位：万元"),
        (["填报单位：甲分行", "填报单位：甲分行", "单位：万元"], "填报单位：甲分行　单位：万元"),
        (["", "生效日期", "2026年7月1日"], "生效日期　2026年7月1日"),
    ],
)
@pytest.mark.parametrize("headed", [None, 2])
def test_a_row_of_unit_and_date_above_the_names_is_the_tables_caption(
    row: list[str], caption: str, headed: int | None
) -> None:
    made = table_from([row, ["项目", "2024年", "2025年"], ["利润", "12", "13"], ["收入", "22", "23"]], headed)
    assert made is not None
    assert (made.caption, made.header) == (caption, ("项目", "2024年", "2025年"))


@pytest.mark.parametrize(
    "rows",
    [
        [["单位：万元", "2024年", "2025年"], ["净利润", "12", "13"]],
        [["单位：万元", "净利润", "净利润"], ["单位：万元", "2024年", "2025年"], ["甲", "12", "13"]],
        [["单位：万元", "净利润", "净利润"], ["甲支行", "12", "13"], ["乙支行", "10", "11"]],
        [["项目", "其中：境内", "其中：境内"], ["存款", "个人", "企业"], ["活期", "甲", "乙"]],
    ],
)
def test_names_with_their_unit_stay_names(rows: list[list[str]]) -> None:
    made = table_from(rows, 1)
    assert made is not None
    assert (made.caption, made.header) == ("", tuple(rows[0]))


def test_those_who_sign_below_a_table_are_no_values() -> None:
    rows = [["期限", "活期", "定期"], ["一年", "0.1%", "1.5%"], ["制表：张三", "", "审核：李四"]]
    assert lines(rows) == ["期限：一年；活期：0.1%；定期：1.5%", "制表：张三　审核：李四"]
