"""Tables as offices draw them, through a real PDF writer: with lines, with some, with none; merged; over pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ingestion.blocks import Heading, Paragraph, Table
from ingestion.load import load
from ingestion.tables import rows_as_text
from tests.fixtures import hard_pdfs as pdfs
from tests.fixtures.hard_pdfs import GRID, NO_LINES, OPEN_SIDES, THREE_LINES, ZEBRA, gap, paragraph, story, table

STYLES = {"grid": GRID, "three lines": THREE_LINES, "no lines": NO_LINES, "stripes": ZEBRA, "open sides": OPEN_SIDES}
TEXT = (
    "本产品为固定收益类理财产品，投资于债券等固定收益类资产的比例不低于百分之八十，"
    "投资者应当仔细阅读本说明书的全部内容，一一核对后再作出决定。"
)
FEES = [
    ["渠道", "同行转账", "跨行转账", "生效日期"],
    ["手机银行", "免费", "免费", "2026-01-01"],
    ["网上银行", "免费", "2元/笔", "2026-01-01"],
    ["柜台", "2元/笔", "5.5元/笔", "2026-03-01"],
]
RATES = [["期限", "起存金额", "年利率"]] + [[f"{n}个月", f"{n}万元", f"{1 + n / 100:.2f}%"] for n in range(1, 61)]
STACKED = [
    ["渠道", "手续费", "", "到账时间"],
    ["", "同行", "跨行", ""],
    ["手机银行", "免费", "免费", "实时"],
    ["柜台", "2元", "5元", "次日"],
    ["电话银行", "1元", "3元", "2小时"],
]
STACKING = [
    ("SPAN", (0, 0), (0, 1)),
    ("SPAN", (1, 0), (2, 0)),
    ("SPAN", (3, 0), (3, 1)),
    ("ALIGN", (1, 0), (2, 0), "CENTER"),
    ("TEXTCOLOR", (0, 0), (-1, -1), pdfs.colors.black),
]


def tables_of(content: bytes) -> list[Table]:
    return [block for block in load("a.pdf", content).blocks if isinstance(block, Table)]


def rows_of(content: bytes) -> list[tuple[str, ...]]:
    (only,) = tables_of(content)
    return [only.header, *(row.cells for row in only.rows)]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_fee_schedule_keeps_every_cell_in_its_row_and_column(style: Sequence[Any]) -> None:
    content = story(
        [
            paragraph("个人业务收费标准", pdfs.TITLE),
            paragraph(TEXT),
            table(FEES, style, [110, 90, 90, 110]),
            gap(),
            paragraph("注：以上收费自公布之日起执行。"),
        ]
    )
    assert rows_of(content) == [tuple(row) for row in FEES]
    others = [block for block in load("a.pdf", content).blocks if not isinstance(block, Table)]
    assert Heading("个人业务收费标准", 1, 1) in others
    assert Paragraph("注：以上收费自公布之日起执行。", 1) in others


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_names_over_several_columns_are_folded_into_each(style: Sequence[Any]) -> None:
    content = story([paragraph(TEXT), table(STACKED, [*style, *STACKING], [110, 90, 90, 110]), gap(), paragraph(TEXT)])
    rows = rows_of(content)
    assert rows[0] == ("渠道", "手续费·同行", "手续费·跨行", "到账时间")
    assert rows[1:] == [tuple(row) for row in STACKED[2:]]


@pytest.mark.parametrize("repeated", [1, 0], ids=["header repeated", "header once"])
@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
def test_a_table_over_two_pages_is_one_and_its_rows_know_their_pages(style: Sequence[Any], repeated: int) -> None:
    content = story(
        [paragraph(TEXT), table(RATES, style, [120, 120, 120], repeatRows=repeated), gap(), paragraph(TEXT)]
    )
    (whole,) = tables_of(content)
    assert [whole.header, *(row.cells for row in whole.rows)] == [tuple(row) for row in RATES]
    pages = [row.page for row in whole.rows]
    assert pages == sorted(pages, key=lambda page: page or 0)
    assert set(pages) == {1, 2}
    assert rows_as_text(whole)[59] == ["期限：60个月", "起存金额：60万元", "年利率：1.60%"]


@pytest.mark.parametrize("upright", ["TOP", "MIDDLE"])
@pytest.mark.parametrize(
    "style", [GRID, THREE_LINES, NO_LINES, ZEBRA], ids=["grid", "three lines", "no lines", "stripes"]
)
def test_wrapped_cells_stay_one_cell(style: Sequence[Any], upright: str) -> None:
    long = [
        "因利率、汇率、股票价格等市场因素变动，可能导致本产品净值波动，极端情况下投资者可能损失全部本金。",
        "封闭期内投资者不能提前赎回，可能无法及时变现。",
        "所投债券的发行人可能违约，本产品可能因此不能按时收回本息，从而造成损失。",
    ]
    rows = [
        ["风险类型", "说明", "应对"],
        ["市场风险", paragraph(long[0], pdfs.CELL), "分散投资"],
        ["流动性风险", paragraph(long[1], pdfs.CELL), "合理安排期限"],
        ["信用风险", paragraph(long[2], pdfs.CELL), "限制评级"],
    ]
    content = story(
        [
            paragraph("风险揭示书", pdfs.TITLE),
            table(rows, [*style, ("VALIGN", (0, 0), (-1, -1), upright)], [80, 250, 90]),
            gap(),
            paragraph(TEXT),
        ]
    )
    assert [row[1] for row in rows_of(content)] == ["说明", *long]


def test_cells_merged_downwards_name_every_row() -> None:
    rows = [
        ["业务", "项目", "标准"],
        ["个人结算", "转账", "2元"],
        ["", "取现", "3元"],
        ["银行卡", "年费", "免费"],
        ["", "工本费", "5元"],
    ]
    merged = [("SPAN", (0, 1), (0, 2)), ("SPAN", (0, 3), (0, 4))]
    found = rows_of(story([table(rows, [*GRID, *merged], [100, 100, 100]), gap(), paragraph(TEXT)]))
    assert [row[0] for row in found] == ["业务", "个人结算", "个人结算", "银行卡", "银行卡"]


def test_a_name_merged_over_the_page_break_names_the_rows_on_both_pages() -> None:
    def part(canvas: Any, bottom: float, rows: list[list[str]], first: int) -> None:
        drawn = table(rows, [*GRID, ("SPAN", (0, first), (0, -1)), ("VALIGN", (0, 0), (0, -1), "TOP")], [100, 100, 100])
        drawn.wrapOn(canvas, 400, 400)
        drawn.drawOn(canvas, 60, bottom)

    def paint(canvas: Any) -> None:
        part(canvas, 60, [["业务", "项目", "标准"], ["个人结算", "转账", "2元"], ["", "取现", "3元"]], 1)
        canvas.showPage()
        part(canvas, 740, [["", "挂失", "10元"], ["", "补卡", "5元"]], 0)

    assert rows_of(pdfs.drawn(paint)) == [
        ("业务", "项目", "标准"),
        ("个人结算", "转账", "2元"),
        ("个人结算", "取现", "3元"),
        ("个人结算", "挂失", "10元"),
        ("个人结算", "补卡", "5元"),
    ]


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize(
    ("mark", "one"),
    [("续表1 收费标准", True), ("（续上表）", True), ("表1 收费标准（续）", True), ("表2 优惠标准", False)],
)
def test_a_line_that_says_so_continues_a_table(mark: str, one: bool, repeated: bool) -> None:
    head = [["业务", "项目", "标准"]]

    def part(canvas: Any, bottom: float, rows: list[list[str]]) -> None:
        drawn = table(rows, GRID, [100, 100, 100])
        drawn.wrapOn(canvas, 400, 400)
        drawn.drawOn(canvas, 60, bottom)

    def paint(canvas: Any) -> None:
        part(canvas, 60, [*head, ["结算", "转账", "2元"], ["结算", "取现", "3元"]])
        canvas.showPage()
        canvas.setFont(pdfs.FONT, 11)
        canvas.drawString(60, 800, mark)
        part(canvas, 700, [*(head if repeated else []), ["银行卡", "挂失", "10元"], ["银行卡", "补卡", "5元"]])

    content = pdfs.drawn(paint)
    assert len(tables_of(content)) == (1 if one else 2)
    if one:
        assert [row[2] for row in rows_of(content)] == ["标准", "2元", "3元", "10元", "5元"]
        assert not any(isinstance(block, Paragraph) for block in load("a.pdf", content).blocks)


def test_a_title_inside_the_frame_is_the_caption() -> None:
    rows = [["附表一：个人业务收费标准", "", "", ""], *FEES]
    content = story([table(rows, [*GRID, ("SPAN", (0, 0), (-1, 0))], [110, 90, 90, 110]), gap(), paragraph(TEXT)])
    (found,) = tables_of(content)
    assert (found.caption, found.header) == ("附表一：个人业务收费标准", tuple(FEES[0]))


def test_a_sheet_of_names_and_values_side_by_side_is_read_pair_by_pair() -> None:
    rows = [
        ["产品名称", "示范银行稳健一号人民币理财产品", "", ""],
        ["产品代码", "WJ001", "风险等级", "R2"],
        ["管理费", "0.30%/年", "托管费", "0.05%/年"],
    ]
    content = story([table(rows, [*GRID, ("SPAN", (1, 0), (3, 0))], [80, 150, 80, 120]), gap(), paragraph(TEXT)])
    (found,) = tables_of(content)
    assert [row.cells for row in found.rows] == [
        ("产品名称", "示范银行稳健一号人民币理财产品"),
        ("产品代码", "WJ001"),
        ("风险等级", "R2"),
        ("管理费", "0.30%/年"),
        ("托管费", "0.05%/年"),
    ]


def test_columns_parted_by_lines_but_rows_by_white_space_are_rows() -> None:
    style = [
        ("FONT", (0, 0), (-1, -1), pdfs.FONT, 9),
        ("BOX", (0, 0), (-1, -1), 0.5, pdfs.colors.black),
        ("LINEBEFORE", (1, 0), (-1, -1), 0.5, pdfs.colors.black),
        ("LINEBELOW", (0, 0), (-1, 0), 0.5, pdfs.colors.black),
    ]
    content = story([table(FEES, style, [110, 90, 90, 110]), gap(), paragraph(TEXT)])
    assert rows_of(content) == [tuple(row) for row in FEES]


def test_a_row_without_a_figure_leaves_its_cell_empty() -> None:
    rows = [*FEES, ["自助设备", "", "3元/笔", ""]]
    for style in (GRID, NO_LINES):
        found = rows_of(story([table(rows, style, [110, 90, 90, 110]), gap(), paragraph(TEXT)]))
        assert found[-1] == ("自助设备", "", "3元/笔", "")


def test_text_placed_letter_by_letter_is_a_table_all_the_same() -> None:
    def paint(canvas: Any) -> None:
        for down, row in enumerate(FEES):
            for left, cell in zip((60, 200, 300, 400), row, strict=True):
                for letter in cell:
                    canvas.drawString(left, 700 - 18 * down, letter)
                    left += canvas.stringWidth(letter, pdfs.FONT, 11) + 0.3

    assert rows_of(pdfs.drawn(paint)) == [tuple(row) for row in FEES]


def test_two_tables_one_below_the_other_stay_two() -> None:
    other = [["币种", "买入价"], ["美元", "7.10"], ["欧元", "7.80"]]
    content = story(
        [table(FEES, GRID, [110, 90, 90, 110]), gap(30), paragraph(TEXT), gap(), table(other, GRID, [100, 100])]
    )
    assert [found.header for found in tables_of(content)] == [
        ("渠道", "同行转账", "跨行转账", "生效日期"),
        ("币种", "买入价"),
    ]
