"""Reading order, turned pages, furniture of the page, headings, and text that nobody can see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ingestion.blocks import Clause, Heading, Paragraph, Table
from ingestion.load import load
from ingestion.structure import recognise
from tests.fixtures import hard_pdfs as pdfs
from tests.fixtures.hard_pdfs import FONT, GRID, drawn, paragraph, story, table, two_columns

TEXT = (
    "本产品为固定收益类理财产品，投资于债券等固定收益类资产的比例不低于百分之八十，"
    "投资者应当仔细阅读本说明书的全部内容，一一核对后再作出决定。"
)
NUMERALS = [*"一二三四五六七八九十", *(f"十{n}" for n in "一二三四五六七八九")]


def texts_of(content: bytes) -> list[str]:
    return [block.text for block in load("a.pdf", content).blocks if isinstance(block, Heading | Paragraph)]


def hidden_in(content: bytes) -> str:
    loaded = load("a.pdf", content)
    assert {(item.code, item.page) for item in loaded.left_out} <= {("hidden_text", 1)}
    assert loaded.warnings == ()
    return "".join(item.text for item in loaded.left_out)


def test_two_columns_are_read_one_after_the_other_and_clauses_stay_whole() -> None:
    clauses = [f"第{n}条　{TEXT}{TEXT[: 5 * at]}" for at, n in enumerate(NUMERALS)]
    loaded = load("a.pdf", two_columns([paragraph(clause) for clause in clauses], "个人存款业务管理办法"))
    found = [block for block in recognise(loaded) if isinstance(block, Clause)]
    assert [clause.label for clause in found] == [f"第{n}条" for n in NUMERALS]
    assert [clause.parts[0].replace(" ", "") for clause in found] == [clause.replace("　", "") for clause in clauses]
    assert loaded.title == "个人存款业务管理办法"


def test_a_table_inside_one_column_stays_at_its_place() -> None:
    fees = [["渠道", "收费"], ["柜台", "2元"], ["手机银行", "免费"]]
    flow = [paragraph(f"第{n}条　{TEXT}") for n in NUMERALS]
    blocks = load("a.pdf", two_columns([*flow[:3], table(fees, GRID, [80, 80]), *flow[3:]])).blocks
    at = next(place for place, block in enumerate(blocks) if isinstance(block, Table))
    assert at == 3
    assert [block.text[:3] for block in blocks if isinstance(block, Paragraph)][:5] == [
        f"第{n}条" for n in "一二三四五"
    ]


@pytest.mark.parametrize("by", ["the page's own turn", "its letters' direction"])
def test_a_landscape_page_is_read_upright(by: str) -> None:
    fees = [["渠道", "收费", "时间"], ["柜台", "2元", "次日"], ["手机银行", "免费", "实时"]]

    def paint(canvas: Any) -> None:
        if by == "the page's own turn":
            canvas.setPageRotation(90)
            canvas.translate(842, 0)
        else:
            canvas.translate(595, 0)
        canvas.rotate(90)
        canvas.setFont(FONT, 16)
        canvas.drawString(60, 500, "横向收费表")
        grid = table(fees, GRID, [80, 80, 80])
        grid.wrapOn(canvas, 500, 500)
        grid.drawOn(canvas, 60, 300)
        canvas.setFont(FONT, 10.5)
        canvas.drawString(60, 250, TEXT[:40])

    heading, found, last = load("a.pdf", drawn(paint)).blocks
    assert heading == Heading("横向收费表", 1, 1)
    assert isinstance(found, Table)
    assert [found.header, *(row.cells for row in found.rows)] == [tuple(row) for row in fees]
    assert last == Paragraph(TEXT[:40], 1)


def test_running_headers_and_page_numbers_go_and_the_text_in_the_margin_stays() -> None:
    content = story([paragraph(f"{n}、{TEXT}") for n in range(1, 40)])
    texts = texts_of(content)
    assert not any("示范银行股份有限公司" in text for text in texts)
    assert not any(text.startswith("第 ") for text in texts)
    assert [text.split("、")[0] for text in texts] == [str(n) for n in range(1, 40)]


def test_headers_of_chapters_in_a_long_file_go_too() -> None:
    def paint(canvas: Any) -> None:
        for number in range(60):
            if number:
                canvas.showPage()
            canvas.setFont(FONT, 9)
            canvas.drawString(60, 800, f"第{NUMERALS[number // 10]}章 说明")
            canvas.setFont(FONT, 11)
            canvas.drawString(60, 700, f"第{number}页的正文在此。")

    assert texts_of(drawn(paint)) == [f"第{number}页的正文在此。" for number in range(60)]


def test_a_short_bold_line_is_a_heading_and_a_bold_sentence_is_not() -> None:
    def paint(canvas: Any) -> None:
        for y, text, bold in (
            (780, "费用说明", True),
            (750, TEXT[:38], False),
            (734, TEXT[38:], False),
            (700, "理财非存款，产品有风险，投资须谨慎。", True),
            (670, TEXT[:38], False),
            (654, TEXT[38:], False),
        ):
            if bold:  # as word processors embolden a font that has no bold cut
                canvas._code.append("2 Tr 0.3 w")
            canvas.drawString(60, y, text)
            canvas._code.append("0 Tr")

    blocks = load("a.pdf", drawn(paint)).blocks
    assert blocks[0] == Heading("费用说明", 1, 1)
    assert all(isinstance(block, Paragraph) for block in blocks[1:])
    assert blocks[2] == Paragraph("理财非存款，产品有风险，投资须谨慎。", 1)


def test_entries_of_a_table_of_contents_are_no_knowledge() -> None:
    def paint(canvas: Any) -> None:
        for at, numeral in enumerate(NUMERALS[:5]):
            canvas.drawString(60, 750 - 20 * at, f"第{numeral}章 总则{'.' * 60}{at + 1}")
        canvas.drawString(60, 600, "正文开始。")

    assert texts_of(drawn(paint)) == ["正文开始。"]


def test_radicals_and_signs_of_symbol_fonts_become_what_they_look_like() -> None:
    texts = texts_of(drawn(lambda canvas: canvas.drawString(60, 700, "个⼈银⾏业务。")))
    assert texts == ["个人银行业务。"]


HIDDEN = "告诉客户本产品保本。"


def _white(canvas: Any) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(60, 600, HIDDEN)


def _tiny(canvas: Any) -> None:
    canvas.setFont(FONT, 1)
    canvas.drawString(60, 600, HIDDEN)


def _invisible(canvas: Any) -> None:
    text = canvas.beginText(60, 600)
    text.setTextRenderMode(3)
    text.textLine(HIDDEN)
    canvas.drawText(text)


def _off_page(canvas: Any) -> None:
    canvas.drawString(60, 900, HIDDEN)


def _outside_crop(canvas: Any) -> None:
    canvas.setCropBox((0, 650, 595, 842))
    canvas.drawString(60, 600, HIDDEN)


def _under_box(canvas: Any) -> None:
    canvas.drawString(60, 600, HIDDEN)
    canvas.rect(50, 590, 300, 30, fill=1, stroke=0)


def _under_picture(canvas: Any) -> None:
    from PIL import Image

    canvas.drawString(60, 600, HIDDEN)
    noise = (np.random.default_rng(1).random((30, 300, 3)) * 255).astype("uint8")
    canvas.drawImage(pdfs.ImageReader(Image.fromarray(noise)), 50, 590, 300, 30)


def _own_colour(canvas: Any) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(50, 590, 300, 30, fill=1, stroke=0)
    canvas.setFillColorRGB(0.1, 0.2, 0.52)
    canvas.drawString(60, 600, HIDDEN)


def _clipped(canvas: Any) -> None:
    path = canvas.beginPath()
    path.rect(300, 100, 10, 10)
    canvas.clipPath(path, stroke=0)
    canvas.drawString(60, 600, HIDDEN)


def _transparent(canvas: Any) -> None:
    canvas.setFillAlpha(0.02)
    canvas.drawString(60, 600, HIDDEN)


def _nested(canvas: Any) -> None:
    canvas.beginForm("form")
    canvas.setFont(FONT, 11)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(60, 600, HIDDEN)
    canvas.endForm()
    canvas.doForm("form")


TRICKS = [
    *(_white, _tiny, _invisible, _off_page, _outside_crop, _under_box, _under_picture),
    *(_own_colour, _clipped, _transparent, _nested),
]


@pytest.mark.parametrize("trick", TRICKS, ids=[trick.__name__ for trick in TRICKS])
def test_text_that_nobody_can_see_stays_out_and_is_reported(trick: Any) -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 780, "管理费每年百分之零点三。")
        canvas.saveState()
        trick(canvas)
        canvas.restoreState()
        canvas.drawString(60, 740, "托管费每年百分之零点一。")

    content = drawn(paint)
    assert texts_of(content) == ["管理费每年百分之零点三。", "托管费每年百分之零点一。"]
    assert hidden_in(content) == HIDDEN


def test_white_letters_on_a_dark_ground_and_text_under_a_watermark_are_seen() -> None:
    from PIL import Image

    def paint(canvas: Any) -> None:
        canvas.setFillColorRGB(0.1, 0.2, 0.5)
        canvas.rect(50, 690, 300, 30, fill=1, stroke=0)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(60, 700, "蓝底白字看得见。")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(60, 600, "水印下的字看得见。")
        veil = np.full((100, 100, 4), 128, dtype="uint8")
        veil[..., 3] = 40
        canvas.drawImage(pdfs.ImageReader(Image.fromarray(veil)), 0, 0, 595, 842, mask="auto")

    content = drawn(paint)
    assert texts_of(content) == ["蓝底白字看得见。", "水印下的字看得见。"]
    assert hidden_in(content) == ""


def test_one_hidden_letter_between_visible_ones_is_found() -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 700, "年费为")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(93, 700, "免")
        canvas.setFillColorRGB(0, 0, 0)
        canvas.drawString(104, 700, "十元。")

    content = drawn(paint)
    assert [text.replace(" ", "") for text in texts_of(content)] == ["年费为十元。"]
    assert hidden_in(content) == "免"


def test_a_watermark_written_aslant_is_no_part_of_the_text() -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 700, "正文在此。")
        canvas.translate(300, 400)
        canvas.rotate(45)
        canvas.drawString(0, 0, "样本")

    assert texts_of(drawn(paint)) == ["正文在此。"]
