"""DOCX tables: which rows name the columns, which cells cover others, and what in a cell is no text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ingestion.blocks import Block, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import document


def element(xml: str) -> Any:
    return parse_xml(xml.replace("{ns}", nsdecls("w", "wp")))


def filled(made: Any, *rows: tuple[str, ...]) -> Any:
    table = made.add_table(rows=len(rows), cols=len(rows[0]))
    for row, texts in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    return table


def read(build: Callable[[Any], None]) -> tuple[Block, ...]:
    return load("a.docx", document(build)).blocks


@pytest.mark.parametrize("marked", [[], [0], [0, 1], [0, 1, 2]], ids=["none", "the first", "both", "every row"])
def test_the_second_row_of_names_counts_however_many_rows_are_marked(marked: list[int]) -> None:
    def build(made: Any) -> None:
        table = filled(made, ("期限", "人民币", "", "外币"), ("", "活期", "定期", "定期"), ("一年", "1", "2", "3"))
        for first, last, text in (((0, 0), (1, 0), "期限"), ((0, 1), (0, 2), "人民币")):
            table.cell(*first).merge(table.cell(*last)).text = text
        for at in marked:
            table.rows[at]._tr.get_or_add_trPr().append(element("<w:tblHeader {ns}/>"))

    (table,) = (block for block in read(build) if isinstance(block, Table))
    assert table.header == ("期限", "人民币·活期", "人民币·定期", "外币·定期")


def test_cells_merged_the_old_way_cover_what_stands_beside_them() -> None:
    def build(made: Any) -> None:
        table = filled(made, ("期限", "利率", ""), ("", "普通", "优惠"), ("一年", "1.5%", "1.6%"))
        for row, column, merge in (
            (0, 0, '<w:vMerge {ns} w:val="restart"/>'),
            (1, 0, "<w:vMerge {ns}/>"),
            (0, 1, '<w:hMerge {ns} w:val="restart"/>'),
            (0, 2, '<w:hMerge {ns} w:val="continue"/>'),
        ):
            table.cell(row, column)._tc.get_or_add_tcPr().append(element(merge))

    (table,) = read(build)
    assert table == Table(("期限", "利率·普通", "利率·优惠"), (Row(("一年", "1.5%", "1.6%")),))


def test_a_cell_deleted_with_tracked_changes_is_left_out_and_told() -> None:
    def build(made: Any) -> None:
        table = filled(made, ("项目", "标准", "原标准"), ("挂失", "10元", "20元"))
        for row in table.rows:
            row.cells[2]._tc.get_or_add_tcPr().append(element('<w:cellDel {ns} w:id="1" w:author="a"/>'))

    loaded = load("a.docx", document(build))
    assert loaded.blocks == (Table(("项目", "标准", ""), (Row(("挂失", "10元", "")),)),)
    assert [one.text for one in loaded.left_out if one.code == "tracked_deletion"] == ["原标准", "20元"]


@pytest.mark.parametrize(("form", "numbers"), [("decimal", ("1.", "2.")), ("bullet", ("", ""))])
def test_the_running_numbers_of_empty_cells_are_read(form: str, numbers: tuple[str, str]) -> None:
    def build(made: Any) -> None:
        numbering = made.part.numbering_part.element
        inner = f'<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="%1."/></w:lvl>'
        numbering.insert(0, element(f'<w:abstractNum {{ns}} w:abstractNumId="90">{inner}</w:abstractNum>'))
        numbering.append(element('<w:num {ns} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
        table = filled(made, ("序号", "项目", "标准"), ("", "挂失", "10元"), ("", "转账", "5元"))
        for at in (1, 2):
            properties = table.cell(at, 0).paragraphs[0]._p.get_or_add_pPr()
            properties.append(element('<w:numPr {ns}><w:ilvl w:val="0"/><w:numId w:val="90"/></w:numPr>'))

    (table,) = read(build)
    assert isinstance(table, Table)
    assert tuple(row.cells[0] for row in table.rows) == numbers


_BOX = """<w:r {ns}>{run}<w:drawing><wp:anchor><wp:docPr id="1" name="框" {named}/>
<w:txbxContent><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:txbxContent></wp:anchor></w:drawing></w:r>"""


def test_a_box_that_is_hidden_or_hangs_on_hidden_letters_is_left_out_and_told() -> None:
    def boxes() -> list[Any]:
        looks = (("<w:rPr><w:vanish/></w:rPr>", "", "底价一"), ("", 'hidden="1"', "底价二"), ("", "", "可见"))
        filled = ((_BOX.replace("{run}", run).replace("{named}", named), text) for run, named, text in looks)
        return [element(box.replace("{text}", text)) for box, text in filled]

    def build(made: Any) -> None:
        in_cell = made.add_table(rows=1, cols=1).cell(0, 0).paragraphs[0]._p
        for place in (in_cell, made.add_paragraph("正文。")._p):
            place.extend(boxes())

    loaded = load("a.docx", document(build))
    assert loaded.blocks == (Table(("",), (Row(("可见",)),)), Paragraph("正文。"), Paragraph("可见"))
    assert [one.text for one in loaded.left_out] == ["底价一", "底价二"] * 2


def test_a_box_inside_a_box_is_said_once() -> None:
    def build(made: Any) -> None:
        outer, inner = (_BOX.replace("{run}", "").replace("{named}", "").replace("{text}", text) for text in "外内")
        box = element(outer)
        box.find(f".//{qn('w:p')}").append(element(inner))
        made.add_paragraph("正文。")._p.append(box)

    assert read(build) == (Paragraph("正文。"), Paragraph("外"), Paragraph("内"))


_W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        (['<w:color {ns} w:val="auto" w:themeColor="background1"/>'], False),
        (['<w:color {ns} w:val="auto" w:themeColor="background1" w:themeShade="80"/>'], True),
        (['<w:color {ns} w:val="auto" w:themeColor="text1"/>'], True),
        ([f"<w14:textFill {_W14}><w14:noFill/></w14:textFill>"], False),
        (
            [
                f"<w14:textOutline {_W14}><w14:solidFill/></w14:textOutline>",
                f"<w14:textFill {_W14}><w14:noFill/></w14:textFill>",
            ],
            True,
        ),
    ],
)
def test_letters_in_the_themes_ground_or_without_a_fill_are_hidden(look: list[str], seen: bool) -> None:
    def build(made: Any) -> None:
        run = made.add_paragraph("正文。").add_run("底价")
        run._r.get_or_add_rPr().extend([element(one) for one in look])

    assert read(build) == (Paragraph("正文。底价" if seen else "正文。"),)
