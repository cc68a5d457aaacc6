"""Running lines of a PDF: what only names the document or counts its pages goes, what states something stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ingestion.blocks import Heading, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.hard_pdfs import FONT, GRID, drawn, table

BODY = [f"{name}款正文，按产品说明书执行。" for name in "甲乙丙丁戊己"]
RUNNING = "示范银行　产品说明书"


def pages(count: int, write: Callable[[Any, int], None]) -> bytes:
    """write: what stands on a page (counted from 1) besides a line of text."""

    def paint(canvas: Any) -> None:
        for number in range(1, count + 1):
            canvas.setFont(FONT, 11)
            canvas.drawString(72, 600, BODY[number - 1])
            write(canvas, number)
            canvas.showPage()

    return drawn(paint)


def said(content: bytes) -> list[str]:
    return [block.text for block in load("a.pdf", content).blocks if isinstance(block, Heading | Paragraph)]


@pytest.mark.parametrize("y", [780, 40], ids=["top", "bottom"])
@pytest.mark.parametrize(
    "lines",
    [
        ["年费标准：每张100元", "年费标准：每张300元"],
        ["一年期年利率1.50%", "一年期年利率1.75%", "一年期年利率1.95%"],
        ["附表1　年费100元", "附表2　年费200元"],
        ["年费1元", "年费2元", "年费3元"],  # the figure moves with the page by chance, but has a unit
        ["第1条", "第2条"],
    ],
)
def test_lines_in_the_margin_whose_figures_differ_stay(lines: list[str], y: float) -> None:
    content = pages(len(lines), lambda canvas, number: canvas.drawString(72, y, lines[number - 1]))
    assert sorted(said(content)) == sorted([*(line.replace("　", " ") for line in lines), *BODY[: len(lines)]])


@pytest.mark.parametrize(
    "line",
    [
        RUNNING,
        "{n}",
        "- {n} -",
        "第 {n} 页 共 10 页",
        "第{n}/10页",
        "Page {n} of 10",
        RUNNING + "　2026年版",
        RUNNING + "　2026年7月1日",
        RUNNING + " {n}",
        RUNNING + "                {n} / 10",
        "{after}　" + RUNNING,
        RUNNING + "　　　{n}　　　内部资料",
    ],
)
@pytest.mark.parametrize("y", [785, 765, 75, 30])
def test_lines_that_name_the_document_or_count_its_pages_go(line: str, y: float) -> None:
    def write(canvas: Any, number: int) -> None:
        canvas.drawString(72, y, line.format(n=number, after=number + 20))

    assert said(pages(5, write)) == BODY[:5]


@pytest.mark.parametrize("note", ["注：逾期按日万分之五收取，最低5元", "理财非存款，产品有风险，投资须谨慎。"])
@pytest.mark.parametrize("count", [3, 6])
def test_a_running_line_that_states_something_stays_once(note: str, count: int) -> None:
    content = pages(count, lambda canvas, _: canvas.drawString(72, 60, note))
    assert said(content) == [BODY[0], note, *BODY[1:count]]


def test_a_running_note_of_two_lines_is_one_paragraph() -> None:
    def write(canvas: Any, _: int) -> None:
        canvas.drawString(72, 64, "注：逾期部分自应还款日起")
        canvas.drawString(72, 48, "按日收取，最低5元。")

    assert said(pages(3, write)) == [BODY[0], "注：逾期部分自应还款日起按日收取，最低5元。", *BODY[1:3]]


def test_a_running_note_does_not_part_a_paragraph_or_a_table_that_goes_on() -> None:
    rows = [["渠道", "收费"], ["柜台", "2元"], ["手机银行", "免费"], ["网上银行", "1元"]]
    note = "注：以上收费最低5元。"

    def paint(canvas: Any) -> None:
        for number, (part, y) in enumerate(((rows[:2], 110), (rows[2:], 700))):
            canvas.setFont(FONT, 11)
            canvas.drawString(72, 60, note)
            grid = table(part, GRID, [120, 120])
            grid.wrapOn(canvas, 400, 400)
            grid.drawOn(canvas, 60, y)
            if number:
                canvas.drawString(72, 600, "下文。")
            canvas.showPage()

    found, *texts = load("a.pdf", drawn(paint)).blocks
    assert found == Table(("渠道", "收费"), tuple(Row(tuple(row), at // 2 + 1) for at, row in enumerate(rows) if at))
    assert texts == [Paragraph(note, 1), Paragraph("下文。", 2)]


def test_the_names_of_a_table_without_lines_stay_where_every_page_repeats_them() -> None:
    def paint(canvas: Any) -> None:
        for number in range(3):
            canvas.setFont(FONT, 11)
            for at, row in enumerate([("期限", "年利率"), *((f"{9 * number + n}个月", f"1.{n}5%") for n in range(9))]):
                canvas.drawString(72, 765 - 20 * at, row[0])
                canvas.drawString(250, 765 - 20 * at, row[1])
            canvas.showPage()

    (found,) = load("a.pdf", drawn(paint)).blocks
    assert isinstance(found, Table)
    assert found.header == ("期限", "年利率")
    assert [row.cells[0] for row in found.rows] == [f"{n}个月" for n in range(27)]


def test_a_lone_sum_at_the_pages_edge_is_no_page_number() -> None:
    assert "50000" in said(pages(1, lambda canvas, _: canvas.drawString(72, 40, "50000")))
