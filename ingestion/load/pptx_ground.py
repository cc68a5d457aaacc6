"""What a slide paints behind letters: its ground, the fills of shapes, and those of table cells and table styles."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from lxml import etree
from pptx.oxml.ns import qn

from ingestion.load.package import parsed
from ingestion.load.table_styles import TableStyle, carries_white

_FILLS = tuple(qn(f"a:{kind}") for kind in ("noFill", "solidFill", "gradFill", "blipFill", "pattFill"))
_GROUP = qn("a:grpFill")
_SWITCHES = {
    **{name: name for name in ("firstRow", "lastRow", "firstCol", "lastCol")},
    **{"bandRow": "horizontal", "bandCol": "vertical"},
}
_REGIONS = {
    "wholeTbl": "wholeTable",
    **{f"band{number}H": f"band{number}Horz" for number in (1, 2)},
    **{f"band{number}V": f"band{number}Vert" for number in (1, 2)},
}
_WITHOUT_FILLS = {"{2D5ABB26-0587-4C30-8999-92F81FD0307C}", "{5940675A-B579-460E-94D1-54222C63F5DA}"}  # "No Style, …"
_STYLES = "/tableStyles"


def is_painted(slide: Any) -> bool:
    """True when the slide, its layout or its master paints a ground that white letters can be read on."""
    for sheet in (slide, slide.slide_layout, slide.slide_layout.slide_master):
        ground = sheet._element.find(f"{qn('p:cSld')}/{qn('p:bg')}")
        if ground is None:
            continue
        reference = ground.find(qn("p:bgRef"))
        if reference is not None:
            return _carries_white(reference)
        properties = ground.find(qn("p:bgPr"))
        fill = properties.find(qn("a:solidFill")) if properties is not None else None
        return fill is None or _carries_white(fill)
    return False


def paint_of(shape: Any) -> bool | None:
    """Whether white letters can be read on what a shape paints; None where what lies under it shows through."""
    element = shape._element
    if element.tag == qn("p:pic"):
        return True
    if element.tag == qn("p:graphicFrame"):
        return None if shape.has_table else True  # a chart or a diagram
    if element.tag != qn("p:sp"):
        return None
    fill = fill_of(shape)
    if fill is not None:
        return None if fill.tag == qn("a:noFill") else _fill([fill])
    style = element.find(f"{qn('p:style')}/{qn('a:fillRef')}")
    return True if style is not None and style.get("idx") not in (None, "0") else None


def fill_of(shape: Any) -> Any:
    """The fill a shape names, or that of the placeholder it follows; None where its style decides."""
    fill = own_fill(shape._element)
    while fill is None and (shape := getattr(shape, "_base_placeholder", None)) is not None:
        fill = own_fill(shape._element)
    return fill


def own_fill(element: Any) -> Any:
    """The fill a shape names, or that of the group it takes its fill from; None where its style decides."""
    properties = element.find(qn("p:spPr"))
    while properties is not None:
        fill = next((child for child in properties if child.tag in (*_FILLS, _GROUP)), None)
        if fill is None or fill.tag != _GROUP:
            return fill
        element = element.getparent()
        properties = element.find(qn("p:grpSpPr")) if element is not None else None
    return None


def is_solid(element: Any) -> bool:
    """Nothing shows through the shape (p:sp)."""
    fill = own_fill(element)
    if fill is None:
        fill = element.find(f"{qn('p:style')}/{qn('a:fillRef')}")
        return fill is not None and fill.get("idx") not in (None, "0") and fill.find(f".//{qn('a:alpha')}") is None
    return fill.tag in (qn("a:solidFill"), qn("a:gradFill")) and fill.find(f".//{qn('a:alpha')}") is None


class TableStyles:
    """The table styles of one deck."""

    def __init__(self, part: Any) -> None:
        self._styles: dict[str, dict[str, bool]] = {}
        for relation in part.rels.values():
            if relation.reltype.endswith(_STYLES) and not relation.is_external:
                for style in parsed(relation.target_part.blob).iter(qn("a:tblStyle")):
                    self._styles[style.get("styleId", "").upper()] = dict(_painted_regions(style))

    def of(self, table: Any) -> TableStyle:
        """table: the a:tbl element."""
        properties = table.find(qn("a:tblPr"))
        if properties is None:
            return TableStyle()
        on = frozenset(name for switch, name in _SWITCHES.items() if properties.get(switch) in ("1", "true"))
        named = properties.find(qn("a:tableStyleId"))
        name = (named.text or "").strip().upper() if named is not None else ""
        painted = self._styles.get(name)
        if painted is None:
            # The deck does not bring the style along; the built-in ones paint what they set apart, and nothing else.
            apart = () if not name or name in _WITHOUT_FILLS else ("firstRow", "lastRow", "firstCol", "lastCol")
            painted = dict.fromkeys(apart, True)
        return TableStyle(painted, on)


def cell_is_painted(cell: Any, styled: bool | None, under: Callable[[], bool]) -> bool:
    """Whether white letters can be read in this a:tc. styled: on what the table's style paints. under: below it."""
    properties = cell.find(qn("a:tcPr"))
    own = _fill(properties)
    if own is None:
        return under() if styled is None else styled
    return under() if properties.find(qn("a:noFill")) is not None else own


def _painted_regions(style: Any) -> Iterator[tuple[str, bool]]:
    for region in style:
        cell = region.find(qn("a:tcStyle"))
        if cell is None:
            continue
        reference, fill = cell.find(qn("a:fillRef")), _fill(cell.find(qn("a:fill")))
        if fill is None and reference is not None and reference.get("idx") not in (None, "0"):
            fill = _carries_white(reference)
        if fill is not None and cell.find(f"{qn('a:fill')}/{qn('a:noFill')}") is None:
            name = etree.QName(region).localname
            yield _REGIONS.get(name, name), fill


def _fill(properties: Any) -> bool | None:
    """Whether white can be read on the first fill among these properties; None when there is none."""
    for fill in properties if properties is not None else ():
        if fill.tag in _FILLS:
            return fill.tag != qn("a:noFill") and (fill.tag != qn("a:solidFill") or _carries_white(fill))
    return None


def _carries_white(fill: Any) -> bool:
    """True for a fill darker than white letters. Tints of the theme's colours are too pale from 40% on."""
    color, theme = fill.find(qn("a:srgbClr")), fill.find(qn("a:schemeClr"))
    if color is not None:
        return carries_white(color.get("val") or "")
    if theme is None:
        return True
    if theme.get("val") in ("bg1", "lt1"):
        return _share(theme, "a:lumMod", 100) < 83  # a grey of the background: white is read from here on
    return _share(theme, "a:tint", 100) > 40 and _share(theme, "a:lumOff", 0) < 75


def _share(color: Any, name: str, default: int) -> int:
    """Percent; the file counts in thousandths of one, or writes %."""
    found = color.find(qn(name))
    value = found.get("val", "") if found is not None else ""
    written = re.fullmatch(r"(\d{1,3})(?:\.\d+)?%", value)
    if written is not None:
        return int(written.group(1))
    return int(value) // 1000 if re.fullmatch(r"\d{1,7}", value) else default
