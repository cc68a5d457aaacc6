"""Text boxes, diagrams and pictures over the cells of a sheet."""

from __future__ import annotations

import base64
from typing import Any

from ingestion.blocks import Loaded, Paragraph, Row, Table
from ingestion.load import load
from tests.fixtures.office_files import SECRET, fill, packed, workbook
from tests.fixtures.office_files import _parts as parts_of

_MAIN = "http://schemas.openxmlformats.org/drawingml/2006"
_KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "application/vnd.openxmlformats-officedocument"


def floating(*anchors: str, look: Any = None) -> Loaded:
    def build(book: Any) -> None:
        fill(book.active, 1, 1, [["项目", "标准"], ["年费", "200元"]])
        book.active["A9"] = "完"
        if look is not None:
            look(book.active)

    parts = parts_of(workbook(build))
    spaces = f'xmlns:xdr="{_MAIN}/spreadsheetDrawing" xmlns:a="{_MAIN}/main" xmlns:r="{_KIND}"'
    parts["xl/drawings/drawing1.xml"] = f"<xdr:wsDr {spaces}>{''.join(anchors)}</xdr:wsDr>".encode()
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    relation = '<Relationships xmlns="{}"><Relationship Id="rId1" Type="{}/{}" Target="{}"/></Relationships>'
    parts["xl/worksheets/_rels/sheet1.xml.rels"] = relation.format(
        space, _KIND, "drawing", "../drawings/drawing1.xml"
    ).encode()
    parts["xl/drawings/_rels/drawing1.xml.rels"] = relation.format(
        space, _KIND, "diagramData", "/xl/diagrams/data1.xml"
    ).encode()
    points = "".join(
        f"<dgm:pt><dgm:t><a:p><a:r><a:t>{text}</a:t></a:r></a:p></dgm:t></dgm:pt>" for text in ("申请", "审批")
    )
    parts["xl/diagrams/data1.xml"] = (
        f'<dgm:dataModel xmlns:dgm="{_MAIN}/diagram" xmlns:a="{_MAIN}/main"><dgm:ptLst>{points}</dgm:ptLst>'
        "</dgm:dataModel>"
    ).encode()
    return load("a.xlsx", packed(parts))


def at(row: int, inside: str) -> str:
    place = f"<xdr:from><xdr:col>5</xdr:col><xdr:row>{row}</xdr:row></xdr:from>"
    return f"<xdr:twoCellAnchor>{place}{inside}<xdr:clientData/></xdr:twoCellAnchor>"


def box(*runs: str, fill: str = "<a:noFill/>", marks: str = "") -> str:
    return (
        f'<xdr:sp><xdr:nvSpPr><xdr:cNvPr id="2" name="x" {marks}/></xdr:nvSpPr><xdr:spPr>{fill}</xdr:spPr>'
        f"<xdr:txBody><a:p>{''.join(runs)}</a:p></xdr:txBody></xdr:sp>"
    )


def run(text: str, look: str = "", inside: str = "") -> str:
    return f"<a:r><a:rPr {look}>{inside}</a:rPr><a:t>{text}</a:t></a:r>"


def solid(color: str) -> str:
    return f'<a:solidFill><a:srgbClr val="{color}"/></a:solidFill>'


TABLE = Table(("项目", "标准"), (Row(("年费", "200元")),))


def test_text_boxes_and_diagrams_are_read_from_top_to_bottom() -> None:
    diagram = (
        f'<xdr:graphicFrame><a:graphic><a:graphicData uri="{_MAIN}/diagram">'
        f'<dgm:relIds xmlns:dgm="{_MAIN}/diagram" r:dm="rId1"/></a:graphicData></a:graphic></xdr:graphicFrame>'
    )
    loaded = floating(at(9, diagram), at(2, box(run("老年客户（65岁以上）"), run("免收以上费用"))))
    assert loaded.blocks == (
        TABLE,
        Paragraph("完"),
        Paragraph("老年客户（65岁以上）免收以上费用"),
        Paragraph("申请\n审批"),
    )
    assert (loaded.left_out, loaded.warnings) == ((), ())


def test_what_a_box_hides_is_no_knowledge() -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[5].hidden = True

    white = run(f"{SECRET}一", inside=solid("FFFFFF"))
    painted = box(run("白字有底", inside=solid("FFFFFF")), fill=solid("1F4E79"))
    loaded = floating(
        at(1, box(run("费用"), white, run(f"{SECRET}二", 'sz="100"'), run("旧价20元", 'strike="sngStrike"'))),
        at(2, painted),
        at(3, box(run(f"{SECRET}三"), marks='hidden="1"')),
        at(4, box(run(f"{SECRET}四"))),
        look=hide,
    )
    assert loaded.blocks[2:] == (Paragraph("费用"), Paragraph("白字有底"))
    assert [item.code for item in loaded.left_out] == ["hidden_text"] * 2 + ["tracked_deletion"] + ["hidden_text"] * 2


def test_pictures_are_told_and_a_logo_is_none() -> None:
    def picture(side: int) -> str:
        size = f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{side}" cy="{side}"/></a:xfrm>'
        return f"<xdr:pic><xdr:spPr>{size}</xdr:spPr></xdr:pic>"

    (notice,) = floating(at(1, picture(3_000_000)), at(2, picture(500_000))).warnings
    assert notice.code == "picture_left_out"
    assert notice.title.startswith("有 1 幅图片未收录")


def test_a_picture_inside_a_cell_is_told_and_its_formula_is_no_text() -> None:
    name = base64.b16encode(b"picture").decode()
    rows = [["项目", "标准"], ["年费", "200元"], ["二维码", f'=DISPIMG("ID_{name}",1)']]
    content = workbook(lambda book: fill(book.active, 1, 1, rows))
    part = "xl/worksheets/sheet1.xml"
    parts = parts_of(content)
    formula = f'DISPIMG("ID_{name}",1)'
    value = f'<c r="B3" t="str"><f>{formula}</f><v>={formula}</v></c>'
    sheet = parts[part].decode()
    start = sheet.index('<c r="B3"')
    end = sheet.index("</c>", start) + len("</c>")
    loaded = load("a.xlsx", packed({**parts, part: (sheet[:start] + value + sheet[end:]).encode()}))
    assert "DISPIMG" not in repr(loaded.blocks)
    assert [notice.code for notice in loaded.warnings] == ["picture_left_out"]
