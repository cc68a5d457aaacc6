"""One PDF page as pdfium sees it: letters in lines with their places, and the ruled lines of its tables.

Coordinates are PDF points from the lower left corner; y grows upwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ctypes import c_double, c_float, c_int, c_ushort
from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from statistics import median_high
from typing import Any

import pypdfium2.raw as pdfium

_SMALLEST = 2.0  # points: letters this low are not meant to be read
_THIN = 2.5
_SEGMENT_GAP = 1.4  # in letter heights: further apart means another column
_SPACE_GAP = 0.18
_WORD_GAP = 0.75  # the gap that separates words between Chinese letters
_FULL_WIDTH = 0x2E80  # from here on letters are as wide as they are high
_BLANK = {0xA0, 0xAD, 0x3000, 0xFEFF, 0xFFFE, 0xFFFF, *range(0x200B, 0x2010)}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, or a word whose letters stand evenly side by side."""

    sign: str
    left: float
    bottom: float
    right: float
    top: float

    @property
    def height(self) -> float:
        return self.top - self.bottom

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Segment:
    """Letters of one line without a wide gap between them."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Line:
    """size: the usual letter height."""

    segments: tuple[Segment, ...]
    bottom: float
    top: float
    size: float
    page: int

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def left(self) -> float:
        return self.segments[0].left

    @property
    def right(self) -> float:
        return self.segments[-1].right


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line. at: its y (horizontal) or x (vertical); start and end along the other axis."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Page:
    number: int
    height: float
    letters: tuple[Letter, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]


def read(page: Any, number: int) -> Page:
    """page: a pypdfium2 PdfPage; number: 1-based."""
    horizontal, vertical = _rules(page.raw)
    text_page = page.get_textpage()
    try:
        letters = tuple(_letters(text_page.raw, one_by_one=bool(vertical)))  # cells may cut a word
    finally:
        text_page.close()
    return Page(number, page.get_height(), letters, tuple(horizontal), tuple(vertical))


def _letters(text_page: Any, *, one_by_one: bool) -> Iterator[Letter]:
    """Words whose letters stand evenly side by side come as one, unless one_by_one; odd ones letter by letter."""
    letters = _Letters(text_page)
    last: Letter | None = None
    for start, text in letters.words():
        whole = None if one_by_one else letters.whole(start, text)
        for letter in [whole] if whole else letters.single(start, text):
            if last is None or not _struck_twice(last, letter):
                last = letter
                yield letter


class _Letters:
    """Sizes come from the font and its matrix, not from the ink: 一 and — are as large as their neighbours."""

    def __init__(self, text_page: Any) -> None:
        self._page = text_page
        self._count = pdfium.FPDFText_CountChars(text_page)
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x, self._y = c_double(), c_double()

    def words(self) -> Iterator[tuple[int, str]]:
        """(index of the first letter, text without any blank)."""
        codes = self._codes()
        start, text = 0, ""
        for index, code in enumerate(codes):
            if code <= 0x20 or code in _BLANK or 0xD800 <= code <= 0xDFFF:
                if text:
                    yield start, text
                text = ""
            else:
                if not text:
                    start = index
                text += chr(code)
        if text:
            yield start, text

    def whole(self, start: int, text: str) -> Letter | None:
        """The word as one piece, when its ends show that nothing unusual lies between them."""
        if len(text) == 1:
            return None
        first, last = self._letter(start, text[0]), self._letter(start + len(text) - 1, text[-1])
        if first is None or last is None or abs(first.height - last.height) > 0.01 * first.height:
            return None
        advance = sum(1.0 if ord(sign) >= _FULL_WIDTH else 0.5 for sign in text[:-1]) * first.height
        even = 0.8 * advance <= last.left - first.left <= 1.2 * advance
        if not even or abs(first.bottom - last.bottom) > 0.05 * first.height:
            return None
        return Letter(text, first.left, first.bottom, last.right, first.top)

    def single(self, start: int, text: str) -> Iterator[Letter]:
        for offset, sign in enumerate(text):
            if (letter := self._letter(start + offset, sign)) is not None:
                yield letter

    def _letter(self, index: int, sign: str) -> Letter | None:
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._page, index, matrix)
        if abs(matrix.a * matrix.b) > 0.1 * (matrix.a * matrix.a + matrix.b * matrix.b):
            return None  # written aslant: a watermark
        size = pdfium.FPDFText_GetFontSize(self._page, index) * hypot(matrix.c, matrix.d)
        if size <= _SMALLEST:
            return None
        pdfium.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        left, base = self._x.value, self._y.value
        right = left + size
        if ord(sign) < _FULL_WIDTH:
            pdfium.FPDFText_GetLooseCharBox(self._page, index, self._box)
            right = self._box.right
        return Letter(sign, left, base - 0.2 * size, right, base + 0.8 * size)

    def _codes(self) -> Iterable[int]:
        buffer = (c_ushort * (self._count + 1))()
        if pdfium.FPDFText_GetText(self._page, 0, self._count, buffer) == self._count + 1:
            return list(buffer[: self._count])
        return [pdfium.FPDFText_GetUnicode(self._page, index) for index in range(self._count)]


def _struck_twice(first: Letter, second: Letter) -> bool:
    """Bold is sometimes made by printing a letter twice, a hair apart."""
    near = 0.15 * first.height
    return (
        first.sign == second.sign and abs(first.left - second.left) < near and abs(first.bottom - second.bottom) < near
    )


def _rules(page: Any) -> tuple[list[Rule], list[Rule]]:
    horizontal: list[Rule] = []
    vertical: list[Rule] = []
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        shape = pdfium.FPDFPage_GetObject(page, index)
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_PATH:
            continue
        if not pdfium.FPDFPageObj_GetBounds(shape, left, bottom, right, top):
            continue
        wide, high = right.value - left.value, top.value - bottom.value
        if high <= _THIN < wide:
            horizontal.append(Rule((top.value + bottom.value) / 2, left.value, right.value))
        elif wide <= _THIN < high:
            vertical.append(Rule((left.value + right.value) / 2, bottom.value, top.value))
        elif wide > _THIN and high > _THIN and _is_stroked(shape):
            horizontal += [Rule(y, left.value, right.value) for y in (bottom.value, top.value)]
            vertical += [Rule(x, bottom.value, top.value) for x in (left.value, right.value)]
    return horizontal, vertical


def _is_stroked(shape: Any) -> bool:
    fill, stroke = c_int(), c_int()
    return bool(pdfium.FPDFPath_GetDrawMode(shape, fill, stroke)) and bool(stroke.value)


def lines(letters: Iterable[Letter], page: int) -> list[Line]:
    """Letters gathered by height, top to bottom, each line cut at its wide gaps."""
    rows: list[list[Letter]] = []
    for letter in sorted(letters, key=lambda one: -one.middle):
        row = rows[-1] if rows else None
        if row is not None and abs(row[0].middle - letter.middle) < 0.45 * max(row[0].height, letter.height):
            row.append(letter)
        else:
            rows.append([letter])
    return [_line(sorted(row, key=lambda one: one.left), page) for row in rows]


def _line(row: Sequence[Letter], page: int) -> Line:
    size = median_high(letter.height for letter in row)
    segments: list[Segment] = []
    start, text = row[0].left, row[0].sign
    for before, letter in pairwise(row):
        gap = letter.left - before.right
        if gap > _SEGMENT_GAP * size:
            segments.append(Segment(text, start, before.right))
            start, text = letter.left, ""
        elif gap > (_SPACE_GAP if before.sign[-1].isascii() and letter.sign[0].isascii() else _WORD_GAP) * size:
            text += " "
        text += letter.sign
    segments.append(Segment(text, start, row[-1].right))
    return Line(tuple(segments), min(one.bottom for one in row), max(one.top for one in row), size, page)
