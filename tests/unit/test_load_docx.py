"""DOCX: headings, printed numbers, tables, footnotes; comments, deletions and hidden letters stay out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Pt, RGBColor

from app.knowledge.preparing import PreparationFailed
from ingestion.blocks import Block, Clause, Heading, Item, LeftOut, Paragraph, Row, Table
from ingestion.load import load
from ingestion.structure import recognise

_NUMBERED = """<w:abstractNum {ns} w:abstractNumId="90">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
</w:abstractNum>"""


def written(build: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    build(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def read(build: Callable[[Any], None]) -> tuple[Block, ...]:
    return load("a.docx", written(build)).blocks


def element(xml: str) -> Any:
    return parse_xml(xml.replace("{ns}", nsdecls("w")))


def test_headings_paragraphs_and_title() -> None:
    def build(document: Any) -> None:
        document.add_heading("产品说明书", 0)
        document.add_heading("费用", 1)
        document.add_paragraph("管理费每年0.30%。")

    loaded = load("a.docx", written(build))
    assert loaded.title == "产品说明书"
    assert loaded.blocks == (Heading("产品说明书", 1), Heading("费用", 1), Paragraph("管理费每年0.30%。"))


def test_printed_numbers_are_part_of_the_text() -> None:
    def build(document: Any) -> None:
        numbering = document.part.numbering_part.element
        numbering.insert(0, element(_NUMBERED))
        numbering.append(element('<w:num {ns} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
        for text, depth in (
            ("双方应当守约。", 0),
            ("有下列情形的：", 0),
            ("逾期；", 1),
            ("违约。", 1),
            ("本合同生效。", 0),
        ):
            properties = document.add_paragraph(text)._p.get_or_add_pPr()
            properties.append(element(f'<w:numPr {{ns}}><w:ilvl w:val="{depth}"/><w:numId w:val="90"/></w:numPr>'))

    blocks = recognise(load("a.docx", written(build)))
    assert blocks == (
        Clause("第一条", ("第一条 双方应当守约。",)),
        Clause("第二条", ("第二条 有下列情形的：", "（一）逾期；", "（二）违约。")),
        Clause("第三条", ("第三条 本合同生效。",)),
    )


def test_bullets_are_items() -> None:
    def build(document: Any) -> None:
        document.add_paragraph("身份证", style="List Bullet")

    assert read(build) == (Item("- 身份证", 0),)


def test_merged_cells_and_header_rows() -> None:
    def build(document: Any) -> None:
        table = document.add_table(rows=3, cols=3)
        for row, texts in enumerate((("渠道", "手续费", ""), ("柜台", "5元", "加急8元"), ("", "6元", "加急9元"))):
            for column, text in enumerate(texts):
                table.cell(row, column).text = text
        table.cell(0, 1).merge(table.cell(0, 2))
        table.cell(1, 0).merge(table.cell(2, 0))

    (table,) = read(build)
    assert table == Table(
        ("渠道", "手续费", "手续费"), (Row(("柜台", "5元", "加急8元")), Row(("柜台", "6元", "加急9元")))
    )


@pytest.mark.parametrize(
    "trick", ["vanish", "white", "tiny", "style", "struck", "deleted", "moved", "comment", "field"]
)
def test_hidden_text_never_becomes_knowledge(trick: str) -> None:
    def build(document: Any) -> None:
        paragraph = document.add_paragraph("明话")
        run = paragraph.add_run("暗话") if trick in ("vanish", "white", "tiny", "style", "struck") else None
        if trick == "vanish" and run is not None:
            run.font.hidden = True
        elif trick == "white" and run is not None:
            run.font.color.rgb = RGBColor(255, 255, 255)
        elif trick == "tiny" and run is not None:
            run.font.size = Pt(1)
        elif trick == "style" and run is not None:
            style = document.styles.add_style("Unseen", 2)
            style.font.hidden = True
            run.style = style
        elif trick == "struck" and run is not None:
            run.font.double_strike = True
        elif trick == "deleted":
            paragraph._p.append(element("<w:del {ns}><w:r><w:delText>暗话</w:delText></w:r></w:del>"))
        elif trick == "moved":
            paragraph._p.append(element("<w:moveFrom {ns}><w:r><w:t>暗话</w:t></w:r></w:moveFrom>"))
        elif trick == "comment":
            document.add_comment(paragraph.runs, text="暗话", author="甲")
        elif trick == "field":
            paragraph._p.append(element("<w:r {ns}><w:instrText>暗话</w:instrText></w:r>"))
        paragraph.add_run("结束")

    assert read(build) == (Paragraph("明话结束"),)


def test_a_struck_fee_is_told_and_a_struck_item_keeps_its_number() -> None:
    def build(document: Any) -> None:
        paragraph = document.add_paragraph("挂失手续费为每笔")
        paragraph.add_run("20").font.strike = True
        paragraph.add_run("10元。").font.strike = False
        document.add_paragraph("挂失", style="List Number")
        document.add_paragraph(style="List Number").add_run("补卡").font.strike = True
        document.add_paragraph("销户", style="List Number")

    loaded = load("a.docx", written(build))
    assert loaded.blocks == (Paragraph("挂失手续费为每笔10元。"), Item("1. 挂失"), Item("3. 销户"))
    assert loaded.left_out == (LeftOut("tracked_deletion", "20"), LeftOut("tracked_deletion", "补卡"))


def test_accepted_insertions_are_read() -> None:
    def build(document: Any) -> None:
        paragraph = document.add_paragraph("费用为")
        paragraph._p.append(element("<w:ins {ns}><w:r><w:t>5元</w:t></w:r></w:ins>"))

    assert read(build) == (Paragraph("费用为5元"),)


def test_white_letters_in_a_painted_cell_are_visible() -> None:
    def build(document: Any) -> None:
        table = document.add_table(rows=2, cols=2)
        for column, text in enumerate(("期限", "利率")):
            cell = table.cell(0, column)
            cell.paragraphs[0].add_run(text).font.color.rgb = RGBColor(255, 255, 255)
            cell._tc.get_or_add_tcPr().append(element('<w:shd {ns} w:val="clear" w:fill="003366"/>'))
            table.cell(1, column).text = ("一年", "1.5%")[column]

    assert read(build) == (Table(("期限", "利率"), (Row(("一年", "1.5%")),)),)


def filled(document: Any, *rows: tuple[str, ...]) -> Any:
    table = document.add_table(rows=len(rows), cols=len(rows[0]))
    for at, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.cell(at, column).text = text
    return table


def whitened(cell: Any, text: str) -> None:
    cell.paragraphs[0].add_run(text).font.color.rgb = RGBColor(255, 255, 255)


def test_a_table_style_makes_white_letters_visible_only_where_it_paints() -> None:
    def build(document: Any) -> None:
        table = filled(document, ("", "标准"), ("挂失", "10元"), ("补卡", "5元"), ("合计", "15元"))
        table.style = "Medium Shading 1 Accent 1"  # a dark header row, pale bands below
        whitened(table.cell(0, 0), "项目")
        for row in (1, 2, 3):
            whitened(table.cell(row, 1), "暗话")
        plain = filled(document, ("", "标准"), ("挂失", "10元"))
        plain.style = "Medium Shading 1 Accent 1"
        look = plain._tbl.tblPr.find(qn("w:tblLook"))
        look.set(qn("w:firstRow"), "0")
        whitened(plain.cell(0, 0), "暗话")

    loaded = load("a.docx", written(build))
    assert loaded.blocks[0] == Table(
        ("项目", "标准"), (Row(("挂失", "10元")), Row(("补卡", "5元")), Row(("合计", "15元")))
    )
    assert [item.text for item in loaded.left_out] == ["暗话"] * 4


@pytest.mark.parametrize(
    ("shade", "seen"),
    [
        ('w:val="clear" w:fill="003366"', True),
        ('w:val="clear" w:fill="C0C0C0"', True),
        ('w:val="clear" w:fill="D9E2F3" w:themeFill="accent1" w:themeFillTint="33"', False),
        ('w:val="clear" w:fill="FFFFFF" w:themeFill="background1"', False),
        ('w:val="clear" w:fill="auto"', False),
        ('w:val="solid" w:color="003366" w:fill="auto"', True),
        ('w:val="pct10" w:color="auto" w:fill="auto"', False),
        ('w:val="pct50" w:color="auto" w:fill="FFFFFF"', True),
    ],
)
def test_white_letters_need_a_ground_they_can_be_read_on(shade: str, seen: bool) -> None:
    def build(document: Any) -> None:
        table = filled(document, ("项目", "标准"), ("挂失", ""))
        whitened(table.cell(1, 1), "白字")
        table.cell(1, 1)._tc.get_or_add_tcPr().append(element(f"<w:shd {{ns}} {shade}/>"))

    (table,) = read(build)
    assert table == Table(("项目", "标准"), (Row(("挂失", "白字" if seen else "")),))


def test_deleted_table_rows_are_left_out() -> None:
    def build(document: Any) -> None:
        table = document.add_table(rows=3, cols=2)
        for row, texts in enumerate((("项目", "费用"), ("旧项", "9元"), ("新项", "5元"))):
            for column, text in enumerate(texts):
                table.cell(row, column).text = text
        table.rows[1]._tr.get_or_add_trPr().append(element("<w:del {ns}/>"))

    assert read(build) == (Table(("项目", "费用"), (Row(("新项", "5元")),)),)


def test_rows_in_content_controls_and_rows_that_begin_further_right_keep_their_places() -> None:
    def build(document: Any) -> None:
        table = filled(
            document, ("项目", "标准", "说明"), ("挂失", "10元", "甲"), ("", "5元", "乙"), ("年费", "200元", "丙")
        )
        indented, controlled = table.rows[2]._tr, table.rows[3]._tr
        indented.remove(indented.tc_lst[0])
        indented.get_or_add_trPr().append(element('<w:gridBefore {ns} w:val="1"/>'))
        control = element("<w:sdt {ns}><w:sdtPr/><w:sdtContent/></w:sdt>")
        controlled.addprevious(control)
        control[1].append(controlled)
        inner = table.cell(1, 2).add_table(rows=1, cols=1)
        inner.cell(0, 0).text = "内表"

    (table,) = read(build)
    assert table == Table(
        ("项目", "标准", "说明"),
        (Row(("挂失", "10元", "甲\n内表")), Row(("", "5元", "乙")), Row(("年费", "200元", "丙"))),
    )


_BOX = """<w:r {ns} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"
 xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>
<mc:Choice Requires="wps"><w:drawing>{box}</w:drawing></mc:Choice>
<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"""


def test_a_text_box_is_said_once_in_a_cell_as_in_a_paragraph() -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>老年客户免收。</w:t></w:r></w:p></w:txbxContent>"

    def build(document: Any) -> None:
        document.add_paragraph("正文。")._p.append(element(_BOX.replace("{box}", box)))
        table = filled(document, ("项目", "标准"), ("挂失", "10元"))
        table.cell(1, 1).paragraphs[0]._p.append(element(_BOX.replace("{box}", box)))

    assert read(build) == (
        Paragraph("正文。"),
        Paragraph("老年客户免收。"),
        Table(("项目", "标准"), (Row(("挂失", "10元\n老年客户免收。")),)),
    )


def code_of(content: bytes) -> str:
    with pytest.raises(PreparationFailed) as failure:
        load("a.docx", content)
    return failure.value.code


def test_a_truncated_file_is_corrupt() -> None:
    content = written(lambda document: document.add_paragraph("正文" * 500))
    assert code_of(content[: len(content) // 2]) == "corrupt"


def test_a_package_with_a_broken_part_is_corrupt() -> None:
    content = written(lambda document: document.add_paragraph("正文"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<w:document" if name == "word/document.xml" else old.read(name))
    assert code_of(buffer.getvalue()) == "corrupt"


def test_a_bomb_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("word/document.xml", b" " * (40 * 1024 * 1024))
    assert code_of(buffer.getvalue()) == "archive_bomb"


def test_a_file_with_a_password_is_encrypted() -> None:
    container = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le")
    assert code_of(container) == "encrypted"
