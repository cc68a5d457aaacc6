"""What real fee schedules, prospectuses and FAQ hold: merges over page ends, titles in tables, notes, formulas."""

from __future__ import annotations

import re
from typing import Any

import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from app.knowledge.preparing import PreparationFailed
from ingestion.inspection import format_of
from ingestion.load import load
from ingestion.splitting import Piece, split
from ingestion.structure import recognise
from tests.fixtures import hard_pdfs as pdfs
from tests.fixtures.office_files import document, fill, workbook


def pieces(path: str, content: bytes) -> list[Piece]:
    return list(split(recognise(load(path, content)), "题"))


def said(path: str, content: bytes) -> str:
    return "\n".join(piece.text for piece in pieces(path, content))


def test_a_group_that_goes_on_over_the_pages_end_names_its_rows_there() -> None:
    rows: list[list[str]] = [["类别", "小类", "项目", "价格"]]
    style: list[Any] = [*pdfs.GRID]
    for group in range(3):
        top = len(rows)
        rows += [[f"大类{group}", f"小类{group}", f"项目{group}-{at}", f"{group}{at}元"] for at in range(25)]
        for row in rows[top + 1 :]:
            row[:2] = ["", ""]
        style += [("SPAN", (column, top), (column, top + 24)) for column in (0, 1)]
    text = said("a.pdf", pdfs.story([pdfs.table(rows, style, [80, 80, 120, 80], repeatRows=1)]))
    for group in range(3):
        for at in range(25):
            assert f"项目：项目{group}-{at}；价格：{group}{at}元" in text
    # What the writer put on one page only is named on it; the rest of a group is never told without its name.
    assert text.count("类别：大类1；小类：小类1；项目：项目1-") == 25


def test_a_raised_figure_is_a_mark_and_never_part_of_the_number_before_it() -> None:
    def paint(canvas: Any) -> None:
        canvas.drawString(60, 780, "单笔转账手续费为50")
        width = canvas.stringWidth("单笔转账手续费为50", pdfs.FONT, 11)
        canvas.setFont(pdfs.FONT, 6.5)
        canvas.drawString(60 + width, 784, "1")
        canvas.setFont(pdfs.FONT, 11)
        canvas.drawString(60 + width + 4, 780, "元，每日一次。")
        canvas.drawString(60, 740, "转账在当日到账。")
        canvas.setFont(pdfs.FONT, 8)
        canvas.drawString(60, 90, "1 代发工资的客户减半。")

    (piece,) = pieces("a.pdf", pdfs.drawn(paint))
    assert piece.text.split("\n") == [
        "单笔转账手续费为50〔1〕元，每日一次。",
        "注〔1〕：代发工资的客户减半。",
        "转账在当日到账。",
    ]
    html = "<p>每份50元<sup>[2]</sup>，限30m<sup>2</sup>。</p>"
    assert said("a.html", html.encode()) == "每份50元〔2〕，限30m2。"

    def build(made: Any) -> None:
        made.add_paragraph("年利率1.5").add_run("3").font.superscript = True

    assert said("a.docx", document(build)) == "年利率1.5〔3〕"


@pytest.mark.parametrize("kind", ["docx", "html"])
def test_rows_across_the_whole_table_above_its_header_are_its_caption(kind: str) -> None:
    rows = [["存款利率表"] * 3, ["单位：%"] * 3, ["期限", "挂牌", "执行"], ["活期", "0.05", "0.10"]]

    def build(made: Any) -> None:
        table = made.add_table(rows=4, cols=3)
        for at, row in enumerate(rows):
            if len(set(row)) == 1:
                table.cell(at, 0).merge(table.cell(at, 2)).text = row[0]
            else:
                for across, text in enumerate(row):
                    table.cell(at, across).text = text

    lines = [
        f"<tr><td colspan=3>{row[0]}</td></tr>"
        if len(set(row)) == 1
        else f"<tr>{''.join(f'<td>{t}</td>' for t in row)}</tr>"
        for row in rows
    ]
    content = document(build) if kind == "docx" else f"<table>{''.join(lines)}</table>".encode()
    assert said(f"a.{kind}", content) == "存款利率表\n单位：%\n期限：活期；挂牌：0.05；执行：0.10"


def test_a_sheet_of_names_and_values_keeps_the_names_that_are_parted_further() -> None:
    html = (
        "<table><tr><td>产品名称</td><td colspan=3>稳健90天理财</td></tr>"
        "<tr><td>产品代码</td><td>WJ090</td><td>风险等级</td><td>R2</td></tr>"
        "<tr><td rowspan=2>费用</td><td>管理费</td><td colspan=2>0.20%</td></tr>"
        "<tr><td>托管费</td><td colspan=2>0.02%</td></tr></table>"
    )
    assert said("a.html", html.encode()).split("\n") == [
        "产品名称：稳健90天理财",
        "产品代码：WJ090",
        "风险等级：R2",
        "费用·管理费：0.20%",
        "费用·托管费：0.02%",
    ]


def test_tables_that_follow_each_other_in_a_sheet_keep_their_own_names() -> None:
    rows: list[list[Any]] = [
        ["一、存款"],
        ["期限", "利率"],
        ["一年", "0.95%"],
        ["二、贷款"],
        ["期限", "利率"],
        ["一年以内", "3.00%"],
        ["其中：优惠"],
        ["首套", "2.80%"],
    ]
    made = pieces("a.xlsx", workbook(lambda book: fill(book.active, 1, 1, rows)))
    assert [(piece.section.rpartition(" › ")[2], piece.text) for piece in made] == [
        ("一、存款", "期限：一年；利率：0.95%"),
        ("二、贷款", "期限：一年以内；利率：3.00%\n其中：优惠\n期限：首套；利率：2.80%"),
    ]


def test_a_table_inside_a_cell_leaves_the_table_around_it_whole() -> None:
    html = (
        "<div><a href=1>首页</a> <a href=2>个人</a> <a href=3>公司</a></div><table><tr><th>项目</th><th>标准</th></tr>"
        "<tr><td>跨行转账</td><td><table><tr><td>柜台</td><td>10元</td></tr></table></td></tr></table>"
        "<div>版权所有 示范银行 京ICP备00000000号</div>"
    )
    assert said("a.html", html.encode()) == "项目：跨行转账；标准：柜台：10元"


def test_questions_on_lines_of_their_own_take_what_is_said_below_them() -> None:
    def build(made: Any) -> None:
        for heading, lines in (
            ("转账", ["1、限额是多少？", "单日20万元。"]),
            ("挂失", ["如何挂失？", "先冻结。", "再补办。"]),
        ):
            made.add_heading(heading, 1)
            for line in lines:
                made.add_paragraph(line)

    made = [(piece.question, piece.text) for piece in pieces("a.docx", document(build))]
    assert made == [("限额是多少？", "单日20万元。"), ("如何挂失？", "先冻结。\n再补办。")]


def test_a_formula_is_read_as_one_would_type_it() -> None:
    space = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'

    def build(made: Any) -> None:
        paragraph = made.add_paragraph("收益＝")
        run = "<m:r><m:t>{}</m:t></m:r>"
        top, below = run.format("本金×年利率"), run.format("365")
        paragraph._p.append(
            parse_xml(f"<m:oMath {space}><m:f><m:num>{top}</m:num><m:den>{below}</m:den></m:f></m:oMath>")
        )
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>。</w:t></w:r>"))

    assert said("a.docx", document(build)) == "收益＝(本金×年利率)/365。"


@pytest.mark.parametrize(
    ("formula", "typed"),
    [
        ("<m:sSubSup><m:e>x</m:e><m:sub>1</m:sub><m:sup>2</m:sup></m:sSubSup>", "x1^2"),
        ("<m:rad><m:deg>3</m:deg><m:e>8</m:e></m:rad>", "8^(1/3)"),
        ("<m:rad><m:deg/><m:e>8</m:e></m:rad>", "√8"),
        (
            '<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>i=1</m:sub><m:sup>n</m:sup><m:e>C</m:e></m:nary>',
            "∑_(i=1)^n C",
        ),
    ],
)
def test_bounds_and_powers_of_a_formula_never_run_into_its_numbers(formula: str, typed: str) -> None:
    space = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    runs = re.sub(r">([^<>]+)<", r"><m:r><m:t>\1</m:t></m:r><", formula)

    def build(made: Any) -> None:
        made.add_paragraph("现值＝")._p.append(parse_xml(f'<m:oMath xmlns:m="{space}">{runs}</m:oMath>'))

    assert said("a.docx", document(build)) == f"现值＝{typed}"


@pytest.mark.parametrize(("path", "next_step"), [("a.xls", "另存为"), ("a.WPS", "另存为"), ("a.jpg", "放进 PDF")])
def test_an_old_file_or_a_picture_is_told_what_to_become(path: str, next_step: str) -> None:
    with pytest.raises(PreparationFailed) as raised:
        format_of(path)
    assert (raised.value.code, raised.value.status) == ("unknown_format", 415)
    assert next_step in raised.value.title
