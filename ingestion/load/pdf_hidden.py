"""Which letters of a page nobody can see: invisible mode, outside the page, in the paper's colour, covered, clipped.

Most text is drawn in a way that cannot hide it. What could be hidden is tried: the page is painted with and without
it, and a letter that changes no pixel of its own place is not there for a reader. What annotations show is painted
too: an old fee under a white one is as covered as under a box. Hidden text is how instructions are
smuggled to an assistant, so what stays doubtful counts as hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import POINTER, addressof, c_double, c_ubyte, cast
from typing import Any

import numpy as np
import pypdfium2.raw as pdfium

from ingestion.load.pdf_annotations import covers
from ingestion.load.pdf_objects import Area, Box, Drawn, Written

_UNSEEN_MODES = (pdfium.FPDF_TEXTRENDERMODE_INVISIBLE, pdfium.FPDF_TEXTRENDERMODE_CLIP)
_PALE = 30  # of 255: a colour that differs less from white is near the paper's
_BLUE = 4  # the eye sees a change of blue so many times less: pale yellow on white is not read
_LAST = 2**31  # annotations are drawn after everything on the page
_ALIKE = 60  # summed over the channels
_VISIBLE = 20  # of 255: the least change that an eye notices
_SCALE = 1.5
_MOST_PIXELS = 6_000_000
_MOST_TEXTS = 100


class Sight:
    """Answers for one page. hidden: the texts that were left out, for the editor."""

    def __init__(self, page: Any, drawn: Drawn) -> None:
        self.hidden: list[str] = []
        self._last = -2
        self._visible = drawn.visible
        written = [one for one in drawn.written if one.box[2] > one.box[0]]
        self._unseen = {one.key for one in written if _is_unseen(one, drawn.visible)}
        doubtful = [one for one in written if one.key not in self._unseen and _is_doubtful(one, drawn.visible)]
        laid = [Area(_LAST, box, None, False) for box in covers(page)]
        pale = [Area(one.order, one.box, one.colour, False) for one in written if _is_pale(one)]
        grounds = [*drawn.areas, *drawn.shadings, *laid, *pale]
        doubtful += _overlapping([one for one in written if one.key not in self._unseen], grounds)
        self._doubtful = {one.key for one in doubtful}
        self._change: np.ndarray[Any, np.dtype[np.uint8]] | None = None
        self._scale = 1.0
        if doubtful:
            self._change, self._scale = _change(page, drawn.visible, doubtful)
        self._edges = c_double(), c_double(), c_double(), c_double()

    @property
    def doubts(self) -> bool:
        """True when letters of this page have to be looked at one by one."""
        return bool(self._unseen or self._doubtful)

    def note(self, sign: str, index: int) -> None:
        """A letter that is left out; those beside one another are one text."""
        if index == self._last + 1 and self.hidden:
            self.hidden[-1] += sign
        elif len(self.hidden) < _MOST_TEXTS:
            self.hidden.append(sign)
        self._last = index

    def hides(self, text_page: Any, index: int) -> bool:
        if not self.doubts:
            return False
        written = pdfium.FPDFText_GetTextObject(text_page, index)
        key = addressof(written.contents) if written else 0
        return key in self._unseen or (key in self._doubtful and not self._changes(text_page, index))

    def _changes(self, text_page: Any, index: int) -> bool:
        left, right, bottom, top = self._edges
        if self._change is None or not pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top):
            return False
        scale, (x, _, _, y) = self._scale, self._visible
        columns = slice(max(0, int((left.value - x) * scale)), max(0, int((right.value - x) * scale) + 1))
        rows = slice(max(0, int((y - top.value) * scale)), max(0, int((y - bottom.value) * scale) + 1))
        place = self._change[rows, columns]
        return bool(place.size) and int(place.max()) >= _VISIBLE


def _is_unseen(one: Written, visible: Box) -> bool:
    return one.mode in _UNSEEN_MODES or one.colour[3] < 26 or not _meet(one.box, visible)


def _is_doubtful(one: Written, visible: Box) -> bool:
    if one.nested or _is_pale(one) or one.colour[3] < 128 or not _contains(visible, one.box):
        return True
    return one.clip is not None and not _contains(one.clip, one.box)


def _is_pale(one: Written) -> bool:
    red, green, blue, _ = one.colour
    return red >= 255 - _PALE <= green and blue >= 255 - _BLUE * _PALE


def _overlapping(written: Sequence[Written], areas: Sequence[Area]) -> list[Written]:
    """Text under something drawn later, over something of its own colour, or anywhere on an image."""
    areas = [area for area in areas if area.colour is None or area.colour[3] > 0 or area.thick]
    if not written or not areas:
        return []
    texts = np.array([one.box for one in written])
    grounds = np.array([area.box for area in areas])
    middle = (texts[:, 1] + texts[:, 3]) / 2
    meets = (
        (texts[:, None, 0] < grounds[None, :, 2])
        & (texts[:, None, 2] > grounds[None, :, 0])
        & (middle[:, None] < grounds[None, :, 3])
        & (middle[:, None] > grounds[None, :, 1])
    )
    later = np.array([area.order for area in areas])[None, :] > np.array([one.order for one in written])[:, None]
    image = np.array([area.colour is None for area in areas])[None, :]
    inks = np.array([one.colour[:3] for one in written], dtype=int)
    paints = np.array([area.colour[:3] if area.colour else (0, 0, 0) for area in areas], dtype=int)
    alike = np.abs(inks[:, None, :] - paints[None, :, :]).sum(axis=2) < _ALIKE
    hidden = (meets & (later | image | alike)).any(axis=1)
    return [one for one, doubtful in zip(written, hidden, strict=True) if doubtful]


def _change(page: Any, visible: Box, doubtful: Sequence[Written]) -> tuple[np.ndarray[Any, np.dtype[np.uint8]], float]:
    """How much each pixel of the page changes when the doubtful text is left out, and pixels a point."""
    wide, high = visible[2] - visible[0], visible[3] - visible[1]
    scale = min(_SCALE, (_MOST_PIXELS / max(1.0, wide * high)) ** 0.5)
    whole = _painted(page, scale, wide, high)  # blue, green, red
    for one in doubtful:
        pdfium.FPDFPageObj_SetIsActive(one.handle, False)
    without = _painted(page, scale, wide, high)
    for one in doubtful:
        pdfium.FPDFPageObj_SetIsActive(one.handle, True)
    change = np.zeros(whole.shape[:2], dtype=np.uint8)
    for channel in range(3):
        first, second = whole[..., channel], without[..., channel]
        difference = np.maximum(first, second) - np.minimum(first, second)
        change = np.maximum(change, difference if channel else difference // _BLUE)
    return change, scale


def _painted(page: Any, scale: float, wide: float, high: float) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Blue, green and red of each pixel, the page's own turning undone."""
    columns, rows = max(1, int(wide * scale)), max(1, int(high * scale))
    bitmap = pdfium.FPDFBitmap_CreateEx(columns, rows, pdfium.FPDFBitmap_BGR, None, 0)
    try:
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, columns, rows, 0xFFFFFFFF)
        turned_back = (4 - pdfium.FPDFPage_GetRotation(page.raw)) % 4
        flags = pdfium.FPDF_RENDER_NO_SMOOTHIMAGE | pdfium.FPDF_ANNOT
        place = (bitmap, page.raw, 0, 0, columns, rows, turned_back, flags)
        pdfium.FPDF_RenderPageBitmap(*place)
        if page.formenv is not None:
            pdfium.FPDF_FFLDraw(page.formenv.raw, *place)
        stride = pdfium.FPDFBitmap_GetStride(bitmap)
        buffer = pdfium.FPDFBitmap_GetBuffer(bitmap)
        painted = np.ctypeslib.as_array(cast(buffer, POINTER(c_ubyte)), (rows, stride))
        return painted[:, : 3 * columns].reshape(rows, columns, 3).copy()
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)


def _meet(first: Box, second: Box) -> bool:
    return first[0] < second[2] and first[2] > second[0] and first[1] < second[3] and first[3] > second[1]


def _contains(outer: Box, inner: Box) -> bool:
    near = 1.0
    return (
        outer[0] - near <= inner[0]
        and outer[1] - near <= inner[1]
        and outer[2] + near >= inner[2]
        and outer[3] + near >= inner[3]
    )
