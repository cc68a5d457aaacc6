"""Tables of a sheet that blank rows, section names, hidden rows, notes and spacers run through."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.styles import Alignment, Font

from ingestion.blocks import Block, Heading, Paragraph, Row, Table
from ingestion.load import load
from ingestion.splitting import split
from tests.fixtures.office_files import fill, workbook


def sheet(rows: list[list[Any]], look: Any = None) -> tuple[Block, ...]:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, rows)
        if look is not None:
            look(book.active)

    return load("a.xlsx", workbook(build)).blocks


HEADER = ["序号", "项目", "收费标准", "优惠"]
NAMES = tuple(HEADER)


def test_rows_below_a_gap_keep_the_names_of_the_table_above() -> None:
    rows: list[list[Any]] = [HEADER, [1, "挂失", "10元/笔", "老年客户免"], [], ["二、转账类"]]
    rows += [[3, "跨行转账", "5元/笔", ""], [4, "异地汇款", "8元/笔", ""], [], [5, "境外汇款", "50元/笔", ""]]
    assert sheet(rows) == (
        Table(NAMES, (Row(("1", "挂失", "10元/笔", "老年客户免")),)),
        Heading("二、转账类", 2),
        Table(NAMES, (Row(("3", "跨行转账", "5元/笔", "")), Row(("4", "异地汇款", "8元/笔", "")))),
        Table(NAMES, (Row(("5", "境外汇款", "50元/笔", "")),)),
    )
    csv = "收费标准,,\n项目,标准,备注\n挂失,10元,另收\n,,\n转账,5元,起\n年费,200元,\n"
    *_, second = load("a.csv", csv.encode()).blocks
    assert second == Table(("项目", "标准", "备注"), (Row(("转账", "5元", "起")), Row(("年费", "200元", ""))))


def test_a_column_left_empty_below_the_gap_parts_no_row() -> None:
    rows = [HEADER, [1, "挂失", "10元", "无"], [], [2, "年费", "", "首年免"], [3, "转账", "", "手机银行免"]]
    *_, second = sheet(rows)
    assert second == Table(NAMES, (Row(("2", "年费", "", "首年免")), Row(("3", "转账", "", "手机银行免"))))


@pytest.mark.parametrize(
    "second",
    [
        [["期限", "利率", "起点"], ["一年", "1.5%", "50元"]],
        [["期限", "2025", "2026"], ["一年", "1.5%", "1.4%"]],
        [["金额", "1万元以下", "1万元以上"], ["转账", "2元", "5元"]],
        [["项目", "标准", "说明"], ["转账", "5元", "起"]],
    ],
    ids=["names", "years", "tiers", "the same names"],
)
def test_a_table_of_its_own_below_a_gap_keeps_its_own_names(second: list[list[str]]) -> None:
    blocks = sheet([["项目", "标准", "说明"], ["挂失", "10元", "另收"], [], *second])
    assert blocks[1:] == (Table(tuple(second[0]), (Row(tuple(second[1])),)),)


def test_a_line_of_two_cells_below_a_table_is_not_read_under_its_names() -> None:
    blocks = sheet([["项目", "标准"], ["挂失", "10元/笔"], [], ["客服电话", 95500]])
    assert blocks[1:] == (Paragraph("客服电话　95500"),)


def test_rows_of_words_go_on_where_only_the_names_are_bold() -> None:
    rows = [
        ["业务", "渠道", "材料"],
        ["挂失", "网点", "身份证"],
        [],
        ["补卡", "柜台", "银行卡"],
        ["销户", "柜台", "卡"],
    ]

    def bold(page: Any) -> None:
        for cell in page[1]:
            cell.font = Font(bold=True)

    *_, second = sheet(rows, bold)
    assert second == Table(("业务", "渠道", "材料"), (Row(("补卡", "柜台", "银行卡")), Row(("销户", "柜台", "卡"))))


def test_under_a_hidden_header_no_value_becomes_one() -> None:
    def hide(page: Any) -> None:
        page.row_dimensions[1].hidden = True

    (table,) = sheet([["项目", "标准", "说明"], ["挂失", 10, "另收"], ["转账", 5, "起"]], hide)
    assert table == Table(("", "", ""), (Row(("挂失", "10", "另收")), Row(("转账", "5", "起"))))


@pytest.mark.parametrize(
    ("below", "lines"),
    [
        ([["注：1.老年客户免收；"], ["2.外币按牌价折算；"], ["3.本表自7月1日起执行。"]], ["注：1.老年客户免收；"]),
        (
            [["注：", "1.老年客户免收；"], ["", "2.外币按牌价折算；"], ["", "3.本表自7月1日起执行。"]],
            ["注：1.老年客户免收；"],
        ),
    ],
    ids=["one column", "beside a label"],
)
def test_what_is_numbered_below_a_remark_belongs_to_it(below: list[list[str]], lines: list[str]) -> None:
    blocks = sheet([["项目", "标准", "说明"], ["挂失", 10, "另收"], ["境外汇款", "", ""], *below])
    lines = [*lines, "2.外币按牌价折算；", "3.本表自7月1日起执行。"]
    assert blocks == (
        Table(("项目", "标准", "说明"), (Row(("挂失", "10", "另收")), Row(("境外汇款", "", "")))),
        *map(Paragraph, lines),
    )


def test_a_spacer_column_parts_no_row() -> None:
    rows = [["项目", "标准", "", "优惠", "", "说明"], ["挂失", "10元", "", "无", "", "另收"]]
    rows += [["转账", "5元", "", "", "", "起"]]
    (table,) = sheet(rows)
    assert table == Table(
        ("项目", "标准", "优惠", "说明"), (Row(("挂失", "10元", "无", "另收")), Row(("转账", "5元", "", "起")))
    )


@pytest.mark.parametrize(
    "right",
    [
        [["期限", "利率"], ["三年", "1.9%"], ["五年", "2.0%"]],
        [["币种", "起点"], ["美元", "100"], ["欧元", "200"]],
        [["代码", "生效日期"], ["A01", "7月1日"]],
    ],
    ids=["the same names", "as many rows", "fewer rows"],
)
def test_a_table_beside_another_that_names_its_own_rows_stays_apart(right: list[list[str]]) -> None:
    left = [["期限", "利率"], ["一年", "1.5%"], ["两年", "1.7%"]]
    rows = [[*row, "", *(right[at] if at < len(right) else [])] for at, row in enumerate(left)]
    assert [block.header for block in sheet(rows) if isinstance(block, Table)] == [("期限", "利率"), tuple(right[0])]


@pytest.mark.parametrize(
    ("rows", "merges", "line"),
    [
        (
            [["项目", "收费标准", ""], ["转账", "按成交金额收取", "最低一元"], ["年费", "普通卡免收", "金卡百元"]],
            ["B1:C1"],
            "项目：转账；收费标准：按成交金额收取；收费标准：最低一元",
        ),
        (
            [["业务", "", "利率", "说明"], ["贷款", "住房", "3.1%", "起"], ["存款", "活期", "0.1%", "起"]],
            ["A1:B1"],
            "业务：贷款；业务：住房；利率：3.1%；说明：起",
        ),
        (
            [["业务", "", "利率", ""], ["", "", "普通", "优惠"], ["贷款", "住房", "3.1%", "3.0%"]],
            ["A1:B2", "C1:D1"],
            "业务：贷款；业务：住房；利率·普通：3.1%；利率·优惠：3.0%",
        ),
        (
            [["项目", "净利润", ""], ["", 2024, 2025], ["甲支行", 12.5, 13.5]],
            ["B1:C1"],
            "项目：甲支行；净利润·2024：12.5；净利润·2025：13.5",
        ),
        (
            [["业务", "利率", ""], ["期限", "普通", "优惠"], ["一年", "1.5%", "1.6%"], ["两年", "1.7%", "1.8%"]],
            ["B1:C1"],
            "业务·期限：一年；利率·普通：1.5%；利率·优惠：1.6%",
        ),
    ],
)
def test_a_row_below_a_wide_name_is_a_header_only_where_it_parts_that_name(
    rows: list[list[Any]], merges: list[str], line: str
) -> None:
    assert merged(rows, merges)[0] == line


def test_a_line_across_the_table_below_a_wide_name_names_the_rows_below_it() -> None:
    rows = [["项目", "标准", "", "优惠"], ["个人业务", "", "", ""], ["挂失", "10元/笔", "借记卡", "金卡免"]]
    lines = merged(rows, ["B1:C1", "A2:D2"])
    assert lines == ["个人业务", "项目：挂失；标准：10元/笔；标准：借记卡；优惠：金卡免"]


def merged(rows: list[list[Any]], merges: list[str]) -> list[str]:
    def look(one: Any) -> None:
        for reference in merges:
            one.merge_cells(reference)

    return [line for piece in split(sheet(rows, look), "") for line in piece.text.splitlines()]


def test_equal_values_of_a_row_keep_their_names_and_a_merged_one_names_the_rows_below() -> None:
    rows = [["普卡", "金卡"], ["首年免", "首年免"], ["个人业务", ""], ["2元", "3元"]]
    assert merged(rows, ["A3:B3"]) == ["普卡：首年免；金卡：首年免", "个人业务", "普卡：2元；金卡：3元"]


def test_a_row_of_unit_and_date_between_title_and_names_stands_above_the_table() -> None:
    rows = [["存款利率表", "", ""], ["生效日期：2026年7月1日", "", "单位：%"], ["期限", "活期", "定期"]]
    assert merged([*rows, ["一年", 0.1, 1.5], ["两年", 0.1, 1.7], ["制表：张三", "", "审核：李四"]], ["A1:C1"]) == [
        "生效日期：2026年7月1日　单位：%",
        "期限：一年；活期：0.1；定期：1.5",
        "期限：两年；活期：0.1；定期：1.7",
        "制表：张三　审核：李四",
    ]


def test_names_centred_over_empty_cells_span_them_as_if_they_were_merged() -> None:
    rows = [["期限", "普通客户", None, "尊享客户", None], [None, "起点", "利率", "起点", "利率"]]

    def look(one: Any) -> None:
        for place in ("B1", "C1", "D1", "E1"):
            one[place].alignment = Alignment(horizontal="centerContinuous")

    (table,) = sheet([*rows, ["一年", "50元", "1.5%", "1万元", "1.6%"]], look)
    assert isinstance(table, Table)
    assert table.header == ("期限", "普通客户·起点", "普通客户·利率", "尊享客户·起点", "尊享客户·利率")
