"""Text of slides under other shapes, on dark ones, and in a look that the run itself does not name."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from pptx.dml.color import RGBColor
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Inches

from ingestion.blocks import Loaded, Table
from ingestion.load import load
from tests.fixtures.office_files import deck

_NS = (
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main"'
)
_WHITE = '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'
DARK, WHITE = RGBColor(0x1F, 0x4E, 0x79), RGBColor(0xFF, 0xFF, 0xFF)


def read(build: Any, layout: int = 6) -> Loaded:
    """build: what is done to a slide that says 年费10元 at its top."""

    def made(book: Any) -> None:
        slide = book.slides.add_slide(book.slide_layouts[layout])
        box(slide.shapes, "年费10元", top=0.3)
        build(slide)

    return load("a.pptx", deck(made))


def box(shapes: Any, text: str, *, top: float = 3, colour: RGBColor | None = None) -> Any:
    made = shapes.add_textbox(Inches(1), Inches(top), Inches(3), Inches(0.5))
    made.text_frame.text = text
    if colour is not None:
        made.text_frame.paragraphs[0].runs[0].font.color.rgb = colour
    return made


def plate(shapes: Any, colour: RGBColor, *, wide: float = 5, left: float = 0.5) -> Any:
    made = shapes.add_shape(1, Inches(left), Inches(2.5), Inches(wide), Inches(2))
    made.fill.solid()
    made.fill.fore_color.rgb = colour
    return made


def png(kind: int) -> BytesIO:
    """One pixel. kind: 2 for colours, 6 for colours that may let the ground through."""
    pixel = b"\0\0\0\x80"[: 3 if kind == 2 else 4]
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, kind, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"\0" + pixel)),
        (b"IEND", b""),
    ]
    body = (
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )
    return BytesIO(b"\x89PNG\r\n\x1a\n" + b"".join(body))


def picture(slide: Any, kind: int = 2) -> Any:
    return slide.shapes.add_picture(png(kind), Inches(0.5), Inches(2.5), Inches(5), Inches(2))


def texts(loaded: Loaded) -> list[str]:
    return [block.text for block in loaded.blocks]  # type: ignore[union-attr]


def told(loaded: Loaded) -> list[tuple[str, str]]:
    return [(item.code, item.text) for item in loaded.left_out]


def is_read(loaded: Loaded, text: str) -> bool:
    """Whether a text is read; where it is not, it is told."""
    assert texts(loaded) in (["年费10元"], ["年费10元", text])
    assert told(loaded) == ([] if len(loaded.blocks) == 2 else [("hidden_text", text)])
    return len(loaded.blocks) == 2


def test_everything_in_a_hidden_group_is_hidden() -> None:
    def build(slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        box(group.shapes.add_group_shape().shapes, "底价")
        group._element.find(f".//{qn('p:cNvPr')}").set("hidden", "1")

    assert not is_read(read(build), "底价")


@pytest.mark.parametrize(
    ("under", "seen"),
    [
        (lambda slide: plate(slide.shapes, DARK), True),
        (lambda slide: plate(slide.shapes, DARK, wide=2), True),
        (lambda slide: plate(slide.shapes, DARK, left=6), False),
        (lambda slide: plate(slide.shapes, WHITE), False),
        (lambda slide: (plate(slide.shapes, DARK), plate(slide.shapes, WHITE)), False),
        (lambda slide: plate(slide.shapes.add_group_shape().shapes, DARK), True),
        (picture, True),
        (lambda slide: plate(slide.shapes, DARK)._element.find(f".//{qn('p:cNvPr')}").set("hidden", "1"), False),
    ],
)
def test_white_letters_are_read_on_what_lies_under_their_box(under: Any, seen: bool) -> None:
    def build(slide: Any) -> None:
        under(slide)
        box(slide.shapes, "挂失5元", colour=WHITE)

    assert is_read(read(build), "挂失5元") is seen


def test_white_letters_are_read_on_a_dark_shape_of_the_layout() -> None:
    def build(slide: Any) -> None:
        shape = plate(slide.shapes, DARK)._element
        slide.slide_layout.shapes._spTree.append(shape)
        box(slide.shapes, "挂失5元", colour=WHITE)

    assert is_read(read(build), "挂失5元")


def test_white_cells_are_read_on_a_dark_shape_under_their_table() -> None:
    def build(slide: Any) -> None:
        plate(slide.shapes, DARK)
        frame = slide.shapes.add_table(2, 2, Inches(1), Inches(3), Inches(3), Inches(1))
        frame._element.find(f".//{qn('a:tableStyleId')}").text = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
        for place, text in (((0, 0), "项目"), ((0, 1), "标准"), ((1, 0), "挂失"), ((1, 1), "5元")):
            cell = frame.table.cell(*place)
            cell.text = text
            cell.text_frame.paragraphs[0].runs[0].font.color.rgb = WHITE

    loaded = read(build)
    table = loaded.blocks[1]
    assert isinstance(table, Table)
    assert (table.header, [row.cells for row in table.rows]) == (("项目", "标准"), [("挂失", "5元")])
    assert told(loaded) == []


@pytest.mark.parametrize(("colour", "seen"), [("1F4E79", True), ("FFFFFF", False)])
def test_a_shape_takes_its_fill_from_its_group(colour: str, seen: bool) -> None:
    def build(slide: Any) -> None:
        group = slide.shapes.add_group_shape()
        shape = box(group.shapes, "挂失5元", colour=WHITE)._element.spPr
        shape.remove(shape.find(qn("a:noFill")))
        shape.append(parse_xml(f"<a:grpFill {_NS}/>"))
        group._element.grpSpPr.append(parse_xml(f'<a:solidFill {_NS}><a:srgbClr val="{colour}"/></a:solidFill>'))

    assert is_read(read(build), "挂失5元") is seen


def _thinned(shape: Any) -> None:
    color = shape._element.spPr.find(f"{qn('a:solidFill')}/{qn('a:srgbClr')}")
    color.append(parse_xml(f'<a:alpha {_NS} val="30000"/>'))


def _animated(slide: Any, shape: Any) -> None:
    target = f'<p:spTgt spid="{shape.shape_id}"/>'
    slide._element.append(parse_xml(f"<p:timing {_NS}><p:tnLst>{target}</p:tnLst></p:timing>"))


@pytest.mark.parametrize(
    ("over", "seen"),
    [
        (lambda slide: plate(slide.shapes, WHITE), False),
        (lambda slide: plate(slide.shapes, DARK), False),
        (picture, False),
        (lambda slide: picture(slide, 6), True),
        (lambda slide: plate(slide.shapes, WHITE, wide=2), True),
        (lambda slide: plate(slide.shapes, WHITE).fill.background(), True),
        (lambda slide: _thinned(plate(slide.shapes, WHITE)), True),
        (lambda slide: setattr(plate(slide.shapes, WHITE), "rotation", 30), True),
        (lambda slide: _animated(slide, plate(slide.shapes, WHITE)), True),
    ],
)
def test_a_text_that_a_later_shape_covers_is_hidden(over: Any, seen: bool) -> None:
    def build(slide: Any) -> None:
        box(slide.shapes, "底价")
        over(slide)

    assert is_read(read(build), "底价") is seen


def test_a_column_without_width_is_hidden() -> None:
    def build(slide: Any) -> None:
        table = slide.shapes.add_table(2, 3, Inches(1), Inches(3), Inches(6), Inches(1)).table
        for down, row in enumerate([["项目", "标准", "内部"], ["挂失", "5元", "底价"]]):
            for across, text in enumerate(row):
                table.cell(down, across).text = text
        table.columns[2].width = 0

    loaded = read(build)
    table = loaded.blocks[1]
    assert isinstance(table, Table)
    assert (table.header, [row.cells for row in table.rows]) == (("项目", "标准"), [("挂失", "5元")])
    assert told(loaded) == [("hidden_text", "内部"), ("hidden_text", "底价")]


def _lists(body: Any, look: str) -> None:
    lists = body.find(qn("a:lstStyle"))
    if lists is None:
        lists = parse_xml(f"<a:lstStyle {_NS}/>")
        body.insert(1, lists)
    lists.append(parse_xml(f"<a:lvl1pPr {_NS}><a:defRPr {look}</a:defRPr></a:lvl1pPr>"))


@pytest.mark.parametrize(("look", "seen"), [(f">{_WHITE}", False), ('sz="100">', False), ('sz="1800">', True)])
def test_the_lists_of_a_shape_give_its_letters_their_look(look: str, seen: bool) -> None:
    def build(slide: Any) -> None:
        _lists(box(slide.shapes, "底价")._element.txBody, look)

    assert is_read(read(build), "底价") is seen


def test_a_run_that_names_its_colour_takes_none_from_the_lists() -> None:
    def build(slide: Any) -> None:
        _lists(box(slide.shapes, "挂失5元", colour=DARK)._element.txBody, f">{_WHITE}")

    assert is_read(read(build), "挂失5元")


@pytest.mark.parametrize("ground", [False, True])
def test_the_layout_gives_the_letters_of_a_placeholder_their_look_and_ground(ground: bool) -> None:
    def build(slide: Any) -> None:
        form = next(one for one in slide.slide_layout.placeholders if one.placeholder_format.idx == 1)
        _lists(form._element.txBody, f">{_WHITE}")
        if ground:
            form._element.spPr.append(parse_xml(f'<a:solidFill {_NS}><a:srgbClr val="1F4E79"/></a:solidFill>'))
        slide.placeholders[1].text_frame.text = "挂失5元"

    assert is_read(read(build, 1), "挂失5元") is ground


@pytest.mark.parametrize(("colour", "seen"), [(DARK, False), (RGBColor(0xF7, 0x96, 0x46), True)])
def test_letters_in_the_colour_of_their_own_box_are_hidden(colour: RGBColor, seen: bool) -> None:
    def build(slide: Any) -> None:
        shape = box(slide.shapes, "底价", colour=colour)
        shape.fill.solid()
        shape.fill.fore_color.rgb = DARK

    assert is_read(read(build), "底价") is seen


@pytest.mark.parametrize(("scale", "seen"), [("1000", False), ("62500", True), ("5%", False), ("62.5%", True)])
def test_letters_shrunk_to_nothing_are_hidden(scale: str, seen: bool) -> None:
    def build(slide: Any) -> None:
        body = box(slide.shapes, "底价").text_frame._txBody.bodyPr
        for child in list(body):
            body.remove(child)
        body.append(parse_xml(f'<a:normAutofit {_NS} fontScale="{scale}"/>'))

    assert is_read(read(build), "底价") is seen


def test_signs_of_symbol_fonts_are_read_as_what_they_show() -> None:
    def build(slide: Any) -> None:
        paragraph = box(slide.shapes, "已开通").text_frame.paragraphs[0]
        for text, font in (("R", "latin"), ("P是", "latin"), ("PIN\uf0a3", "sym")):
            run = paragraph.add_run()
            run.text = text
            run._r.get_or_add_rPr().append(parse_xml(f'<a:{font} {_NS} typeface="Wingdings 2"/>'))

    assert texts(read(build)) == ["年费10元", "已开通☑√是PIN☐"]
