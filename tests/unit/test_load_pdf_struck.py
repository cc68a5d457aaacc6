"""Text PDF: what is struck out is no knowledge; what a line only touches stays."""

from __future__ import annotations

from typing import Any

import pytest
from reportlab.platypus import Paragraph as Written

from ingestion.blocks import Loaded, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.hard_pdfs import BODY, CELL, GRID, THREE_LINES, drawn, paragraph, story, table

LONG = "本标准自二〇二六年七月一日起执行，请客户知悉，并以网点公告为准，一一核对后再作出决定。"


def said(loaded: Loaded) -> str:
    return "|".join(block.text for block in loaded.blocks if isinstance(block, Paragraph))


def struck(loaded: Loaded) -> list[str]:
    return [item.text for item in loaded.left_out if item.code == "tracked_deletion"]


def test_letters_with_a_line_through_them_are_left_out_and_told() -> None:
    loaded = load("a.pdf", story([Written("挂失手续费每笔<strike>20元</strike>10元。", BODY), paragraph(LONG)], ""))
    assert said(loaded) == f"挂失手续费每笔 10元。|{LONG}"  # a blank where the letters stood
    assert struck(loaded) == ["20元"]


@pytest.mark.parametrize("style", [GRID, THREE_LINES])
def test_struck_letters_of_a_cell_are_left_out(style: Any) -> None:
    lost, new = Written("<strike>20元</strike>10元", CELL), Written("<u>5元</u>", CELL)
    rows = [["项目", "标准"], ["挂失", lost], ["补卡", new]]
    loaded = load("a.pdf", story([paragraph(LONG), table(rows, style, [120, 120])], ""))
    (found,) = (block for block in loaded.blocks if isinstance(block, Table))
    assert found == Table(("项目", "标准"), (Row(("挂失", "10元"), 1), Row(("补卡", "5元"), 1)))
    assert struck(loaded) == ["20元"]


def test_lines_that_only_touch_letters_strike_nothing_out() -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 700, "挂失手续费每笔10元。")
        canvas.line(60, 698, 160, 698)  # below the letters
        canvas.line(40, 664, 560, 664)  # through them, from margin to margin
        canvas.drawString(60, 660, "补卡手续费每张5元。")
        canvas.rect(60, 624, 100, 30)  # a cell whose line runs through what is too high for it
        canvas.drawString(62, 620, "年费每年")

    loaded = load("a.pdf", drawn(paint))
    assert [text in said(loaded) for text in ("挂失手续费每笔10元", "补卡手续费每张5元", "年费每年")] == [True] * 3
    assert struck(loaded) == []


def annotated(note: str) -> bytes:
    """A page that says "Fee 20 10 yuan" (20 from 82 to 97 points), with this annotation."""
    text = "BT /F1 12 Tf 60 700 Td (Fee ) Tj 23 0 Td (20) Tj 20 0 Td (10 yuan for each card) Tj ET"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Annots[6 0 R]"
        "/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(text)}>>\nstream\n{text}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        note,
    )
    body = "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(objects, 1))
    return f"%PDF-1.6\n{body}trailer<</Size 7/Root 1 0 R>>\n%%EOF".encode()


@pytest.mark.parametrize(("flags", "strikes"), [(4, True), (2, False)])
def test_what_an_annotation_strikes_out_is_left_out_while_it_is_shown(flags: int, strikes: bool) -> None:
    places = "/Rect[82 696 98 714]/QuadPoints[82 714 98 714 82 696 98 696]"
    loaded = load("a.pdf", annotated(f"<</Type/Annot/Subtype/StrikeOut/F {flags}{places}>>"))
    assert said(loaded) == ("Fee 10 yuan for each card" if strikes else "Fee 20 10 yuan for each card")
    assert struck(loaded) == (["20"] if strikes else [])
