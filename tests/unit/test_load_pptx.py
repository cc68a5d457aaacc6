"""PPTX: raised marks, letters nobody can see, headings of tables."""

from __future__ import annotations

from typing import Any

import pytest
from pptx.oxml import parse_xml
from pptx.util import Inches

from ingestion.blocks import Block, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import deck

_NS = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def blocks_of(build: Any) -> tuple[Block, ...]:
    return load("a.pptx", deck(build)).blocks


def runs(*pieces: tuple[str, str]) -> Any:
    """A text box of runs. pieces: (text, attributes and children of its a:rPr)."""

    def build(made: Any) -> None:
        slide = made.slides.add_slide(made.slide_layouts[6])
        paragraph = slide.shapes.add_textbox(0, 0, Inches(3), Inches(1)).text_frame.paragraphs[0]
        for text, look in pieces:
            attributes, _, inner = look.partition("|")
            xml = f"<a:r {_NS}><a:rPr {attributes}>{inner}</a:rPr><a:t>{text}</a:t></a:r>"
            paragraph._p.append(parse_xml(xml))

    return build


@pytest.mark.parametrize("baseline", ["30000", "30%"])
def test_raised_marks_never_run_into_a_number(baseline: str) -> None:
    mark = f'baseline="{baseline}"'
    pieces = (("年费50", 'baseline="0"'), ("1", mark), ("元，月费5", ""), ("1", mark), ("2", mark), ("元", ""))
    assert blocks_of(runs(*pieces)) == (Paragraph("年费50〔1〕元，月费5〔12〕元", 1),)


def test_lowered_letters_are_no_marks() -> None:
    assert blocks_of(runs(("CO", ""), ("2", 'baseline="-25000"'))) == (Paragraph("CO2", 1),)


_COLOR = '|<a:solidFill><a:srgbClr val="000000"><a:alpha val="{}"/></a:srgbClr></a:solidFill>'


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        ("|<a:noFill/>", False),
        ('|<a:ln w="9525"><a:solidFill><a:srgbClr val="000000"/></a:solidFill></a:ln><a:noFill/>', True),
        (_COLOR.format("0"), False),
        (_COLOR.format("60000"), True),
    ],
)
def test_letters_without_colour_are_hidden(look: str, seen: bool) -> None:
    loaded = load("a.pptx", deck(runs(("年费10元", ""), ("底价", look))))
    assert loaded.blocks == (Paragraph("年费10元底价" if seen else "年费10元", 1),)
    assert [(item.code, item.text) for item in loaded.left_out] == ([] if seen else [("hidden_text", "底价")])


def table_of(rows: list[list[str]], *merged: tuple[tuple[int, int], tuple[int, int]]) -> Table:
    def build(made: Any) -> None:
        slide = made.slides.add_slide(made.slide_layouts[6])
        table = slide.shapes.add_table(len(rows), len(rows[0]), 0, 0, Inches(6), Inches(2)).table
        for down, row in enumerate(rows):
            for across, text in enumerate(row):
                table.cell(down, across).text = text
        for first, last in merged:
            table.cell(*first).merge(table.cell(*last))

    (table,) = blocks_of(build)
    assert isinstance(table, Table)
    return table


def test_a_name_over_a_pair_of_values_makes_no_names_of_them() -> None:
    rows = [["项目", "收费标准", ""], ["挂失", "10", "元/笔"], ["转账", "5", "元/笔"]]
    assert table_of(rows, ((0, 1), (0, 2))) == Table(
        ("项目", "收费标准", "收费标准"), (Row(("挂失", "10", "元/笔")), Row(("转账", "5", "元/笔")))
    )


def test_names_over_others_are_told_by_merged_cells() -> None:
    rows = [["业务", "", "利率", ""], ["", "", "普通", "优惠"], ["贷款", "住房", "3.1%", "3%"]]
    table = table_of(rows, ((0, 0), (1, 1)), ((0, 2), (0, 3)))
    assert table.header == ("业务", "业务", "利率·普通", "利率·优惠")
    rows = [["期限", "利率", ""], ["", "普通", "优惠"], ["一年", "3.1%", "3%"]]  # a blank below a name, not merged
    assert table_of(rows, ((0, 1), (0, 2))).header == ("期限", "利率·普通", "利率·优惠")
