"""Cells written in several fonts: what is struck through, white or raised is not read as if it stood there plainly."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Color, Font, PatternFill

from ingestion.blocks import Loaded, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import fill, workbook

HEADER = ["项目", "标准", "说明"]


def book(build: Any) -> Loaded:
    def made(whole: Any) -> None:
        fill(whole.active, 1, 1, [HEADER])
        build(whole.active)

    return load("a.xlsx", workbook(made))


def run(text: str, **look: Any) -> TextBlock:
    return TextBlock(InlineFont(**look), text)


def rows(loaded: Loaded) -> list[tuple[str, ...]]:
    (table,) = loaded.blocks
    assert isinstance(table, Table)
    assert table.header == tuple(HEADER)
    return [row.cells for row in table.rows]


def told(loaded: Loaded) -> list[tuple[str, str]]:
    return [(item.code, item.text) for item in loaded.left_out]


def test_an_old_fee_struck_through_never_joins_the_new_one() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 1, [["挂失", "", "补卡另收"], ["年费", 200, "已取消"]])
        sheet["B2"] = CellRichText(run("20元/笔", strike=True), " ", run("10元/笔", color="FFFF0000"))
        sheet["B3"].font = Font(strike=True)
        sheet["B3"].number_format = '0"元"'

    loaded = book(build)
    assert rows(loaded) == [("挂失", "10元/笔", "补卡另收"), ("年费", "", "已取消")]
    assert told(loaded) == [("tracked_deletion", "20元/笔"), ("tracked_deletion", "200元")]


def test_a_run_that_is_not_struck_holds_good_in_a_struck_cell() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 1, [["挂失", "", "另收"]])
        sheet["B2"] = CellRichText("20元", run("10元"))
        sheet["B2"].font = Font(strike=True)

    assert rows(book(build)) == [("挂失", "10元", "另收")]


def test_white_and_tiny_runs_are_hidden_unless_the_cell_is_painted() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 1, [["转账", "", ""], ["年费", "", ""]])
        sheet["B2"] = CellRichText(run("5元"), run("底价1元", color="FFFFFFFF"), run("暗号", sz=1))
        sheet["B3"] = CellRichText(run("200元", color="FFFFFFFF"), run("/年", color="FFFFFFFF"))
        sheet["B3"].fill = PatternFill("solid", fgColor="FF1F4E79")
        sheet["C2"] = sheet["C3"] = "无"

    loaded = book(build)
    assert rows(loaded) == [("转账", "5元", "无"), ("年费", "200元/年", "无")]
    assert told(loaded) == [("hidden_text", "底价1元暗号")]


def test_a_raised_figure_of_a_cell_is_a_mark() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 1, [["转账", "", "无"]])
        sheet["B2"] = CellRichText(run("50"), run("1", vertAlign="superscript"), run("元"))

    assert rows(book(build)) == [("转账", "50〔1〕元", "无")]


def test_a_cell_of_a_single_run_is_told_whole() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 1, [["年费", "", "已取消"]])
        sheet["B2"] = CellRichText(run("200元", strike=True))

    loaded = book(build)
    assert rows(loaded) == [("年费", "", "已取消")]
    assert told(loaded) == [("tracked_deletion", "200元")]


@pytest.mark.parametrize(
    ("letters", "ground", "seen"),
    [
        ("FFFFFFFF", Color("FF1F4E79"), True),
        ("FFFFFFFF", Color("FFF2F2F2"), False),
        ("FFFFFFFF", Color("FFFFFFCC"), False),
        ("FFFFFFFF", Color(theme=4), True),
        ("FFFFFFFF", Color(theme=4, tint=0.7999), False),
        ("FFFFFFFF", Color(theme=0, tint=-0.0499), False),
        ("FFFFFFFF", Color(theme=0, tint=-0.4999), True),
        ("FF1F4E79", Color("FF1F4E79"), False),
        ("FF1F4E79", Color("FFF2F2F2"), True),
    ],
)
def test_letters_are_read_only_where_their_ground_shows_them(letters: str, ground: Color, seen: bool) -> None:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, [["项目", "标准", "备注"], ["挂失", "10元", "底价"]])
        book.active["C2"].font = Font(color=letters)
        book.active["C2"].fill = PatternFill("solid", fgColor=ground)

    loaded = load("a.xlsx", workbook(build))
    assert [one.text for one in loaded.left_out] == ([] if seen else ["底价"])


def test_zeros_a_sheet_does_not_show_are_left_out_and_told() -> None:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, [["项目", "标准", "优惠"], ["挂失", 0, "无"], ["转账", 5, "无"]])
        book.active.sheet_view.showZeros = False

    loaded = load("a.xlsx", workbook(build))
    assert loaded.blocks == (Table(("项目", "标准", "优惠"), (Row(("挂失", "", "无")), Row(("转账", "5", "无")))),)
    assert [one.text for one in loaded.left_out] == ["0"]
