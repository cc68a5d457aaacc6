"""Cells of a workbook that show nothing, or something else than they store: each is told, and honest ones are read."""

from __future__ import annotations

from typing import Any

import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import DataBarRule, IconSetRule
from openpyxl.styles import Color, Font, GradientFill, PatternFill

from ingestion.blocks import Loaded, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import _parts, fill, packed, workbook

HEADER = ("项目", "标准", "备注")
SHEET = "xl/worksheets/sheet1.xml"


def read(build: Any, **changes: tuple[str, str]) -> Loaded:
    """A table of two rows. changes: what to replace in its sheet."""

    def made(book: Any) -> None:
        fill(book.active, 1, 1, [list(HEADER), ["年费", "10元", "无"], ["挂失", "5元", "无"]])
        build(book.active)

    parts = _parts(workbook(made))
    for old, new in changes.values():
        assert old.encode() in parts[SHEET]
        parts[SHEET] = parts[SHEET].replace(old.encode(), new.encode())
    return load("a.xlsx", packed(parts))


def rows(loaded: Loaded) -> list[tuple[str, ...]]:
    (table,) = loaded.blocks
    assert isinstance(table, Table)
    return [row.cells for row in table.rows]


def told(loaded: Loaded) -> list[tuple[str, str]]:
    return [(item.code, item.text) for item in loaded.left_out]


@pytest.mark.parametrize(("width", "seen"), [(0.1, False), (0.01, False), (1, True)])
def test_a_column_too_narrow_to_show_anything_is_hidden(width: float, seen: bool) -> None:
    def build(sheet: Any) -> None:
        sheet.column_dimensions["C"].width = width

    loaded = read(build)
    assert loaded.blocks[0].header == (HEADER if seen else HEADER[:2])  # type: ignore[union-attr]
    assert told(loaded) == ([] if seen else [("hidden_column", "备注 无")])


@pytest.mark.parametrize(("height", "seen"), [("0.00", False), ("0.75", False), ("4", True)])
def test_a_row_too_flat_to_show_anything_is_hidden(height: str, seen: bool) -> None:
    def build(sheet: Any) -> None:
        sheet.row_dimensions[3].height = 1

    loaded = read(build, height=('ht="1"', f'ht="{height}"'))
    assert len(rows(loaded)) == (2 if seen else 1)
    assert told(loaded) == ([] if seen else [("hidden_row", "挂失 5元 无")])


def test_text_that_a_merged_range_covers_is_left_out() -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 4, 1, [["转账", "2元", ""], ["查询", "", ""]])
        sheet.merge_cells("B4:C4")
        sheet.merge_cells("B5:C5")

    fourth, fifth = '</row><row r="5"', "</row></sheetData>"
    covered = '<c r="C4" t="inlineStr"><is><t>底价</t></is></c>'
    repeated = '<c r="C4" t="inlineStr"><is><t>2元</t></is></c>'
    alone = '<c r="C5" t="inlineStr"><is><t>暗号</t></is></c>'
    loaded = read(build, one=(fourth, covered + fourth), two=(fifth, alone + fifth))
    assert rows(loaded)[2:] == [("转账", "2元", "2元"), ("查询", "", "")]
    assert sorted(told(loaded)) == [("hidden_text", "底价"), ("hidden_text", "暗号")]
    assert told(read(build, one=(fourth, repeated + fourth))) == []


@pytest.mark.parametrize("shown", [True, False])
@pytest.mark.parametrize("kind", ["icons", "bars"])
def test_a_number_that_an_icon_or_a_bar_stands_for_is_left_out(kind: str, shown: bool) -> None:
    def build(sheet: Any) -> None:
        fill(sheet, 2, 2, [[3], [3]])
        fill(sheet, 2, 3, [["字样"], ["无"]])
        if kind == "icons":
            rule = IconSetRule("3Flags", "percent", [0, 33, 67], showValue=shown)
        else:
            rule = DataBarRule("min", 0, "max", 0, color="FF638EC6", showValue=shown)
        sheet.conditional_formatting.add("B2:C3", rule)

    loaded = read(build)
    assert rows(loaded) == [("年费", "3" if shown else "", "字样"), ("挂失", "3" if shown else "", "无")]
    assert told(loaded) == ([] if shown else [("hidden_text", "3")] * 2)


@pytest.mark.parametrize(
    ("code", "font", "ground", "seen"),
    [
        ('[White]0"元"', None, None, False),
        ('[白色]0"元"', None, None, False),
        ('[Color2]0"元"', None, None, False),
        ('[White]0"元"', None, "FF1F4E79", True),
        ('0"元";[White]-0"元"', None, None, True),
        ('[Red]0"元"', "FFFFFFFF", None, True),
        ('[Red]0"元"', None, "FFFF0000", False),
    ],
)
def test_a_value_that_its_format_makes_white_needs_a_ground(code: str, font: Any, ground: Any, seen: bool) -> None:
    def build(sheet: Any) -> None:
        sheet["B3"].value, sheet["B3"].number_format = 999, code
        if font:
            sheet["B3"].font = Font(color=font)
        if ground:
            sheet["B3"].fill = PatternFill("solid", fgColor=ground)

    loaded = read(build)
    assert rows(loaded)[1] == ("挂失", "999元" if seen else "", "无")
    assert told(loaded) == ([] if seen else [("hidden_text", "999元")])


WHITE = "FFFFFFFF"
DARK_ACCENT = Color(theme=4, tint=-0.4999)


@pytest.mark.parametrize(
    ("letters", "ground", "seen"),
    [
        ("FF000000", PatternFill("solid", fgColor="FF000000"), False),
        ("FF000000", PatternFill("solid", fgColor=Color(theme=1)), False),
        (None, PatternFill("solid", fgColor="FF000000"), False),
        ("FF1F4E78", PatternFill("solid", fgColor="FF1F4E79"), False),
        ("FF1F4E79", PatternFill("solid", fgColor="FF4F81BD"), True),
        ("FF4F81BD", PatternFill("solid", fgColor=Color(theme=4)), False),
        (WHITE, PatternFill("solid", fgColor=DARK_ACCENT), True),
        (Color(theme=0, tint=-0.4999), None, True),
        ("FFD9D9D9", None, True),
        ("FFFFFF00", None, True),
        (WHITE, GradientFill(stop=("FFFFFF", "F2F2F2")), False),
        (WHITE, GradientFill(stop=("1F4E79", "4F81BD")), True),
        (WHITE, PatternFill("gray0625", fgColor=WHITE, bgColor=WHITE), False),
        (WHITE, PatternFill("gray0625", fgColor="FF000000", bgColor=WHITE), False),
        (WHITE, PatternFill("darkGray", fgColor="FF000000", bgColor=WHITE), True),
        ("FF000000", PatternFill("gray0625", fgColor="FF000000", bgColor=WHITE), True),
    ],
)
def test_letters_like_their_ground_are_left_out(letters: Any, ground: Any, seen: bool) -> None:
    def build(sheet: Any) -> None:
        sheet["C3"] = "底价"
        sheet["C3"].font = Font(color=letters)
        if ground is not None:
            sheet["C3"].fill = ground

    assert told(read(build)) == ([] if seen else [("hidden_text", "底价")])


def test_the_colours_of_a_theme_are_its_own() -> None:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, [["项目", "底价"]])
        book.active["A1"].font = Font(color="FF000000")
        book.active["B1"].font = Font(color=Color(theme=4))

    parts = _parts(workbook(build))
    theme = parts["xl/theme/theme1.xml"]
    parts["xl/theme/theme1.xml"] = theme.replace(b'"4F81BD"', b'"FFFFFE"')
    assert told(load("a.xlsx", workbook(build))) == []
    assert told(load("a.xlsx", packed(parts))) == [("hidden_text", "底价")]


def test_signs_of_symbol_fonts_are_read_as_what_they_show() -> None:
    def build(sheet: Any) -> None:
        sheet["B2"], sheet["B3"] = "P", "£"
        sheet["C2"] = CellRichText(TextBlock(InlineFont(rFont="Wingdings"), "þ"), "是", "P")
        sheet["C3"] = "按年P"
        for place, name in (("B2", "Wingdings 2"), ("B3", "Wingdings 2"), ("C3", "Webdings")):
            sheet[place].font = Font(name=name)

    loaded = read(build)
    assert rows(loaded) == [("年费", "√", "☑是P"), ("挂失", "☐", "按年")]
    assert told(loaded) == []


def test_escaped_characters_of_a_text_are_read_as_excel_shows_them() -> None:
    def build(sheet: Any) -> None:
        sheet["C2"] = "首年_x000D_\n免收"
        sheet["C3"] = CellRichText("_x0031_00", TextBlock(InlineFont(b=True), "_x5143_"))

    loaded = read(build)
    assert loaded.blocks == (Table(HEADER, (Row(("年费", "10元", "首年\n免收")), Row(("挂失", "5元", "100元")))),)
