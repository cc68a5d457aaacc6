"""XLSX: every visible sheet as a section, its tables with the values as displayed (cached results, never formulas).

Hidden sheets, rows, columns and letters, and comments stay out and are reported.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
from lxml import etree
from openpyxl.styles.numbers import builtin_format_code
from openpyxl.utils.exceptions import InvalidFileException

from app.knowledge.preparing import Notice
from ingestion.blocks import Block, Heading, LeftOut, Loaded
from ingestion.failures import failure
from ingestion.load.package import refuse_bad_package, texts_of_parts
from ingestion.load.xlsx_sheet import Sheet, read_sheet
from ingestion.load.xlsx_tables import blocks_of
from ingestion.load.xlsx_values import CHINESE_BUILTIN, shown

_COMMENTS = re.compile(r"xl/(?:comments\d*|threadedComments/threadedComment\d*|comments/comment\d*)\.xml")
_UNNAMED = re.compile(r"(?:Sheet|工作表|表)\s*\d*", re.IGNORECASE)
_SMALLEST = 2.0  # points
_WHITE_THEME, _WHITE_INDEXED = 0, (1, 9)


def load(content: bytes) -> Loaded:
    refuse_bad_package(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl tells of extensions it does not know
        try:
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            return _read(book, content)
        except (KeyError, ValueError, IndexError, TypeError, AttributeError, zipfile.BadZipFile, etree.LxmlError):
            raise failure("corrupt") from None
        except (InvalidFileException, SyntaxError):  # the standard library's XML error is a SyntaxError
            raise failure("corrupt") from None


def _read(book: Any, content: bytes) -> Loaded:
    looks = Looks(book)
    left_out: list[LeftOut] = []
    parts: list[tuple[str, list[Block]]] = []
    uncached = errors = 0
    for sheet in book.worksheets:
        read = read_sheet(sheet, looks)
        if sheet.sheet_state != "visible":
            texts = "\n".join(_rows(read))
            left_out.append(LeftOut("hidden_sheet", texts or sheet.title, section=sheet.title))
            continue
        left_out += [LeftOut(item.code, item.text, item.page, sheet.title) for item in read.left_out]
        uncached += read.uncached
        errors += read.errors
        blocks = list(blocks_of(read))
        if blocks:
            parts.append((sheet.title, blocks))
    comments = dict.fromkeys(texts_of_parts(content, _COMMENTS, ("text",)))
    left_out += [LeftOut("comment_left_out", text) for text in comments]
    notices = []
    if uncached:
        title = f"有 {uncached} 个公式单元格没有保存结果，未收录；请用电子表格软件打开并保存后重新上传。"
        notices.append(Notice("formula_without_value", title))
    if errors:
        notices.append(Notice("formula_error", f"有 {errors} 个单元格显示为错误值（如 #REF!），未收录，请核对。"))
    title = book.properties.title or ""
    return Loaded(
        tuple(_joined(parts)),
        title=title.strip(),
        warnings=tuple(notices),
        left_out=tuple(left_out),
        in_parts=len(parts) > 1,
    )


def _joined(parts: list[tuple[str, list[Block]]]) -> Iterator[Block]:
    """The only sheet speaks for the whole file: its own first title is the document's, a bare "Sheet1" says nothing."""
    for name, blocks in parts:
        if len(parts) > 1 or not (_UNNAMED.fullmatch(name) or isinstance(blocks[0], Heading)):
            yield Heading(name, 1)
        yield from blocks


def _rows(sheet: Sheet) -> list[str]:
    rows: dict[int, list[str]] = {}
    for (down, _), text in sorted(sheet.cells.items()):
        rows.setdefault(down, []).append(text)
    return [" ".join(texts) for texts in rows.values()]


class Looks:
    """What each cell style of a workbook makes of a value: its text, and whether people can see it."""

    def __init__(self, book: Any) -> None:
        self._styles = book._cell_styles
        self._fonts, self._fills, self._formats = book._fonts, book._fills, book._number_formats
        self._epoch = book.epoch
        self._codes: dict[int, str] = {}
        self._unseen: dict[int, bool] = {}
        self._strong: dict[int, bool] = {}

    def text(self, value: object, style: int) -> str:
        if style not in self._codes:
            self._codes[style] = self._code(style)
        return shown(value, self._codes[style], self._epoch)

    def hides(self, style: int) -> bool:
        """White letters on no ground, or letters too small to read."""
        if style not in self._unseen:
            self._unseen[style] = self._is_unseen(style)
        return self._unseen[style]

    def is_strong(self, style: int) -> bool:
        """Bold letters, or a ground of their own: what people mark headings with."""
        if style not in self._strong:
            look = self._styles[style]
            self._strong[style] = bool(self._fonts[look.fontId].b) or self._is_painted(style)
        return self._strong[style]

    def _code(self, style: int) -> str:
        number = self._styles[style].numFmtId
        if number in CHINESE_BUILTIN:
            return CHINESE_BUILTIN[number]
        if number >= 164:
            return str(self._formats[number - 164]) if number - 164 < len(self._formats) else "General"
        return builtin_format_code(number) or "General"

    def _is_unseen(self, style: int) -> bool:
        font = self._fonts[self._styles[style].fontId]
        if font.sz is not None and font.sz <= _SMALLEST:
            return True
        return _is_white(font.color) and not self._is_painted(style)

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
