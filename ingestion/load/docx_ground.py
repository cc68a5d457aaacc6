"""What Word paints behind letters: shadings of cells, paragraphs and runs, those of table styles, boxes, the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.css_color import rgb
from ingestion.load.docx_color import PAPER, UNKNOWN, Theme, mixed, transparency
from ingestion.load.table_styles import TableStyle

# Bits of w:tblLook in files that do not spell its switches out; bands are told by what is off.
_SWITCHES = {"firstRow": 0x20, "lastRow": 0x40, "firstColumn": 0x80, "lastColumn": 0x100}
_BANDS = {"horizontal": ("noHBand", 0x200), "vertical": ("noVBand", 0x400)}
_USUAL_LOOK = 0x04A0  # header row, first column, horizontal bands
_DRAWING = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_SHAPE = "{http://schemas.microsoft.com/office/word/2010/wordprocessingShape}"
_GROUPS = {
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingGroup}wgp",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingCanvas}wpc",
}
_FILLS = {f"{_DRAWING}{name}" for name in ("solidFill", "gradFill", "blipFill", "pattFill", "grpFill", "noFill")}
_VML = "{urn:schemas-microsoft-com:vml}"
_OFF = ("f", "false", "0")


@dataclass(frozen=True, slots=True)
class TableLook(TableStyle):
    """grounds, letters: for each region the style says something of, its colour and its w:rPr."""

    grounds: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, Any] = field(default_factory=dict)

    def ground(self, row: int, rows: int, column: int, columns: int) -> str | None:
        """The colour that counts at this place; None when the style gives it none."""
        regions = self._regions(row, rows, column, columns) if self.grounds else ()
        return next((self.grounds[region] for region in regions if region in self.grounds), None)

    def letters_at(self, row: int, rows: int, column: int, columns: int) -> list[Any]:
        """The w:rPr that count at this place, the strongest first."""
        regions = self._regions(row, rows, column, columns) if self.letters else ()
        return [self.letters[region] for region in regions if region in self.letters]


def shade(properties: Any, theme: Theme) -> str | None:
    """The colour of its w:shd; None where that paints nothing."""
    found = properties.find(qn("w:shd")) if properties is not None else None
    if found is None:
        return None
    pattern = found.get(qn("w:val")) or "clear"
    share = 100 if pattern == "solid" else int(pattern[3:]) if re.fullmatch(r"pct\d{1,3}", pattern) else 0
    fill = theme.of(found, "fill", "themeFill", "themeFill")
    if not share and not fill:
        return UNKNOWN if found.get(qn("w:themeFill")) else None  # of a theme that the file does not hold
    return mixed(theme.of(found, "color") or "000000", fill or PAPER, min(share, 100))


def page_ground(document: Any, settings: Any, theme: Theme) -> str:
    """The colour of the page, which Word paints only where the settings say so."""
    background = document.find(qn("w:background"))
    shown = settings.find(qn("w:displayBackgroundShape")) if settings is not None else None
    if background is None or shown is None or shown.get(qn("w:val"), "1") in ("0", "false", "off"):
        return PAPER
    if len(background):
        return UNKNOWN  # a picture or a pattern
    return theme.of(background, "color") or PAPER


def box_ground(box: Any, theme: Theme) -> str | None:
    """The colour a text box (w:txbxContent) is filled with; None where what lies under it shows through."""
    for parent in box.iterancestors():
        if parent.tag == f"{_SHAPE}wsp":
            return _shape_ground(parent, theme)
        if parent.tag in (qn("w:p"), qn("w:pict")):
            return None
        if parent.tag.startswith(_VML) and parent.tag != f"{_VML}textbox":
            return _vml_ground(parent)
    return None


def table_look(table: Any, styles: Mapping[str, Any], headers: int, theme: Theme) -> TableLook:
    """styles: the w:style elements by name. headers: leading rows marked as such; all of them look like the first."""
    properties = table.find(qn("w:tblPr"))
    grounds: dict[str, str] = {}
    letters: dict[str, Any] = {}
    band = 1
    for style in _chain(properties, styles):
        band = _whole(style.find(f"{qn('w:tblPr')}/{qn('w:tblStyleRowBandSize')}")) or band
        for region in (style, *style.iterchildren(qn("w:tblStylePr"))):
            name = region.get(qn("w:type")) if region is not style else "wholeTable"
            cell, run = region.find(qn("w:tcPr")), region.find(qn("w:rPr"))
            if cell is not None and cell.find(qn("w:shd")) is not None:
                ground = shade(cell, theme)
                grounds[name] = PAPER if ground is None else ground
            if run is not None:
                letters[name] = run
    look = properties.find(qn("w:tblLook")) if properties is not None else None
    return TableLook({}, _switched_on(look), max(1, headers), band, grounds, letters)


def _shape_ground(shape: Any, theme: Theme) -> str | None:
    properties = shape.find(f"{_SHAPE}spPr")
    fill = next((one for one in properties if one.tag in _FILLS), None) if properties is not None else None
    if fill is None:
        fill = shape.find(f"{_SHAPE}style/{_DRAWING}fillRef")
        fill = None if fill is None or fill.get("idx", "0") == "0" else fill
    if fill is not None and fill.tag in (f"{_DRAWING}solidFill", f"{_DRAWING}fillRef"):
        if not 0 <= transparency(fill) < 0.5:
            return theme.drawn(fill)
    elif fill is not None and fill.tag != f"{_DRAWING}noFill":
        return UNKNOWN
    # In a group the colour often is a shape of its own, which lies under the letters.
    group = next((parent for parent in shape.iterancestors() if parent.tag in _GROUPS), None)
    return None if group is None or _is_bare(group) else UNKNOWN


def _is_bare(group: Any) -> bool:
    """True for a group in which nothing is filled."""
    fills = (f"{_DRAWING}solidFill", f"{_DRAWING}gradFill", f"{_DRAWING}blipFill", qn("pic:pic"))
    kinds = (qn("pic:spPr"), f"{_SHAPE}spPr", qn("pic:pic"))
    return not any(one.getparent().tag in kinds or one.tag == kinds[-1] for one in group.iter(*fills))


def _vml_ground(shape: Any) -> str | None:
    fill = shape.find(f"{_VML}fill")
    if shape.get("filled") in _OFF or (fill is not None and fill.get("on") in _OFF):
        return None
    if fill is not None and fill.get("type", "solid") != "solid":
        return UNKNOWN
    color = rgb([*(shape.get("fillcolor") or "").lower().split(), "white"][0])
    return UNKNOWN if color is None else f"{color.red:02x}{color.green:02x}{color.blue:02x}"


def _chain(properties: Any, styles: Mapping[str, Any]) -> list[Any]:
    """The table's style and those it is based on, the outermost base first."""
    chain: list[Any] = []
    named = properties.find(qn("w:tblStyle")) if properties is not None else None
    while named is not None and (style := styles.get(named.get(qn("w:val")))) is not None and style not in chain:
        chain.append(style)
        named = style.find(qn("w:basedOn"))
    return chain[::-1]


def _switched_on(look: Any) -> frozenset[str]:
    value = look.get(qn("w:val")) if look is not None else None
    bits = (
        int(value, 16) if value and re.fullmatch(r"[0-9a-fA-F]{1,8}", value) else 0 if look is not None else _USUAL_LOOK
    )

    def says(name: str, bit: int) -> bool:
        spelled = look.get(qn(f"w:{name}")) if look is not None else None
        return bool(bits & bit) if spelled is None else spelled in ("1", "true", "on")

    on = {name.replace("Column", "Col") for name, bit in _SWITCHES.items() if says(name, bit)}
    return frozenset(on | {name for name, (off, bit) in _BANDS.items() if not says(off, bit)})


def _whole(element: Any) -> int:
    value = element.get(qn("w:val"), "") if element is not None else ""
    return int(value) if value.isdigit() else 0
