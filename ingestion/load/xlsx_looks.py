"""What the styles of a workbook make of its values: their text, and which letters people can see and still hold good.

A cell may be written in runs of different fonts: an old fee struck through, the new one beside it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from openpyxl.cell.rich_text import TextBlock
from openpyxl.styles.numbers import builtin_format_code

from ingestion.load.table_styles import carries_white
from ingestion.load.xlsx_conditions import Conditions
from ingestion.load.xlsx_values import CHINESE_BUILTIN, shown
from ingestion.notes import raised

_SMALLEST = 2.0  # points
_PALE_TINT = 0.75
_WHITE_THEME, _WHITE_INDEXED = 0, (1, 9)


class Looks:
    """What each cell style of a workbook makes of a value: its text, and whether people can see it."""

    def __init__(self, book: Any) -> None:
        self._styles = book._cell_styles
        self._fonts, self._fills, self._formats = book._fonts, book._fills, book._number_formats
        self._alignments, self._differences = book._alignments, book._differential_styles.styles
        self._epoch = book.epoch
        self._codes: dict[int, str] = {}
        self._fates: dict[int, str] = {}
        self._strong: dict[int, bool] = {}

    def text(self, value: object, style: int) -> str:
        if style not in self._codes:
            self._codes[style] = self._code(style)
        return shown(value, self._codes[style], self._epoch)

    def runs(self, value: object, style: int) -> list[tuple[str, str]]:
        """The text of a cell in pieces of one look, each with the code that leaves it out, "" where it is shown.

        A run with a font of its own takes nothing from the cell's but the ground.
        """
        if style not in self._fates:
            self._fates[style] = self._fate(self._fonts[self._styles[style].fontId], style)
        if not isinstance(value, list | tuple):
            return [(str(value), self._fates[style])]
        runs: list[tuple[str, str]] = []
        for run in value:
            if isinstance(run, TextBlock):
                before = runs[-1][0] if runs else ""
                text = raised(run.text, before) if run.font.vertAlign == "superscript" else run.text
                runs.append((text, self._fate(run.font, style)))
            else:
                runs.append((str(run), self._fates[style]))
        return runs

    def conditions(self, formats: Sequence[Any]) -> Conditions:
        """formats: openpyxl's ConditionalFormatting of one sheet."""
        return Conditions(formats, self._differences, _is_white)

    def is_painted(self, style: int) -> bool:
        """White letters can be read on its ground."""
        fill = self._fills[self._styles[style].fillId]
        ground = fill.fgColor if getattr(fill, "patternType", "gradient") == "solid" else None
        return self._is_painted(style) and not (ground is not None and _is_pale(ground))

    def is_strong(self, style: int) -> bool:
        """Bold letters, or a ground of their own: what people mark headings with."""
        if style not in self._strong:
            look = self._styles[style]
            self._strong[style] = bool(self._fonts[look.fontId].b) or self._is_painted(style)
        return self._strong[style]

    def is_spread(self, style: int) -> bool:
        """Centred over the empty cells beside it, which looks like a merge."""
        return bool(self._alignments[self._styles[style].alignmentId].horizontal == "centerContinuous")

    def _code(self, style: int) -> str:
        number = self._styles[style].numFmtId
        if number in CHINESE_BUILTIN:
            return CHINESE_BUILTIN[number]
        if number >= 164:
            return str(self._formats[number - 164]) if number - 164 < len(self._formats) else "General"
        return builtin_format_code(number) or "General"

    def _fate(self, font: Any, style: int) -> str:
        """Letters too small or in a colour that the ground does not show are hidden; struck ones are deleted."""
        tiny = font.sz is not None and font.sz <= _SMALLEST
        if tiny or self._is_lost(font.color, style):
            return "hidden_text"
        return "tracked_deletion" if font.strike else ""

    def _is_lost(self, color: Any, style: int) -> bool:
        fill = self._fills[self._styles[style].fillId]
        ground = fill.fgColor if getattr(fill, "patternType", "gradient") == "solid" else None
        if _is_white(color):
            return not self.is_painted(style)
        return color is not None and ground is not None and _said(color) == _said(ground) != ()

    def _is_painted(self, style: int) -> bool:
        fill = self._fills[self._styles[style].fillId]
        pattern = getattr(fill, "patternType", "gradient")
        return pattern not in (None, "none") and not (pattern == "solid" and _is_white(fill.fgColor))


def _is_white(color: Any) -> bool:
    if color is None:
        return False
    if color.type == "rgb":
        return bool(re.fullmatch(r"(?:[0-9A-F]{2})?(?:F[5-9A-F]){3}", str(color.rgb).upper()))
    if color.type == "theme":
        return color.theme == _WHITE_THEME and (color.tint or 0.0) > -0.05
    return color.type == "indexed" and color.indexed in _WHITE_INDEXED


def _is_pale(color: Any) -> bool:
    """White letters are not seen on it. Of a theme's colours only the tint is known, in Excel's steps of a fifth."""
    if color.type == "rgb":
        return not carries_white(str(color.rgb)[-6:])
    tint = color.tint or 0.0
    if color.type == "theme":
        white = round(255 * (1 + tint)) if color.theme == _WHITE_THEME and tint <= 0 else 0
        return not carries_white(f"{white:02x}" * 3) if white else tint >= _PALE_TINT
    return False


def _said(color: Any) -> tuple[object, ...]:
    """What tells two colours of the same kind apart; nothing where the kind is not known."""
    match color.type:
        case "rgb":
            return ("rgb", str(color.rgb)[-6:].upper())
        case "theme":
            return ("theme", color.theme, color.tint or 0.0)
        case "indexed":
            return ("indexed", color.indexed)
    return ()
