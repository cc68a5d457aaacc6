"""What the styles of a workbook make of its values: their text, and which letters people can see and still hold good.

A cell may be written in runs of different fonts: an old fee struck through, the new one beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openpyxl.cell.rich_text import TextBlock
from openpyxl.styles.numbers import builtin_format_code

from ingestion.load.symbol_fonts import as_signs, is_symbol_font
from ingestion.load.xlsx_codes import sections_of
from ingestion.load.xlsx_colors import WHITE, Colors, is_like, is_lost
from ingestion.load.xlsx_conditions import Conditions
from ingestion.load.xlsx_values import CHINESE_BUILTIN, colour_of, shown, unescaped
from ingestion.notes import raised

_SMALLEST = 2.0  # points


class Looks:
    """What each cell style of a workbook makes of a value: its text, and whether people can see it."""

    def __init__(self, book: Any) -> None:
        self._styles = book._cell_styles
        self._fonts, self._fills, self._formats = book._fonts, book._fills, book._number_formats
        self._alignments, self._differences = book._alignments, book._differential_styles.styles
        self._epoch = book.epoch
        self._colors = Colors(book)
        self._codes: dict[int, tuple[str, bool]] = {}
        self._fates: dict[tuple[int, str], str] = {}
        self._grounds: dict[int, tuple[str, ...]] = {}
        self._symbols: dict[int, str] = {}
        self._plain: dict[int, str] = {}  # the fate of most styles: no symbols, no colour by format
        self._strong: dict[int, bool] = {}

    def text(self, value: object, style: int) -> str:
        """Texts are those of `runs`, which are in Unicode already."""
        text = shown(value, self._code(style)[0], self._epoch)
        font = self._symbol_font(style)
        return as_signs(text, font) if font and not isinstance(value, str) else text

    def runs(self, value: object, style: int) -> list[tuple[str, str]]:
        """The text of a cell in pieces of one look, each with the code that leaves it out, "" where it is shown.

        A run with a font of its own takes nothing from the cell's but the ground.
        """
        if style in self._plain and not isinstance(value, list | tuple):
            return [(unescaped(str(value)), self._plain[style])]
        font = self._symbol_font(style)
        if not isinstance(value, list | tuple):
            if not font and not self._code(style)[1]:
                self._plain[style] = self._fate_of(value, style)
            said = unescaped(value) if isinstance(value, str) else str(value)
            return [(as_signs(said, font) if font else said, self._fate_of(value, style))]
        runs: list[tuple[str, str]] = []
        for run in value:
            text = unescaped(str(run))
            if isinstance(run, TextBlock):
                text = as_signs(text, run.font.rFont) if is_symbol_font(run.font.rFont) else text
                before = runs[-1][0] if runs else ""
                text = raised(text, before) if run.font.vertAlign == "superscript" else text
                runs.append((text, self._fate(run.font, style)))
            else:
                runs.append((as_signs(text, font) if font else text, self._fate_of(text, style)))
        return runs

    def conditions(self, formats: Sequence[Any]) -> Conditions:
        """formats: openpyxl's ConditionalFormatting of one sheet."""
        return Conditions(formats, self._differences, self._colors.is_white)

    def is_painted(self, style: int) -> bool:
        """White letters can be read on its ground."""
        return not is_lost(WHITE, self._ground(style))

    def is_strong(self, style: int) -> bool:
        """Bold letters, or a ground of their own: what people mark headings with."""
        if style not in self._strong:
            look = self._styles[style]
            self._strong[style] = bool(self._fonts[look.fontId].b) or self._is_set_apart(style)
        return self._strong[style]

    def is_spread(self, style: int) -> bool:
        """Centred over the empty cells beside it, which looks like a merge."""
        return bool(self._alignments[self._styles[style].alignmentId].horizontal == "centerContinuous")

    def _code(self, style: int) -> tuple[str, bool]:
        """The number format, and whether it gives its values a colour."""
        if style not in self._codes:
            code = self._format(self._styles[style].numFmtId)
            self._codes[style] = code, any(section.colour for section in sections_of(code))
        return self._codes[style]

    def _format(self, number: int) -> str:
        if number in CHINESE_BUILTIN:
            return CHINESE_BUILTIN[number]
        if number >= 164:
            return str(self._formats[number - 164]) if number - 164 < len(self._formats) else "General"
        return builtin_format_code(number) or "General"

    def _symbol_font(self, style: int) -> str:
        """The name of the cell's font where that prints signs for letters, else ""."""
        if style not in self._symbols:
            name = self._fonts[self._styles[style].fontId].name
            self._symbols[style] = name if is_symbol_font(name) else ""
        return self._symbols[style]

    def _fate_of(self, value: object, style: int) -> str:
        """What becomes of letters in the cell's own font; a colour of the number format beats that of the font."""
        code, coloured = self._code(style)
        key = style, colour_of(value, code) if coloured else ""
        if key not in self._fates:
            self._fates[key] = self._fate(self._fonts[self._styles[style].fontId], *key)
        return self._fates[key]

    def _fate(self, font: Any, style: int, colour: str = "") -> str:
        """Letters too small or in a colour that the ground does not show are hidden; struck ones are deleted."""
        tiny = font.sz is not None and font.sz <= _SMALLEST
        if tiny or is_lost(colour or self._colors.letters(font.color), self._ground(style)):
            return "hidden_text"
        return "tracked_deletion" if font.strike else ""

    def _ground(self, style: int) -> tuple[str, ...]:
        if style not in self._grounds:
            self._grounds[style] = self._colors.grounds(self._fills[self._styles[style].fillId])
        return self._grounds[style]

    def _is_set_apart(self, style: int) -> bool:
        return not all(is_like(ground, WHITE) for ground in self._ground(style) or ("",))
