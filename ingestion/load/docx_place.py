"""What Word sets where nobody looks: lines without a height, and frames, tables and boxes beside the page."""

from __future__ import annotations

import re
from typing import Any

from docx.oxml.ns import qn

_FLAT_LINE, _FLAT_ROW = 20, 30  # twips: a point, a point and a half
_EMU = 635  # a twip
_LENGTH = re.compile(r"(?:^|;)\s*margin-(left|top)\s*:\s*(-\d+(?:\.\d+)?)(pt|in|cm|mm|px)")
_POINTS = {"pt": 1.0, "in": 72.0, "cm": 28.35, "mm": 2.835, "px": 0.75}


class Page:
    """The largest page of the document, in twips: what begins farther outside than one such page is on none."""

    def __init__(self, body: Any) -> None:
        sizes = [(_whole(size, "w:w"), _whole(size, "w:h")) for size in body.iter(qn("w:pgSz"))]
        self._wide = max((wide for wide, _ in sizes if wide), default=11906)
        self._high = max((high for _, high in sizes if high), default=16838)

    def loses_paragraph(self, paragraph: Any) -> bool:
        """True for a paragraph (w:p) that is not seen."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return False
        spacing, frame, indent = (properties.find(qn(f"w:{name}")) for name in ("spacing", "framePr", "ind"))
        exact = spacing is not None and spacing.get(qn("w:lineRule")) == "exact"
        if exact and 0 < (_whole(spacing, "w:line") or 0) <= _FLAT_LINE:
            return True
        if frame is not None and self._is_off(_whole(frame, "w:x"), _whole(frame, "w:y")):
            return True
        if indent is None:
            return False
        left = _whole(indent, "w:left") or _whole(indent, "w:start") or 0
        return abs(left) >= self._wide or abs(_whole(indent, "w:firstLine") or 0) >= self._wide

    def loses_table(self, table: Any) -> bool:
        """True for a table (w:tbl) beside the page."""
        properties = table.find(qn("w:tblPr"))
        if properties is None:
            return False
        place, indent = properties.find(qn("w:tblpPr")), properties.find(qn("w:tblInd"))
        if place is not None and self._is_off(_whole(place, "w:tblpX"), _whole(place, "w:tblpY")):
            return True
        return indent is not None and abs(_whole(indent, "w:w") or 0) >= self._wide

    def loses_drawing(self, parent: Any) -> bool:
        """True for an anchor or a shape of VML beside the page, with all that it holds."""
        if parent.tag == qn("wp:anchor"):
            extent = parent.find(qn("wp:extent"))
            for axis, size, page in (("positionH", "cx", self._wide), ("positionV", "cy", self._high)):
                offset = parent.find(f"{qn(f'wp:{axis}')}/{qn('wp:posOffset')}")
                at = _number(offset.text) if offset is not None else None
                own = (_number(extent.get(size)) if extent is not None else 0) or 0
                if at is not None and (at + own <= -page * _EMU or at >= page * _EMU):
                    return True
            return False
        found = _LENGTH.findall(parent.get("style") or "")
        return any(
            -float(value) * _POINTS[unit] * 20 >= (self._wide if name == "left" else self._high)
            for name, value, unit in found
        )

    def _is_off(self, across: int | None, down: int | None) -> bool:
        return abs(across or 0) >= self._wide or abs(down or 0) >= self._high


def is_flat(row_properties: Any) -> bool:
    """True for a table row (its w:trPr) without a height."""
    height = row_properties.find(qn("w:trHeight"))
    if height is None or height.get(qn("w:hRule")) != "exact":
        return False
    return 0 < (_whole(height, "w:val") or 0) <= _FLAT_ROW


def _whole(element: Any, name: str) -> int | None:
    return _number(element.get(qn(name)))


def _number(value: str | None) -> int | None:
    return int(value) if value is not None and re.fullmatch(r"-?\d{1,12}", value.strip()) else None
