"""Text PDF: headings by size, paragraphs joined over lines and pages, tables, page numbers, bad files."""

from __future__ import annotations

import pytest

from app.knowledge.preparing import PreparationFailed
from eval.pdf_file import PdfPage, pdf_file
from ingestion.blocks import Heading, Paragraph, Row, Table
from ingestion.load import load

LONG = (
    "本产品为固定收益类理财产品，投资于债券等固定收益类资产的比例不低于百分之八十，"
    "投资者应当仔细阅读本说明书的全部内容，一一核对后再作出决定。"
)


def furnished(number: int, of: int) -> PdfPage:
    page = PdfPage()
    return page.write(60, 815, "示范银行　产品说明书", 9).write(280, 25, f"第 {number} 页 共 {of} 页", 9)


def test_headings_paragraphs_and_page_numbers() -> None:
    first, second = furnished(1, 2).write(60, 760, "产品说明书", 18), furnished(2, 2)
    first.paragraph(720, LONG)
    second.write(60, 760, "一、费用", 14)
    second.paragraph(730, "管理费为每年0.30%。")
    loaded = load("a.pdf", pdf_file([first, second]))
    assert loaded.pages == 2
    assert loaded.title == "产品说明书"
    assert loaded.blocks == (
        Heading("产品说明书", 1, 1),
        Paragraph(LONG, 1),
        Heading("一、费用", 2, 2),
        Paragraph("管理费为每年0.30%。", 2),
    )


def test_a_paragraph_goes_on_over_the_page_break() -> None:
    first, second = furnished(1, 2), furnished(2, 2)
    first.paragraph(120, LONG[:42])
    second.paragraph(760, LONG[42:])
    assert load("a.pdf", pdf_file([first, second])).blocks == (Paragraph(LONG, 1),)


def test_a_drawn_table_is_read_by_its_lines_and_continues_on_the_next_page() -> None:
    xs = [60.0, 200.0, 320.0, 440.0]
    first, second = furnished(1, 2), furnished(2, 2)
    first.paragraph(760, "收费标准如下：")
    first.grid(xs, [140, 115, 90], [["渠道", "同行", "跨行"], ["手机银行", "免费", "免费"]])
    second.grid(xs, [780, 755, 730], [["渠道", "同行", "跨行"], ["柜台", "2元", "5元"]])
    blocks = load("a.pdf", pdf_file([first, second])).blocks
    assert blocks[1] == Table(
        ("渠道", "同行", "跨行"), (Row(("手机银行", "免费", "免费"), 1), Row(("柜台", "2元", "5元"), 2))
    )


def test_a_cell_without_a_dividing_line_belongs_to_both_columns() -> None:
    page = PdfPage()
    page.grid([60, 200, 320, 440], [700, 675, 650], [["渠道", "同行", "跨行"], ["柜台", "每笔3元", ""]])
    page.drawn = [part for part in page.drawn if not part.startswith(b"320.0 700.0 m")]
    page.drawn.append(b"320.0 700.0 m 320.0 675.0 l S")  # the second row loses the line between its last cells
    (table,) = load("a.pdf", pdf_file([page])).blocks
    assert isinstance(table, Table)
    assert table.rows[0].cells == ("柜台", "每笔3元", "每笔3元")


def test_aligned_lines_without_rules_are_a_table() -> None:
    page = PdfPage().write(60, 760, "存款利率", 18)
    for y, line in ((700, "期限\t利率"), (680, "三个月\t1.15%"), (660, "一年\t1.35%")):
        page.write(60, y, line, columns=(250.0,))
    page.paragraph(600, LONG)
    blocks = load("a.pdf", pdf_file([page])).blocks
    assert blocks[1] == Table(("期限", "利率"), (Row(("三个月", "1.15%"), 1), Row(("一年", "1.35%"), 1)))
    assert blocks[2] == Paragraph(LONG, 1)


def test_letters_too_small_to_read_are_left_out() -> None:
    page = PdfPage().write(60, 700, "看得见的话。").write(60, 650, "暗话", 1)
    assert load("a.pdf", pdf_file([page])).blocks == (Paragraph("看得见的话。", 1),)


def test_a_page_without_text_is_reported() -> None:
    loaded = load("a.pdf", pdf_file([PdfPage().write(60, 700, "正文在此。"), PdfPage()]))
    assert [(notice.code, "第 2 页" in notice.title) for notice in loaded.warnings] == [("pages_without_text", True)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pdf_file([PdfPage().write(60, 700, "秘密")], password="secret"), "encrypted"),
        (pdf_file([PdfPage()]), "no_text"),
        (b"%PDF-1.7\nnothing that follows is a PDF", "corrupt"),
        (pdf_file([PdfPage().write(60, 700, "正文")])[:200], "corrupt"),
    ],
)
def test_bad_files_have_their_codes(content: bytes, code: str) -> None:
    with pytest.raises(PreparationFailed) as failure:
        load("a.pdf", content)
    assert failure.value.code == code
