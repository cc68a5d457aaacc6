"""One PDF page as a reader sees it: visible letters, drawn lines and shaded areas, turned upright.

Coordinates are PDF points from the lower left corner of the visible page after turning; y grows upwards.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from ctypes import c_double, c_ushort
from dataclasses import dataclass, replace
from itertools import groupby
from math import hypot
from typing import Any

import pypdfium2.raw as pdfium

from ingestion.load.pdf_actual_text import visible_text
from ingestion.load.pdf_codes import readable
from ingestion.load.pdf_frame import Frame, frame_of
from ingestion.load.pdf_hidden import Sight
from ingestion.load.pdf_objects import Fonts, Rule, Shapes, shapes
from ingestion.load.pdf_struck import Strikes

_SMALLEST = 2.0  # points: letters this low are not meant to be read
_FULL_WIDTH = 0x2E80  # from here on letters are as wide as they are high
_WIDE = re.compile("[\u2e80-\uffff]")
_WORD = re.compile("[^\x00-\x20\xa0\xad\u200b-\u200f\u3000\ufeff\ufffe\uffff\ud800-\udfff]+")
_NUMBER = re.compile("[0-9]+")
_UNREADABLE = re.compile("[\x00\ufffd]")
_PRIVATE = range(0xE000, 0xF900)
_ODD = re.compile("[\ue000-\uf8ff\ufffd]")
_CHANGED = re.compile("[\u2e80-\u2fff\ue000-\ufdff]")
_MOST_UNREADABLE = 0.3  # of a page's letters: beyond it the font's code table is missing, and the text is noise

# Symbol fonts put their signs here; a box that is ticked means something in a form.
_SYMBOLS = {0xF0FC: "✓", 0xF0FB: "✗", 0xF0FE: "☑", 0xF052: "☑", 0xF0A8: "□", 0xF06F: "□", 0xF0A3: "□"}


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, or a word whose letters stand evenly side by side."""

    sign: str
    left: float
    bottom: float
    right: float
    top: float
    bold: bool = False

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
class Page:
    """hidden: texts that nobody can see, left out. struck: texts that are crossed out, left out.

    turned: letters written across the page's direction, left out. unreadable: letters that stand as U+FFFD.
    """

    number: int
    width: float
    height: float
    letters: tuple[Letter, ...]
    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    bands: tuple[float, ...]
    hidden: tuple[str, ...] = ()
    struck: tuple[str, ...] = ()
    turned: int = 0
    pictures: bool = False
    unreadable: int = 0


def read(page: Any, number: int) -> Page:
    """page: a pypdfium2 PdfPage; number: 1-based. Raises PreparationFailed (too_large) for absurd pages."""
    drawn = shapes(page)
    text_page, instead = visible_text(page, drawn.written)
    try:
        signs = _Signs(text_page.raw)
        frame = frame_of(page, signs.quarter())
        rules = Shapes.turned(drawn, frame)
        sight = Sight(page, drawn)
        one_by_one = bool(rules.vertical) or sight.doubts  # cells may cut a word, and so may what covers it
        strikes = Strikes(page, frame, rules)
        letters = tuple(_letters(signs, frame, sight, strikes, one_by_one=one_by_one))
    finally:
        text_page.close()
    if _is_noise(letters):
        letters = ()
    crossed = strikes.of(letters)
    return Page(
        number,
        frame.width,
        frame.height,
        tuple(letter for at, letter in enumerate(letters) if at not in crossed),
        rules.horizontal,
        rules.vertical,
        rules.bands,
        (*sight.hidden, *instead),
        tuple(_texts(letters, sorted(crossed))),
        signs.turned,
        drawn.pictures,
        sum(letter.sign.count("\ufffd") for letter in letters),
    )


def _texts(letters: Sequence[Letter], places: Sequence[int]) -> Iterator[str]:
    """What the letters at these places say; those beside one another are one text."""
    for _, several in groupby(enumerate(places), key=lambda one: one[1] - one[0]):
        yield "".join(letters[at].sign for _, at in several)


def _letters(signs: _Signs, frame: Frame, sight: Sight, strikes: Strikes, *, one_by_one: bool) -> Iterator[Letter]:
    """Words whose letters stand evenly side by side come as one, unless one_by_one; odd ones letter by letter."""
    for start, text in signs.words():
        whole = None if one_by_one else signs.whole(start, text, frame)
        if whole is not None and not strikes.touch(whole):
            yield whole
        else:
            yield from signs.single(start, text, frame, sight)


class _Signs:
    """Sizes come from the font and its matrix, not from the ink: 一 and — are as large as their neighbours."""

    def __init__(self, text_page: Any) -> None:
        self._page, self._fonts = text_page, Fonts()
        self._count = pdfium.FPDFText_CountChars(text_page)
        self._box, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._x, self._y = c_double(), c_double()
        self._codes = self._read_codes()
        text = "".join(map(chr, self._codes))
        self._words = list(_WORD.finditer(text))
        seen = readable(text_page, text, [place for found in self._words for place in (found.start(), found.end() - 1)])
        if seen != text:
            self._codes, self._words = list(map(ord, seen)), list(_WORD.finditer(seen))
        self._quarter = 0
        self.turned = 0

    def quarter(self) -> int:
        """The direction most of the text is written in: 0 to the right, 1 upwards, 2 to the left, 3 downwards."""
        step = max(1, self._count // 60)
        seen = Counter(
            quarter
            for index in range(0, self._count, step)
            if self._codes[index] > 0x20 and (quarter := self._direction(index)) is not None
        )
        self._quarter = seen.most_common(1)[0][0] if seen else 0
        return self._quarter

    def words(self) -> Iterator[tuple[int, str]]:
        """(index of the first letter, text without any blank)."""
        for found in self._words:
            yield found.start(), found.group()

    def whole(self, start: int, text: str, frame: Frame) -> Letter | None:
        """The word as one piece, when its ends show that nothing unusual lies between them."""
        if len(text) == 1 or self._quarter:
            return None
        first, last = self._letter(start, text[0], frame), self._letter(start + len(text) - 1, text[-1], frame)
        if first is None or last is None or abs(first.height - last.height) > 0.01 * first.height:
            return None
        if first.bold != last.bold or _ODD.search(text) or self._holds_note(start, text, first, frame):
            return None
        advance = (0.5 * (len(text) - 1) + 0.5 * len(_WIDE.findall(text, 0, len(text) - 1))) * first.height
        even = 0.8 * advance <= last.left - first.left <= 1.2 * advance
        if not even or abs(first.bottom - last.bottom) > 0.05 * first.height:
            return None
        return Letter(_plain(text), first.left, first.bottom, last.right, first.top, first.bold)

    def _holds_note(self, start: int, text: str, first: Letter, frame: Frame) -> bool:
        """True when a number in the word ends in a smaller figure: the mark of a footnote."""
        for found in _NUMBER.finditer(text):
            last = self._letter(start + found.end() - 1, text[found.end() - 1], frame)
            if last is None or last.height < 0.9 * first.height:
                return True
        return False

    def single(self, start: int, text: str, frame: Frame, sight: Sight) -> Iterator[Letter]:
        held: Letter | None = None
        for offset, sign in enumerate(text):
            index = start + offset
            letter = self._letter(index, sign, frame)
            if letter is None:
                if self._is_tiny(index):
                    sight.note(sign, index)
            elif sight.hides(self._page, index):
                sight.note(sign, index)
            elif held is not None and _are_one_glyph(held, letter):
                held = replace(held, sign=held.sign + letter.sign, right=letter.right)
            else:
                if held is not None:
                    yield held
                held = letter
        if held is not None:
            yield held

    def _letter(self, index: int, sign: str, frame: Frame) -> Letter | None:
        direction = self._direction(index)
        if direction != self._quarter:
            self.turned += direction is not None
            return None
        matrix = self._matrix
        size = pdfium.FPDFText_GetFontSize(self._page, index)
        high, wide = size * hypot(matrix.c, matrix.d), size * hypot(matrix.a, matrix.b)
        if high <= _SMALLEST:
            return None
        pdfium.FPDFText_GetCharOrigin(self._page, index, self._x, self._y)
        left, base = frame.point(self._x.value, self._y.value)
        right = left + wide
        if ord(sign) < _FULL_WIDTH:
            pdfium.FPDFText_GetLooseCharBox(self._page, index, self._box)
            box = self._box
            right = max(frame.point(box.left, box.bottom)[0], frame.point(box.right, box.top)[0], left)
        bold = self._fonts.is_bold(pdfium.FPDFText_GetTextObject(self._page, index))
        return Letter(_plain(sign), left, base - 0.2 * high, right, base + 0.8 * high, bold)

    def _direction(self, index: int) -> int | None:
        """None for letters written aslant: a watermark."""
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self._page, index, matrix)
        a, b = matrix.a, matrix.b
        if abs(a * b) > 0.1 * (a * a + b * b):
            return None
        if abs(a) >= abs(b):
            # Mirrored text (d < 0) is turned by half, and a writer that flips the whole page flips both.
            return 2 if a < 0 and matrix.d < 0 else 0
        return 1 if b > 0 else 3

    def _is_tiny(self, index: int) -> bool:
        matrix = self._matrix
        size = float(pdfium.FPDFText_GetFontSize(self._page, index))
        return 0 < size * hypot(matrix.c, matrix.d) <= _SMALLEST

    def _read_codes(self) -> list[int]:
        buffer = (c_ushort * (self._count + 1))()
        if pdfium.FPDFText_GetText(self._page, 0, self._count, buffer) == self._count + 1:
            return list(buffer[: self._count])
        return [pdfium.FPDFText_GetUnicode(self._page, index) for index in range(self._count)]


def _are_one_glyph(first: Letter, second: Letter) -> bool:
    """The letters of a ligature stand at one place: ffi would lose an f as if it were printed twice to look bold."""
    signs = first.sign + second.sign
    return first.left == second.left and signs.isascii() and signs.isalpha()


def _plain(text: str) -> str:
    """Radicals that some writers put for the letters they look like become these letters; symbols their signs."""
    if not _CHANGED.search(text):
        return text
    return "".join(_plain_sign(sign) for sign in text)


def _plain_sign(sign: str) -> str:
    from unicodedata import normalize

    code = ord(sign)
    if code in _PRIVATE:
        return _SYMBOLS.get(code, "•" if code >= 0xF000 else "\ufffd")
    if 0x2E80 <= code < 0x2FE0 or 0xF900 <= code < 0xFB00:
        return normalize("NFKC", sign)
    return sign


def _is_noise(letters: Iterable[Letter]) -> bool:
    signs = "".join(letter.sign for letter in letters)
    return len(_UNREADABLE.findall(signs)) > _MOST_UNREADABLE * max(1, len(signs))
