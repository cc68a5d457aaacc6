"""DOCX and PPTX: diagrams are read in their order; pictures and charts, which nobody can quote, are told."""

from __future__ import annotations

import io
import struct
import zlib
from copy import deepcopy
from typing import Any

import docx
import pptx
from docx.opc.part import Part as DocumentPart
from docx.oxml import parse_xml
from docx.shared import Cm
from lxml import etree
from pptx.opc.package import Part as SlidePart
from pptx.opc.packuri import PackURI

from ingestion.blocks import Heading, Item, LeftOut, Loaded, Paragraph, Row, Table
from ingestion.load import load

_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_P = "http://schemas.openxmlformats.org/presentationml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_KIND = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"


def point(name: str, text: str, kind: str = "node") -> str:
    runs = f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"
    return f'<dgm:pt modelId="{name}" type="{kind}"><dgm:t>{runs}</dgm:t></dgm:pt>'


def link(above: str, below: str, order: int, kind: str = "parOf") -> str:
    return f'<dgm:cxn modelId="{above}{below}" type="{kind}" srcId="{above}" destId="{below}" srcOrd="{order}"/>'


STRUCK = "</a:t></a:r><a:r><a:rPr strike='sngStrike'/><a:t>200元</a:t></a:r><a:r><a:t>100元"
DATA = f"""<dgm:dataModel xmlns:dgm="{_DIAGRAM}" xmlns:a="{_A}"><dgm:ptLst>
{point("2", "放款")}{point("1", f"提交申请，手续费{STRUCK}")}{point("3", "柜面")}{point("0", "", "doc")}
{point("8", "暗话", "pres")}{point("9", "箭头", "sibTrans")}</dgm:ptLst><dgm:cxnLst>
{link("0", "2", 1)}{link("0", "1", 0)}{link("1", "3", 0)}{link("0", "8", 0, "presOf")}</dgm:cxnLst></dgm:dataModel>"""


def frame(graphic: str) -> str:
    return (
        f'<p:graphicFrame xmlns:p="{_P}" xmlns:a="{_A}" xmlns:r="{_R}"><p:nvGraphicFramePr><p:cNvPr id="9" name="x"/>'
        "<p:cNvGraphicFramePr/><p:nvPr/></p:nvGraphicFramePr>"
        '<p:xfrm><a:off x="100" y="100"/><a:ext cx="1000000" cy="1000000"/></p:xfrm>'
        f"<a:graphic>{graphic}</a:graphic></p:graphicFrame>"
    )


def diagram(relation: str) -> str:
    ids = f'<dgm:relIds xmlns:dgm="{_DIAGRAM}" xmlns:r="{_R}" r:dm="{relation}"/>'
    return f'<a:graphicData xmlns:a="{_A}" uri="{_DIAGRAM}">{ids}</a:graphicData>'


def loaded(name: str, made: Any) -> Loaded:
    buffer = io.BytesIO()
    made.save(buffer)
    return load(name, buffer.getvalue())


def picture() -> io.BytesIO:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return io.BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(4))) + chunk(b"IEND", b"")
    )


def test_a_diagram_on_a_slide_is_read_from_its_first_shape_on() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "贷款流程"
    part = SlidePart(PackURI("/ppt/diagrams/data1.xml"), _KIND, deck.part.package, DATA.encode())
    relation = slide.part.relate_to(part, f"{_R}/diagramData")
    slide.shapes._spTree.append(etree.fromstring(frame(diagram(relation))))
    read = loaded("a.pptx", deck)
    assert read.blocks == (
        Heading("贷款流程", 2, 1),
        Item("- 提交申请，手续费100元", 0, 1),
        Item("- 柜面", 1, 1),
        Item("- 放款", 0, 1),
    )
    assert read.left_out == (LeftOut("tracked_deletion", "200元", 1),)


def test_a_diagram_in_a_document_is_read_in_paragraphs_and_cells() -> None:
    document = docx.Document()
    part = DocumentPart(PackURI("/word/diagrams/data1.xml"), _KIND, DATA.encode(), document.part.package)
    relation = document.part.relate_to(part, f"{_R}/diagramData")
    drawing = f'<w:r xmlns:w="{_W}"><w:drawing>{diagram(relation)}</w:drawing></w:r>'
    document.add_paragraph("流程如下：")._p.append(parse_xml(drawing))
    table = document.add_table(rows=2, cols=2)
    for at, text in enumerate(("项目", "流程", "贷款", "")):
        table.cell(at // 2, at % 2).text = text
    table.cell(1, 1).paragraphs[0]._p.append(parse_xml(drawing))
    steps = (Item("- 提交申请，手续费100元"), Item("- 柜面", 1), Item("- 放款"))
    cells = Row(("贷款", "提交申请，手续费100元\n柜面\n放款"))
    assert loaded("a.docx", document).blocks == (Paragraph("流程如下："), *steps, Table(("项目", "流程"), (cells,)))


def test_pictures_of_a_document_are_told_and_icons_are_not() -> None:
    document = docx.Document()
    document.add_paragraph("详见下图：")
    document.add_picture(picture(), width=Cm(8))
    document.add_picture(picture(), width=Cm(1))
    deleted = deepcopy(document.paragraphs[1]._p)
    run = deleted[-1]
    deleted.append(parse_xml(f'<w:del xmlns:w="{_W}"/>'))
    deleted[-1].append(run)
    document.element.body.insert(0, deleted)
    read = loaded("a.docx", document)
    assert read.blocks == (Paragraph("详见下图："),)
    assert [notice.title for notice in read.warnings] == ["有 1 幅图片未收录，图片里的文字和数字请以文字或表格写明。"]


def test_pictures_of_a_slide_are_told_and_logos_are_not() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, 1000, 1000).text_frame.text = "见图"
    slide.shapes.add_picture(picture(), 0, 0, Cm(12), Cm(8))
    slide.shapes.add_picture(picture(), 0, 0, Cm(2), Cm(2))
    assert [notice.code for notice in loaded("a.pptx", deck).warnings] == ["picture_left_out"]


def test_a_shape_only_newer_versions_know_is_read_with_its_formula() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    box = slide.shapes.add_textbox(0, 0, 1000, 1000)
    box.text_frame.text = "利息="
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    formula = etree.fromstring(
        f'<a14:m xmlns:a14="http://schemas.microsoft.com/office/drawing/2010/main" xmlns:m="{math}">'
        "<m:oMath><m:r><m:t>本金×年利率</m:t></m:r></m:oMath></a14:m>"
    )
    box.text_frame.paragraphs[0]._p.append(formula)
    choice = etree.fromstring(f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice/><mc:Fallback/></mc:AlternateContent>')
    choice[1].append(deepcopy(box._element))
    choice[0].append(box._element)
    slide.shapes._spTree.append(choice)
    assert loaded("a.pptx", deck).blocks == (Paragraph("利息=本金×年利率", 1),)
