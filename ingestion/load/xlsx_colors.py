"""The colours of a workbook as RGB, what a cell's fill paints, and which letters nobody sees on it.

Excel draws letters without a colour black, on a black ground as well.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from ingestion.load.package import parsed
from ingestion.load.table_styles import carries_white

BLACK, WHITE = "000000", "FFFFFF"
_ALIKE = 13  # of 255, in every channel: the palest grey Excel offers, on white
_SYSTEM = {64: BLACK, 65: WHITE}  # indexed: the colours of letters and of the window
_OFFICE = (WHITE, BLACK, "EEECE1", "1F497D", "4F81BD", "C0504D", "9BBB59", "8064A2", "4BACC6", "F79646")
_LINKS = ("0000FF", "800080")
_SCHEME = ("lt1", "dk1", "lt2", "dk2", *(f"accent{number}" for number in range(1, 7)), "hlink", "folHlink")
_HEX = re.compile(r"[0-9A-Fa-f]{6}")
_MAIN = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_THIN = {"gray0625": 0.0625, "gray125": 0.125, "darkGray": 0.75}  # the share of a cell that a pattern covers
_COVERED = {"light": 0.25, "dark": 0.5}


class Colors:
    """Resolves the colours of one workbook; "" for what is not understood, which then hides nothing."""

    def __init__(self, book: Any) -> None:
        self._theme = _theme(book.loaded_theme)
        self._indexed = book._colors

    def rgb(self, color: Any) -> str:
        """RRGGBB of an openpyxl colour."""
        value = ""
        if color is None:
            return value
        if color.type == "rgb":
            value = str(color.rgb)[-6:].upper()
        elif color.type == "theme" and 0 <= color.theme < len(self._theme):
            value = self._theme[color.theme]
        elif color.type == "indexed":
            known = color.indexed < len(self._indexed)
            value = _SYSTEM.get(color.indexed) or (str(self._indexed[color.indexed])[-6:].upper() if known else "")
        return _tinted(value, color.tint or 0.0) if value else value

    def letters(self, color: Any) -> str:
        return BLACK if color is None or color.type == "auto" else self.rgb(color)

    def grounds(self, fill: Any) -> tuple[str, ...]:
        """What lies behind the letters, several colours for a gradient; empty where that is not understood."""
        if hasattr(fill, "stop"):
            return tuple(filter(None, (self.rgb(stop.color) for stop in fill.stop)))
        pattern = fill.patternType
        if pattern in (None, "none"):
            return (WHITE,)
        front = self.rgb(fill.fgColor)
        if pattern == "solid":
            return (front,) if front else ()
        return (_mixed(front, self.rgb(fill.bgColor), pattern),) if front else ()

    def is_white(self, color: Any) -> bool:
        return color is not None and is_like(self.rgb(color), WHITE)


def is_lost(letters: str, grounds: Sequence[str]) -> bool:
    """Whether nobody reads letters of this colour on any of these grounds (RRGGBB)."""
    return bool(letters and grounds) and all(
        is_like(letters, ground) or (is_like(letters, WHITE) and not carries_white(ground)) for ground in grounds
    )


def is_like(one: str, other: str) -> bool:
    """No eye tells the two apart (RRGGBB)."""
    return bool(one and other) and all(
        abs(a - b) <= _ALIKE for a, b in zip(_channels(one), _channels(other), strict=True)
    )


def _channels(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (0, 2, 4)]


def _theme(stored: bytes | None) -> Sequence[str]:
    try:
        scheme = next(parsed(stored).iter(f"{_MAIN}clrScheme"), None) if stored else None
    except etree.LxmlError:
        scheme = None
    if scheme is None:
        return (*_OFFICE, *_LINKS)
    colors = (next(iter(scheme.iterfind(f"{_MAIN}{name}/*")), None) for name in _SCHEME)
    found = ((color.get("lastClr") or color.get("val") or "") if color is not None else "" for color in colors)
    return [color.upper() if _HEX.fullmatch(color) else "" for color in found]


def _tinted(color: str, tint: float) -> str:
    """ECMA-376 part 1, 18.8.19: lighter above 0, darker below."""
    if not tint:
        return color
    hue, light, full = colorsys.rgb_to_hls(*(channel / 255 for channel in _channels(color)))
    light = light * (1 + tint) if tint < 0 else light * (1 - tint) + tint
    return "".join(f"{round(255 * part):02X}" for part in colorsys.hls_to_rgb(hue, min(1.0, max(0.0, light)), full))


def _mixed(front: str, back: str, pattern: str) -> str:
    """What a pattern of dots or lines looks like from afar."""
    share = _THIN.get(pattern) or next((part for kind, part in _COVERED.items() if pattern.startswith(kind)), 0.5)
    pairs = zip(_channels(front), _channels(back or WHITE), strict=True)
    return "".join(f"{round(one * share + other * (1 - share)):02X}" for one, other in pairs)
