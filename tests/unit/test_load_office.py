"""XLSX, PPTX and DOCX as people see them; what they hide is left out and told."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from typing import Any

import pytest

from app.knowledge.preparing import PreparationFailed
from ingestion.blocks import Block, Heading, Item, Loaded, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import (
    SECRET,
    contract,
    deck,
    encrypted_office,
    fee_workbook,
    fill,
    packed,
    product_deck,
    with_entities,
    with_part,
    workbook,
)


def left_out(loaded: Loaded) -> Counter[str]:
    return Counter(item.code for item in loaded.left_out)


def sheet_blocks(rows: list[list[Any]], *merged: str) -> tuple[Block, ...]:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, rows)
        for reference in merged:
            book.active.merge_cells(reference)

    return load("a.xlsx", workbook(build)).blocks


def test_a_workbook_reads_as_displayed() -> None:
    loaded = load("a.xlsx", fee_workbook())
    assert loaded.blocks == (
        Heading("存款利率", 1),
        Heading("个人存款利率表", 2),
        Paragraph("单位：年利率"),
        Table(
            ("期限", "起存金额（元）", "年利率·普通客户", "年利率·尊享客户"),
            (
                Row(("一年", "50", "1.50%", "1.55%")),
                Row(("两年", "10,000", "1.75%", "1.80%")),
                Row(("三年", "50,000", "1.95%", "2.00%")),
            ),
        ),
        Table(("代码", "生效日期", "起息时长", "可质押"), (Row(("A01", "2026年7月1日", "36:00", "是")),)),
        Paragraph("注：以办理当日网点公告为准。"),
        Heading("收费标准", 1),
        Table(("项目", "标准"), (Row(("挂失", "10元/笔")), Row(("资信证明", "20元/份")))),
    )
    assert loaded.in_parts
    assert [notice.code for notice in loaded.warnings] == ["formula_without_value"]
    assert left_out(loaded) == Counter(
        {"hidden_text": 3, "hidden_sheet": 1, "hidden_row": 1, "hidden_column": 1, "comment_left_out": 1}
    )


def test_several_tables_of_a_sheet_stay_apart() -> None:
    rows = [["存款"], ["期限", "利率"], ["一年", "1.5%"], [], ["贷款"], ["期限", "利率"], ["五年", "3.6%"], [], ["完"]]
    assert sheet_blocks(rows) == (
        Heading("存款", 2),
        Table(("期限", "利率"), (Row(("一年", "1.5%")),)),
        Heading("贷款", 2),
        Table(("期限", "利率"), (Row(("五年", "3.6%")),)),
        Paragraph("完"),
    )


def test_lines_of_text_are_no_table_and_no_headings() -> None:
    assert sheet_blocks([["第一句话。"], ["第二句话"], ["第三句话"]]) == (
        Paragraph("第一句话。"),
        Paragraph("第二句话"),
        Paragraph("第三句话"),
    )


def test_a_merged_value_belongs_to_every_row_it_covers() -> None:
    rows = [["渠道", "手续费"], ["柜台", "5元"], ["", "8元"]]
    (table,) = sheet_blocks(rows, "A2:A3")
    assert table == Table(("渠道", "手续费"), (Row(("柜台", "5元")), Row(("柜台", "8元"))))


def test_a_merge_over_a_value_row_makes_no_header_of_it() -> None:
    rows = [["项目", "普通", "尊享"], ["年费", "10元", ""], ["挂失", "5元", "0元"]]
    (table,) = sheet_blocks(rows, "B2:C2")
    assert table == Table(("项目", "普通", "尊享"), (Row(("年费", "10元", "10元")), Row(("挂失", "5元", "0元"))))


def test_cached_results_are_read_and_errors_are_told() -> None:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, [["项目", "金额"], ["甲", 1], ["乙", 2]])

    content = workbook(build)
    name = "xl/worksheets/sheet1.xml"
    cell = '<c r="B3" t="n"><v>2</v></c>'
    for told, new, last in (
        ([], '<c r="B3"><f>B2*5</f><v>5</v></c>', "5"),
        (["formula_without_value"], '<c r="B3"><f>B2*5</f></c>', ""),
        (["formula_error"], '<c r="B3" t="e"><v>#REF!</v></c>', ""),
    ):
        sheet = _part(content, name).replace(cell, new)
        assert new in sheet
        loaded = load("a.xlsx", with_part(content, name, sheet.encode()))
        assert [notice.code for notice in loaded.warnings] == told
        (table,) = loaded.blocks
        assert isinstance(table, Table)
        assert table.rows[-1].cells == ("乙", last)


def _part(content: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(content)).read(name).decode()


def test_a_cell_at_the_end_of_the_sheet_costs_nothing() -> None:
    def build(book: Any) -> None:
        book.active["A1"] = "起"
        book.active["XFD1048576"] = "终"

    content, name = workbook(build), "xl/worksheets/sheet1.xml"
    merged = '</sheetData><mergeCells count="1"><mergeCell ref="B2:XFC1048575"/></mergeCells>'
    sheet = _part(content, name).replace("</sheetData>", merged)
    assert load("a.xlsx", with_part(content, name, sheet.encode())).blocks == (Paragraph("起"), Paragraph("终"))


def test_a_deck_reads_slide_by_slide_from_the_top_left() -> None:
    loaded = load("a.pptx", product_deck())
    assert loaded.pages == 4
    assert loaded.blocks == (
        Heading("稳健一号产品介绍", 1, 1),
        Paragraph("二〇二六年七月", 1),
        Heading("购买条件", 2, 2),
        Item("- 起购金额1万元", 0, 2),
        Item("- 风险等级R2", 0, 2),
        Heading("费用", 2, 3),
        Paragraph("左边的话", 3),
        Paragraph("右边的话", 3),
        Table(("渠道", "手续费·申购", "手续费·赎回"), (Row(("手机银行", "0元", "5元")),)),
    )
    assert left_out(loaded) == Counter({"hidden_text": 3, "notes_left_out": 1, "hidden_slide": 1})


def test_white_letters_on_a_painted_slide_are_read() -> None:
    def build(made: Any) -> None:
        from pptx.dml.color import RGBColor

        slide = made.slides.add_slide(made.slide_layouts[6])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor(0, 32, 96)
        run = slide.shapes.add_textbox(0, 0, 100, 100).text_frame.paragraphs[0].add_run()
        run.text = "看得见"
        run.font.color.rgb = RGBColor(255, 255, 255)

    assert load("a.pptx", deck(build)).blocks == (Paragraph("看得见", 1),)


_STYLE = """<a:tblStyle xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" styleId="{NAME}" styleName="x">
<a:wholeTbl><a:tcStyle><a:fill><a:solidFill><a:schemeClr val="accent1"><a:tint val="20000"/></a:schemeClr></a:solidFill>
</a:fill></a:tcStyle></a:wholeTbl><a:firstRow><a:tcStyle><a:fill><a:solidFill><a:schemeClr val="accent1"/></a:solidFill>
</a:fill></a:tcStyle></a:firstRow></a:tblStyle></a:tblStyleLst>"""


@pytest.mark.parametrize("brought_along", [True, False])
def test_white_letters_of_a_slide_table_are_read_only_on_a_painted_cell(brought_along: bool) -> None:
    name = "{5C22544A-7EE6-4342-B048-85BDC9FD1C3A}"

    def build(made: Any) -> None:
        from pptx.dml.color import RGBColor

        slide = made.slides.add_slide(made.slide_layouts[6])
        table = slide.shapes.add_table(3, 2, 0, 0, 1000, 1000).table
        for row, texts in enumerate((("项目", "标准"), ("挂失", "暗话"), ("补卡", "5元"))):
            for column, text in enumerate(texts):
                run = table.cell(row, column).text_frame.paragraphs[0].add_run()
                run.text = text
                run.font.color.rgb = RGBColor(255, 255, 255) if column or not row else RGBColor(0, 0, 0)
        table.cell(2, 1).fill.solid()
        table.cell(2, 1).fill.fore_color.rgb = RGBColor(0, 32, 96)

    content, part = deck(build), "ppt/tableStyles.xml"
    if brought_along:
        opened = _part(content, part).replace('"/>', '">')
        content = with_part(content, part, (opened + _STYLE.replace("{NAME}", name)).encode())
    loaded = load("a.pptx", content)
    assert loaded.blocks == (Table(("项目", "标准"), (Row(("挂失", "")), Row(("补卡", "5元")))),)
    assert left_out(loaded) == Counter({"hidden_text": 1})


def test_struck_letters_of_a_slide_are_left_out_and_told() -> None:
    def build(made: Any) -> None:
        slide = made.slides.add_slide(made.slide_layouts[6])
        paragraph = slide.shapes.add_textbox(0, 0, 100, 100).text_frame.paragraphs[0]
        for text, strike in (("年费", "noStrike"), ("200元", "sngStrike"), ("100元", None)):
            run = paragraph.add_run()
            run.text = text
            if strike:
                run.font._element.set("strike", strike)

    loaded = load("a.pptx", deck(build))
    assert loaded.blocks == (Paragraph("年费100元", 1),)
    assert left_out(loaded) == Counter({"tracked_deletion": 1})


def test_a_contract_keeps_notes_and_inner_tables_and_tells_what_it_hides() -> None:
    loaded = load("a.docx", contract())
    assert loaded.blocks == (
        Heading("个人贷款合同", 1),
        Heading("利率", 1),
        Paragraph("年利率为3.65%\n注：按贷款市场报价利率加点确定。"),
        Paragraph("逾期按罚息计收\n注：罚息为约定利率上浮50%。"),
        Paragraph("提前还款违约金为零"),
        Heading("收费", 1),
        Table(("项目", "说明"), (Row(("评估费", "金额：100万元以下；费用：300元")),)),
        Paragraph("客服热线请见官网。"),
    )
    assert left_out(loaded) == Counter({"tracked_deletion": 1, "hidden_text": 1, "comment_left_out": 1})


@pytest.mark.parametrize(("path", "make"), [("a.xlsx", fee_workbook), ("a.pptx", product_deck), ("a.docx", contract)])
def test_hidden_words_are_in_no_block_and_all_of_them_are_kept_for_the_editor(path: str, make: Any) -> None:
    loaded = load(path, make())
    assert SECRET not in repr(loaded.blocks)
    assert sum(item.text.count(SECRET) for item in loaded.left_out) >= 5


@pytest.mark.parametrize(
    ("path", "content", "code"),
    [
        ("a.xlsx", encrypted_office(), "encrypted"),
        ("a.pptx", encrypted_office(), "encrypted"),
        ("a.xlsx", with_entities(fee_workbook(), "xl/worksheets/sheet1.xml"), "entity_bomb"),
        ("a.pptx", with_entities(product_deck(), "ppt/slides/slide1.xml"), "entity_bomb"),
        ("a.docx", with_entities(contract(), "word/document.xml"), "entity_bomb"),
        ("a.xlsx", with_part(fee_workbook(), "xl/media/a.bin", bytes(40_000_000)), "archive_bomb"),
        ("a.xlsx", fee_workbook()[:3000], "corrupt"),
        ("a.pptx", product_deck()[:3000], "corrupt"),
        ("a.xlsx", packed({"xl/workbook.xml": b"<broken"}), "corrupt"),
        ("a.pptx", packed({"ppt/presentation.xml": b"<broken"}), "corrupt"),
        ("a.xlsx", with_part(fee_workbook(), "xl/worksheets/sheet1.xml", b"<worksheet><a"), "corrupt"),
    ],
    ids=lambda value: "bytes" if isinstance(value, bytes) else str(value),
)
def test_each_bad_file_has_its_code(path: str, content: bytes, code: str) -> None:
    with pytest.raises(PreparationFailed) as failure:
        load(path, content)
    assert failure.value.code == code
