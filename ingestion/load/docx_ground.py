"""What Word paints behind letters: shadings of cells, paragraphs and runs, and those of table styles."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docx.oxml.ns import qn

from ingestion.load.table_styles import TableStyle, carries_white

# Bits of w:tblLook in files that do not spell its switches out; bands are told by what is off.
_SWITCHES = {"firstRow": 0x20, "lastRow": 0x40, "firstColumn": 0x80, "lastColumn": 0x100}
_BANDS = {"horizontal": ("noHBand", 0x200), "vertical": ("noVBand", 0x400)}
_USUAL_LOOK = 0x04A0  # header row, first column, horizontal bands


def is_painted(properties: Any) -> bool:
    """True for a w:shd that white letters can be read on."""
    shade = properties.find(qn("w:shd")) if properties is not None else None
    if shade is None:
        return False
    pattern = shade.get(qn("w:val")) or "clear"
    share = 100 if pattern == "solid" else int(pattern[3:]) if re.fullmatch(r"pct\d{1,3}", pattern) else 0
    fill = _color(shade, "fill", "ffffff", share < 100)
    return carries_white(_mixed(_color(shade, "color", "000000", share > 0), fill, min(share, 100)))


def table_style(table: Any, styles: Mapping[str, Any], headers: int) -> TableStyle:
    """styles: the w:style elements by name. headers: leading rows marked as such; all of them look like the first."""
    properties = table.find(qn("w:tblPr"))
    painted: dict[str, bool] = {}
    band = 1
    for style in _chain(properties, styles):
        band = _whole(style.find(f"{qn('w:tblPr')}/{qn('w:tblStyleRowBandSize')}")) or band
        for region in (style, *style.iterchildren(qn("w:tblStylePr"))):
            cell = region.find(qn("w:tcPr"))
            if cell is not None and cell.find(qn("w:shd")) is not None:
                painted[region.get(qn("w:type")) if region is not style else "wholeTable"] = is_painted(cell)
    look = properties.find(qn("w:tblLook")) if properties is not None else None
    return TableStyle(painted, _switched_on(look), max(1, headers), band)


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


def _color(shade: Any, name: str, automatic: str, counts: bool) -> str:
    """The colour Word worked out; where it only names one of the theme, white for the theme's backgrounds."""
    value = (shade.get(qn(f"w:{name}")) or "auto").lower()
    if re.fullmatch(r"[0-9a-f]{6}", value):
        return value
    theme = shade.get(qn(f"w:theme{name.capitalize()}")) if counts else None
    if theme is None:
        return automatic
    return "ffffff" if theme in ("background1", "light1", "background2", "light2") else "404040"


def _mixed(color: str, ground: str, share: int) -> str:
    """share: percent of the colour over the ground."""
    pairs = ((int(color[at : at + 2], 16), int(ground[at : at + 2], 16)) for at in (0, 2, 4))
    return "".join(f"{(over * share + under * (100 - share)) // 100:02x}" for over, under in pairs)


def _whole(element: Any) -> int:
    value = element.get(qn("w:val"), "") if element is not None else ""
    return int(value) if value.isdigit() else 0
