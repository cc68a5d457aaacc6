"""DOCX: letters in the colour of their ground, without a place or beside the page; honest letters on dark grounds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from docx.oxml import parse_xml

from ingestion.blocks import Heading, Item, LeftOut, Loaded, Paragraph, Table
from ingestion.load import load
from tests.fixtures.office_files import document

_SPACES = " ".join(
    f'xmlns:{name}="{uri}"'
    for name, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
        "wpg": "http://schemas.microsoft.com/office/word/2010/wordprocessingGroup",
        "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
        "v": "urn:schemas-microsoft-com:vml",
    }.items()
)
_WHITE = '<w:color w:val="FFFFFF"/>'
_DARK = '<a:solidFill><a:srgbClr val="1F4E79"/></a:solidFill>'


def element(xml: str) -> Any:
    return parse_xml(re.sub(r"^<[\w:]+", lambda name: f"{name.group()} {_SPACES}", xml))


def letters(look: str, text: str = "年费100元", around: str = "") -> str:
    return f"<w:p><w:pPr>{around}</w:pPr><w:r><w:rPr>{look}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def box(inner: str, fill: str, at: str = "0") -> str:
    shape = f"<wps:wsp><wps:spPr>{fill}</wps:spPr><wps:txbx><w:txbxContent>{inner}</w:txbxContent></wps:txbx></wps:wsp>"
    return anchored(shape, at)


def anchored(shape: str, at: str = "0") -> str:
    place = f'<wp:positionH relativeFrom="page"><wp:posOffset>{at}</wp:posOffset></wp:positionH>'
    extent = '<wp:extent cx="2000000" cy="500000"/>'
    return f"<w:p><w:r><w:drawing><wp:anchor>{place}{extent}{shape}</wp:anchor></w:drawing></w:r></w:p>"


def vml(style: str, more: str, inner: str) -> str:
    textbox = f"<v:textbox><w:txbxContent>{inner}</w:txbxContent></v:textbox>"
    return f'<w:p><w:r><w:pict><v:shape style="{style}" {more}>{textbox}</v:shape></w:pict></w:r></w:p>'


def table(cell: str, *, of_cell: str = "", of_row: str = "", of_table: str = "") -> str:
    inner = f"<w:tc><w:tcPr>{of_cell}</w:tcPr>{cell}<w:p/></w:tc>"
    row = f"<w:tr><w:trPr>{of_row}</w:trPr>{inner}</w:tr>"
    return f'<w:tbl><w:tblPr>{of_table}</w:tblPr><w:tblGrid><w:gridCol w:w="2000"/></w:tblGrid>{row}</w:tbl>'


def read(*bodies: str, more: Callable[[Any], None] | None = None) -> Loaded:
    def build(made: Any) -> None:
        for body in bodies:
            made.element.body.insert(len(made.element.body) - 1, element(body))
        if more is not None:
            more(made)

    return load("a.docx", document(build))


def said(loaded: Loaded) -> str:
    lines: list[str] = []
    for block in loaded.blocks:
        if isinstance(block, Table):
            lines += [*block.header, *(cell for row in block.rows for cell in row.cells)]
        elif isinstance(block, Heading | Item | Paragraph):
            lines.append(block.text)
    return "\n".join(line for line in lines if line)


_SHADE = '<w:shd w:val="clear" w:fill="1F4E79"/>'


@pytest.mark.parametrize(
    "body",
    [
        box(letters(_WHITE), _DARK),
        box(letters(_WHITE), '<a:solidFill><a:schemeClr val="accent1"/></a:solidFill>'),
        box(letters(_WHITE), "<a:gradFill/>"),
        anchored(
            f"<wpg:wgp><wps:wsp><wps:spPr>{_DARK}</wps:spPr></wps:wsp><wps:wsp><wps:spPr><a:noFill/></wps:spPr>"
            f"<wps:txbx><w:txbxContent>{letters(_WHITE)}</w:txbxContent></wps:txbx></wps:wsp></wpg:wgp>"
        ),
        vml("", 'fillcolor="#1F4E79 [3204]"', letters(_WHITE)),
        table(table(letters(_WHITE)), of_cell=_SHADE),
        table(box(letters(_WHITE), "<a:noFill/>"), of_cell=_SHADE),
        table(box(letters(_WHITE), _DARK)),
        box(table(letters(_WHITE)), _DARK),
    ],
    ids=[
        "box",
        "theme",
        "gradient",
        "group",
        "VML",
        "table in cell",
        "clear box in cell",
        "box in cell",
        "table in box",
    ],
)
def test_white_letters_on_a_dark_ground_around_them_are_read(body: str) -> None:
    loaded = read(body)
    assert said(loaded) == "年费100元"
    assert loaded.left_out == ()


@pytest.mark.parametrize("fill", ["", "<a:noFill/>", '<a:solidFill><a:srgbClr val="FFFFFF"/></a:solidFill>'])
def test_white_letters_in_a_box_without_a_colour_stay_hidden(fill: str) -> None:
    loaded = read(box(letters(_WHITE), fill))
    assert (said(loaded), loaded.left_out) == ("", (LeftOut("hidden_text", "年费100元"),))


@pytest.mark.parametrize("shown", [True, False])
def test_white_letters_are_read_on_a_dark_page_where_word_paints_it(shown: bool) -> None:
    def more(made: Any) -> None:
        made.element.insert(0, element('<w:background w:color="1F4E79"/>'))
        if shown:
            made.settings.element.insert(0, element("<w:displayBackgroundShape/>"))

    assert said(read(letters(_WHITE), more=more)) == ("年费100元" if shown else "")


@pytest.mark.parametrize(
    ("look", "seen"),
    [
        ('<w:color w:val="000000" w:themeColor="background1"/>', False),
        ('<w:color w:val="FFFFFF" w:themeColor="text1"/>', True),
        ('<w:color w:val="FFFFFF" w:themeColor="background1" w:themeShade="80"/>', True),
        ('<w:color w:val="1F4E79"/><w:shd w:val="clear" w:fill="1F4E79"/>', False),
        ('<w:color w:val="1F4E79"/><w:shd w:val="clear" w:fill="D9E2F3"/>', True),
        ('<w:color w:val="FFFF00"/><w:highlight w:val="yellow"/>', False),
        ('<w:color w:val="FFFFFF"/><w:highlight w:val="yellow"/>', True),
        ('<w:color w:val="FF0000"/><w:highlight w:val="yellow"/>', True),
        ('<w:color w:val="auto"/><w:highlight w:val="black"/>', True),
        ('<w:color w:val="F0F0F0"/>', False),
        ('<w:color w:val="D9D9D9"/>', True),
        ('<w:color w:val="FFFF00"/>', True),
        ('<w14:textFill><w14:solidFill><w14:srgbClr w14:val="FFFFFF"/></w14:solidFill></w14:textFill>', False),
        ('<w14:textFill><w14:solidFill><w14:schemeClr w14:val="bg1"/></w14:solidFill></w14:textFill>', False),
        (
            '<w:color w:val="FFFFFF"/><w14:textFill><w14:solidFill><w14:srgbClr w14:val="C00000"/></w14:solidFill>'
            "</w14:textFill>",
            True,
        ),
        (
            '<w14:textFill><w14:solidFill><w14:srgbClr w14:val="000000"><w14:alpha w14:val="100000"/></w14:srgbClr>'
            "</w14:solidFill></w14:textFill>",
            False,
        ),
        (
            '<w:color w:val="FFFFFF"/><w14:textOutline><w14:solidFill><w14:srgbClr w14:val="000000"/></w14:solidFill>'
            "</w14:textOutline>",
            True,
        ),
    ],
)
def test_letters_in_the_colour_of_their_ground_are_hidden_and_told(look: str, seen: bool) -> None:
    loaded = read(letters(look))
    assert said(loaded) == ("年费100元" if seen else "")
    assert [one.text for one in loaded.left_out] == ([] if seen else ["年费100元"])


def test_letters_in_the_colour_of_their_cell_are_hidden() -> None:
    black = '<w:color w:val="000000"/>'
    dark, pale = ('<w:shd w:val="clear" w:fill="000000"/>', '<w:shd w:val="clear" w:fill="D9E2F3"/>')
    assert said(read(table(letters(black), of_cell=dark))) == ""
    assert said(read(table(letters(black), of_cell=pale))) == "年费100元"


@pytest.mark.parametrize(
    ("ground", "direct", "seen"),
    [("", "", False), (_SHADE, "", True), ("", '<w:color w:val="C00000"/>', True)],
    ids=["on paper", "on the ground of the style", "with a colour of their own"],
)
def test_white_letters_of_a_table_style_are_seen_where_it_paints(ground: str, direct: str, seen: bool) -> None:
    style = (
        f'<w:style w:type="table" w:styleId="TS"><w:name w:val="TS"/><w:rPr>{_WHITE}</w:rPr>'
        f"<w:tcPr>{ground}</w:tcPr></w:style>"
    )
    loaded = read(
        table(letters(direct), of_table='<w:tblStyle w:val="TS"/>'),
        more=lambda made: made.styles.element.append(element(style)),
    )
    assert said(loaded) == ("年费100元" if seen else "")


def exact(line: int) -> str:
    return f'<w:spacing w:line="{line}" w:lineRule="exact"/>'


@pytest.mark.parametrize(
    "body",
    [
        letters('<w:w w:val="1"/>'),
        letters('<w:spacing w:val="-400"/>'),
        letters("", around=exact(20)),
        letters("", around='<w:ind w:left="-30000"/>'),
        letters("", around='<w:framePr w:w="2000" w:hAnchor="page" w:x="-20000" w:y="100"/>'),
        box(letters(""), "", at="-20000000"),
        vml("position:absolute;margin-left:-5000pt;width:100pt", "", letters("")),
        vml("position:absolute;visibility:hidden", "", letters("")),
        table(letters(""), of_row='<w:trHeight w:val="20" w:hRule="exact"/>'),
        table(letters(""), of_table='<w:tblpPr w:horzAnchor="page" w:tblpX="-20000" w:tblpY="1"/>'),
        table(letters(""), of_table='<w:tblInd w:w="-20000" w:type="dxa"/>'),
    ],
    ids=["narrow", "pulled", "line", "indent", "frame", "anchor", "VML", "VML hidden", "row", "floating", "table"],
)
def test_letters_without_a_place_on_the_page_are_hidden_and_told(body: str) -> None:
    loaded = read(body)
    assert (said(loaded), loaded.left_out) == ("", (LeftOut("hidden_text", "年费100元"),))


@pytest.mark.parametrize(
    "body",
    [
        letters('<w:w w:val="66"/>'),
        letters('<w:spacing w:val="-20"/>'),
        letters("", around=exact(240)),
        letters("", around='<w:spacing w:line="20" w:lineRule="atLeast"/>'),
        letters("", around='<w:ind w:left="-300" w:hanging="200"/>'),
        letters("", around='<w:framePr w:w="2000" w:hAnchor="page" w:x="900" w:y="100"/>'),
        box(letters(""), "", at="-300000"),
        vml("position:absolute;margin-left:-50pt;width:100pt", "", letters("")),
        table(letters(""), of_row='<w:trHeight w:val="400" w:hRule="exact"/>'),
        table(letters(""), of_row='<w:trHeight w:val="20" w:hRule="atLeast"/>'),
        table(letters(""), of_table='<w:tblInd w:w="-108" w:type="dxa"/>'),
    ],
)
def test_letters_set_a_little_narrower_or_farther_out_are_read(body: str) -> None:
    loaded = read(body)
    assert (said(loaded), loaded.left_out) == ("年费100元", ())
