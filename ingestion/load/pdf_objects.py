"""What is drawn on a page, in one walk over its objects: lines and shaded areas for tables, and what may hide text."""

from __future__ import annotations

from collections.abc import Iterator
from ctypes import addressof, byref, c_float, c_int, c_uint, c_ulong, c_ushort, create_string_buffer
from dataclasses import dataclass, field
from math import hypot
from typing import Any

import pypdfium2.raw as pdfium

from ingestion.failures import failure
from ingestion.load.pdf_frame import Frame, visible_box

_THIN = 2.5  # points: an area no wider than this is a line
_MOST_OBJECTS = 60_000
_DEEPEST = 12
_MOST_MARKS = 64  # around one object: more are not looked through
_MOST_CLIPS = 16
_DRAWN = {
    *(pdfium.FPDF_PAGEOBJ_TEXT, pdfium.FPDF_PAGEOBJ_PATH, pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_SHADING),
}
_OUTLINED = (pdfium.FPDF_TEXTRENDERMODE_STROKE, pdfium.FPDF_TEXTRENDERMODE_STROKE_CLIP)
_GROUND = 0.5  # of the page: a larger shaded area is paper, not a table's cell

Box = tuple[float, float, float, float]
Colour = tuple[int, int, int, int]
_Matrix = tuple[float, float, float, float, float, float]
_NOWHERE: Box = (0, 0, 0, 0)
_SAME: _Matrix = (1, 0, 0, 1, 0, 0)


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line. at: its y (horizontal) or x (vertical); start and end along the other axis."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Written:
    """A text object. key: its address, by which letters find it. mode: the text render mode. clip: what is shown."""

    key: int
    handle: Any
    order: int
    box: Box
    colour: Colour
    mode: int
    clip: Box | None
    nested: bool


@dataclass(frozen=True, slots=True)
class Area:
    """A filled path or an image. colour: None for an image. stroked: its edges are drawn. thick: they hide letters."""

    order: int
    box: Box
    colour: Colour | None
    stroked: bool
    thick: bool = False


@dataclass(slots=True)
class Drawn:
    visible: Box
    written: list[Written] = field(default_factory=list)
    areas: list[Area] = field(default_factory=list)
    shadings: list[Area] = field(default_factory=list)

    @property
    def pictures(self) -> bool:
        return any(area.colour is None for area in self.areas)


@dataclass(frozen=True, slots=True)
class Shapes:
    """bands: heights at which a shaded stripe begins or ends; they part the rows of tables without lines."""

    horizontal: tuple[Rule, ...]
    vertical: tuple[Rule, ...]
    bands: tuple[float, ...]

    @classmethod
    def turned(cls, drawn: Drawn, frame: Frame) -> Shapes:
        horizontal: list[Rule] = []
        vertical: list[Rule] = []
        bands: list[float] = []
        for area in drawn.areas:
            if area.colour is None:
                continue
            left, bottom, right, top = frame.box(*area.box)
            wide, high = right - left, top - bottom
            if high <= _THIN < wide:
                horizontal.append(Rule((top + bottom) / 2, left, right))
            elif wide <= _THIN < high:
                vertical.append(Rule((left + right) / 2, bottom, top))
            elif wide > _THIN and high > _THIN and wide * high < _GROUND * frame.width * frame.height:
                horizontal += [Rule(y, left, right) for y in (bottom, top)]
                vertical += [Rule(x, bottom, top) for x in (left, right)]
                bands += [bottom, top]
            elif area.stroked:
                horizontal += [Rule(y, left, right) for y in (bottom, top)]
                vertical += [Rule(x, bottom, top) for x in (left, right)]
        return cls(tuple(horizontal), tuple(vertical), tuple(bands))


class Fonts:
    """Which fonts of one page are bold, asked once a font: another page may find another font at the same address."""

    def __init__(self) -> None:
        self._bold: dict[int, bool] = {}

    def is_bold(self, text: Any) -> bool:
        if not text:
            return False
        font = pdfium.FPDFTextObj_GetFont(text)
        if not font:
            return False
        key = addressof(font.contents)
        if key not in self._bold:
            self._bold[key] = pdfium.FPDFFont_GetWeight(font) >= 600 or _is_named_bold(font)
        return self._bold[key] or pdfium.FPDFTextObj_GetTextRenderMode(text) == pdfium.FPDF_TEXTRENDERMODE_FILL_STROKE


def _is_named_bold(font: Any) -> bool:
    name = create_string_buffer(128)
    pdfium.FPDFFont_GetBaseFontName(font, name, 128)
    lower = name.value.lower()
    return any(part in lower for part in (b"bold", b"heavy", b"black", b"simhei", b"heiti", b"xbsong", b"dabiaosong"))


def shapes(page: Any) -> Drawn:
    """page: a pypdfium2 PdfPage. Raises PreparationFailed: too_large."""
    drawn = Drawn(visible_box(page))
    count = pdfium.FPDFPage_CountObjects(page.raw)
    objects = (pdfium.FPDFPage_GetObject(page.raw, index) for index in range(count))
    for order, (one, matrix, depth) in enumerate(_walk(objects, _SAME, 0)):
        if order >= _MOST_OBJECTS:
            raise failure("too_large")
        _note(drawn, order, one, matrix, nested=depth > 0)
    return drawn


def _walk(objects: Iterator[Any], matrix: _Matrix, depth: int) -> Iterator[tuple[Any, _Matrix, int]]:
    for one in objects:
        if pdfium.FPDFPageObj_GetType(one) != pdfium.FPDF_PAGEOBJ_FORM:
            yield one, matrix, depth
        elif depth < _DEEPEST:
            own = pdfium.FS_MATRIX()
            pdfium.FPDFPageObj_GetMatrix(one, own)
            inner = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
            count = pdfium.FPDFFormObj_CountObjects(one)
            yield from _walk((pdfium.FPDFFormObj_GetObject(one, at) for at in range(count)), inner, depth + 1)


def _note(drawn: Drawn, order: int, one: Any, matrix: _Matrix, *, nested: bool) -> None:
    kind = pdfium.FPDFPageObj_GetType(one)
    if kind not in _DRAWN:
        return
    box = _bounds(one, matrix)
    if box is None:
        return
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        mode = pdfium.FPDFTextObj_GetTextRenderMode(one)
        clip = _clip(one, matrix)
        colour = _stroke(one) if mode in _OUTLINED else _fill(one)
        drawn.written.append(
            Written(addressof(one.contents), one, order, box, colour, mode, clip, nested or _has_layer(one))
        )
        return
    if kind == pdfium.FPDF_PAGEOBJ_SHADING:
        drawn.shadings.append(Area(order, box, None, False))
        return
    if kind == pdfium.FPDF_PAGEOBJ_IMAGE:
        drawn.areas.append(Area(order, box, None, False))
        return
    fill, stroke = c_int(), c_int()
    pdfium.FPDFPath_GetDrawMode(one, fill, stroke)
    paint = _fill(one) if fill.value else None
    filled = paint is not None and paint[3] > 0
    if stroke.value or filled:
        thick = bool(stroke.value) and _is_thick(one, box, matrix)
        drawn.areas.append(Area(order, box, paint if filled and paint else (0, 0, 0, 0), bool(stroke.value), thick))


def _bounds(one: Any, matrix: _Matrix) -> Box | None:
    left, bottom, right, top = c_float(), c_float(), c_float(), c_float()
    if not pdfium.FPDFPageObj_GetBounds(one, left, bottom, right, top):
        return None
    return _moved((left.value, bottom.value, right.value, top.value), matrix)


def _fill(one: Any) -> Colour:
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    if not pdfium.FPDFPageObj_GetFillColor(one, red, green, blue, alpha):
        return (0, 0, 0, 255)
    return (red.value, green.value, blue.value, alpha.value)


def _stroke(one: Any) -> Colour:
    red, green, blue, alpha = c_uint(), c_uint(), c_uint(), c_uint()
    if not pdfium.FPDFPageObj_GetStrokeColor(one, red, green, blue, alpha):
        return (0, 0, 0, 255)
    return (red.value, green.value, blue.value, alpha.value)


def _is_thick(one: Any, box: Box, matrix: _Matrix) -> bool:
    """box: what the line covers, its width included."""
    if min(box[2] - box[0], box[3] - box[1]) <= _THIN:
        return False
    width, own = c_float(), pdfium.FS_MATRIX()
    pdfium.FPDFPageObj_GetStrokeWidth(one, width)
    pdfium.FPDFPageObj_GetMatrix(one, own)
    a, b, c, d, _, _ = _times((own.a, own.b, own.c, own.d, own.e, own.f), matrix)
    return bool(width.value * max(hypot(a, b), hypot(c, d)) > _THIN)


def _clip(one: Any, matrix: _Matrix) -> Box | None:
    """The smallest box of the object's clip paths; a path that is no plain box shows nothing for certain."""
    path = pdfium.FPDFPageObj_GetClipPath(one)
    count = pdfium.FPDFClipPath_CountPaths(path) if path else -1
    if count <= 0:
        return None
    shown: Box | None = None
    x, y = c_float(), c_float()
    for at in range(min(count, _MOST_CLIPS)):
        steps = pdfium.FPDFClipPath_CountPathSegments(path, at)
        corners = set()
        for step in range(min(steps, 6)):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFClipPath_GetPathSegment(path, at, step), x, y)
            corners.add((x.value, y.value))
        if corners:
            xs, ys = {one[0] for one in corners}, {one[1] for one in corners}
            plain = steps <= 6 and len(corners) == 4 and len(xs) == len(ys) == 2
            box = (min(xs), min(ys), max(xs), max(ys)) if plain else _NOWHERE
            shown = box if shown is None else _common(shown, box)
    if count > _MOST_CLIPS:
        shown = _NOWHERE
    return _moved(shown, matrix) if shown else None


def _has_layer(one: Any) -> bool:
    """True for text in a layer that can be switched off."""
    count = pdfium.FPDFPageObj_CountMarks(one)
    if count > _MOST_MARKS:
        return True
    for at in range(count):
        name, size = (c_ushort * 8)(), c_ulong()
        mark = pdfium.FPDFPageObj_GetMark(one, at)
        if pdfium.FPDFPageObjMark_GetName(mark, name, 16, byref(size)) and size.value == 6 and name[:2] == [79, 67]:
            return True
    return False


def _common(first: Box, second: Box) -> Box:
    return max(first[0], second[0]), max(first[1], second[1]), min(first[2], second[2]), min(first[3], second[3])


def _times(first: _Matrix, second: _Matrix) -> _Matrix:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = second
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _moved(box: Box, matrix: _Matrix) -> Box:
    if matrix is _SAME:
        return box
    a, b, c, d, e, f = matrix
    xs = [a * x + c * y + e for x in (box[0], box[2]) for y in (box[1], box[3])]
    ys = [b * x + d * y + f for x in (box[0], box[2]) for y in (box[1], box[3])]
    return min(xs), min(ys), max(xs), max(ys)
